// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include <tessera/image.h>

#include "train/data/dataset.h"
#include "train/data/random.h"

namespace tessera::train {

/// What shows where a picture is transparent: white, one grey, independent samples, or two colours blending in some direction; drawn anew for each picture.
enum class Background { White, Grey, Noise, Gradient };

/// How an example becomes a square; as it is here: the middle square of a photo, a whole graphic on white.
struct AugmentSettings {
    int side = 256;  ///< px of the result, 1..4096
    /// Side of the square that is cut out, drawn log-uniformly, as a share of the picture's shorter side. Of its longer side where something is
    /// transparent, so that 1 shows a graphic whole; above 1 it lies within the background. Opaque pictures take at most 1.
    double smallest = 1, largest = 1;
    double enlargement = 1e6;  ///< at most that many times the picture's pixels; less matters than `largest`
    bool centred = true;       ///< else anywhere in the picture, or within the background
    double flip = 0;           ///< probability of a mirrored picture, 0..1
    double turn = 0;           ///< probability of a picture turned by 90, 180 or 270 degrees, 0..1
    double swap = 0;           ///< probability of a picture whose red, green and blue change places, 0..1
    std::vector<Background> backgrounds{Background::White};  ///< each equally likely
    double gamma = 0;       ///< exponents 1/(1 + gamma) to 1 + gamma, log-uniformly
    double saturation = 0;  ///< 0..1: factors 1 - saturation to 1 + saturation

    /// Throws Failure(Invalid) that names the setting.
    void check() const;
};

/// Float RGB in [0,1], side x side. Draws all it needs from `random`: the same state gives the same bits on one machine.
Image augmented(const Example& example, const AugmentSettings& settings, SplitMix64& random);

}  // namespace tessera::train
