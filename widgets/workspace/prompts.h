// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "workspace/column_edits.h"

namespace tessera::ui {

/// The words that a board looks for: those of its first lens that compares pictures with texts. Empty if it has no such lens, or its
/// lenses still have their initial words.
std::vector<std::string> promptsOf(const Groups& groups);
/// Parted by '|' or line ends, trimmed, none twice.
std::vector<std::string> splitPrompts(const std::string& text);
std::string joinedPrompts(const std::vector<std::string>& words);

/// The board looking for these words, at least one: a map for each of them under every model that `hasTexts` is true of, one column under the
/// others that have such a lens; the lenses that compare with all words know all of them.
Groups withPrompts(Groups groups, const std::vector<std::string>& words, const std::function<bool(const ModelChoice&)>& hasTexts, std::uint32_t& nextId);

/// Whether a lens compares pictures with texts.
bool comparesTexts(const std::string& lens);
/// One picture of all prompts, the most alike at every token: a sweep over them would show it again and again.
bool showsBestPrompt(const LensColumn& lens);

}  // namespace tessera::ui
