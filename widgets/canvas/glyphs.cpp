// SPDX-License-Identifier: Apache-2.0
#include "canvas/glyphs.h"

#include <algorithm>
#include <cmath>
#include <stb/stb_truetype.h>

#include "canvas/gl_objects.h"

namespace tessera::canvas {
namespace {

constexpr std::string_view kCharacters = "0123456789.-+einfaN";
constexpr int kTrueMinus = 0x2212;

/// Coverage of one glyph, 0..255.
struct Mask {
    int width = 0, height = 0;
    std::vector<std::uint8_t> coverage;
    int at(int x, int y) const {
        if (x < 0 || y < 0 || x >= width || y >= height) return 0;
        return coverage[static_cast<std::size_t>(y) * static_cast<std::size_t>(width) + static_cast<std::size_t>(x)];
    }
};

/// The mask grown by `line` pixels on every side, with soft edges.
std::uint8_t grown(const Mask& mask, int x, int y, int line) {
    float coverage = 0;
    for (int dy = -line; dy <= line; ++dy) {
        for (int dx = -line; dx <= line; ++dx) {
            const float distance = std::sqrt(static_cast<float>(dx * dx + dy * dy));
            const float reach = std::clamp(static_cast<float>(line) + 1 - distance, 0.0F, 1.0F);
            coverage = std::max(coverage, reach * static_cast<float>(mask.at(x + dx, y + dy)));
        }
    }
    return static_cast<std::uint8_t>(std::lround(coverage));
}

}  // namespace

Typeface::Typeface(std::vector<unsigned char> data) : m_data(std::move(data)), m_information(std::make_unique<stbtt_fontinfo>()) {
    constexpr std::size_t kHeader = 12;
    const int offset = m_data.size() < kHeader ? -1 : stbtt_GetFontOffsetForIndex(m_data.data(), 0);
    if (offset < 0 || stbtt_InitFont(m_information.get(), m_data.data(), offset) == 0) {
        throw DrawingFailure("the font for pixel values is no TrueType face; give another file");
    }
}

Typeface::~Typeface() = default;
Typeface::Typeface(Typeface&&) noexcept = default;
Typeface& Typeface::operator=(Typeface&&) noexcept = default;

GlyphSheet::GlyphSheet(const Typeface& face, int size) {
    const stbtt_fontinfo& font = face.information();
    const float scale = stbtt_ScaleForMappingEmToPixels(&font, static_cast<float>(size));
    const int line = std::max(1, size / 12);
    std::map<char, Mask> masks;
    for (const char character : kCharacters) {
        int index = stbtt_FindGlyphIndex(&font, character == '-' ? kTrueMinus : character);
        if (index == 0) index = stbtt_FindGlyphIndex(&font, character);
        int left = 0, top = 0, right = 0, bottom = 0;
        stbtt_GetGlyphBitmapBox(&font, index, scale, scale, &left, &top, &right, &bottom);
        int advance = 0, bearing = 0;
        stbtt_GetGlyphHMetrics(&font, index, &advance, &bearing);
        Mask& mask = masks[character];
        mask.width = right - left, mask.height = bottom - top;
        mask.coverage.resize(static_cast<std::size_t>(mask.width) * static_cast<std::size_t>(mask.height));
        if (!mask.coverage.empty()) {
            stbtt_MakeGlyphBitmap(&font, mask.coverage.data(), mask.width, mask.height, mask.width, scale, scale, index);
        }
        m_glyphs[character] = {.x = m_width,
                               .width = mask.width + 2 * line,
                               .height = mask.height + 2 * line,
                               .left = left - line,
                               .top = top - line,
                               .advance = static_cast<int>(std::lround(static_cast<float>(advance) * scale))};
        m_width += mask.width + 2 * line;
        m_height = std::max(m_height, mask.height + 2 * line);
        if (character == '0') m_digitHeight = mask.height;
    }
    m_texels.resize(static_cast<std::size_t>(m_width) * static_cast<std::size_t>(m_height) * 2);
    for (const auto& [character, glyph] : m_glyphs) {
        const Mask& mask = masks.at(character);
        for (int y = 0; y < glyph.height; ++y) {
            std::uint8_t* texel =
                m_texels.data() + (static_cast<std::size_t>(y) * static_cast<std::size_t>(m_width) + static_cast<std::size_t>(glyph.x)) * 2;
            for (int x = 0; x < glyph.width; ++x, texel += 2) {
                texel[0] = static_cast<std::uint8_t>(mask.at(x - line, y - line));
                texel[1] = grown(mask, x - line, y - line, line);
            }
        }
    }
}

const Glyph* GlyphSheet::glyph(char character) const {
    const auto found = m_glyphs.find(character);
    return found == m_glyphs.end() ? nullptr : &found->second;
}

int GlyphSheet::widthOf(std::string_view text) const {
    int width = 0;
    for (const char character : text) {
        if (const Glyph* set = glyph(character)) width += set->advance;
    }
    return width;
}

}  // namespace tessera::canvas
