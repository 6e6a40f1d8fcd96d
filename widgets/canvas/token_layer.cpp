// SPDX-License-Identifier: Apache-2.0
#include "canvas/token_layer.h"

#include <algorithm>
#include <cmath>
#include <tuple>

#include "canvas/shape_painter.h"

namespace tessera::canvas {
namespace {

constexpr Colour kLight{1, 1, 1, 1}, kDark{0, 0, 0, 1};
constexpr Colour kLineColour{0.5F, 0.5F, 0.5F, 0.45F};     // grey is seen on black and on white
constexpr double kLinesFrom = 5, kLinesWhole = 9;          // logical pixels per cell: lines appear, lines are as strong as they get
constexpr double kMarksFrom = 4;                           // logical pixels per cell
constexpr float kDash = 5, kDashWidth = 2, kFineDash = 3;  // logical pixels
constexpr float kCursorWidth = 2;
constexpr double kMarkShare = 0.35, kSmallestMark = 3, kLargestMark = 9;  // of a cell's side; logical pixels

/// Device pixels of the canvas where cells begin: on whole ones, so that lines are sharp.
class Grid {
public:
    Grid(const TokenLayer& layer, const TokenPlacement& placement, const Rect& clip) : m_placement(placement) {
        const auto range = [](double low, double high, double origin, double side, int count) {
            return std::pair(std::clamp(static_cast<int>(std::floor((low - origin) / side)), 0, count), std::clamp(static_cast<int>(std::ceil((high - origin) / side)), 0, count));
        };
        std::tie(left, right) = range(clip.x, clip.x + clip.width, placement.originX, placement.sideX, layer.columns);
        std::tie(top, bottom) = range(clip.y, clip.y + clip.height, placement.originY, placement.sideY, layer.rows);
    }
    float x(int column) const { return static_cast<float>(std::round(m_placement.originX + m_placement.sideX * column)); }
    float y(int row) const { return static_cast<float>(std::round(m_placement.originY + m_placement.sideY * row)); }

    int left, right, top, bottom;  ///< the cells that are seen, the last ones excluded

private:
    TokenPlacement m_placement;
};

void addLines(ShapePainter& shapes, const Grid& grid, double side, float pixelRatio) {
    const double share = std::clamp((side / pixelRatio - kLinesFrom) / (kLinesWhole - kLinesFrom), 0.0, 1.0);
    if (share <= 0) return;
    Colour colour = kLineColour;
    colour.a *= static_cast<float>(share);
    const float thickness = std::max(1.0F, std::floor(pixelRatio));
    const float left = grid.x(grid.left), right = grid.x(grid.right), top = grid.y(grid.top), bottom = grid.y(grid.bottom);
    for (int column = grid.left; column <= grid.right; ++column) shapes.add({grid.x(column), top, thickness, bottom - top}, colour);
    for (int row = grid.top; row <= grid.bottom; ++row) shapes.add({left, grid.y(row), right - left, thickness}, colour);
}

void addMarks(ShapePainter& shapes, const TokenLayer& layer, const Grid& grid, double side, float pixelRatio) {
    if (side / pixelRatio < kMarksFrom) return;
    const auto size = static_cast<float>(std::round(std::clamp(side * kMarkShare, kSmallestMark * pixelRatio, kLargestMark * pixelRatio)));
    const float edge = std::max(1.0F, std::floor(pixelRatio));
    for (int row = grid.top; row < grid.bottom; ++row) {
        for (int column = grid.left; column < grid.right; ++column) {
            if (layer.marked[layer.at(row, column)] == 0) continue;
            // In the top right corner: the grid's lines cross in the top left one.
            const float x = grid.x(column + 1), y = grid.y(row) + edge;
            shapes.addTriangle({x - size - 2 * edge, y}, {x, y}, {x, y + size + 2 * edge}, kDark);
            shapes.addTriangle({x - size, y}, {x, y}, {x, y + size}, kLight);
        }
    }
}

/// Dashes of both colours along a line, which lie on the picture and move with it.
class Dashes {
public:
    Dashes(ShapePainter& shapes, const TokenPlacement& placement, const Rect& clip, float length, float width)
        : m_shapes(shapes), m_placement(placement), m_clip(clip), m_length(std::max(1.0F, std::round(length))), m_width(std::max(1.0F, std::round(width))) {}

    void level(float left, float right, float y) const {
        const float begin = std::max(left, m_clip.x), end = std::min(right, m_clip.x + m_clip.width);
        each(begin, end, m_placement.originX, [&](float from, float to, Colour colour) { m_shapes.add({from, y - m_width / 2, to - from, m_width}, colour); });
    }
    void upright(float x, float top, float bottom) const {
        const float begin = std::max(top, m_clip.y), end = std::min(bottom, m_clip.y + m_clip.height);
        each(begin, end, m_placement.originY, [&](float from, float to, Colour colour) { m_shapes.add({x - m_width / 2, from, m_width, to - from}, colour); });
    }

private:
    template <typename Add>
    void each(float begin, float end, double origin, const Add& add) const {
        if (begin >= end) return;
        auto dash = static_cast<long>(std::floor((begin - origin) / m_length));
        for (float from = begin; from < end; ++dash) {
            const float to = std::min(end, static_cast<float>(origin + double(dash + 1) * m_length));
            if (to <= from) continue;  // a dash that ended just before
            add(from, to, dash % 2 == 0 ? kLight : kDark);
            from = to;
        }
    }

    ShapePainter& m_shapes;
    TokenPlacement m_placement;
    Rect m_clip;
    float m_length, m_width;
};

/// The edge between cells that are `inside` and those that are not, in runs as long as they get.
void addOutline(const TokenLayer& layer, const std::vector<char>& inside, const Grid& grid, const Dashes& dashes) {
    const auto chosen = [&](int row, int column) { return row >= 0 && column >= 0 && row < layer.rows && column < layer.columns && inside[layer.at(row, column)] != 0; };
    for (int row = grid.top; row <= grid.bottom; ++row) {
        for (int column = grid.left; column < grid.right; ++column) {
            if (chosen(row - 1, column) == chosen(row, column)) continue;
            int end = column + 1;
            while (end < grid.right && chosen(row - 1, end) != chosen(row, end)) ++end;
            dashes.level(grid.x(column), grid.x(end), grid.y(row));
            column = end;
        }
    }
    for (int column = grid.left; column <= grid.right; ++column) {
        for (int row = grid.top; row < grid.bottom; ++row) {
            if (chosen(row, column - 1) == chosen(row, column)) continue;
            int end = row + 1;
            while (end < grid.bottom && chosen(end, column - 1) != chosen(end, column)) ++end;
            dashes.upright(grid.x(column), grid.y(row), grid.y(end));
            row = end;
        }
    }
}

void addCursor(ShapePainter& shapes, const Grid& grid, const TokenLayer::Cell& cell, float pixelRatio, Colour accent) {
    const float edge = std::max(1.0F, std::floor(pixelRatio)), width = std::max(1.0F, std::round(kCursorWidth * pixelRatio));
    const Rect box{grid.x(cell.column), grid.y(cell.row), grid.x(cell.column + 1) - grid.x(cell.column), grid.y(cell.row + 1) - grid.y(cell.row)};
    shapes.addOutline(box, width + edge, kDark);
    shapes.addOutline(box, width, accent);
    const Rect inner{box.x + edge, box.y + edge, box.width - 2 * edge, box.height - 2 * edge};
    if (inner.width > 0 && inner.height > 0) shapes.addOutline(inner, edge, kDark);
}

void addLasso(ShapePainter& shapes, const TokenLayer& layer, const TokenPlacement& placement, float pixelRatio) {
    const float size = std::max(1.0F, std::round(2 * pixelRatio));
    int dot = 0;
    for (std::size_t i = 1; i < layer.lasso.size(); ++i) {
        const double x0 = placement.originX + placement.sideX * layer.lasso[i - 1].x, y0 = placement.originY + placement.sideY * layer.lasso[i - 1].y;
        const double x1 = placement.originX + placement.sideX * layer.lasso[i].x, y1 = placement.originY + placement.sideY * layer.lasso[i].y;
        const int steps = std::max(1, static_cast<int>(std::hypot(x1 - x0, y1 - y0) / size));
        for (int step = 0; step < steps; ++step) {
            const double share = double(step) / steps;
            const Rect square{static_cast<float>(std::round(x0 + (x1 - x0) * share - size / 2)), static_cast<float>(std::round(y0 + (y1 - y0) * share - size / 2)), size, size};
            shapes.add(square, dot++ / 2 % 2 == 0 ? kLight : kDark);
        }
    }
}

}  // namespace

TokenPlacement placementOf(const TokenLayer& layer, const Picture& picture, const PanePlacement& placement) {
    if (!placement.visible() || layer.rows <= 0 || layer.columns <= 0) return {};
    const Picture::Region shown = regionOf(picture);
    const double scaleX = placement.scaleX * placement.width / shown.width, scaleY = placement.scaleY * placement.height / shown.height;
    return {.originX = placement.originX + (layer.region.x - shown.x) * scaleX,
            .originY = placement.originY + (layer.region.y - shown.y) * scaleY,
            .sideX = layer.region.width / layer.columns * scaleX,
            .sideY = layer.region.height / layer.rows * scaleY};
}

std::optional<TokenLayer::Cell> cellAt(const TokenLayer& layer, const TokenPlacement& placement, double x, double y) {
    if (placement.sideX <= 0 || placement.sideY <= 0) return std::nullopt;
    const double column = std::floor((x - placement.originX) / placement.sideX), row = std::floor((y - placement.originY) / placement.sideY);
    if (column < 0 || row < 0 || column >= layer.columns || row >= layer.rows) return std::nullopt;
    return TokenLayer::Cell{static_cast<int>(row), static_cast<int>(column)};
}

std::vector<TokenLayer::Cell> cellsInside(const TokenLayer& layer, const std::vector<TokenLayer::Point>& lasso) {
    std::vector<TokenLayer::Cell> cells;
    for (int row = 0; row < layer.rows; ++row) {
        for (int column = 0; column < layer.columns; ++column) {
            const double x = column + 0.5, y = row + 0.5;
            bool inside = false;  // after an odd number of edges to the right
            for (std::size_t i = 0, j = lasso.size() - 1; i < lasso.size(); j = i++) {
                const TokenLayer::Point &a = lasso[i], &b = lasso[j];
                if ((a.y > y) != (b.y > y) && x < (b.x - a.x) * (y - a.y) / (b.y - a.y) + a.x) inside = !inside;
            }
            if (inside) cells.push_back({row, column});
        }
    }
    if (!cells.empty()) return cells;
    for (const TokenLayer::Point& point : lasso) {
        const TokenLayer::Cell cell{static_cast<int>(std::floor(point.y)), static_cast<int>(std::floor(point.x))};
        const bool known = cell.row < 0 || cell.column < 0 || cell.row >= layer.rows || cell.column >= layer.columns || std::ranges::find(cells, cell) != cells.end();
        if (!known) cells.push_back(cell);
    }
    return cells;
}

void addTokens(ShapePainter& shapes, const TokenLayer& layer, const TokenPlacement& placement, const Rect& clip, float pixelRatio, Colour accent) {
    if (placement.sideX <= 0 || placement.sideY <= 0) return;
    const Grid grid(layer, placement, clip);
    const double side = std::min(placement.sideX, placement.sideY);
    if (layer.lines) addLines(shapes, grid, side, pixelRatio);
    if (!layer.marked.empty()) {
        addOutline(layer, layer.marked, grid, Dashes(shapes, placement, clip, kFineDash * pixelRatio, pixelRatio));
        addMarks(shapes, layer, grid, side, pixelRatio);
    }
    if (!layer.chosen.empty()) addOutline(layer, layer.chosen, grid, Dashes(shapes, placement, clip, kDash * pixelRatio, kDashWidth * pixelRatio));
    if (layer.cursor) addCursor(shapes, grid, *layer.cursor, pixelRatio, accent);
    if (layer.lasso.size() > 1) addLasso(shapes, layer, placement, pixelRatio);
}

}  // namespace tessera::canvas
