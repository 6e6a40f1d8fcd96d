// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>

#include <tessera/engine.h>

#include "image/image_file.h"
#include "jobs/stage.h"

namespace tessera {

/// Names the stages of cells for lenses. Two lenses that ask for the same stage with the same parameters get plans of equal key.
/// Throws Failure when the cell's model lacks a capability or the cell's source or model is unknown.
class StagePlanner {
public:
    virtual ~StagePlanner() = default;

    /// DecodedImage: the file, upright, sRGB. `atLeast` as in DecodeOptions.
    virtual StagePlanPtr source(const CellRef& cell, int atLeast = 0) = 0;
    /// ModelInput: what the model is given. Parameters `size` and `crop` (kPreprocessingParameters).
    virtual StagePlanPtr input(const CellRef& cell, const ParameterSet& parameters) = 0;
    /// Latents (TensorStage): posterior mean and what else the encoder gives.
    virtual StagePlanPtr latents(const CellRef& cell, const ParameterSet& parameters) = 0;
    /// TensorStage "latents": mean + strength * noise(seed).
    virtual StagePlanPtr perturbed(const CellRef& cell, const ParameterSet& parameters) = 0;
    /// DecodedPixels of any stage that holds latents.
    virtual StagePlanPtr decoded(const CellRef& cell, StagePlanPtr latents) = 0;
    /// PixelComparison: measures (and the FLIP map) between two stages that hold pixels.
    virtual StagePlanPtr comparison(StagePlanPtr reference, StagePlanPtr image) = 0;
};

}  // namespace tessera
