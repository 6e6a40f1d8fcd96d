// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

namespace tessera::codecs {

/// Rows of a PNG: 1 (grey), 3 (RGB) or 4 (RGBA) channels of 8 bits, or of 16 bits in this machine's (little-endian) order.
struct PngRows {
    std::span<const std::byte> samples;
    int width = 0, height = 0, channels = 0, bits = 8;
    std::stop_token stop{};  ///< asked before every row
};

/// The whole file in memory, marked as sRGB. Text goes to tEXt where it is ASCII, else to iTXt. Throws Failure(Internal), Cancelled.
/// With image libraries this is libpng; without them the same chunks around uncompressed rows.
std::vector<std::byte> encodePng(const PngRows& rows, const std::map<std::string, std::string>& text);

}  // namespace tessera::codecs
