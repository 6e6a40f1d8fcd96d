// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <utility>
#include <vector>

#include "board.h"
#include "canvas/pane.h"

namespace tessera::viewer {

/// How the board is looked at.
struct Sight {
    canvas::Camera camera;
    canvas::Sampling sampling = canvas::Sampling::Automatic;
    float exposureStops = 0, gain = 1;
    bool logarithmic = false, clipping = false, values = true, grid = true;
    std::optional<std::pair<float, float>> brush;       ///< pictures of that mapping light up the values between both
    FieldMapping brushMapping = FieldMapping::Colour;

    Board::Column reference;  ///< what the others are compared with; the first column where it is not there
    bool flipped = false;     ///< every pane shows the reference
    canvas::Compare compare = canvas::Compare::None;
    float wipeShare = 0.5F, onionShare = 0.5F;
    FieldMapping difference = FieldMapping::Absolute;
    std::optional<float> differenceHigh;  ///< high end of its map; its kind's own otherwise

    std::size_t row = 0;      ///< the current picture
    std::size_t firstRow = 0; ///< at the top of the grid
    bool single = false;      ///< the current picture alone instead of the grid
    std::optional<Board::Column> alone;  ///< one pane over everything
};

/// Where a cell lies, in device pixels.
struct PlacedCell {
    std::size_t row = 0;
    Board::Column column;
    canvas::Rect caption, body;
};

/// Cells of the rows that fit into an area, captions of that height above their bodies. Moves `firstRow` so that the current row is there.
std::vector<PlacedCell> placedCells(const Board& board, Sight& sight, const canvas::Rect& area, float captionHeight, float gap);

/// The pane of every placed cell, in that order.
std::vector<canvas::Pane> panesOf(const Board& board, const Sight& sight, const std::vector<PlacedCell>& cells);

/// The column that others are compared with; nothing on a board without columns.
std::optional<Board::Column> referenceOf(const Board& board, const Sight& sight);

/// Low end, high end and colour map of a pane's differences.
canvas::PaneLook differenceLookOf(const Sight& sight);
/// "absolute", "signed", "squared".
const char* nameOfDifference(FieldMapping mapping);

}  // namespace tessera::viewer
