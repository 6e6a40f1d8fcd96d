// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "image/resize.h"

namespace tessera {

/// Which input samples make which output sample along one axis, with Pillow's arithmetic.
struct FilterWeights {
    int outputs = 0;
    int most = 0;                ///< taps reserved per output
    std::vector<int> first;      ///< [outputs] index of the first input sample
    std::vector<int> count;      ///< [outputs] taps in use, at most `most`
    std::vector<double> weight;  ///< [outputs][most], each row sums to 1, zero behind `count`
};

/// Weights for [start, end) of `inputs` samples -> `outputs` samples. The filter's support grows with the reduction,
/// taps outside the picture are left out and the rest normalised.
FilterWeights filterWeights(int inputs, double start, double end, int outputs, Filter filter);

}  // namespace tessera
