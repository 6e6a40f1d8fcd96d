// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>

namespace tessera {

/// The colour that stands for a code wherever one is drawn: equal codes in equal colours, codes side by side in unlike ones; 8-bit sRGB.
/// Grey for -1, no code.
std::array<std::uint8_t, 3> colourOfCode(std::int64_t code);

}  // namespace tessera
