// SPDX-License-Identifier: Apache-2.0
// Mojibake as ftfy 6.3 finds and mends it, its heuristics verbatim: ftfy/badness.py, ftfy/chardata.py and fix_encoding in
// https://github.com/rspeer/python-ftfy, Copyright 2023 Robyn Speer, Apache-2.0.
#include <algorithm>
#include <array>
#include <iconv.h>
#include <map>
#include <optional>
#include <stdexcept>

#include "text/regex.h"
#include "text/text_cleaning.h"
#include "text/unicode_text.h"

namespace tessera::text {
namespace {

// Characters that occur in UTF-8 which was read as something else, as the insides of character classes.
const std::string kCommon = R"(\x{a0}\x{ad}\x{b4}\x{b7}\x{2013}-\x{2015}\x{2019}\x{2026})";
const std::string kC1 = R"(\x{80}-\x{9f})";
const std::string kBad =
    R"(\x{a4}\x{a6}\x{a8}\x{aa}\x{ac}\x{af}\x{b8}\x{ba}\x{192}\x{2c6}\x{2c7}\x{2d8}\x{2db}\x{2dc}\x{2020}\x{2021}\x{2030}\x{2310}\x{25ca}\x{fffd})";
const std::string kLaw = R"(\x{a7}\x{b6})";
const std::string kCurrency = R"(\x{a2}\x{a3}\x{a5}\x{20a7}\x{20ac})";
const std::string kStart = R"(\x{a1}\x{a9}\x{ab}\x{bf}\x{384}\x{385}\x{2018}\x{201a}\x{201c}\x{201e}\x{2022}\x{2039}\x{f8ff})";
const std::string kEnd = R"(\x{ae}\x{bb}\x{2dd}\x{201d}\x{203a}\x{2122})";
const std::string kNumeric =
    R"(\x{b1}-\x{b3}\x{b5}\x{b9}\x{bc}-\x{be}\x{d7}\x{f7}\x{2044}\x{2116}\x{2202}\x{2206}\x{220f}\x{2211}\x{221a}\x{221e}\x{2229}\x{222b}\x{2248}\x{2260})"
    R"(\x{2261}\x{2264}\x{2265})";
const std::string kKaomoji = R"(\x{b0}\x{d2}-\x{d6}\x{d9}-\x{dc}\x{f2}-\x{f6}\x{f8}-\x{fc}\x{14c}\x{150}\x{16a}\x{172})";
const std::string kUpperAccented =
    R"(\x{c0}-\x{d1}\x{d8}\x{dc}\x{dd}\x{100}\x{102}\x{104}\x{106}\x{10c}\x{10e}\x{110}\x{112}\x{116}\x{118}\x{11a}\x{11e}\x{122}\x{12a}\x{130}\x{136}\x{139})"
    R"(\x{13b}\x{13d}\x{141}\x{143}\x{145}\x{147}\x{152}\x{158}\x{15a}\x{15e}\x{160}\x{162}\x{164}\x{16e}\x{170}\x{178}\x{179}\x{17b}\x{17d}\x{490})";
const std::string kLowerAccented =
    R"(\x{df}-\x{f1}\x{fc}\x{101}\x{103}\x{105}\x{107}\x{10d}\x{10f}\x{111}\x{113}\x{117}\x{119}\x{11b}\x{11f}\x{123}\x{12b}\x{12f}\x{137}\x{13a}\x{13c})"
    R"(\x{13e}\x{142}\x{153}\x{155}\x{15b}\x{15f}\x{161}\x{165}\x{17a}\x{17c}\x{17e}\x{491}\x{fb01}\x{fb02})";
const std::string kUpperCommon = R"(\x{de}\x{386}\x{388}-\x{38a}\x{38c}\x{38e}\x{38f}\x{391}-\x{3ab}\x{401}-\x{42f})";
const std::string kLowerCommon = R"(\x{3ac}-\x{3c9}\x{430}-\x{45f})";
const std::string kBox =
    R"(\x{2502}\x{250c}\x{2510}\x{2518}\x{251c}\x{2524}\x{252c}\x{253c}\x{2550}-\x{256c}\x{2580}\x{2584}\x{2588}\x{258c}\x{2590}-\x{2593})";
const std::string kFirstOf2 =
    R"(\x{c2}-\x{df}\x{100}\x{102}\x{106}\x{10c}\x{10e}\x{110}\x{112}\x{116}\x{118}\x{11a}\x{11e}\x{122}\x{12a}\x{130}\x{136}\x{139}\x{13b}\x{141}\x{143})"
    R"(\x{145}\x{147}\x{14c}\x{150}\x{158}\x{15a}\x{15e}\x{160}\x{162}\x{16a}\x{16e}\x{170}\x{172}\x{179}\x{17b}\x{17d}\x{392}-\x{3a1}\x{3a3}-\x{3af})"
    R"(\x{412}-\x{42f})";
const std::string kFirstOf3 =
    R"(\x{e0}-\x{ef}\x{101}\x{103}\x{105}\x{107}\x{10d}\x{10f}\x{113}\x{117}\x{119}\x{11b}\x{123}\x{12b}\x{12f}\x{137}\x{13a}\x{13c}\x{155}\x{17a})"
    R"(\x{3b0}-\x{3bf}\x{430}-\x{43f})";
const std::string kFirstOf4 = R"(\x{f0}\x{f3}\x{111}\x{11f}\x{161}\x{3c0}\x{3c3}\x{440}\x{443})";
const std::string kContinuationStrict =
    R"(\x{80}-\x{bf}\x{c6}\x{d8}\x{e6}\x{f8}\x{104}\x{105}\x{13d}\x{13e}\x{141}\x{142}\x{152}\x{153}\x{156}\x{157}\x{15a}\x{15b}\x{15e}-\x{161}\x{164}\x{165})"
    R"(\x{178}-\x{17e}\x{192}\x{2c6}\x{2c7}\x{2d8}\x{2db}-\x{2dd}\x{384}-\x{386}\x{388}-\x{38a}\x{38c}\x{38e}\x{38f}\x{401}-\x{40c}\x{40e}\x{40f})"
    R"(\x{451}-\x{45c}\x{45e}\x{45f}\x{490}\x{491}\x{2020}\x{2021}\x{2030}\x{2039}\x{203a}\x{20ac}\x{2116}\x{2122})";
// Spaces, dashes, quotation marks and the like may also stand for themselves.
const std::string kContinuation = kContinuationStrict + R"(\x{20}\x{2013}-\x{2015}\x{2018}-\x{201a}\x{201c}-\x{201e}\x{2022}\x{2026})";

std::string classOf(const std::vector<std::string>& parts) {
    std::string all = "[";
    for (const std::string& part : parts) all += part;
    return all + "]";
}

/// Characters side by side that hardly anybody means.
std::string badness() {
    const std::string accented = kLowerAccented + kUpperAccented;
    const std::string near = accented + kBox + kStart + kEnd + kCurrency + kNumeric + kLaw;
    const std::vector<std::string> alternatives = {
        classOf({kC1}),
        classOf({kBad, near}) + classOf({kBad}),
        "[a-zA-Z]" + classOf({kLowerCommon, kUpperCommon}) + classOf({kBad}),
        classOf({kBad}) + classOf({near}),
        classOf({kLowerAccented, kLowerCommon, kBox, kEnd, kCurrency, kNumeric}) + classOf({kUpperAccented}),
        classOf({kBox, kEnd, kCurrency, kNumeric}) + classOf({kLowerAccented}),
        classOf({kLowerAccented, kBox, kEnd}) + classOf({kCurrency}),
        "\\s" + classOf({kUpperAccented}) + classOf({kCurrency}),
        classOf({kUpperAccented, kBox}) + classOf({kNumeric, kLaw}),
        classOf({accented, kBox, kCurrency, kEnd}) + classOf({kStart}) + classOf({kNumeric}),
        classOf({accented, kCurrency, kNumeric, kBox, kLaw}) + classOf({kEnd}) + classOf({kStart}),
        classOf({kCurrency, kNumeric, kBox}) + classOf({kStart}),
        "[a-z]" + classOf({kUpperAccented}) + classOf({kStart, kCurrency}),
        classOf({kBox}) + classOf({kKaomoji}),
        classOf({accented, kCurrency, kNumeric, kStart, kEnd, kLaw}) + classOf({kBox}),
        classOf({kBox}) + classOf({kEnd}),
        classOf({accented}) + classOf({kStart, kEnd}) + "\\w",
        "[Œœ][^A-Za-z]",
        classOf({kUpperAccented}) + "°",
        "[ÂÃÎÐ]" + classOf({R"(€œŠš¢£Ÿž\x{a0}\x{ad}®©°·»)", kStart, kEnd, "–—´"}),
        "×[²³]",
        classOf({"ØÙ"}) + classOf({kCommon, kCurrency, kBad, kNumeric, kStart, "ŸŠ®°µ»"}) + classOf({"ØÙ"}) + classOf({kCommon, kCurrency, kBad, kNumeric, kStart, "ŸŠ®°µ»"}),
        "à[²µ¹¼½¾]",
        "√[±∂†≠®™´≤≥¥µø]",
        "≈[°¢]",
        "‚Ä[ìîïòôúùû†°¢π]",
        "‚[âó][àä°ê]",
        "вЂ",
        "[ВГРС]" + classOf({kC1, kBad, kStart, kEnd, kCurrency, "°µ"}) + "[ВГРС]",
        "ГўВЂВ.[A-Za-z ]",
        R"(Ã[\x{a0}¡])",
        "[a-z]\\s?[ÃÂ][ ]",
        "^[ÃÂ][ ]",
        classOf({"a-z.,?!", kEnd}) + "Â" + classOf({" ", kStart, kEnd}),
        R"(β€[™\x{a0}Ά\x{ad}®°])",
        "[ΒΓΞΟ]" + classOf({kC1, kBad, kStart, kEnd, kCurrency, "°"}) + "[ΒΓΞΟ]",
        "ā€",
    };
    std::string pattern;
    for (const std::string& alternative : alternatives) pattern.append(pattern.empty() ? "" : "|").append(alternative);
    return pattern;
}

bool isBad(std::string_view text) {
    static const Regex pattern(badness(), "mojibake", Regex::Origin::Ours);
    return pattern.find(text).has_value();
}

/// Runs that look like UTF-8 within other text.
const Regex& utf8Detector() {
    const auto times = [](int count) { return classOf({kContinuation}) + "{" + std::to_string(count) + "}"; };
    static const Regex pattern("(?<!" + classOf({kContinuationStrict}) + ")(?:" + classOf({kFirstOf2}) + times(1) + "|" + classOf({kFirstOf3}) + times(2) + "|" + classOf({kFirstOf4}) +
                                   times(3) + ")+",
                               "mojibake", Regex::Origin::Ours);
    return pattern;
}

/// One byte to one character; what a "sloppy" one leaves open is Latin-1, and its byte 0x1A is U+FFFD.
struct Encoding {
    std::string name;
    bool sloppy = false;
    std::map<char32_t, unsigned char> bytes;  ///< of the characters beyond ASCII

    /// None if it does not have a character.
    std::optional<std::string> encoded(std::string_view text) const {
        std::string result;
        for (std::size_t at = 0; at < text.size();) {
            const char32_t c = nextCodePoint(text, at);
            const auto found = bytes.find(c);
            if (found != bytes.end()) result += static_cast<char>(found->second);
            else if (c < 0x80 && !(sloppy && c == 0x1A)) result += static_cast<char>(c);
            else return std::nullopt;
        }
        return result;
    }
};

char32_t characterOf(iconv_t converter, unsigned char byte) {
    char in = static_cast<char>(byte), out[8] = {};
    char *from = &in, *to = out;
    std::size_t left = 1, room = sizeof out;
    if (iconv(converter, &from, &left, &to, &room) == static_cast<std::size_t>(-1)) return 0;
    std::size_t at = 0;
    return nextCodePoint({out, sizeof out - room}, at);
}

Encoding encodingOf(const char* name, bool sloppy) {
    Encoding encoding{name, sloppy, {}};
    const iconv_t converter = iconv_open("UTF-8", name);
    if (converter == reinterpret_cast<iconv_t>(-1)) throw std::runtime_error(std::string("the C library does not know the encoding ") + name);
    for (int byte = 0x80; byte < 0x100; ++byte) {
        char32_t c = characterOf(converter, static_cast<unsigned char>(byte));
        if (encoding.name == "MACINTOSH" && byte == 0xC6) c = 0x2206;  // the C library's table is older than Python's
        if (encoding.name == "MACINTOSH" && byte == 0xF0) c = 0xF8FF;
        if (c == 0 && sloppy) c = static_cast<char32_t>(byte);
        if (c != 0) encoding.bytes.emplace(c, static_cast<unsigned char>(byte));
    }
    iconv_close(converter);
    if (sloppy) encoding.bytes.emplace(0xFFFD, 0x1A);
    return encoding;
}

const std::vector<Encoding>& encodings() {
    static const std::vector<Encoding> all = [] {
        std::vector<Encoding> made;
        for (const char* name : {"LATIN1", "CP1252", "CP1251", "CP1250", "CP1253", "CP1254", "CP1257", "ISO-8859-2", "MACINTOSH", "IBM437"}) {
            made.push_back(encodingOf(name, std::string_view(name).starts_with("CP")));
        }
        return made;
    }();
    return all;
}

/// The first bytes of `bytes` from `at` on are each in the list of ranges given for their place; "20" stands for one byte, "80-9f" for many.
struct Range {
    unsigned char low, high;
};
using Place = std::vector<Range>;
bool matches(std::string_view bytes, std::size_t at, const std::vector<Place>& places) {
    if (at + places.size() > bytes.size()) return false;
    for (std::size_t i = 0; i < places.size(); ++i) {
        const auto byte = static_cast<unsigned char>(bytes[at + i]);
        if (std::ranges::none_of(places[i], [&](Range range) { return byte >= range.low && byte <= range.high; })) return false;
    }
    return true;
}

/// The length of the first of the sequences that begins at `at`; 0 if none does.
std::size_t lengthOfMatch(std::string_view bytes, std::size_t at, const std::vector<std::vector<Place>>& sequences) {
    for (const auto& sequence : sequences) {
        if (matches(bytes, at, sequence)) return sequence.size();
    }
    return 0;
}

constexpr Range kSpace{0x20, 0x20}, kAnyTail{0x80, 0xBF};

/// Sequences in which a space stands where 0xA0 was, and those that lost a byte; both from ftfy/chardata.py.
const std::vector<std::vector<Place>>& alteredSequences() {
    const Place tail = {{0x80, 0x84}, {0x86, 0x9F}, {0xA1, 0xBF}}, any = {kAnyTail}, space = {kSpace};
    static const std::vector<std::vector<Place>> all = {
        {{{0xC2, 0xC3}, {0xC5, 0xC5}, {0xCE, 0xCE}, {0xD0, 0xD0}, {0xD9, 0xD9}}, space},
        {{{0xE2, 0xE3}}, space, tail},
        {{{0xE0, 0xE3}}, tail, space},
        {{{0xF0, 0xF0}}, space, any, any},
        {{{0xF0, 0xF0}}, any, space, any},
        {{{0xF0, 0xF0}}, any, any, space},
    };
    return all;
}
const std::vector<std::vector<Place>>& lossySequences() {
    const Range lost{0x1A, 0x1A}, mark{0x3F, 0x3F};
    const Place gone = {lost, mark}, tail = {lost, kAnyTail};
    static const std::vector<std::vector<Place>> all = {
        {{{0xC2, 0xDF}}, {lost}},
        {{{0xC2, 0xC3}}, {mark}},
        {{{0xED, 0xED}}, {{0xA0, 0xAF}}, gone, {{0xED, 0xED}}, {{0xB0, 0xBF}}, {lost, mark, kAnyTail}},
        {{{0xED, 0xED}}, {{0xA0, 0xAF}}, {lost, mark, kAnyTail}, {{0xED, 0xED}}, {{0xB0, 0xBF}}, gone},
        {{{0xE0, 0xEF}}, gone, tail},
        {{{0xE0, 0xEF}}, tail, gone},
        {{{0xF0, 0xF4}}, gone, tail, tail},
        {{{0xF0, 0xF4}}, tail, gone, tail},
        {{{0xF0, 0xF4}}, tail, tail, gone},
        {{lost}},
    };
    return all;
}

template <typename Replace>
std::string withReplaced(std::string_view bytes, const std::vector<std::vector<Place>>& sequences, const Replace& replace) {
    std::string result;
    for (std::size_t at = 0; at < bytes.size();) {
        if (const std::size_t size = lengthOfMatch(bytes, at, sequences); size > 0) {
            result += replace(std::string(bytes.substr(at, size)));
            at += size;
        } else {
            result += bytes[at++];
        }
    }
    return result;
}

std::string withByteA0(std::string_view bytes) {
    const auto isWord = [](std::string_view rest) {
        return std::ranges::any_of(std::array<std::string_view, 5>{" ", "quele", "quela", "quilo", "s "}, [&](std::string_view start) { return rest.starts_with(start); });
    };
    std::string spaced;  // "Ã la" is "à la", but not in Portuguese words
    for (std::size_t at = 0; at < bytes.size(); ++at) {
        spaced += bytes[at];
        if (bytes.substr(at).starts_with("\xC3 ") && !isWord(bytes.substr(at + 2))) spaced += '\xA0';
    }
    return withReplaced(spaced, alteredSequences(), [](std::string sequence) {
        std::ranges::replace(sequence, ' ', '\xA0');
        return sequence;
    });
}

/// UTF-8, and its variants that write surrogates one by one or NUL as two bytes; none if it is neither.
std::optional<std::string> decoded(std::string bytes) {
    if (bytes.find('\xED') != std::string::npos || bytes.find('\xC0') != std::string::npos) {
        bytes = withReplaced(bytes, {{{{0xED, 0xED}}, {{0xA0, 0xAF}}, {kAnyTail}, {{0xED, 0xED}}, {{0xB0, 0xBF}}, {kAnyTail}}, {{{0xC0, 0xC0}}, {{0x80, 0x80}}}}, [](std::string sequence) {
            std::string character;
            if (sequence.size() == 2) return std::string(1, '\0');
            const auto bits = [&](std::size_t i, unsigned mask) { return static_cast<char32_t>(static_cast<unsigned char>(sequence[i]) & mask); };
            appendUtf8(character, (bits(1, 0x0F) << 16) + (bits(2, 0x3F) << 10) + (bits(4, 0x0F) << 6) + bits(5, 0x3F) + 0x10000);
            return character;
        });
    }
    return validUtf8Bytes(bytes) == bytes.size() ? std::optional(std::move(bytes)) : std::nullopt;
}

std::string inconsistentFixed(std::string_view text) {
    std::string result;
    std::size_t at = 0;
    for (const Span& match : utf8Detector().all(text)) {
        const std::string_view part = match.of(text);
        result.append(text, at, match.begin - at);
        result += part.size() < text.size() && isBad(part) ? fixedEncoding(part) : std::string(part);
        at = match.end;
    }
    return result.append(text, at);
}

/// C1 controls as Windows-1252 has them, which is what was meant.
std::string c1Fixed(std::string_view text) {
    std::string result;
    for (std::size_t at = 0; at < text.size();) {
        char32_t c = nextCodePoint(text, at);
        if (c >= 0x80 && c <= 0x9F) {
            const auto& bytes = encodings()[1].bytes;
            const auto found = std::ranges::find_if(bytes, [&](const auto& entry) { return entry.second == c; });
            if (found != bytes.end()) c = found->first;
        }
        appendUtf8(result, c);
    }
    return result;
}

std::string oneStep(std::string_view text) {
    const bool ascii = std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
    if (ascii || !isBad(text)) return std::string(text);
    for (const Encoding& encoding : encodings()) {
        auto bytes = encoding.encoded(text);
        if (!bytes) continue;
        bool altered = false;
        for (std::size_t at = 0; at < bytes->size() && !altered; ++at) altered = lengthOfMatch(*bytes, at, alteredSequences()) > 0;
        if (altered && encoding.name != "MACINTOSH") bytes = withByteA0(*bytes);
        if (encoding.sloppy) bytes = withReplaced(*bytes, lossySequences(), [](const std::string&) { return std::string("\uFFFD"); });
        if (auto fixed = decoded(std::move(*bytes))) return *fixed;
    }
    if (utf8Detector().find(text)) {
        if (std::string fixed = inconsistentFixed(text); fixed != text) return fixed;
    }
    return c1Fixed(text);
}

}  // namespace

std::string fixedEncoding(std::string_view text) {
    std::string fixed(text);
    for (std::string before; before != fixed;) {
        before = fixed;
        fixed = oneStep(fixed);
    }
    return fixed;
}

}  // namespace tessera::text
