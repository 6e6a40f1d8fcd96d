// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <memory>

#include <nlohmann/json.hpp>

#include "checkpoint/file_words.h"
#include "core/error.h"
#include "text/byte_symbols.h"
#include "text/json_fields.h"
#include "text/regex.h"
#include "text/text_steps.h"
#include "text/time_limit.h"
#include "text/unicode_text.h"

namespace tessera::text {
namespace {

using nlohmann::json;

constexpr int kDeepest = 8;
constexpr std::size_t kMostSteps = 64;

constexpr const char* kGpt2Words = R"('s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+)";

/// What becomes of a match: the library's SplitDelimiterBehavior.
enum class Behaviour { Removed, Isolated, MergedWithPrevious, MergedWithNext, Contiguous };

Behaviour behaviourOf(const json& section, const std::string& where) {
    const std::string name = stringOf(section, "behavior", where);
    if (name == "Removed") return Behaviour::Removed;
    if (name == "Isolated") return Behaviour::Isolated;
    if (name == "MergedWithPrevious") return Behaviour::MergedWithPrevious;
    if (name == "MergedWithNext") return Behaviour::MergedWithNext;
    if (name == "Contiguous") return Behaviour::Contiguous;
    throw Failure(ErrorCode::Unsupported, "the split behaviour " + shown(name) + " is not known here", where);
}

struct Stretch {
    Span span;
    bool isMatch = false;
};

/// Matches and what lies between them, in order.
std::vector<Stretch> stretchesOf(std::size_t size, const std::vector<Span>& matches, bool invert) {
    std::vector<Stretch> all;
    std::size_t at = 0;
    for (const Span& match : matches) {
        if (match.begin > at) all.push_back({{at, match.begin}, invert});
        all.push_back({match, !invert});
        at = match.end;
    }
    if (at < size) all.push_back({{at, size}, invert});
    return all;
}

std::vector<Span> arranged(const std::vector<Stretch>& stretches, Behaviour behaviour) {
    std::vector<Span> words;
    bool last = false;
    switch (behaviour) {
        case Behaviour::Isolated:
            for (const Stretch& one : stretches) words.push_back(one.span);
            break;
        case Behaviour::Removed:
            for (const Stretch& one : stretches) {
                if (!one.isMatch) words.push_back(one.span);
            }
            break;
        case Behaviour::Contiguous:
            for (const Stretch& one : stretches) {
                if (!words.empty() && one.isMatch == last) words.back().end = one.span.end;
                else words.push_back(one.span);
                last = one.isMatch;
            }
            break;
        case Behaviour::MergedWithPrevious:
            for (const Stretch& one : stretches) {
                if (one.isMatch && !last && !words.empty()) words.back().end = one.span.end;
                else words.push_back(one.span);
                last = one.isMatch;
            }
            break;
        case Behaviour::MergedWithNext:
            for (std::size_t i = stretches.size(); i-- > 0;) {
                if (stretches[i].isMatch && !last && !words.empty()) words.back().begin = stretches[i].span.begin;
                else words.push_back(stretches[i].span);
                last = stretches[i].isMatch;
            }
            std::reverse(words.begin(), words.end());
    }
    return words;
}

template <typename Matches>
void split(std::vector<Word>& words, const Matches& matchesIn, Behaviour behaviour, bool invert) {
    std::vector<Word> result;
    for (const Word& word : words) {
        for (const Span& span : arranged(stretchesOf(word.text.size(), matchesIn(word.text), invert), behaviour)) {
            if (span.size() > 0) result.push_back({std::string(span.of(word.text)), word.atStart && span.begin == 0});
        }
    }
    words = std::move(result);
}

/// Single code points of one kind.
template <typename Is>
auto each(const Is& is) {
    return [is](std::string_view text) {
        std::vector<Span> found;
        for (std::size_t at = 0; at < text.size();) {
            const std::size_t begin = at;
            if (is(nextCodePoint(text, at))) found.push_back({begin, at});
        }
        return found;
    };
}

std::vector<Span> occurrences(std::string_view text, std::string_view what) {
    std::vector<Span> found;
    if (what.empty()) return found;
    for (std::size_t at = 0; (at = text.find(what, at)) != std::string_view::npos; at += what.size()) found.push_back({at, at + what.size()});
    return found;
}

bool isBertPunctuation(char32_t c) { return isPunctuation(c) || (c < 0x80 && c > 0x20 && c != 0x7F && !isLetter(c) && !isNumber(c)); }

PreTokenizer regexSplit(const std::string& pattern, Behaviour behaviour, bool invert, const std::string& where, Regex::Origin origin = Regex::Origin::File) {
    const auto regex = std::make_shared<const Regex>(pattern, where, origin);
    return [=](std::vector<Word>& words) { split(words, [&](std::string_view text) { return regex->all(text); }, behaviour, invert); };
}

PreTokenizer splitStep(const json& section, const std::string& where) {
    const auto pattern = section.find("pattern");
    if (pattern == section.end()) throw Failure(ErrorCode::Invalid, "a Split step has no pattern", where);
    const Behaviour behaviour = behaviourOf(section, where);
    const bool invert = boolOf(section, "invert", where, false);
    if (pattern->contains("Regex")) return regexSplit(stringOf(*pattern, "Regex", where), behaviour, invert, where);
    return [=, what = stringOf(*pattern, "String", where)](std::vector<Word>& words) {
        split(words, [&](std::string_view text) { return occurrences(text, what); }, behaviour, invert);
    };
}

PreTokenizer metaspaceStep(const json& section, const std::string& where) {
    const std::string replacement = stringOf(section, "replacement", where, "\u2581");
    // Older files say add_prefix_space, newer ones prepend_scheme.
    const std::string scheme = stringOf(section, "prepend_scheme", where, boolOf(section, "add_prefix_space", where, true) ? "always" : "never");
    if (scheme != "first" && scheme != "always" && scheme != "never") throw Failure(ErrorCode::Invalid, "the prepend_scheme " + shown(scheme) + " is not known", where);
    return metaspace(replacement, scheme == "first" ? PrependScheme::First : scheme == "always" ? PrependScheme::Always : PrependScheme::Never, boolOf(section, "split", where, true));
}

PreTokenizer made(const json& section, const std::string& where, int depth) {
    if (section.is_null()) return [](std::vector<Word>&) {};
    if (depth > kDeepest) throw Failure(ErrorCode::Invalid, "its steps lie in each other more than " + std::to_string(kDeepest) + " deep", where);
    const std::string type = typeOf(section, where);
    if (type == "Sequence") {
        const json& sections = arrayOf(section, "pretokenizers", where);
        if (sections.size() > kMostSteps) throw Failure(ErrorCode::Invalid, "it has " + std::to_string(sections.size()) + " steps in one section", where);
        std::vector<PreTokenizer> steps;
        for (const json& one : sections) steps.push_back(made(one, where, depth + 1));
        return [steps](std::vector<Word>& words) {
            for (const PreTokenizer& step : steps) {
                TimeLimit::check();
                step(words);
            }
        };
    }
    if (type == "ByteLevel") return byteLevel(boolOf(section, "add_prefix_space", where, true), boolOf(section, "use_regex", where, true));
    if (type == "Split") return splitStep(section, where);
    if (type == "Metaspace") return metaspaceStep(section, where);
    if (type == "BertPreTokenizer") return splitForBert;
    if (type == "WhitespaceSplit") return [](std::vector<Word>& words) { split(words, each(isSpace), Behaviour::Removed, false); };
    if (type == "Whitespace") return regexSplit(R"(\w+|[^\w\s]+)", Behaviour::Removed, true, where, Regex::Origin::Ours);
    if (type == "Punctuation") {
        const Behaviour behaviour = section.contains("behavior") ? behaviourOf(section, where) : Behaviour::Isolated;
        return [=](std::vector<Word>& words) { split(words, each(isBertPunctuation), behaviour, false); };
    }
    if (type == "Digits") {
        const Behaviour behaviour = boolOf(section, "individual_digits", where, false) ? Behaviour::Isolated : Behaviour::Contiguous;
        return [=](std::vector<Word>& words) { split(words, each(isNumber), behaviour, false); };
    }
    throw Failure(ErrorCode::Unsupported, "the pre-tokenizer " + shown(type) + " is not known here", where, "use a folder that holds the tokenizer in another form too");
}

}  // namespace

void splitForBert(std::vector<Word>& words) {
    split(words, each(isSpace), Behaviour::Removed, false);
    split(words, each(isBertPunctuation), Behaviour::Isolated, false);
}

PreTokenizer metaspace(std::string replacement, PrependScheme scheme, bool splitWords) {
    return [=](std::vector<Word>& words) {
        for (Word& word : words) {
            word.text = replaced(word.text, " ", replacement);
            const bool wanted = scheme == PrependScheme::Always || (scheme == PrependScheme::First && word.atStart);
            if (wanted && !word.text.starts_with(replacement)) word.text.insert(0, replacement);
        }
        if (splitWords) split(words, [&](std::string_view text) { return occurrences(text, replacement); }, Behaviour::MergedWithNext, false);
    };
}

PreTokenizer byteLevel(bool addPrefixSpace, bool useRegex) {
    static const auto pattern = std::make_shared<const Regex>(kGpt2Words, "GPT-2's pattern", Regex::Origin::Ours);
    return [=](std::vector<Word>& words) {
        for (Word& word : words) {
            if (addPrefixSpace && !word.text.starts_with(' ')) word.text.insert(0, 1, ' ');
        }
        if (useRegex) split(words, [&](std::string_view text) { return pattern->all(text); }, Behaviour::Isolated, false);
        for (Word& word : words) word.text = symbolsFromBytes(word.text);
    };
}

PreTokenizer preTokenizerOf(const json& section, const std::string& where) { return made(section, where, 0); }

}  // namespace tessera::text
