// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string_view>
#include <vector>

struct stbtt_fontinfo;

namespace tessera::canvas {

/// A TrueType face in memory.
class Typeface {
public:
    /// Throws DrawingFailure if the bytes are no TrueType face.
    explicit Typeface(std::vector<unsigned char> data);
    ~Typeface();
    Typeface(Typeface&&) noexcept;
    Typeface& operator=(Typeface&&) noexcept;
    const stbtt_fontinfo& information() const { return *m_information; }

private:
    std::vector<unsigned char> m_data;  ///< m_information points into it
    std::unique_ptr<stbtt_fontinfo> m_information;
};

/// Where a glyph lies in its sheet and how it is set: pixels, y downwards, left and top counted from the pen on the base line.
struct Glyph {
    int x = 0, y = 0, width = 0, height = 0;
    int left = 0, top = 0;
    int advance = 0;
};

/// The characters that numbers are written with, drawn at one size, each with a line round it. Pure arithmetic, no GL.
class GlyphSheet {
public:
    /// `size` is the height of the em in pixels.
    GlyphSheet(const Typeface& face, int size);

    /// Null for a character that numbers do not need. '-' is the true minus sign.
    const Glyph* glyph(char character) const;
    int widthOf(std::string_view text) const;
    int digitHeight() const { return m_digitHeight; }
    int width() const { return m_width; }
    int height() const { return m_height; }
    /// Two bytes per texel: coverage of the glyph, coverage of the glyph with the line round it.
    const std::vector<std::uint8_t>& texels() const { return m_texels; }

private:
    std::map<char, Glyph> m_glyphs;
    int m_digitHeight = 0;
    int m_width = 0, m_height = 0;
    std::vector<std::uint8_t> m_texels;
};

}  // namespace tessera::canvas
