// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace tessera::kernels {

/// Sums that run side by side in a squared distance.
inline constexpr int kDistanceSums = 32;

/// What "nearest" means, on every device: |a - b|^2 as double arithmetic gives it, in one fixed order.
///
/// a, b [D] float32. Value i is widened, subtracted, squared and added to sum i mod 32, each step rounded by itself (no fused multiply-add: sources that
/// include this are compiled with -ffp-contract=off); then the upper half of the sums is added to the lower until one is left.
/// Relative error below (D + 8) * 2^-53. Equal vectors have equal distances, so copies of a codeword tie.
[[gnu::always_inline]] inline double squaredDistance(const float* a, const float* b, std::int64_t dim) {
    double sums[kDistanceSums] = {};
    std::int64_t i = 0;
    for (; i + kDistanceSums <= dim; i += kDistanceSums) {
        for (int j = 0; j < kDistanceSums; ++j) {
            const double difference = static_cast<double>(a[i + j]) - static_cast<double>(b[i + j]);
            sums[j] += difference * difference;
        }
    }
    for (int j = 0; i + j < dim; ++j) {
        const double difference = static_cast<double>(a[i + j]) - static_cast<double>(b[i + j]);
        sums[j] += difference * difference;
    }
    for (int half = kDistanceSums / 2; half > 0; half /= 2) {
        for (int j = 0; j < half; ++j) sums[j] += sums[j + half];
    }
    return sums[0];
}

}  // namespace tessera::kernels
