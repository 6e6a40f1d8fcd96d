// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <vector>

#include <tessera/image.h>
#include <tessera/picture.h>

#include "families/model_family.h"
#include "image/resize.h"

namespace tessera {

/// Pixels that were added around a picture so that its sides suit a model.
struct Margins {
    int right = 0, below = 0;
    bool any() const { return right > 0 || below > 0; }
};

/// A source's picture cut and resized, of any sides.
struct ModelInput {
    Image image;      ///< float RGB
    CropBox crop;     ///< what it covers, in pixels of the full-size source
    Margins margins;  ///< what the encoder was given beyond it
    int sourceWidth = 0, sourceHeight = 0;
    std::vector<Note> notes;
};

/// Tensors of one stage, for one sample.
struct TensorStage {
    std::shared_ptr<const TensorsByName> tensors;
    std::string precision;  ///< what they were computed in
    std::vector<Note> notes;
    ModelInput origin;  ///< where on the source they lie
};

/// Pixels that a decoder gave.
struct DecodedPixels {
    Image image;  ///< float RGB, not clamped
    std::string precision;
    std::vector<Note> notes;
    ModelInput origin;
};

/// How two pictures differ.
struct PixelComparison {
    std::vector<Measure> measures;
    Image flipMap, ssimMap;  ///< one channel each; empty unless they were asked for
};

/// Which measures a comparison makes.
enum class ComparisonDepth { Quick, Full };  ///< Quick: PSNR and SSIM; Full: also MS-SSIM, FLIP and, with weights, LPIPS, and the maps

}  // namespace tessera
