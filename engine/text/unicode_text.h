// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace tessera::text {

/// Unicode by utf8proc (15.0). All texts are valid UTF-8; checkUtf8() is asked wherever one comes in.

/// The number of bytes of the longest valid beginning; the text's size if all of it is valid. Surrogates and long forms are not.
std::size_t validUtf8Bytes(std::string_view text);
/// Throws Failure(Invalid) that names `where` unless the text is valid UTF-8.
void checkUtf8(std::string_view text, const std::string& where);

/// The text with U+FFFD for whatever is no UTF-8, one for each longest beginning of a character, as Python and Rust do it.
std::string lossyUtf8(std::string_view bytes);

/// The code point that starts at `at`, which moves behind it. `text` is valid and `at` is inside.
char32_t nextCodePoint(std::string_view text, std::size_t& at);
void appendUtf8(std::string& text, char32_t codePoint);
std::size_t codePointCount(std::string_view text);

bool isLetter(char32_t c);       ///< \p{L}
bool isNumber(char32_t c);       ///< \p{N}
bool isNonspacingMark(char32_t c);  ///< \p{Mn}
bool isPunctuation(char32_t c);  ///< \p{P}
bool isDecimalDigit(char32_t c);  ///< \p{Nd}
/// What "\w" takes: letters, marks, decimal digits, connectors, as UTS 18 says.
bool isWordCharacter(char32_t c);
/// White_Space, as "\s" of Rust and of Python's regex takes it.
bool isSpace(char32_t c);
/// What Python's str.split() and str.strip() take: White_Space and U+001C to U+001F.
bool isPythonSpace(char32_t c);
/// What BERT's cleaning drops: Cc, Cf, Co and Cs, but neither tabulator nor line ends.
bool isBertControl(char32_t c);
bool isCjkIdeograph(char32_t c);  ///< the ranges that BERT puts spaces around

enum class NormalForm { C, D, Kc, Kd };
std::string normalized(std::string_view text, NormalForm form);

/// Each code point for itself, by its full mapping: U+0130 becomes two.
std::string lowerEach(std::string_view text);
/// As Python's str.lower(): with the final sigma.
std::string lowerAsPython(std::string_view text);
std::string upperEach(std::string_view text);  ///< by full mappings of those that have one, such as U+00DF

/// Without spaces at both ends, by Python's idea of a space.
std::string_view stripped(std::string_view text);
/// " ".join(text.split()) of Python.
std::string collapsedSpaces(std::string_view text);

/// Texts do not grow beyond this: steps that files ask for could multiply them.
constexpr std::size_t kLongestText = std::size_t(64) << 20;
/// Throws Failure(Invalid) for a text of more bytes.
void checkLength(std::size_t bytes);

/// The text with every `from` replaced; an empty `from` replaces nothing. Throws Failure(Invalid) where that is longer than kLongestText.
std::string replaced(std::string_view text, std::string_view from, std::string_view to);

}  // namespace tessera::text
