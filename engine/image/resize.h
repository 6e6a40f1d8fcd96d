// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <tessera/image.h>

namespace tessera {

enum class Filter { Box, Bilinear, Bicubic, Lanczos };

/// Part of an image, in pixels of it; fractions allowed.
struct CropBox {
    double x = 0, y = 0, width = 0, height = 0;
    bool operator==(const CropBox&) const = default;
};

/// Resamples `crop` of the image to width x height with the antialiased, edge-clamped convolution that Pillow uses
/// (filter support grows with the reduction; bicubic a = -0.5). Result: float RGB. Multi-threaded.
Image resample(const Image& image, const CropBox& crop, int width, int height, Filter filter);
/// The same in the 8-bit arithmetic of Pillow up to 12 (horizontal, then vertical pass, rounded to 8 bits after each), for families whose upstream preprocesses with it.
Image resampleU8(const Image& image, const CropBox& crop, int width, int height, Filter filter);

}  // namespace tessera
