// SPDX-License-Identifier: Apache-2.0
#include "families/known_words.h"

#include <algorithm>
#include <fstream>
#include <mutex>
#include <set>
#include <sstream>
#include <utility>

#include "core/error.h"
#include "text/edit_distance.h"
#include "text/unicode_text.h"

namespace tessera {

namespace {

constexpr int kFarthest = 2;        // letters to change, leave out or put in
constexpr std::size_t kNamed = 3;   // words in a sentence
constexpr std::size_t kShortest = 4;  // of words that others can be alike to: shorter ones are like all others

std::vector<std::string> wordsOf(const std::string& text) {
    const std::string plain = text::normalized(text::lowerEach(text), text::NormalForm::D);
    std::vector<std::string> words(1);
    for (std::size_t at = 0; at < plain.size();) {
        const char32_t c = text::nextCodePoint(plain, at);
        if (text::isNonspacingMark(c)) continue;
        if (text::isWordCharacter(c)) text::appendUtf8(words.back(), c);
        else if (!words.back().empty()) words.emplace_back();
    }
    if (words.back().empty()) words.pop_back();
    return words;
}

std::string quoted(const std::vector<std::string>& words, std::string_view last) {
    std::string text;
    const std::size_t count = std::min(words.size(), kNamed);
    for (std::size_t i = 0; i < count; ++i) text.append(i == 0 ? "" : i + 1 < count ? ", " : last).append("\"").append(words[i]).append("\"");
    return text;
}

}  // namespace

struct KnownWords::List {
    std::filesystem::path file;
    std::once_flag once;
    std::set<std::string, std::less<>> words;

    const std::set<std::string, std::less<>>& read() {
        std::call_once(once, [this] {
            std::ostringstream content;
            content << std::ifstream(file, std::ios::binary).rdbuf();
            text::checkUtf8(content.str(), file.string());
            for (std::string& word : wordsOf(content.str())) words.insert(std::move(word));
        });
        return words;
    }
};

KnownWords::KnownWords(std::filesystem::path file) : m_list(std::make_shared<List>()) { m_list->file = std::move(file); }

std::vector<std::string> KnownWords::unknownIn(const std::string& text) const {
    const auto& known = m_list->read();
    std::vector<std::string> unknown;
    if (known.empty()) return unknown;
    for (std::string& word : wordsOf(text)) {
        if (!known.contains(word) && std::ranges::find(unknown, word) == unknown.end()) unknown.push_back(std::move(word));
    }
    return unknown;
}

std::vector<std::string> KnownWords::alike(const std::string& word) const {
    if (word.size() < kShortest) return {};
    std::vector<std::pair<int, std::string>> near;
    for (const std::string& each : m_list->read()) {
        if (each.size() + kFarthest < word.size() || each.size() > word.size() + kFarthest || each.size() < kShortest) continue;
        if (const int distance = text::editDistance(word, each); distance <= kFarthest) near.emplace_back(distance, each);
    }
    std::ranges::sort(near);
    std::vector<std::string> words;
    for (std::size_t i = 0; i < std::min(near.size(), kNamed); ++i) words.push_back(near[i].second);
    return words;
}

void KnownWords::check(const std::string& text, const std::string& where) const {
    const std::vector<std::string> unknown = unknownIn(text);
    if (unknown.empty()) return;
    const std::vector<std::string> near = alike(unknown.front());
    throw Failure(ErrorCode::Invalid, "this model was not taught " + quoted(unknown, " and ") + (unknown.size() > kNamed ? " and " + std::to_string(unknown.size() - kNamed) + " other words" : ""), where,
                  near.empty() ? "use words of its list: " + m_list->file.filename().string() + " in the model's folder" : "use " + quoted(near, " or ") + ", or another word of its list");
}

}  // namespace tessera
