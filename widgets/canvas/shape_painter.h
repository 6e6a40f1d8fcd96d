// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "canvas/picture_painter.h"

namespace tessera::canvas {

/// Collects plain rectangles and triangles and draws them in one go, in the order they came.
class ShapePainter {
public:
    explicit ShapePainter(const ShaderLibrary& library);

    void add(const Rect& rect, Colour colour);
    struct Corner {
        float x, y;
    };
    void addTriangle(Corner a, Corner b, Corner c, Colour colour);
    /// The part of a rectangle that lies inside another.
    void addInside(const Rect& bounds, const Rect& rect, Colour colour);
    /// `thickness` device pixels round the outside of a rectangle.
    void addOutline(const Rect& rect, float thickness, Colour colour);
    /// One device line between neighbouring pixels of what is visible of a picture.
    void addPixelGrid(const Rect& body, const PanePlacement& placement, float thickness, Colour colour);
    /// Needs blending on. Forgets what it drew.
    void flush(const Surface& surface);

private:
    struct Vertex {
        float x, y;
        Colour colour;
    };
    ShaderProgram m_program;
    GlVertexArray m_layout;
    GlBuffer m_buffer;
    std::vector<Vertex> m_vertices;
};

}  // namespace tessera::canvas
