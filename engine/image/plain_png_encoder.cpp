// SPDX-License-Identifier: Apache-2.0
#include "image/png_encoder.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "core/error.h"

namespace tessera::codecs {
namespace {

constexpr std::array<std::uint32_t, 256> kCrcTable = [] {
    std::array<std::uint32_t, 256> table{};
    for (std::uint32_t n = 0; n < 256; ++n) {
        std::uint32_t c = n;
        for (int k = 0; k < 8; ++k) c = (c & 1U) != 0 ? 0xEDB88320U ^ (c >> 1U) : c >> 1U;
        table[n] = c;
    }
    return table;
}();

using Bytes = std::vector<std::byte>;

void append(Bytes& bytes, std::string_view text) {
    for (const char c : text) bytes.push_back(static_cast<std::byte>(c));
}

void appendBigEndian(Bytes& bytes, std::uint32_t value) {
    for (int shift = 24; shift >= 0; shift -= 8) bytes.push_back(static_cast<std::byte>(value >> shift));
}

void appendChunk(Bytes& file, std::string_view type, const Bytes& data) {
    appendBigEndian(file, static_cast<std::uint32_t>(data.size()));
    const std::size_t start = file.size();
    append(file, type);
    file.insert(file.end(), data.begin(), data.end());
    std::uint32_t crc = 0xFFFFFFFFU;
    for (std::size_t i = start; i < file.size(); ++i)
        crc = kCrcTable[(crc ^ std::to_integer<std::uint32_t>(file[i])) & 255U] ^ (crc >> 8U);
    appendBigEndian(file, ~crc);
}

// Filter byte 0 before each row; 16-bit samples most significant byte first.
Bytes filteredRows(const PngRows& rows) {
    const std::size_t rowBytes = rows.samples.size() / static_cast<std::size_t>(rows.height);
    Bytes result;
    result.reserve(rows.samples.size() + static_cast<std::size_t>(rows.height));
    for (std::size_t start = 0; start < rows.samples.size(); start += rowBytes) {
        if (rows.stop.stop_requested()) throw Cancelled();
        result.push_back(std::byte{0});
        const auto row = rows.samples.subspan(start, rowBytes);
        result.insert(result.end(), row.begin(), row.end());
        if (rows.bits == 16)
            for (auto byte = result.end() - static_cast<std::ptrdiff_t>(rowBytes); byte != result.end(); byte += 2) std::iter_swap(byte, byte + 1);
    }
    return result;
}

// zlib stream of stored blocks.
Bytes stored(const Bytes& data) {
    Bytes stream;
    append(stream, "\x78\x01");
    constexpr std::size_t kMost = 65535;
    for (std::size_t start = 0; start < data.size(); start += kMost) {
        const std::size_t size = std::min(kMost, data.size() - start);
        stream.push_back(static_cast<std::byte>(start + size == data.size()));
        for (const std::size_t length : {size, ~size}) {
            stream.push_back(static_cast<std::byte>(length));
            stream.push_back(static_cast<std::byte>(length >> 8U));
        }
        stream.insert(stream.end(), data.begin() + static_cast<std::ptrdiff_t>(start), data.begin() + static_cast<std::ptrdiff_t>(start + size));
    }
    std::uint32_t a = 1, b = 0;
    for (const std::byte byte : data) {
        a = (a + std::to_integer<std::uint32_t>(byte)) % 65521;
        b = (b + a) % 65521;
    }
    appendBigEndian(stream, b << 16U | a);
    return stream;
}

}  // namespace

std::vector<std::byte> encodePng(const PngRows& rows, const std::map<std::string, std::string>& text) {
    Bytes file;
    append(file, "\x89PNG\r\n\x1A\n");
    Bytes header;
    appendBigEndian(header, static_cast<std::uint32_t>(rows.width));
    appendBigEndian(header, static_cast<std::uint32_t>(rows.height));
    header.push_back(static_cast<std::byte>(rows.bits));
    header.push_back(static_cast<std::byte>(rows.channels == 1 ? 0 : rows.channels == 3 ? 2 : 6));
    header.insert(header.end(), 3, std::byte{0});
    appendChunk(file, "IHDR", header);
    appendChunk(file, "sRGB", {std::byte{0}});
    for (const auto& [keyword, value] : text) {
        const bool ascii = std::all_of(value.begin(), value.end(), [](char c) { return static_cast<unsigned char>(c) < 128; });
        Bytes data;
        append(data, keyword);
        // iTXt: not compressed, no language, no translated keyword.
        data.insert(data.end(), ascii ? 1 : 5, std::byte{0});
        append(data, value);
        appendChunk(file, ascii ? "tEXt" : "iTXt", data);
    }
    const Bytes stream = stored(filteredRows(rows));
    constexpr std::size_t kMost = std::size_t(1) << 30;
    for (std::size_t start = 0; start < stream.size(); start += kMost) {
        const std::size_t size = std::min(kMost, stream.size() - start);
        const auto first = stream.begin() + static_cast<std::ptrdiff_t>(start);
        appendChunk(file, "IDAT", Bytes(first, first + static_cast<std::ptrdiff_t>(size)));
    }
    appendChunk(file, "IEND", {});
    return file;
}

}  // namespace tessera::codecs
