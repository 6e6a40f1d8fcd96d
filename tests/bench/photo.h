// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

namespace tessera::bench {

/// Something with a photograph's statistics, RGB rows from the top: smooth light, soft shapes with edges, texture at every scale, sensor noise.
/// The same size gives the same pixels.
std::vector<std::uint8_t> photoPixels(int width, int height);

/// Baseline JPEG with halved chroma, as cameras write it. Throws std::runtime_error.
std::vector<std::byte> jpegOf(const std::vector<std::uint8_t>& rgb, int width, int height, int quality = 90);

}  // namespace tessera::bench
