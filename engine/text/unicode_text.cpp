// SPDX-License-Identifier: Apache-2.0
#include "text/unicode_text.h"

#include <cstdlib>
#include <memory>

#include <utf8proc.h>

#include "core/error.h"

namespace tessera::text {
namespace {

constexpr char32_t kSigma = 0x03A3, kFinalSigma = 0x03C2, kDottedI = 0x0130;

utf8proc_category_t categoryOf(char32_t c) { return utf8proc_category(static_cast<utf8proc_int32_t>(c)); }

bool isCased(char32_t c) {
    const auto kind = categoryOf(c);
    const auto point = static_cast<utf8proc_int32_t>(c);
    return kind == UTF8PROC_CATEGORY_LU || kind == UTF8PROC_CATEGORY_LL || kind == UTF8PROC_CATEGORY_LT || utf8proc_tolower(point) != point || utf8proc_toupper(point) != point ||
           c == 0xAA || c == 0xBA;  // the ordinal indicators: Other_Lowercase
}

/// Case_Ignorable: marks, formats, modifiers, and the punctuation that stands inside words.
bool isCaseIgnorable(char32_t c) {
    switch (categoryOf(c)) {
        case UTF8PROC_CATEGORY_MN:
        case UTF8PROC_CATEGORY_ME:
        case UTF8PROC_CATEGORY_CF:
        case UTF8PROC_CATEGORY_LM:
        case UTF8PROC_CATEGORY_SK: return true;
        default: break;
    }
    for (const char32_t one : {0x27, 0x2E, 0x3A, 0xB7, 0x0387, 0x055F, 0x05F4, 0x2018, 0x2019, 0x2024, 0x2027, 0xFE13, 0xFE52, 0xFE55, 0xFF07, 0xFF0E, 0xFF1A}) {
        if (c == one) return true;
    }
    return false;
}

/// The code point that ends before `end`.
char32_t codePointBefore(std::string_view text, std::size_t& end) {
    do --end;
    while ((static_cast<unsigned char>(text[end]) & 0xC0) == 0x80);
    std::size_t at = end;
    return nextCodePoint(text, at);
}

/// Unicode's Final_Sigma: a cased letter before, none after, what is ignorable skipped.
bool isFinal(std::string_view text, std::size_t begin, std::size_t end) {
    char32_t before = 0;
    while (begin > 0 && isCaseIgnorable(before = codePointBefore(text, begin))) before = 0;
    if (before == 0 || !isCased(before)) return false;
    while (end < text.size()) {
        const char32_t after = nextCodePoint(text, end);
        if (!isCaseIgnorable(after)) return !isCased(after);
    }
    return true;
}

/// utf8proc sorts the marks on one letter in quadratic time.
void checkRunsOfMarks(std::string_view text) {
    constexpr int kMost = 1024;
    int run = 0;
    for (std::size_t at = 0; at < text.size();) {
        const char32_t c = nextCodePoint(text, at);
        run = c >= 0x300 && utf8proc_get_property(static_cast<utf8proc_int32_t>(c))->combining_class != 0 ? run + 1 : 0;
        if (run > kMost) throw Failure(ErrorCode::Invalid, "one letter of the text has more than " + std::to_string(kMost) + " marks", {}, "shorten the text");
    }
}

void appendLower(std::string& text, char32_t c) {
    if (c == kDottedI) text += "i\u0307";  // the one full lower-case mapping of two code points
    else appendUtf8(text, static_cast<char32_t>(utf8proc_tolower(static_cast<utf8proc_int32_t>(c))));
}

}  // namespace

std::size_t validUtf8Bytes(std::string_view text) {
    std::size_t at = 0;
    while (at < text.size()) {
        utf8proc_int32_t point;
        const auto taken = utf8proc_iterate(reinterpret_cast<const utf8proc_uint8_t*>(text.data()) + at, static_cast<utf8proc_ssize_t>(text.size() - at), &point);
        if (taken <= 0) return at;
        at += static_cast<std::size_t>(taken);
    }
    return at;
}

void checkUtf8(std::string_view text, const std::string& where) {
    if (const std::size_t valid = validUtf8Bytes(text); valid != text.size()) {
        throw Failure(ErrorCode::Invalid, "the text is not UTF-8 from byte " + std::to_string(valid) + " on", where, "save it as UTF-8");
    }
}

std::string lossyUtf8(std::string_view bytes) {
    std::string text;
    while (!bytes.empty()) {
        const std::size_t valid = validUtf8Bytes(bytes);
        text.append(bytes.substr(0, valid));
        bytes.remove_prefix(valid);
        if (bytes.empty()) break;
        text += "\uFFFD";
        const auto first = static_cast<unsigned char>(bytes[0]);
        const auto second = bytes.size() > 1 ? static_cast<unsigned char>(bytes[1]) : 0;
        const bool begins = (first >= 0xE0 && first <= 0xEF && second >= (first == 0xE0 ? 0xA0 : 0x80) && second <= (first == 0xED ? 0x9F : 0xBF)) ||
                            (first >= 0xF0 && first <= 0xF4 && second >= (first == 0xF0 ? 0x90 : 0x80) && second <= (first == 0xF4 ? 0x8F : 0xBF));
        std::size_t gone = begins ? 2 : 1;
        if (begins && first >= 0xF0 && bytes.size() > 2 && (static_cast<unsigned char>(bytes[2]) & 0xC0) == 0x80) gone = 3;
        bytes.remove_prefix(gone);
    }
    return text;
}

char32_t nextCodePoint(std::string_view text, std::size_t& at) {
    utf8proc_int32_t point = 0;
    const auto taken = utf8proc_iterate(reinterpret_cast<const utf8proc_uint8_t*>(text.data()) + at, static_cast<utf8proc_ssize_t>(text.size() - at), &point);
    TESSERA_ASSERT(taken > 0);
    at += static_cast<std::size_t>(taken);
    return static_cast<char32_t>(point);
}

void appendUtf8(std::string& text, char32_t codePoint) {
    utf8proc_uint8_t bytes[4];
    const auto count = utf8proc_encode_char(static_cast<utf8proc_int32_t>(codePoint), bytes);
    text.append(reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(count));
}

std::size_t codePointCount(std::string_view text) {
    std::size_t count = 0;
    for (const char c : text) count += (static_cast<unsigned char>(c) & 0xC0) != 0x80;
    return count;
}

bool isLetter(char32_t c) {
    const auto kind = categoryOf(c);
    return kind >= UTF8PROC_CATEGORY_LU && kind <= UTF8PROC_CATEGORY_LO;
}

bool isNumber(char32_t c) {
    const auto kind = categoryOf(c);
    return kind >= UTF8PROC_CATEGORY_ND && kind <= UTF8PROC_CATEGORY_NO;
}

bool isNonspacingMark(char32_t c) { return categoryOf(c) == UTF8PROC_CATEGORY_MN; }

bool isPunctuation(char32_t c) {
    const auto kind = categoryOf(c);
    return kind >= UTF8PROC_CATEGORY_PC && kind <= UTF8PROC_CATEGORY_PO;
}

bool isDecimalDigit(char32_t c) { return categoryOf(c) == UTF8PROC_CATEGORY_ND; }

bool isWordCharacter(char32_t c) {
    const auto kind = categoryOf(c);
    return isLetter(c) || (kind >= UTF8PROC_CATEGORY_MN && kind <= UTF8PROC_CATEGORY_ME) || kind == UTF8PROC_CATEGORY_ND || kind == UTF8PROC_CATEGORY_NL ||
           kind == UTF8PROC_CATEGORY_PC || c == 0x200C || c == 0x200D;
}

bool isSpace(char32_t c) {
    const auto kind = categoryOf(c);
    return (c >= 9 && c <= 13) || c == 0x85 || (kind >= UTF8PROC_CATEGORY_ZS && kind <= UTF8PROC_CATEGORY_ZP);
}

bool isPythonSpace(char32_t c) { return isSpace(c) || (c >= 0x1C && c <= 0x1F); }

bool isBertControl(char32_t c) {
    if (c == '\t' || c == '\n' || c == '\r') return false;
    const auto kind = categoryOf(c);
    return kind == UTF8PROC_CATEGORY_CC || kind == UTF8PROC_CATEGORY_CF || kind == UTF8PROC_CATEGORY_CO || kind == UTF8PROC_CATEGORY_CS;
}

bool isCjkIdeograph(char32_t c) {
    return (c >= 0x4E00 && c <= 0x9FFF) || (c >= 0x3400 && c <= 0x4DBF) || (c >= 0x20000 && c <= 0x2A6DF) || (c >= 0x2A700 && c <= 0x2B73F) ||
           (c >= 0x2B740 && c <= 0x2B81F) || (c >= 0x2B920 && c <= 0x2CEAF) || (c >= 0xF900 && c <= 0xFAFF) || (c >= 0x2F800 && c <= 0x2FA1F);
}

std::string normalized(std::string_view text, NormalForm form) {
    checkRunsOfMarks(text);
    int options = UTF8PROC_STABLE;
    options |= form == NormalForm::C || form == NormalForm::Kc ? UTF8PROC_COMPOSE : UTF8PROC_DECOMPOSE;
    if (form == NormalForm::Kc || form == NormalForm::Kd) options |= UTF8PROC_COMPAT;
    utf8proc_uint8_t* result = nullptr;
    const auto size = utf8proc_map(reinterpret_cast<const utf8proc_uint8_t*>(text.data()),
                                   static_cast<utf8proc_ssize_t>(text.size()),
                                   &result,
                                   static_cast<utf8proc_option_t>(options));
    const std::unique_ptr<utf8proc_uint8_t, decltype(&std::free)> owner(result, &std::free);
    if (size < 0) throw Failure(ErrorCode::Invalid, std::string("the text cannot be normalised: ") + utf8proc_errmsg(size));
    return {reinterpret_cast<const char*>(result), static_cast<std::size_t>(size)};
}

std::string lowerEach(std::string_view text) {
    std::string lower;
    lower.reserve(text.size());
    for (std::size_t at = 0; at < text.size();) appendLower(lower, nextCodePoint(text, at));
    return lower;
}

std::string lowerAsPython(std::string_view text) {
    std::string lower;
    lower.reserve(text.size());
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t begin = at;
        const char32_t c = nextCodePoint(text, at);
        if (c == kSigma && isFinal(text, begin, at)) appendUtf8(lower, kFinalSigma);
        else appendLower(lower, c);
    }
    return lower;
}

std::string upperEach(std::string_view text) {
    std::string upper;
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t begin = at;
        const char32_t c = nextCodePoint(text, at);
        if (c == 0xDF) upper += "SS";
        else if (c == 0x149 || (c >= 0xFB00 && c <= 0xFB06)) upper += upperEach(normalized(text.substr(begin, at - begin), NormalForm::Kc));
        else appendUtf8(upper, static_cast<char32_t>(utf8proc_toupper(static_cast<utf8proc_int32_t>(c))));
    }
    return upper;
}

std::string_view stripped(std::string_view text) {
    std::size_t begin = 0;
    for (std::size_t at = 0; at < text.size() && isPythonSpace(nextCodePoint(text, at));) begin = at;
    std::size_t end = text.size();
    for (std::size_t at = end; at > begin && isPythonSpace(codePointBefore(text, at));) end = at;
    return text.substr(begin, end - begin);
}

std::string collapsedSpaces(std::string_view text) {
    std::string words;
    words.reserve(text.size());
    bool pending = false;
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t begin = at;
        if (isPythonSpace(nextCodePoint(text, at))) {
            pending = !words.empty();
            continue;
        }
        if (pending) words += ' ';
        pending = false;
        words.append(text.substr(begin, at - begin));
    }
    return words;
}

void checkLength(std::size_t bytes) {
    if (bytes > kLongestText) throw Failure(ErrorCode::Invalid, "the text becomes longer than " + std::to_string(kLongestText >> 20) + " MiB", {}, "shorten the text");
}

std::string replaced(std::string_view text, std::string_view from, std::string_view to) {
    if (from.empty()) return std::string(text);
    std::string result;
    std::size_t at = 0;
    for (std::size_t found; (found = text.find(from, at)) != std::string_view::npos; at = found + from.size()) {
        result.append(text, at, found - at).append(to);
        checkLength(result.size());
    }
    return result.append(text, at);
}

}  // namespace tessera::text
