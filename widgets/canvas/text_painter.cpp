// SPDX-License-Identifier: Apache-2.0
#include "canvas/text_painter.h"

#include <cstddef>
#include <utility>

namespace tessera::canvas {

TextPainter::TextPainter(const ShaderLibrary& library, Typeface face)
    : m_face(std::move(face)), m_program(library, "canvas/text.vert", "canvas/text.frag") {
    glBindVertexArray(m_layout.name());
    glBindBuffer(GL_ARRAY_BUFFER, m_buffer.name());
    const auto attribute = [](GLuint index, GLint size, std::size_t offset) {
        glEnableVertexAttribArray(index);
        glVertexAttribPointer(index, size, GL_FLOAT, GL_FALSE, sizeof(Vertex), reinterpret_cast<const void*>(offset));
    };
    attribute(0, 2, offsetof(Vertex, x));
    attribute(1, 2, offsetof(Vertex, texelX));
    attribute(2, 1, offsetof(Vertex, light));
    glBindVertexArray(0);
    glBindBuffer(GL_ARRAY_BUFFER, 0);
}

TextPainter::Entry& TextPainter::entry(int size) {
    const auto found = m_entries.find(size);
    if (found != m_entries.end()) return found->second;
    Entry made{GlyphSheet(m_face, size), GlTexture(), {}};
    const GlyphSheet& sheet = made.sheet;
    glBindBuffer(GL_PIXEL_UNPACK_BUFFER, 0);
    glPixelStorei(GL_UNPACK_ALIGNMENT, 1);
    glBindTexture(GL_TEXTURE_2D, made.texture.name());
    glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_MAX_LEVEL, 0);
    glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_MIN_FILTER, GL_NEAREST);
    glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_MAG_FILTER, GL_NEAREST);
    glTexImage2D(GL_TEXTURE_2D, 0, GL_RG8, sheet.width(), sheet.height(), 0, GL_RG, GL_UNSIGNED_BYTE, sheet.texels().data());
    glBindTexture(GL_TEXTURE_2D, 0);
    glPixelStorei(GL_UNPACK_ALIGNMENT, 4);
    return m_entries.emplace(size, std::move(made)).first->second;
}

void TextPainter::add(std::string_view text, int size, int x, int y, bool light) {
    Entry& target = entry(size);
    for (const char character : text) {
        const Glyph* glyph = target.sheet.glyph(character);
        if (!glyph) continue;
        const auto vertex = [&](int dx, int dy) {
            return Vertex{static_cast<float>(x + glyph->left + dx), static_cast<float>(y + glyph->top + dy), static_cast<float>(glyph->x + dx),
                          static_cast<float>(glyph->y + dy), light ? 1.0F : 0.0F};
        };
        const Vertex a = vertex(0, 0), b = vertex(glyph->width, 0), c = vertex(0, glyph->height), d = vertex(glyph->width, glyph->height);
        target.vertices.insert(target.vertices.end(), {a, b, c, c, b, d});
        x += glyph->advance;
    }
}

void TextPainter::flush(const Surface& surface) {
    m_program.use();
    m_program.set("u_canvas", static_cast<float>(surface.width), static_cast<float>(surface.height));
    m_program.set("u_glyphs", 0);
    glActiveTexture(GL_TEXTURE0);
    glBindSampler(0, 0);
    glBindVertexArray(m_layout.name());
    glBindBuffer(GL_ARRAY_BUFFER, m_buffer.name());
    for (auto& [size, target] : m_entries) {
        if (target.vertices.empty()) continue;
        glBindTexture(GL_TEXTURE_2D, target.texture.name());
        glBufferData(GL_ARRAY_BUFFER, static_cast<GLsizeiptr>(target.vertices.size() * sizeof(Vertex)), target.vertices.data(), GL_STREAM_DRAW);
        glDrawArrays(GL_TRIANGLES, 0, static_cast<GLsizei>(target.vertices.size()));
        target.vertices.clear();
    }
    glBindTexture(GL_TEXTURE_2D, 0);
    glBindBuffer(GL_ARRAY_BUFFER, 0);
    glBindVertexArray(0);
}

std::size_t TextPainter::bytes() const {
    std::size_t sum = 0;
    for (const auto& [size, held] : m_entries) sum += held.sheet.texels().size();
    return sum;
}

}  // namespace tessera::canvas
