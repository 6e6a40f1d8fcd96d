// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <limits>
#include <span>

namespace tessera {

/// Codewords as they are, and the power of two that brings them to lengths of at most 1 about their mean.
struct ExactCodewords {
    const float* data = nullptr;  ///< [K,D]
    std::int64_t count = 0, dim = 0;
    double scale = 1;
};

/// What a coarse codebook knows of its codewords e, scaled and about their mean: everything a scan needs to bound scores from below.
///
/// The score of codeword k for a vector x is |e|^2 / 2 - x.e, half their squared distance less |x|^2 / 2: least where the distance is. With coarse copies x', e' that
/// are at most `radius` away from x and e, |x.e - x'.e'| <= radius(x) |e| + |x'| radius(e), so that
///
///   floors[k] - x'.e' - radius(x) lengths[k] - length(x') radii[k]
///
/// is no more than the score. Roundings of the scan itself are inside floors and radii. Arrays are padded to whole panels with floors of infinity.
struct CoarseView {
    const float* floors = nullptr;   ///< |e|^2 / 2, rounded down
    const float* lengths = nullptr;  ///< |e|, rounded up
    const float* radii = nullptr;    ///< |e - e'| and the product's own rounding per unit of |x'|, rounded up
    const float* steps = nullptr;    ///< of bytes: e' = step * bytes
    const std::int32_t* starts = nullptr;  ///< of bytes: what the sum of products begins with, for vectors' bytes have an offset
    const std::int8_t* bytes = nullptr;    ///< panels [D/4][width][4]
    std::int64_t dim = 0;                  ///< padded
};

/// A vector on its way past the codewords: its coarse copy's bounds, and what is known of its nearest codeword so far.
struct VectorSearch {
    static constexpr int kWaiting = 64;

    const float* vector = nullptr;  ///< [D]
    double squared = 0;             ///< |x|^2, scaled and about the codewords' mean
    float step = 0, radius = 0, length = 0;
    /// Above the nearest codeword's score: one whose bound is not below this is neither nearest nor equally near. Minus infinity in rows that only pad.
    float best = std::numeric_limits<float>::infinity();
    std::uint32_t code = 0;  ///< the nearest of those measured
    double distance = std::numeric_limits<double>::infinity();
    int measured = 0;  ///< codewords that waited and were measured
    int waiting = 0;   ///< codewords that may be nearer, not measured yet
    std::uint32_t codes[kWaiting];
    float bounds[kWaiting];
};

/// Where no more can wait: measures the most promising and forgets those that it rules out, until there is room again.
void makeRoom(VectorSearch& search, const ExactCodewords& codewords);
/// Measures those that still wait and are not ruled out, of one search after the other.
void measureWaiting(std::span<VectorSearch> searches, const ExactCodewords& codewords);
/// Measures all codewords [first,last): for vectors of which no coarse copy can be made.
void measureAll(VectorSearch& search, const ExactCodewords& codewords, std::int64_t first, std::int64_t last);

}  // namespace tessera
