// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <vector>

#include <QString>

#include "panels/word_line.h"
#include "workspace/token_edits.h"

namespace tessera::ui {

/// A token in numbers, as the status line says it: the codes of all depths, the given one strong, and what the search knew of that one. Rows
/// and columns count from 0, as pixels and files do, depths from 1. `grid` is null for tokens without codes.
std::vector<Word> tokenWords(const TokenGrid* grid, TokenPlace place, int depth);
/// The same as a screen reader says it: "row 3, column 7, depth 2, code 812".
QString tokenName(const TokenGrid* grid, TokenPlace place, int depth);
/// "942", or "none" for a token that has no code there.
QString codeWords(std::int32_t code);

}  // namespace tessera::ui
