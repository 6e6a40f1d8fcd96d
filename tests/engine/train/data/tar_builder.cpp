// SPDX-License-Identifier: Apache-2.0
#include "engine/train/data/tar_builder.h"

#include <cstdio>

namespace tessera::test {
namespace {

constexpr std::size_t kBlock = 512;

std::string octal(std::uint64_t value, int digits) {
    char text[32];
    std::snprintf(text, sizeof text, "%0*llo", digits, static_cast<unsigned long long>(value));
    return text;
}

}  // namespace

std::string padded(std::string_view content) {
    std::string text(content);
    text.resize((content.size() + kBlock - 1) / kBlock * kBlock, '\0');
    return text;
}

std::string tarHeader(const TarHeader& header) {
    std::string block(kBlock, '\0');
    const auto put = [&](std::size_t at, std::string_view text) { block.replace(at, text.size(), text); };
    put(0, std::string_view(header.name).substr(0, 100));
    put(100, "0000644");
    put(124, header.sizeField.empty() ? octal(header.size, 11) : header.sizeField);
    put(148, "        ");
    block[156] = header.type;
    put(257, header.magic);
    put(345, std::string_view(header.prefix).substr(0, 155));
    unsigned sum = header.goodChecksum ? 0 : 1;
    for (const char c : block) sum += static_cast<unsigned char>(c);
    put(148, octal(sum, 6) + std::string("\0 ", 2));
    return block;
}

std::string tarFile(const std::string& name, std::string_view content) {
    return tarHeader({.name = name, .size = content.size()}) + padded(content);
}

std::string tarPax(const std::string& key, const std::string& value) {
    const std::string rest = " " + key + "=" + value + "\n";
    std::size_t length = rest.size() + 1;
    while (std::to_string(length).size() + rest.size() != length) ++length;
    const std::string record = std::to_string(length) + rest;
    return tarHeader({.name = "pax", .size = record.size(), .type = 'x'}) + padded(record);
}

std::string tarLongName(const std::string& name) {
    const std::string content = name + '\0';
    return tarHeader({.name = "././@LongLink", .size = content.size(), .type = 'L', .magic = std::string("ustar  \0", 8)}) + padded(content);
}

std::string tarEnd() { return std::string(2 * kBlock, '\0'); }

std::string ppmOf(int width, int height, std::uint8_t red, std::uint8_t green, std::uint8_t blue) {
    std::string file = "P6 " + std::to_string(width) + " " + std::to_string(height) + " 255\n";
    for (int i = 0; i < width * height; ++i)
        for (const std::uint8_t c : {red, green, blue}) file += static_cast<char>(c);
    return file;
}

}  // namespace tessera::test
