// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>
#include <optional>

#include "workspace/token_edits.h"

class QMimeData;

namespace tessera::ui {

/// Tokens as the clipboard holds them: for another studio all of them, for other programs a line of text per token with row, column and its
/// codes, coarse to fine.
std::unique_ptr<QMimeData> toMime(const TokenBlock& block);
/// The data hold tokens, whole or broken.
bool holdsTokens(const QMimeData& mime);
/// Nothing if there are none, or if they are not what a studio writes.
std::optional<TokenBlock> fromMime(const QMimeData& mime);

}  // namespace tessera::ui
