// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "families/model_family.h"

namespace tessera {

/// One codebook over a pixel autoencoder: CompVis' taming VQGAN (`last.ckpt` and its YAML) and LlamaGen's VQ tokenizers (`vq_ds16_c2i.pt`, no config).
/// Spec: engine/families/vqgan.md.
///
///   Image [B,3,H,W] in [0,1] -> latents [B,D,h,w] -> codes [B,h,w,1] -> Reconstruction [B,3,H,W]
extern const ModelFamily kVqgan;

}  // namespace tessera
