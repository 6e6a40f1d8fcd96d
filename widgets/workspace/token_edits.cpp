// SPDX-License-Identifier: GPL-3.0-or-later
#include "workspace/token_edits.h"

#include <algorithm>
#include <random>
#include <utility>

namespace tessera::ui {
namespace {

TokenPlace cornerOf(const std::vector<TokenPlace>& places) {
    TokenPlace corner = places.front();
    for (const TokenPlace& place : places) corner = {std::min(corner.row, place.row), std::min(corner.column, place.column)};
    return corner;
}

bool inside(const TokenGrid& grid, TokenPlace place) {
    return place.row >= 0 && place.row < grid.rows && place.column >= 0 && place.column < grid.columns;
}

/// All depths of the token at `from`, put at `to`.
void addToken(const TokenGrid& grid, TokenPlace from, TokenPlace to, Changes& changes) {
    for (int depth = 0; depth < grid.layout.depths(); ++depth) changes.push_back({to.row, to.column, depth, grid.codes[grid.at(from.row, from.column, depth)]});
}

}  // namespace

std::vector<TokenPlace> TokenSelection::places() const {
    if (!any()) return {};
    return chosen.empty() ? std::vector{cursor} : chosen;
}

std::vector<TokenPlace> rectangle(TokenPlace a, TokenPlace b) {
    std::vector<TokenPlace> places;
    for (int row = std::min(a.row, b.row); row <= std::max(a.row, b.row); ++row) {
        for (int column = std::min(a.column, b.column); column <= std::max(a.column, b.column); ++column) places.push_back({row, column});
    }
    return places;
}

std::vector<TokenPlace> withCode(const TokenGrid& grid, int depth, std::int32_t code) {
    std::vector<TokenPlace> places;
    for (int row = 0; row < grid.rows; ++row) {
        for (int column = 0; column < grid.columns; ++column) {
            if (grid.codes[grid.at(row, column, depth)] == code) places.push_back({row, column});
        }
    }
    return places;
}

std::vector<TokenPlace> toggled(std::vector<TokenPlace> chosen, const std::vector<TokenPlace>& places) {
    std::vector<TokenPlace> result;
    std::ranges::set_symmetric_difference(chosen, places, std::back_inserter(result));
    return result;
}

TokenSelection onGrid(const TokenSelection& selection, int rows, int columns) {
    if (!selection.any() || (selection.rows == rows && selection.columns == columns)) return selection;
    const auto moved = [&](TokenPlace place) {
        const auto along = [](int at, int from, int to) { return std::clamp(static_cast<int>((at + 0.5) / from * to), 0, to - 1); };
        return TokenPlace{along(place.row, selection.rows, rows), along(place.column, selection.columns, columns)};
    };
    TokenSelection result{.rows = rows, .columns = columns, .cursor = moved(selection.cursor), .depth = selection.depth};
    for (const TokenPlace& place : selection.chosen) result.chosen.push_back(moved(place));
    // A finer grid has cells that none of these landed in.
    for (int row = 0; row < rows && !selection.chosen.empty(); ++row) {
        for (int column = 0; column < columns; ++column) {
            const TokenPlace there{static_cast<int>((row + 0.5) / rows * selection.rows), static_cast<int>((column + 0.5) / columns * selection.columns)};
            if (std::ranges::binary_search(selection.chosen, there)) result.chosen.push_back({row, column});
        }
    }
    std::ranges::sort(result.chosen);
    const auto repeated = std::ranges::unique(result.chosen);
    result.chosen.erase(repeated.begin(), repeated.end());
    return result;
}

TokenEditPointer edited(const TokenGrid& grid, const Changes& changes) {
    std::vector<std::int32_t> codes = grid.codes;
    for (const TokenEdit::Change& change : changes) codes[grid.at(change.row, change.column, change.depth)] = change.code;
    TokenEdit edit{.rows = grid.rows, .columns = grid.columns, .depths = grid.layout.depths(), .changes = {}};
    for (int row = 0; row < grid.rows; ++row) {
        for (int column = 0; column < grid.columns; ++column) {
            for (int depth = 0; depth < edit.depths; ++depth) {
                const std::size_t at = grid.at(row, column, depth);
                if (codes[at] != grid.found[at]) edit.changes.push_back({row, column, depth, codes[at]});
            }
        }
    }
    return edit.changes.empty() ? nullptr : std::make_shared<const TokenEdit>(std::move(edit));
}

TokenEditPointer withCodeAt(const TokenGrid& grid, const std::vector<TokenPlace>& places, int depth, std::int32_t code) {
    Changes changes;
    for (const TokenPlace& place : places) changes.push_back({place.row, place.column, depth, code});
    return edited(grid, changes);
}

TokenEditPointer reverted(const TokenGrid& grid, const std::vector<TokenPlace>& places) {
    Changes changes;
    for (const TokenPlace& place : places) {
        for (int depth = 0; depth < grid.layout.depths(); ++depth) changes.push_back({place.row, place.column, depth, grid.found[grid.at(place.row, place.column, depth)]});
    }
    return edited(grid, changes);
}

TokenEditPointer withoutDepth(const TokenGrid& grid, const std::vector<TokenPlace>& places, int depth, bool andAfter) {
    Changes changes;
    for (const TokenPlace& place : places) {
        for (int d = depth; d < (andAfter ? grid.layout.depths() : depth + 1); ++d) changes.push_back({place.row, place.column, d, -1});
    }
    return edited(grid, changes);
}

TokenEditPointer randomised(const TokenGrid& grid, const std::vector<TokenPlace>& places, int depth, std::uint64_t seed) {
    std::mt19937_64 random(seed);
    const auto codewords = static_cast<std::uint64_t>(grid.layout.codebookSizes[depth]);
    Changes changes;
    for (const TokenPlace& place : places) changes.push_back({place.row, place.column, depth, static_cast<std::int32_t>(random() % codewords)});
    return edited(grid, changes);
}

TokenEditPointer shuffled(const TokenGrid& grid, const std::vector<TokenPlace>& places, std::uint64_t seed) {
    std::mt19937_64 random(seed);
    std::vector<TokenPlace> from = places;
    for (std::size_t left = from.size(); left > 1; --left) std::swap(from[left - 1], from[random() % left]);
    Changes changes;
    for (std::size_t i = 0; i < places.size(); ++i) addToken(grid, from[i], places[i], changes);
    return edited(grid, changes);
}

TokenEditPointer swapped(const TokenGrid& grid, const std::vector<TokenPlace>& places, TokenPlace to) {
    Changes changes;
    if (places.empty()) return edited(grid, changes);
    const TokenPlace corner = cornerOf(places);
    for (const TokenPlace& place : places) {
        const TokenPlace other{place.row - corner.row + to.row, place.column - corner.column + to.column};
        if (!inside(grid, other) || std::ranges::binary_search(places, other)) continue;
        addToken(grid, place, other, changes);
        addToken(grid, other, place, changes);
    }
    return edited(grid, changes);
}

TokenBlock cutOut(const TokenGrid& grid, const std::vector<TokenPlace>& places) {
    if (places.empty()) return {};
    const TokenPlace corner = cornerOf(places);
    TokenPlace last = corner;
    for (const TokenPlace& place : places) last = {std::max(last.row, place.row), std::max(last.column, place.column)};
    TokenBlock block{.layout = grid.layout, .fingerprint = grid.fingerprint, .rows = last.row - corner.row + 1, .columns = last.column - corner.column + 1};
    const int depths = grid.layout.depths();
    block.codes.assign(static_cast<std::size_t>(block.rows) * block.columns * depths, -1);
    block.holds.assign(static_cast<std::size_t>(block.rows) * block.columns, 0);
    for (const TokenPlace& place : places) {
        const std::size_t cell = static_cast<std::size_t>(place.row - corner.row) * block.columns + (place.column - corner.column);
        block.holds[cell] = 1;
        for (int depth = 0; depth < depths; ++depth) block.codes[cell * depths + depth] = grid.codes[grid.at(place.row, place.column, depth)];
    }
    return block;
}

TokenEditPointer pasted(const TokenGrid& grid, const TokenBlock& block, TokenPlace at) {
    const int depths = grid.layout.depths();
    Changes changes;
    for (int row = 0; row < block.rows; ++row) {
        for (int column = 0; column < block.columns; ++column) {
            const std::size_t cell = static_cast<std::size_t>(row) * block.columns + column;
            const TokenPlace place{at.row + row, at.column + column};
            if (!block.holds[cell] || !inside(grid, place)) continue;
            for (int depth = 0; depth < depths; ++depth) changes.push_back({place.row, place.column, depth, block.codes[cell * depths + depth]});
        }
    }
    return edited(grid, changes);
}

bool mayPaste(const TokenGrid& grid, const TokenBlock& block) {
    return block.rows > 0 && grid.fingerprint == block.fingerprint && grid.layout.codebookSizes == block.layout.codebookSizes;
}

int editedTokens(const TokenGrid& grid) {
    int count = 0;
    const auto depths = static_cast<std::size_t>(grid.layout.depths());
    for (std::size_t cell = 0; cell < static_cast<std::size_t>(grid.rows) * grid.columns; ++cell) {
        const auto begin = static_cast<std::ptrdiff_t>(cell * depths), end = begin + static_cast<std::ptrdiff_t>(depths);
        if (!std::equal(grid.codes.begin() + begin, grid.codes.begin() + end, grid.found.begin() + begin)) ++count;
    }
    return count;
}

}  // namespace tessera::ui
