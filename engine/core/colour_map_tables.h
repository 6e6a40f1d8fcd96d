// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>

/// Made from resources/colormaps by packaging/cmake/EmbedColourMaps.cmake.
namespace tessera::tables {

using Table = std::array<std::array<std::uint8_t, 3>, 256>;
extern const Table kGrey, kMagma, kViridis, kCividis, kRedWhiteBlue;

}  // namespace tessera::tables
