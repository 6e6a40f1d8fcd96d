// SPDX-License-Identifier: Apache-2.0
#include "canvas/picture_texture.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

namespace tessera::canvas {
namespace {

constexpr int kOverlap = 2;       // texels on each side: no filter reaches further
constexpr int kWholeUpTo = 1024;  // texels of a side: a level that is no larger stays in one piece
constexpr int kPartSide = 500;    // texels, overlap included; no power of two, for which software GL would compile its shaders anew

struct DeviceFormat {
    GLint internal;
    GLenum layout, type;
};

DeviceFormat deviceFormat(TexelFormat format) {
    switch (format) {
        case TexelFormat::Byte1: return {GL_R8, GL_RED, GL_UNSIGNED_BYTE};
        case TexelFormat::Byte4: return {GL_RGBA8, GL_RGBA, GL_UNSIGNED_BYTE};
        case TexelFormat::Word1: return {GL_R16, GL_RED, GL_UNSIGNED_SHORT};
        case TexelFormat::Word4: return {GL_RGBA16, GL_RGBA, GL_UNSIGNED_SHORT};
        case TexelFormat::Half1: return {GL_R16F, GL_RED, GL_HALF_FLOAT};
        case TexelFormat::Half4: return {GL_RGBA16F, GL_RGBA, GL_HALF_FLOAT};
        case TexelFormat::Float4: return {GL_RGBA32F, GL_RGBA, GL_FLOAT};
    }
    return {GL_RGBA32F, GL_RGBA, GL_FLOAT};
}

void layRowsTight(bool tight) {
    glBindBuffer(GL_PIXEL_UNPACK_BUFFER, 0);
    glPixelStorei(GL_UNPACK_ALIGNMENT, tight ? 1 : 4);
    for (const GLenum name : {GL_UNPACK_ROW_LENGTH, GL_UNPACK_SKIP_PIXELS, GL_UNPACK_SKIP_ROWS}) glPixelStorei(name, 0);
}

}  // namespace

PictureTexture::PictureTexture(Image image, TexelKind kind, int largestSide) : m_image(std::move(image)), m_kind(kind), m_largestSide(largestSide) {}

int PictureTexture::partLength(int level) const {
    const int longest = std::max(levelLength(m_image.width(), level), levelLength(m_image.height(), level));
    if (longest <= std::min(kWholeUpTo, m_largestSide)) return longest;
    return std::max(1, std::min(kPartSide, m_largestSide) - 2 * kOverlap);
}

std::vector<const TexturePart*> PictureTexture::parts(int level, const TexelRect& wanted) {
    const int length = partLength(level);
    const int left = std::max(0, wanted.x), right = std::min(levelLength(m_image.width(), level), wanted.x + wanted.width);
    const int top = std::max(0, wanted.y), bottom = std::min(levelLength(m_image.height(), level), wanted.y + wanted.height);
    std::vector<const TexturePart*> found;
    if (left >= right || top >= bottom) return found;
    for (int row = top / length; row <= (bottom - 1) / length; ++row) {
        for (int column = left / length; column <= (right - 1) / length; ++column) found.push_back(&part(level, column, row));
    }
    return found;
}

const TexturePart& PictureTexture::part(int level, int column, int row) {
    const std::tuple key(level, column, row);
    const auto found = m_parts.find(key);
    if (found != m_parts.end()) return found->second;
    const int length = partLength(level);
    const int width = levelLength(m_image.width(), level), height = levelLength(m_image.height(), level);
    TexturePart made;
    made.shown = {column * length, row * length, std::min(length, width - column * length), std::min(length, height - row * length)};
    made.held.x = std::max(0, made.shown.x - kOverlap);
    made.held.y = std::max(0, made.shown.y - kOverlap);
    made.held.width = std::min(width, made.shown.x + made.shown.width + kOverlap) - made.held.x;
    made.held.height = std::min(height, made.shown.y + made.shown.height + kOverlap) - made.held.y;
    const auto texels = texelsOf(m_image, m_kind, level, made.held);
    const TexelFormat format = texelFormat(m_image, m_kind);
    const DeviceFormat device = deviceFormat(format);
    made.finite = allFinite(texels, format);
    for (int i = 0; i < 16 && glGetError() != GL_NO_ERROR; ++i) continue;  // not ours
    layRowsTight(true);
    glBindTexture(GL_TEXTURE_2D, made.texture.name());
    glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_MAX_LEVEL, 0);
    glTexImage2D(GL_TEXTURE_2D, 0, device.internal, made.held.width, made.held.height, 0, device.layout, device.type, texels.data());
    if (device.layout == GL_RED) {
        constexpr std::array<GLint, 4> kGrey = {GL_RED, GL_RED, GL_RED, GL_ONE};
        glTexParameteriv(GL_TEXTURE_2D, GL_TEXTURE_SWIZZLE_RGBA, kGrey.data());
    }
    layRowsTight(false);
    if (glGetError() != GL_NO_ERROR) {
        throw DrawingFailure("a picture of " + std::to_string(m_image.width()) + " x " + std::to_string(m_image.height()) +
                             " pixels does not fit into the graphics memory; close other pictures");
    }
    m_bytes += texels.size();
    return m_parts.emplace(key, std::move(made)).first->second;
}

}  // namespace tessera::canvas
