// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include <tessera/image.h>
#include <tessera/picture.h>

namespace tessera {

/// All on RGB in [0,1], both images of one size; values outside are clamped first, as a viewer would show them. Throws Failure(Invalid) on different sizes.
double psnr(const Image& reference, const Image& image);                 ///< dB; +infinity for identical images
double meanAbsoluteError(const Image& reference, const Image& image);    ///< over pixels and channels, 0..1: L1
std::optional<double> ssim(const Image& reference, const Image& image);  ///< absent below 11 px
Image ssimMap(const Image& reference, const Image& image);               ///< one channel, mean over RGB; within 5 px of an edge the window sees mirrored pixels, and ssim() is the mean of all others
std::optional<double> msSsim(const Image& reference, const Image& image, int window = 11);  ///< absent below 161 px (97 for window 7)
struct FlipResult {
    Image map;  ///< one channel float, 0..1
    double mean = 0;
};
FlipResult flip(const Image& reference, const Image& image, double pixelsPerDegree = 67.02064514160156);
/// psnr, ssim, ms_ssim, flip and lpips as measures with domain and size in their detail. `withFlip` false leaves out flip and lpips, which cost the most.
std::vector<Measure> imageMeasures(const Image& reference, const Image& image, bool withFlip = true);

}  // namespace tessera
