// SPDX-License-Identifier: GPL-3.0-or-later
#include "workspace/prompts.h"

#include <algorithm>

namespace tessera::ui {
namespace {

constexpr const char *kMaps = "text_similarity", *kScores = "zero_shot";
constexpr const char *kPrompts = "prompts", *kPrompt = "prompt", *kShow = "show", *kBest = "best";

/// One map per word; a single one needs no sweep.
void spread(LensColumn& lens, const std::vector<std::string>& words) {
    lens.parameters.erase(kPrompt);
    lens.sweep.reset();
    if (words.size() == 1) return;
    Sweep sweep{.parameter = kPrompt, .values = {}};
    for (const std::string& word : words) sweep.values.emplace_back(word);
    lens.sweep = std::move(sweep);
}

}  // namespace

bool showsBestPrompt(const LensColumn& lens) {
    const auto show = lens.parameters.find(kShow);
    return lens.lens == kMaps && show != lens.parameters.end() && show->second == Value(std::string(kBest));
}

bool comparesTexts(const std::string& lens) { return lens == kMaps || lens == kScores; }

std::vector<std::string> splitPrompts(const std::string& text) {
    std::vector<std::string> words;
    for (std::size_t begin = 0; begin <= text.size();) {
        const std::size_t end = std::min(text.find_first_of("|\n", begin), text.size());
        const std::string part = text.substr(begin, end - begin);
        const std::size_t first = part.find_first_not_of(" \t\r");
        if (first != std::string::npos) {
            std::string word = part.substr(first, part.find_last_not_of(" \t\r") - first + 1);
            if (std::ranges::find(words, word) == words.end()) words.push_back(std::move(word));
        }
        begin = end + 1;
    }
    return words;
}

std::string joinedPrompts(const std::vector<std::string>& words) {
    std::string text;
    for (const std::string& word : words) text += (text.empty() ? "" : "|") + word;
    return text;
}

std::vector<std::string> promptsOf(const Groups& groups) {
    for (const ModelGroup& group : groups) {
        for (const LensColumn& lens : group.lenses) {
            if (!comparesTexts(lens.lens)) continue;
            const auto prompts = lens.parameters.find(kPrompts);
            const auto* text = prompts == lens.parameters.end() ? nullptr : std::get_if<std::string>(&prompts->second);
            return text ? splitPrompts(*text) : std::vector<std::string>();
        }
    }
    return {};
}

Groups withPrompts(Groups groups, const std::vector<std::string>& words, const std::function<bool(const ModelChoice&)>& hasTexts, std::uint32_t& nextId) {
    if (words.empty()) return groups;
    const std::string all = joinedPrompts(words);
    for (ModelGroup& group : groups) {
        if (!group.model) continue;
        const auto isMaps = [](const LensColumn& lens) { return lens.lens == kMaps && !showsBestPrompt(lens); };
        if (std::ranges::none_of(group.lenses, isMaps) && hasTexts(*group.model)) group.lenses.push_back({.id = LensColumnId{nextId++}, .lens = kMaps, .parameters = {}});
        for (LensColumn& lens : group.lenses) {
            if (!comparesTexts(lens.lens)) continue;
            lens.parameters[kPrompts] = all;
            // Where there are no maps, one column says so for all of them.
            if (isMaps(lens)) spread(lens, hasTexts(*group.model) ? words : std::vector<std::string>{words.front()});
        }
    }
    return groups;
}

}  // namespace tessera::ui
