// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "canvas/pane.h"

namespace tessera::canvas {

/// How often values occur in a picture. A value lies in bin floor((value - low) / (high - low) * bins); high lies in the last one.
struct Histogram {
    struct Channel {
        std::vector<std::uint64_t> counts;       ///< a bin each
        std::uint64_t below = 0, above = 0;      ///< of low and of high, infinities too
        std::uint64_t notNumbers = 0;
        std::optional<std::pair<float, float>> range;  ///< smallest and largest finite value counted
    };
    float low = 0, high = 1;
    /// Of a field: its one value. Of a colour picture: red, green, blue and the luminance that PaneLook::brush selects by, all sRGB-encoded.
    std::vector<Channel> channels;
    std::uint64_t pixels = 0;  ///< that were counted
    int stride = 1;            ///< every how many rows and columns one was counted
};

/// Pixels of a picture from which on only every second, third, ... row and column is counted, to stay below 100 ms on one core.
inline constexpr std::size_t kCountedPixels = std::size_t{4} << 20;

/// `mapping` as of PaneLook, before gain and exposure. `region` in pixels of the picture; the whole of it by default. Needs bins > 0 and
/// high > low. Empty channels where the picture or the region is empty.
Histogram histogramOf(const Picture& picture, FieldMapping mapping, int bins, float low, float high, std::optional<Rect> region = std::nullopt);

/// Of picture - other as the pane's differenceLook takes it, over the pixels of the finer of the two that both cover.
Histogram differenceHistogramOf(const Pane& pane, int bins, float low, float high);

/// Range of a pane's difference, for "normalise": from 0 (Signed: symmetric about it) to the largest counted. Strided as histogramOf().
std::pair<float, float> differenceRangeOf(const Pane& pane);

}  // namespace tessera::canvas
