// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "families/model_family.h"
#include "families/pixel_shape.h"

namespace tessera {

/// What tells apart the tokenizers that are a pixel encoder, `quant_conv`, codebooks, `post_quant_conv` and a pixel decoder.
///
///   Image [B,3,H,W] in [0,1] -> latents [B,D,h,w] before the search -> codes [B,rows,columns,depth] -> Reconstruction [B,3,H,W]
struct PixelTokenizerPlan {
    std::string_view family;
    std::string layout;  ///< "taming"
    std::string where;   ///< the file, for messages
    std::map<std::string, StoredTensor> tensors;
    PixelNaming naming = PixelNaming::Ldm;
    PixelShape shape;
    int latentChannels = 0;  ///< D
    CodeLayout codes;
    std::vector<std::string> codebooks;     ///< names of their tensors [K + paddingRows, codewordDim], one for each depth; only the first where they are shared
    int paddingRows = 0;                    ///< at a codebook's end, which are no codewords
    bool unitLength = false;                ///< as QuantizerOptions has it, like the folds
    int foldRows = 1, foldColumns = 1;
    int inputSide = 0;                      ///< as ModelInfo has it
    std::vector<std::string> ignorable;     ///< patterns of tensors that only training needs
};

/// Checks every tensor. Throws Failure(Mismatch) that names all that do not fit.
std::unique_ptr<Model> openPixelTokenizer(PixelTokenizerPlan plan);

}  // namespace tessera
