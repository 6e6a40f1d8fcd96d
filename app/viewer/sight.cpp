// SPDX-License-Identifier: Apache-2.0
#include "sight.h"

#include <algorithm>
#include <cmath>

namespace tessera::viewer {
namespace {

using canvas::Compare;
using canvas::Pane;
using canvas::PaneLook;
using canvas::Rect;

constexpr std::size_t kMostPictures = 16;  // at once, where each has one cell

std::size_t indexFrom(float number) {
    return number > 1 ? static_cast<std::size_t>(number) : 1;
}

/// Cells of one size in rows and columns. Edges lie on whole pixels.
Rect gridCell(const Rect& area, std::size_t across, std::size_t down, std::size_t index, float gap) {
    const float width = std::floor((area.width + gap) / static_cast<float>(across)) - gap;
    const float height = std::floor((area.height + gap) / static_cast<float>(down)) - gap;
    return {area.x + static_cast<float>(index % across) * (width + gap), area.y + static_cast<float>(index / across) * (height + gap), width, height};
}

/// How many columns make square pictures largest.
std::size_t bestAcross(const Rect& area, std::size_t count, float captionHeight) {
    std::size_t best = 1;
    float largest = -1;
    for (std::size_t across = 1; across <= count; ++across) {
        const std::size_t down = (count + across - 1) / across;
        const float side = std::min(area.width / static_cast<float>(across), area.height / static_cast<float>(down) - captionHeight);
        if (side > largest + 0.5F) largest = side, best = across;
    }
    return best;
}

PlacedCell placed(std::size_t row, const Board::Column& column, const Rect& cell, float captionHeight) {
    return {row, column, {cell.x, cell.y, cell.width, captionHeight}, {cell.x, cell.y + captionHeight, cell.width, std::max(1.0F, cell.height - captionHeight)}};
}

/// Brings the current row among the `shown` ones.
void scrollTo(Sight& sight, std::size_t shown, std::size_t images) {
    if (sight.row < sight.firstRow) sight.firstRow = sight.row;
    if (sight.row >= sight.firstRow + shown) sight.firstRow = sight.row - shown + 1;
    sight.firstRow = std::min(sight.firstRow, images - shown);
}

PaneLook lookOf(const Picture& picture, const Sight& sight, bool waiting) {
    PaneLook look;
    look.mapping = picture.mapping;
    look.sampling = sight.sampling;
    look.values = sight.values;
    look.grid = sight.grid;
    look.clipping = sight.clipping;
    look.gain = sight.gain;
    look.dimmed = waiting;
    if (look.mapping == sight.brushMapping) look.brush = sight.brush;
    if (look.mapping == FieldMapping::Colour) {
        look.exposureStops = sight.exposureStops;
        return look;
    }
    const Legend legend = picture.legend.value_or(Legend{});
    look.map = legend.map;
    look.low = static_cast<float>(legend.low);
    look.high = static_cast<float>(legend.high);
    look.logarithmic = sight.logarithmic;
    return look;
}

}  // namespace

std::vector<PlacedCell> placedCells(const Board& board, Sight& sight, const Rect& area, float captionHeight, float gap) {
    const auto columns = board.columns();
    const std::size_t images = board.images().size();
    if (columns.empty() || images == 0 || area.width < 1 || area.height < 1) return {};
    sight.row = std::min(sight.row, images - 1);
    if (sight.alone && std::ranges::find(columns, *sight.alone) != columns.end()) {
        sight.firstRow = sight.row;
        return {placed(sight.row, *sight.alone, area, captionHeight)};
    }
    std::vector<PlacedCell> cells;
    if (sight.single || images == 1) {
        sight.firstRow = sight.row;
        const std::size_t across = bestAcross(area, columns.size(), captionHeight), down = (columns.size() + across - 1) / across;
        for (std::size_t i = 0; i < columns.size(); ++i) cells.push_back(placed(sight.row, columns[i], gridCell(area, across, down, i, gap), captionHeight));
        return cells;
    }
    if (columns.size() == 1) {  // nothing to stand beside a picture but other pictures
        const std::size_t shown = std::min(images, kMostPictures), across = bestAcross(area, shown, captionHeight), down = (shown + across - 1) / across;
        scrollTo(sight, shown, images);
        for (std::size_t i = 0; i < shown; ++i) cells.push_back(placed(sight.firstRow + i, columns.front(), gridCell(area, across, down, i, gap), captionHeight));
        return cells;
    }
    const float width = area.width / static_cast<float>(columns.size());
    const std::size_t down = std::min(images, std::max<std::size_t>(2, indexFrom(std::round(area.height / (width + captionHeight)))));
    scrollTo(sight, down, images);
    // Square bodies at most: rows lie close together.
    Rect rows = area;
    rows.height = std::min(area.height, static_cast<float>(down) * (width + captionHeight + gap) - gap);
    for (std::size_t i = 0; i < down * columns.size(); ++i) {
        cells.push_back(placed(sight.firstRow + i / columns.size(), columns[i % columns.size()], gridCell(rows, columns.size(), down, i, gap), captionHeight));
    }
    return cells;
}

std::optional<Board::Column> referenceOf(const Board& board, const Sight& sight) {
    const auto columns = board.columns();
    if (columns.empty()) return std::nullopt;
    return std::ranges::find(columns, sight.reference) == columns.end() ? columns.front() : sight.reference;
}

const char* nameOfDifference(FieldMapping mapping) {
    return mapping == FieldMapping::Signed ? "signed" : mapping == FieldMapping::Squared ? "squared" : "absolute";
}

PaneLook differenceLookOf(const Sight& sight) {
    PaneLook look;
    look.mapping = sight.difference;
    look.high = sight.differenceHigh.value_or(sight.difference == FieldMapping::Squared ? 0.05F : 0.25F);
    look.low = sight.difference == FieldMapping::Signed ? -look.high : 0.0F;
    look.map = sight.difference == FieldMapping::Signed ? ColourMap::RedWhiteBlue : ColourMap::Magma;
    look.gain = sight.gain;
    look.logarithmic = sight.logarithmic;
    look.clipping = sight.clipping;
    look.values = sight.values;
    look.grid = sight.grid;
    return look;
}

std::vector<Pane> panesOf(const Board& board, const Sight& sight, const std::vector<PlacedCell>& cells) {
    const auto reference = referenceOf(board, sight);
    std::vector<Pane> panes;
    for (const PlacedCell& placed : cells) {
        Pane pane;
        pane.body = placed.body;
        pane.group = static_cast<int>(placed.row);
        const Cell* own = board.cell(placed.row, placed.column);
        const Cell* other = reference && *reference != placed.column ? board.cell(placed.row, *reference) : nullptr;
        const Cell* shown = sight.flipped && other && other->picture ? other : own;
        if (shown && shown->picture) {
            pane.picture = shown->picture;
            pane.look = lookOf(*shown->picture, sight, shown->waiting);
        }
        // Numbers of one kind only: a colour is not to be compared with an error.
        if (!sight.flipped && pane.picture && other && other->picture && other->picture->mapping == pane.picture->mapping) {
            pane.other = other->picture;
            pane.otherLook = lookOf(*other->picture, sight, other->waiting);
            pane.compare = sight.compare;
            pane.share = sight.compare == Compare::Onion ? sight.onionShare : sight.wipeShare;
            pane.differenceLook = differenceLookOf(sight);
        }
        panes.push_back(std::move(pane));
    }
    return panes;
}

}  // namespace tessera::viewer
