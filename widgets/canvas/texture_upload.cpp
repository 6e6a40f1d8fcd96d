// SPDX-License-Identifier: Apache-2.0
#include "canvas/texture_upload.h"

#include <algorithm>
#include <array>
#include <span>
#include <string>

#include <tessera/colour_map.h>

namespace tessera::canvas {
namespace {

constexpr int kOverlap = 16;  // pixels on each side: filtering is seamless down to a sixteenth

struct Format {
    GLint internal = 0;
    GLenum layout = 0, type = 0;
    std::size_t texelBytes = 0;  // devices pad three channels to four
};

Format formatOf(const Image& image) {
    struct Row {
        GLenum type;
        std::array<GLint, 3> internal;
        std::size_t sampleBytes;
    };
    constexpr std::array<Row, 3> kRows = {{{GL_UNSIGNED_BYTE, {GL_R8, GL_RGB8, GL_RGBA8}, 1},
                                           {GL_UNSIGNED_SHORT, {GL_R16, GL_RGB16, GL_RGBA16}, 2},
                                           {GL_FLOAT, {GL_R16F, GL_RGB16F, GL_RGBA16F}, 2}}};
    constexpr std::array<GLenum, 3> kLayouts = {GL_RED, GL_RGB, GL_RGBA};
    const Row& row = kRows[image.samples().index()];
    const std::size_t column = image.channels() == 1 ? 0 : image.channels() == 3 ? 1 : 2;
    return {row.internal[column], kLayouts[column], row.type, row.sampleBytes * (column == 0 ? 1 : 4)};
}

/// Tells the driver where rows lie in host memory, and forgets it again.
class UnpackLayout {
public:
    UnpackLayout(int rowLength, int skipX, int skipY) {
        glBindBuffer(GL_PIXEL_UNPACK_BUFFER, 0);
        set(1, rowLength, skipX, skipY);
    }
    ~UnpackLayout() { set(4, 0, 0, 0); }
    UnpackLayout(const UnpackLayout&) = delete;
    UnpackLayout& operator=(const UnpackLayout&) = delete;

private:
    static void set(int alignment, int rowLength, int skipX, int skipY) {
        glPixelStorei(GL_UNPACK_ALIGNMENT, alignment);
        glPixelStorei(GL_UNPACK_ROW_LENGTH, rowLength);
        glPixelStorei(GL_UNPACK_SKIP_PIXELS, skipX);
        glPixelStorei(GL_UNPACK_SKIP_ROWS, skipY);
    }
};

void uploadSamples(const Image& image, const TextureTile& tile, const Format& format) {
    const UnpackLayout layout(image.width(), tile.textureX, tile.textureY);
    const void* samples = std::visit([](const auto& held) -> const void* { return held.data(); }, image.samples());
    glTexImage2D(GL_TEXTURE_2D, 0, format.internal, tile.textureWidth, tile.textureHeight, 0, format.layout, format.type, samples);
    if (image.channels() == 1) {
        constexpr std::array<GLint, 4> kGrey = {GL_RED, GL_RED, GL_RED, GL_ONE};
        glTexParameteriv(GL_TEXTURE_2D, GL_TEXTURE_SWIZZLE_RGBA, kGrey.data());
    }
}

void uploadField(const Image& image, const TextureTile& tile) {
    const auto channels = static_cast<std::size_t>(image.channels());
    const auto* floats = std::get_if<SharedArray<float>>(&image.samples());
    std::vector<float> texels(static_cast<std::size_t>(tile.textureWidth) * static_cast<std::size_t>(tile.textureHeight) * 4);
    float* texel = texels.data();
    std::array<float, 4> copied{};
    for (int y = tile.textureY; y < tile.textureY + tile.textureHeight; ++y) {
        for (int x = tile.textureX; x < tile.textureX + tile.textureWidth; ++x, texel += 4) {
            std::span<const float> samples;
            if (floats) {
                const std::size_t index = (static_cast<std::size_t>(y) * static_cast<std::size_t>(image.width()) + static_cast<std::size_t>(x)) * channels;
                samples = floats->span().subspan(index, channels);
            } else {
                for (std::size_t c = 0; c < channels; ++c) copied[c] = image.at(x, y, static_cast<int>(c));
                samples = std::span<const float>(copied).first(channels);
            }
            const FieldValues values = fieldValues(samples);
            texel[0] = values.absolute;
            texel[1] = values.signedMean;
            texel[2] = values.squared;
            texel[3] = values.scalar;
        }
    }
    const UnpackLayout layout(0, 0, 0);
    glTexImage2D(GL_TEXTURE_2D, 0, GL_RGBA32F, tile.textureWidth, tile.textureHeight, 0, GL_RGBA, GL_FLOAT, texels.data());
}

/// Start and length of each piece when `length` pixels are cut so that no texture is longer than `largest`.
std::vector<std::pair<int, int>> pieces(int length, int largest) {
    if (length <= largest) return {{0, length}};
    const int step = std::max(largest - 2 * kOverlap, 1);
    std::vector<std::pair<int, int>> result;
    for (int start = 0; start < length; start += step) result.emplace_back(start, std::min(step, length - start));
    return result;
}

}  // namespace

void PictureTexture::makeMipmaps() {
    if (mipmapped) return;
    for (const TextureTile& tile : tiles) {
        glBindTexture(GL_TEXTURE_2D, tile.texture.name());
        glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_MAX_LEVEL, 1000);
        glGenerateMipmap(GL_TEXTURE_2D);
    }
    bytes += bytes / 3;
    mipmapped = true;
}

PictureTexture uploadPicture(const Image& image, TexelKind kind, int largestSide) {
    PictureTexture picture;
    const Format format = formatOf(image);
    const std::size_t texelBytes = kind == TexelKind::Field ? 16 : format.texelBytes;
    picture.hasAlpha = kind == TexelKind::Colour && image.channels() == 4;
    for (int i = 0; i < 16 && glGetError() != GL_NO_ERROR; ++i) continue;  // not ours
    for (const auto& [y, height] : pieces(image.height(), largestSide)) {
        for (const auto& [x, width] : pieces(image.width(), largestSide)) {
            TextureTile& tile = picture.tiles.emplace_back();
            tile.x = x, tile.y = y, tile.width = width, tile.height = height;
            tile.textureX = std::max(0, x - kOverlap);
            tile.textureY = std::max(0, y - kOverlap);
            tile.textureWidth = std::min(image.width(), x + width + kOverlap) - tile.textureX;
            tile.textureHeight = std::min(image.height(), y + height + kOverlap) - tile.textureY;
            glBindTexture(GL_TEXTURE_2D, tile.texture.name());
            glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_MAX_LEVEL, 0);
            if (kind == TexelKind::Field) {
                uploadField(image, tile);
            } else {
                uploadSamples(image, tile, format);
            }
            picture.bytes += static_cast<std::size_t>(tile.textureWidth) * static_cast<std::size_t>(tile.textureHeight) * texelBytes;
        }
    }
    if (glGetError() != GL_NO_ERROR) {
        throw DrawingFailure("a picture of " + std::to_string(image.width()) + " x " + std::to_string(image.height()) +
                             " pixels does not fit into the graphics memory");
    }
    return picture;
}

}  // namespace tessera::canvas
