// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

namespace tessera {

/// Positions [begin, begin + share.size()) along one side of a map, and the share that the window has in the result at each.
struct AttentionWindow {
    std::int64_t begin = 0;
    std::vector<float> share;
    std::int64_t size() const { return static_cast<std::int64_t>(share.size()); }
};

/// Evenly spread windows of `size` positions that cover `length`, neighbours sharing at least `overlap`; over that they fade into each other, so
/// that all shares at a position sum to 1. One window where `length` is no larger than `size`.
std::vector<AttentionWindow> attentionWindows(std::int64_t length, std::int64_t size, std::int64_t overlap);

/// Most positions over which attention reaches as a whole: 256 x 256, a picture of 2048 x 2048 px at 8 px a cell. Its cost grows with their square:
/// there it is a fifth of what a VAE of FLUX's size computes in all (a minute on two cores), at four times as many pixels it would be half.
inline constexpr std::int64_t kMostAttended = 256 * 256;
/// Side of a window and what neighbours share, in positions: twice the side of the largest maps that such models are trained on.
inline constexpr std::int64_t kWindowSide = 128, kWindowOverlap = 32;

}  // namespace tessera
