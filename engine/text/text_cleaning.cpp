// SPDX-License-Identifier: Apache-2.0
#include "text/text_cleaning.h"

#include <algorithm>
#include <array>
#include <map>
#include <optional>

#include "core/error.h"
#include "text/unicode_text.h"

namespace tessera::text {
namespace {

struct Entity {
    std::string_view name, text;
};
constexpr Entity kEntities[] = {
#include "text/html_entities.inc"
};
constexpr std::size_t kLongestEntity = 32;  // "CounterClockwiseContourIntegral;"

std::optional<std::string_view> entityOf(std::string_view name) {
    const auto found = std::ranges::lower_bound(kEntities, name, {}, &Entity::name);
    return found != std::end(kEntities) && found->name == name ? std::optional(found->text) : std::nullopt;
}

// Bytes 0x80 to 0x9F of Windows-1252, as HTML reads numbers in that range.
constexpr std::array<char32_t, 32> kWindows1252 = {0x20AC, 0x81,   0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160, 0x2039, 0x0152, 0x8D,   0x017D, 0x8F,
                                                   0x90,   0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0x9D,   0x017E, 0x0178};

std::string characterOf(std::uint32_t number) {
    std::string character;
    if (number == 0 || (number >= 0xD800 && number <= 0xDFFF) || number > 0x10FFFF) appendUtf8(character, 0xFFFD);
    else if (number >= 0x80 && number <= 0x9F) appendUtf8(character, kWindows1252[number - 0x80]);
    else if (number == 0x0D) character = "\r";
    else if (number == 0x0B || (number >= 1 && number <= 8) || (number >= 0x0E && number <= 0x1F) || number == 0x7F || (number >= 0xFDD0 && number <= 0xFDEF) || (number & 0xFFFE) == 0xFFFE) return {};
    else appendUtf8(character, number);
    return character;
}

bool isDigit(char c) { return c >= '0' && c <= '9'; }
bool isHexDigit(char c) { return isDigit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }

struct Reference {
    std::size_t size = 0;  ///< bytes of the text that it takes; 0: there is none
    std::string text;
};

/// "&#65;", "&#x41", with the semicolon or without.
Reference numericReference(std::string_view text) {
    std::size_t at = 2;
    const bool hex = at < text.size() && (text[at] == 'x' || text[at] == 'X');
    if (hex) ++at;
    const std::size_t digits = at;
    std::uint64_t number = 0;
    for (; at < text.size() && (hex ? isHexDigit(text[at]) : isDigit(text[at])); ++at) {
        const char c = text[at];
        const std::uint64_t digit = isDigit(c) ? c - '0' : (c | 0x20) - 'a' + 10;
        number = std::min<std::uint64_t>(number * (hex ? 16 : 10) + digit, 0x110000);
    }
    if (at == digits) return {};
    if (at < text.size() && text[at] == ';') ++at;
    return {at, characterOf(static_cast<std::uint32_t>(number))};
}

/// The longest name that the text after "&" begins with, as Python looks for it: up to 32 characters that are none of "\t\n\f <&#;".
Reference namedReference(std::string_view text) {
    std::size_t end = 1;
    for (std::size_t characters = 0; end < text.size() && characters < kLongestEntity && std::string_view("\t\n\f <&#;").find(text[end]) == std::string_view::npos; ++characters) {
        nextCodePoint(text, end);
    }
    if (end == 1) return {};
    if (end < text.size() && text[end] == ';') ++end;
    const std::string_view name = text.substr(1, end - 1);
    if (const auto whole = entityOf(name)) return {end, std::string(*whole)};
    for (std::size_t size = std::min(name.size() - 1, kLongestEntity); size >= 2; --size) {
        if (const auto part = entityOf(name.substr(0, size))) return {size + 1, std::string(*part)};
    }
    return {};
}

/// "&EACUTE;", which no HTML knows, for "&eacute;" in capitals.
std::optional<std::string> capitalEntity(std::string_view name) {
    static const auto entities = [] {
        std::map<std::string, std::string, std::less<>> all;
        for (const Entity& entity : kEntities) {
            if (!entity.name.ends_with(';') || lowerEach(entity.name) != entity.name) continue;
            const std::string upper = upperEach(entity.name);
            if (htmlUnescaped("&" + upper) == "&" + upper) all.emplace(upper, upperEach(entity.text));
        }
        return all;
    }();
    const auto found = entities.find(name);
    return found == entities.end() ? std::nullopt : std::optional(found->second);
}

/// ftfy's own step: only whole references of up to 24 letters with their semicolon.
std::string entitiesFixed(std::string_view text) {
    std::string result;
    std::size_t at = 0;
    for (std::size_t begin; (begin = text.find('&', at)) != std::string_view::npos;) {
        result.append(text, at, begin - at);
        std::size_t end = begin + 1;
        if (end < text.size() && text[end] == '#') ++end;
        const std::size_t letters = end;
        while (end < text.size() && end - letters < 24 && (isDigit(text[end]) || ((text[end] | 0x20) >= 'a' && (text[end] | 0x20) <= 'z'))) ++end;
        at = begin + 1;
        std::optional<std::string> fixed;
        if (end > letters && end < text.size() && text[end] == ';') {
            const std::string_view whole = text.substr(begin, end + 1 - begin);
            if (whole[1] != '#') {
                if (const auto entity = entityOf(whole.substr(1))) fixed = *entity;
                else fixed = capitalEntity(whole.substr(1));
            } else if (const std::string read = htmlUnescaped(whole); read.find(';') == std::string::npos) {
                fixed = read;
            }
            if (fixed) at = end + 1;
        }
        result += fixed.value_or("&");
    }
    return result.append(text, at);
}

std::string_view ligatureOf(char32_t c) {
    switch (c) {
        case 0x0132: return "IJ";
        case 0x0133: return "ij";
        case 0x0149: return "\u02BCn";
        case 0x01F1: return "DZ";
        case 0x01F2: return "Dz";
        case 0x01F3: return "dz";
        case 0x01C4: return "D\u017D";
        case 0x01C5: return "D\u017E";
        case 0x01C6: return "d\u017E";
        case 0x01C7: return "LJ";
        case 0x01C8: return "Lj";
        case 0x01C9: return "lj";
        case 0x01CA: return "NJ";
        case 0x01CB: return "Nj";
        case 0x01CC: return "nj";
        case 0xFB00: return "ff";
        case 0xFB01: return "fi";
        case 0xFB02: return "fl";
        case 0xFB03: return "ffi";
        case 0xFB04: return "ffl";
        case 0xFB05: return "\u017Ft";
        case 0xFB06: return "st";
        default: return {};
    }
}

bool isDroppedControl(char32_t c) {
    return c <= 8 || c == 0x0B || (c >= 0x0E && c <= 0x1F) || c == 0x7F || (c >= 0x206A && c <= 0x206F) || c == 0xFEFF || (c >= 0xFFF9 && c <= 0xFFFC);
}

/// C1 controls, ligatures, widths, quotes and line ends: what ftfy does code point by code point.
std::string charactersFixed(std::string_view text) {
    std::string result;
    result.reserve(text.size());
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t begin = at;
        char32_t c = nextCodePoint(text, at);
        if (c >= 0x80 && c <= 0x9F) c = kWindows1252[c - 0x80];
        if (const std::string_view letters = ligatureOf(c); !letters.empty()) result += letters;
        else if (c == 0x3000) result += ' ';
        else if (c >= 0xFF01 && c <= 0xFFEF) result += normalized(text.substr(begin, at - begin), NormalForm::Kc);
        else if (c >= 0x201C && c <= 0x201F) result += '"';
        else if (c == 0x02BC || (c >= 0x2018 && c <= 0x201B)) result += '\'';
        else if (c == 0x2028 || c == 0x2029) result += '\n';
        else appendUtf8(result, c);
    }
    return replaced(replaced(result, "\r\n", "\n"), "\r", "\n");
}

/// "\033[1;31m" and its like.
std::string escapesRemoved(std::string_view text) {
    std::string result;
    std::size_t at = 0;
    for (std::size_t begin; (begin = text.find("\033[", at)) != std::string_view::npos;) {
        std::size_t end = begin + 2;
        for (std::size_t next = end; next < text.size(); end = next) {
            const char32_t c = nextCodePoint(text, next);
            if (c != ';' && !isDecimalDigit(c)) break;
        }
        const bool whole = end < text.size() && (text[end] | 0x20) >= 'a' && (text[end] | 0x20) <= 'z';
        result.append(text, at, (whole ? begin : begin + 2) - at);
        at = whole ? end + 1 : begin + 2;
    }
    return result.append(text, at);
}

std::string controlsRemoved(std::string_view text) {
    std::string result;
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t begin = at;
        if (!isDroppedControl(nextCodePoint(text, at))) result.append(text, begin, at - begin);
    }
    return result;
}

/// One line of a text, until nothing changes any more.
std::string lineFixed(std::string line, bool unescape) {
    int rounds = 0;
    for (std::string before; before != line;) {
        // ftfy goes on without a limit; "&amp;amp;amp;..." would cost a round for each "amp;".
        if (++rounds > 256) throw Failure(ErrorCode::Invalid, "the text is escaped more than 256 times over", {}, "shorten the text");
        before = line;
        if (unescape) line = entitiesFixed(line);
        line = fixedEncoding(line);
        line = normalized(controlsRemoved(escapesRemoved(charactersFixed(line))), NormalForm::C);
    }
    return line;
}

}  // namespace

std::string htmlUnescaped(std::string_view text) {
    std::string result;
    std::size_t at = 0;
    for (std::size_t begin; (begin = text.find('&', at)) != std::string_view::npos;) {
        result.append(text, at, begin - at);
        const std::string_view rest = text.substr(begin);
        const bool numeric = rest.size() > 1 && rest[1] == '#';
        Reference reference = numeric ? numericReference(rest) : namedReference(rest);
        if (reference.size == 0) reference = {1, "&"};
        result += reference.text;
        at = begin + reference.size;
    }
    return result.append(text, at);
}

std::string fixedText(std::string_view text) {
    constexpr std::size_t kLongestSegment = 1'000'000;  // code points
    std::string result;
    bool unescape = true;
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t newline = text.find('\n', at);
        std::size_t end = newline == std::string_view::npos ? text.size() : newline + 1;
        if (end - at > kLongestSegment) {
            std::size_t cut = at;
            for (std::size_t count = 0; count < kLongestSegment && cut < end; ++count) nextCodePoint(text, cut);
            end = cut;
        }
        const std::string_view segment = text.substr(at, end - at);
        if (segment.find('<') != std::string_view::npos) unescape = false;  // from here on: this is HTML
        result += lineFixed(std::string(segment), unescape);
        at = end;
    }
    return result;
}

std::string openClipCleaned(std::string_view text) { return collapsedSpaces(htmlUnescaped(htmlUnescaped(fixedText(text)))); }

}  // namespace tessera::text
