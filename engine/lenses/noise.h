// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include <tessera/value.h>

#include "jobs/stage.h"

namespace tessera {

/// Noise on latents, as parameters name it: mean + strength * noise(seed), in units of the latents or of each token's root mean square.
struct Noise {
    double strength = 0;
    std::int64_t seed = 0;
    bool relative = false;  ///< to each token's RMS
    bool drawn = false;
};

/// From "strength", "seed", "scale", "draw" and "tau"; strength is what was drawn.
Noise noiseOf(const ParameterSet& parameters);
/// TensorStage "latents" of a TensorStage that holds some, with noise, and "snr_db": mean square of the latents over that of the noise.
StagePlanPtr noisyLatents(const StagePlanPtr& latents, const Noise& noise);

}  // namespace tessera
