// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <map>
#include <string_view>
#include <vector>

#include "canvas/glyphs.h"
#include "canvas/picture_painter.h"

namespace tessera::canvas {

/// Collects numbers and draws them in one go per size, each glyph on whole device pixels.
class TextPainter {
public:
    TextPainter(const ShaderLibrary& library, Typeface face);

    /// Metrics of a size, whose sheet is made if it is new.
    const GlyphSheet& sheet(int size) { return entry(size).sheet; }
    /// `x` and `y` are the pen on the base line. `light`: white with a black line round it, else the other way.
    void add(std::string_view text, int size, int x, int y, bool light);
    /// Needs blending on. Forgets what it drew.
    void flush(const Surface& surface);

    std::size_t textures() const { return m_entries.size(); }
    std::size_t bytes() const;

private:
    struct Vertex {
        float x, y, texelX, texelY, light;
    };
    struct Entry {
        GlyphSheet sheet;
        GlTexture texture;
        std::vector<Vertex> vertices;
    };
    Entry& entry(int size);

    Typeface m_face;
    ShaderProgram m_program;
    GlVertexArray m_layout;
    GlBuffer m_buffer;
    std::map<int, Entry> m_entries;  ///< by size
};

}  // namespace tessera::canvas
