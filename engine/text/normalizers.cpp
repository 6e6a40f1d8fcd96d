// SPDX-License-Identifier: Apache-2.0
#include <memory>

#include <nlohmann/json.hpp>

#include "checkpoint/file_words.h"
#include "core/error.h"
#include "text/json_fields.h"
#include "text/regex.h"
#include "text/text_steps.h"
#include "text/time_limit.h"
#include "text/unicode_text.h"

namespace tessera::text {
namespace {

using nlohmann::json;

constexpr int kDeepest = 8;         // sections in sections
constexpr std::size_t kMostSteps = 64;  // of one section

std::string marksRemoved(std::string_view text) {
    std::string result;
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t begin = at;
        if (!isNonspacingMark(nextCodePoint(text, at))) result.append(text, begin, at - begin);
    }
    return result;
}

/// Rust's trim: White_Space alone.
std::string trimmed(std::string_view text, bool left, bool right) {
    std::size_t begin = 0, end = 0;
    bool seen = false;
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t here = at;
        if (isSpace(nextCodePoint(text, at))) continue;
        if (!seen) begin = here;
        seen = true;
        end = at;
    }
    if (!seen) return left || right ? std::string() : std::string(text);
    return std::string(text.substr(left ? begin : 0, (right ? end : text.size()) - (left ? begin : 0)));
}

/// "pattern": {"String": ...} or {"Regex": ...}.
Normalizer replaceNormalizer(const json& section, const std::string& where) {
    const auto pattern = section.find("pattern");
    if (pattern == section.end()) throw Failure(ErrorCode::Invalid, "a Replace step has no pattern", where);
    const std::string content = stringOf(section, "content", where);
    if (pattern->contains("Regex")) {
        const auto regex = std::make_shared<const Regex>(stringOf(*pattern, "Regex", where), where);
        return [regex, content](std::string text) { return regex->replaced(text, content); };
    }
    return [from = stringOf(*pattern, "String", where), content](std::string text) { return replaced(text, from, content); };
}

Normalizer bertNormalizer(const json& section, const std::string& where) {
    const bool cleanText = boolOf(section, "clean_text", where, true), ideographs = boolOf(section, "handle_chinese_chars", where, true);
    const bool lowerCase = boolOf(section, "lowercase", where, true), stripAccents = boolOf(section, "strip_accents", where, lowerCase);
    return [=](std::string text) { return bertNormalized(std::move(text), cleanText, ideographs, stripAccents, lowerCase); };
}

Normalizer made(const json& section, const std::string& where, int depth) {
    if (section.is_null()) return [](std::string text) { return text; };
    if (depth > kDeepest) throw Failure(ErrorCode::Invalid, "its steps lie in each other more than " + std::to_string(kDeepest) + " deep", where);
    const std::string type = typeOf(section, where);
    if (type == "Sequence") {
        const json& sections = arrayOf(section, "normalizers", where);
        if (sections.size() > kMostSteps) throw Failure(ErrorCode::Invalid, "it has " + std::to_string(sections.size()) + " steps in one section", where);
        std::vector<Normalizer> steps;
        for (const json& one : sections) steps.push_back(made(one, where, depth + 1));
        return [steps](std::string text) {
            for (const Normalizer& step : steps) {
                TimeLimit::check();
                text = step(std::move(text));
            }
            return text;
        };
    }
    const auto form = [](NormalForm which) -> Normalizer { return [which](std::string text) { return normalized(text, which); }; };
    if (type == "NFC") return form(NormalForm::C);
    if (type == "NFD") return form(NormalForm::D);
    if (type == "NFKC") return form(NormalForm::Kc);
    if (type == "NFKD") return form(NormalForm::Kd);
    if (type == "Lowercase") return [](std::string text) { return lowerEach(text); };
    if (type == "StripAccents") return [](std::string text) { return marksRemoved(text); };
    if (type == "BertNormalizer") return bertNormalizer(section, where);
    if (type == "Replace") return replaceNormalizer(section, where);
    if (type == "Prepend") {
        return [start = stringOf(section, "prepend", where)](std::string text) { return text.empty() ? text : start + text; };
    }
    if (type == "Strip") {
        const bool left = boolOf(section, "strip_left", where, true), right = boolOf(section, "strip_right", where, true);
        return [=](std::string text) { return trimmed(text, left, right); };
    }
    throw Failure(ErrorCode::Unsupported, "the normaliser " + shown(type) + " is not known here", where, "use a folder that holds the tokenizer in another form too");
}

}  // namespace

std::string bertNormalized(std::string text, bool cleanText, bool spaceIdeographs, bool stripAccents, bool lowerCase) {
    std::string result;
    result.reserve(text.size());
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t begin = at;
        const char32_t c = nextCodePoint(text, at);
        if (cleanText && (c == 0 || c == 0xFFFD || isBertControl(c))) continue;
        if (cleanText && isSpace(c)) result += ' ';
        else if (spaceIdeographs && isCjkIdeograph(c)) result.append(" ").append(text, begin, at - begin).append(" ");
        else result.append(text, begin, at - begin);
    }
    if (stripAccents) result = marksRemoved(normalized(result, NormalForm::D));
    return lowerCase ? lowerEach(result) : result;
}

Normalizer normalizerOf(const json& section, const std::string& where) { return made(section, where, 0); }

}  // namespace tessera::text
