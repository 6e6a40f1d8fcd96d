// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>

#include "image/wide.h"

namespace tessera {

/// out[x] = sum over t < taps of weights[t] * inputs[t][x], x < count.
/// One loop serves both directions of a separable filter: inputs are neighbouring rows, or one row shifted.
template <typename T>
[[gnu::always_inline]] inline void weightedSum(const T* const* inputs, const T* weights, int taps, int count, T* out) {
    constexpr int kChunk = 256;  // sums stay in the first-level cache
    for (int left = 0; left < count; left += kChunk) {
        const int n = std::min(kChunk, count - left);
        T* target = out + left;
        std::fill_n(target, n, T(0));
        int t = 0;
        for (; t + 4 <= taps; t += 4) {
            const T *a = inputs[t] + left, *b = inputs[t + 1] + left, *c = inputs[t + 2] + left, *d = inputs[t + 3] + left;
            const T wa = weights[t], wb = weights[t + 1], wc = weights[t + 2], wd = weights[t + 3];
            for (int x = 0; x < n; ++x) target[x] += (wa * a[x] + wb * b[x]) + (wc * c[x] + wd * d[x]);
        }
        for (; t < taps; ++t) {
            const T* a = inputs[t] + left;
            const T wa = weights[t];
            for (int x = 0; x < n; ++x) target[x] += wa * a[x];
        }
    }
}
TESSERA_WIDE(weightedSum)

}  // namespace tessera
