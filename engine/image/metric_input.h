// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "image/metrics.h"

namespace tessera {

/// RGB float in [0,1] as a viewer would show it; NaN counts as black.
Image clampedRgb(const Image& image);
/// Throws Failure(Invalid) unless both have the same, nonzero size.
void checkSameSize(const Image& reference, const Image& image);

struct SsimPair {
    std::optional<double> ssim, msSsim;
};
/// Both at once: the first level of MS-SSIM is SSIM's own work.
SsimPair ssimPair(const Image& reference, const Image& image);

}  // namespace tessera
