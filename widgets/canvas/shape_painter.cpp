// SPDX-License-Identifier: Apache-2.0
#include "canvas/shape_painter.h"

#include <algorithm>
#include <cmath>
#include <cstddef>

namespace tessera::canvas {

ShapePainter::ShapePainter(const ShaderLibrary& library) : m_program(library, "canvas/shape.vert", "canvas/shape.frag") {
    glBindVertexArray(m_layout.name());
    glBindBuffer(GL_ARRAY_BUFFER, m_buffer.name());
    glEnableVertexAttribArray(0);
    glVertexAttribPointer(0, 2, GL_FLOAT, GL_FALSE, sizeof(Vertex), nullptr);
    glEnableVertexAttribArray(1);
    glVertexAttribPointer(1, 4, GL_FLOAT, GL_FALSE, sizeof(Vertex), reinterpret_cast<const void*>(offsetof(Vertex, colour)));
    glBindVertexArray(0);
    glBindBuffer(GL_ARRAY_BUFFER, 0);
}

void ShapePainter::add(const Rect& rect, Colour colour) {
    const float right = rect.x + rect.width;
    const float bottom = rect.y + rect.height;
    const Vertex a{rect.x, rect.y, colour}, b{right, rect.y, colour}, c{rect.x, bottom, colour}, d{right, bottom, colour};
    m_vertices.insert(m_vertices.end(), {a, b, c, c, b, d});
}

void ShapePainter::addTriangle(Corner a, Corner b, Corner c, Colour colour) {
    for (const Corner& corner : {a, b, c}) m_vertices.push_back({corner.x, corner.y, colour});
}

void ShapePainter::addInside(const Rect& bounds, const Rect& rect, Colour colour) {
    const float left = std::max(bounds.x, rect.x), top = std::max(bounds.y, rect.y);
    const float right = std::min(bounds.x + bounds.width, rect.x + rect.width), bottom = std::min(bounds.y + bounds.height, rect.y + rect.height);
    if (left < right && top < bottom) add({left, top, right - left, bottom - top}, colour);
}

void ShapePainter::addOutline(const Rect& rect, float thickness, Colour colour) {
    const float t = thickness;
    add({rect.x - t, rect.y - t, rect.width + 2 * t, t}, colour);
    add({rect.x - t, rect.y + rect.height, rect.width + 2 * t, t}, colour);
    add({rect.x - t, rect.y, t, rect.height}, colour);
    add({rect.x + rect.width, rect.y, t, rect.height}, colour);
}

void ShapePainter::addPixelGrid(const Rect& body, const PanePlacement& placement, float thickness, Colour colour) {
    const double left = std::max<double>(body.x, placement.originX);
    const double top = std::max<double>(body.y, placement.originY);
    const double right = std::min<double>(body.x + body.width, placement.originX + placement.scaleX * placement.width);
    const double bottom = std::min<double>(body.y + body.height, placement.originY + placement.scaleY * placement.height);
    if (left >= right || top >= bottom) return;
    // Each line starts on the device pixel where the next pixel begins; the picture's own edge needs none.
    const auto start = [](double value) { return static_cast<float>(std::round(value)); };
    for (int x = std::max(1, static_cast<int>(std::ceil(placement.pictureX(left)))); x < placement.width; ++x) {
        const float line = start(placement.originX + placement.scaleX * x);
        if (line + thickness > right) break;
        add({line, static_cast<float>(top), thickness, static_cast<float>(bottom - top)}, colour);
    }
    for (int y = std::max(1, static_cast<int>(std::ceil(placement.pictureY(top)))); y < placement.height; ++y) {
        const float line = start(placement.originY + placement.scaleY * y);
        if (line + thickness > bottom) break;
        add({static_cast<float>(left), line, static_cast<float>(right - left), thickness}, colour);
    }
}

void ShapePainter::flush(const Surface& surface) {
    if (m_vertices.empty()) return;
    m_program.use();
    m_program.set("u_canvas", static_cast<float>(surface.width), static_cast<float>(surface.height));
    glBindBuffer(GL_ARRAY_BUFFER, m_buffer.name());
    glBufferData(GL_ARRAY_BUFFER, static_cast<GLsizeiptr>(m_vertices.size() * sizeof(Vertex)), m_vertices.data(), GL_STREAM_DRAW);
    glBindVertexArray(m_layout.name());
    glDrawArrays(GL_TRIANGLES, 0, static_cast<GLsizei>(m_vertices.size()));
    glBindVertexArray(0);
    glBindBuffer(GL_ARRAY_BUFFER, 0);
    m_vertices.clear();
}

}  // namespace tessera::canvas
