// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <compare>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <tessera/token_edit.h>
#include <tessera/token_grid.h>

#include "workspace/row.h"

namespace tessera::ui {

/// Whose tokens an edit changes: a row under a model, whatever column and precision shows them.
struct EditedCell {
    RowId row{};
    std::string model;  ///< ModelChoice::reference
    auto operator<=>(const EditedCell&) const = default;
};

/// Shared by all who show it; null: the codes are as they were found.
using TokenEditPointer = std::shared_ptr<const TokenEdit>;
using TokenEdits = std::map<EditedCell, TokenEditPointer>;

/// A place of a grid.
struct TokenPlace {
    int row = 0, column = 0;
    auto operator<=>(const TokenPlace&) const = default;
};

/// Tokens that are looked at, on the grid of the model they were chosen in; other grids show the same part of the picture.
struct TokenSelection {
    int rows = 0, columns = 0;   ///< of that grid; 0: nothing was chosen yet
    TokenPlace cursor;
    int depth = 0;               ///< 0-based
    std::vector<TokenPlace> chosen;  ///< sorted, without the cursor unless it was chosen too; empty: the cursor alone
    bool operator==(const TokenSelection&) const = default;

    bool any() const { return rows > 0; }
    /// What an edit changes: the chosen ones, else the cursor.
    std::vector<TokenPlace> places() const;
};
/// All places of a grid in the rectangle between two of them, sorted.
std::vector<TokenPlace> rectangle(TokenPlace a, TokenPlace b);
/// Those whose code at a depth is that code, sorted.
std::vector<TokenPlace> withCode(const TokenGrid& grid, int depth, std::int32_t code);
/// The chosen ones exchanged for what was chosen or not: Ctrl+click.
std::vector<TokenPlace> toggled(std::vector<TokenPlace> chosen, const std::vector<TokenPlace>& places);
/// The same part of the picture on a grid of another size: the cells whose middle lies in it, one at least.
TokenSelection onGrid(const TokenSelection& selection, int rows, int columns);

/// A block of codes, cut out to be pasted; -1 outside what was chosen is told apart from "no code" by `holds`.
struct TokenBlock {
    CodeLayout layout;            ///< of the codebooks they belong to
    std::string fingerprint;      ///< of the model
    int rows = 0, columns = 0;
    std::vector<std::int32_t> codes;  ///< (rows, columns, depths)
    std::vector<char> holds;          ///< (rows, columns)
};

/// Each of the following gives the edit that the cell has afterwards: null where no code is another than the search found. `grid` is the cell's as it is now.
using Changes = std::vector<TokenEdit::Change>;
TokenEditPointer edited(const TokenGrid& grid, const Changes& changes);
/// One code at one depth of all places. The code is -1, or one of the codebook.
TokenEditPointer withCodeAt(const TokenGrid& grid, const std::vector<TokenPlace>& places, int depth, std::int32_t code);
/// All depths of each place as the search found them.
TokenEditPointer reverted(const TokenGrid& grid, const std::vector<TokenPlace>& places);
/// No code at a depth, or at that depth and all after it.
TokenEditPointer withoutDepth(const TokenGrid& grid, const std::vector<TokenPlace>& places, int depth, bool andAfter);
/// Codes drawn evenly from the codebook; the same seed draws the same ones.
TokenEditPointer randomised(const TokenGrid& grid, const std::vector<TokenPlace>& places, int depth, std::uint64_t seed);
/// The places' tokens, all depths, in another order.
TokenEditPointer shuffled(const TokenGrid& grid, const std::vector<TokenPlace>& places, std::uint64_t seed);
/// The places' tokens exchanged with those as far from `to` as they are from their own top left corner; what would leave the grid or overlap stays.
TokenEditPointer swapped(const TokenGrid& grid, const std::vector<TokenPlace>& places, TokenPlace to);
TokenBlock cutOut(const TokenGrid& grid, const std::vector<TokenPlace>& places);
/// The block with its top left corner at a place, cut at the grid's edges. The caller made sure of mayPaste().
TokenEditPointer pasted(const TokenGrid& grid, const TokenBlock& block, TokenPlace at);
/// The codes mean the same: as many depths of as many codewords, of one model.
bool mayPaste(const TokenGrid& grid, const TokenBlock& block);

/// Tokens with another code than was found.
int editedTokens(const TokenGrid& grid);

}  // namespace tessera::ui
