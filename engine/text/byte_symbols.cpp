// SPDX-License-Identifier: Apache-2.0
#include "text/byte_symbols.h"

#include <array>

#include "text/unicode_text.h"

namespace tessera::text {
namespace {

bool isPrintable(int byte) { return (byte >= '!' && byte <= '~') || (byte >= 0xA1 && byte <= 0xAC) || byte >= 0xAE; }

struct Tables {
    std::array<std::string, 256> symbols;
    std::array<unsigned char, 256> order{};
    std::array<int, 512> bytes{};  ///< by code point; -1: no symbol
};

const Tables& tables() {
    static const Tables made = [] {
        Tables tables;
        tables.bytes.fill(-1);
        int place = 0;
        char32_t others = 0x100;
        for (const bool printable : {true, false}) {
            for (int byte = 0; byte < 256; ++byte) {
                if (isPrintable(byte) != printable) continue;
                const char32_t c = printable ? static_cast<char32_t>(byte) : others++;
                appendUtf8(tables.symbols[byte], c);
                tables.bytes[c] = byte;
                tables.order[place++] = static_cast<unsigned char>(byte);
            }
        }
        return tables;
    }();
    return made;
}

}  // namespace

std::string symbolsFromBytes(std::string_view bytes) {
    std::string symbols;
    symbols.reserve(bytes.size() * 2);
    for (const char byte : bytes) symbols += tables().symbols[static_cast<unsigned char>(byte)];
    return symbols;
}

std::string bytesFromSymbols(std::string_view symbols) {
    std::string bytes;
    for (std::size_t at = 0; at < symbols.size();) {
        const char32_t c = nextCodePoint(symbols, at);
        const int byte = c < tables().bytes.size() ? tables().bytes[c] : -1;
        if (byte < 0) return std::string(symbols);
        bytes += static_cast<char>(byte);
    }
    return bytes;
}

std::string_view symbolOfByte(unsigned char byte) { return tables().symbols[byte]; }

unsigned char byteInOrder(int place) { return tables().order[place]; }

}  // namespace tessera::text
