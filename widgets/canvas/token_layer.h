// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <utility>
#include <vector>

#include "canvas/camera.h"

namespace tessera::canvas {

class ShapePainter;

/// A grid of tokens over a picture: lines between its cells, the one that is looked at, those that are chosen, those that are marked.
struct TokenLayer {
    struct Cell {
        int row = 0, column = 0;
        bool operator==(const Cell&) const = default;
    };
    /// In cells, from the grid's top left corner.
    struct Point {
        double x = 0, y = 0;
        bool operator==(const Point&) const = default;
    };
    int rows = 0, columns = 0;
    Picture::Region region;      ///< part of the source that the grid covers; may reach beyond the picture
    bool lines = true;           ///< between cells; they fade where cells are small
    std::optional<Cell> cursor;  ///< a box of two colours, one of which is seen on any picture
    std::vector<char> chosen;    ///< (rows, columns): inside a dashed outline; empty: none
    std::vector<char> marked;    ///< (rows, columns): inside a finely dashed outline, each with a white corner; empty: none
    std::vector<Point> lasso;    ///< a line that is being drawn round cells
    bool operator==(const TokenLayer&) const = default;

    std::size_t at(int row, int column) const { return static_cast<std::size_t>(row) * columns + column; }
};

/// How the grid of a layer lies on the canvas: device = origin + side * cell.
struct TokenPlacement {
    double originX = 0, originY = 0;
    double sideX = 0, sideY = 0;  ///< device pixels per cell
};
/// Over a picture that is placed there; no sides without a grid or a picture.
TokenPlacement placementOf(const TokenLayer& layer, const Picture& picture, const PanePlacement& placement);

/// The cell at a point of the canvas; nothing outside the grid.
std::optional<TokenLayer::Cell> cellAt(const TokenLayer& layer, const TokenPlacement& placement, double x, double y);
/// The cells whose middle lies inside a closed line, and those that its points lie in where it is shorter than a cell.
std::vector<TokenLayer::Cell> cellsInside(const TokenLayer& layer, const std::vector<TokenLayer::Point>& lasso);

/// Adds what is to be seen of the layer inside `clip`; reaches over its edge by less than a cell: clip to it.
void addTokens(ShapePainter& shapes, const TokenLayer& layer, const TokenPlacement& placement, const Rect& clip, float pixelRatio, Colour accent);

}  // namespace tessera::canvas
