// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace tessera::text {

/// GPT-2's way to write bytes as printable characters: each byte of the text is one code point.
std::string symbolsFromBytes(std::string_view bytes);
/// The reverse; a text with any other code point comes back as it is.
std::string bytesFromSymbols(std::string_view symbols);
/// The symbol of one byte.
std::string_view symbolOfByte(unsigned char byte);
/// The bytes in the order of GPT-2's vocabulary: printable ones, then the others.
unsigned char byteInOrder(int place);

}  // namespace tessera::text
