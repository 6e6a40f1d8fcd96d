// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace tessera::text {

/// html.unescape() of Python: named and numeric character references, also those without their semicolon.
std::string htmlUnescaped(std::string_view text);

/// fix_text() of ftfy 6.3 with its defaults: HTML entities (not in a line with "<"), mojibake, ligatures, widths, straight quotes, line ends, terminal escapes,
/// control characters, NFC. Source: https://github.com/rspeer/python-ftfy (Apache-2.0).
std::string fixedText(std::string_view text);

/// basic_clean() and whitespace_clean() of open_clip: fixedText, htmlUnescaped twice, single spaces. Letters keep their case.
std::string openClipCleaned(std::string_view text);

/// fix_encoding() of ftfy 6.3: UTF-8 that was read as one of ten one-byte encodings becomes what it was; engine/text/mojibake.cpp.
std::string fixedEncoding(std::string_view text);

}  // namespace tessera::text
