// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "families/model_family.h"

namespace tessera {

/// Residual-quantized VAE, stage 1 of kakaobrain/rq-vae-transformer: `model.pt` and `config.yaml`, codebooks shared by all depths or one for each.
/// Spec: engine/families/rq_vae.md.
///
///   Image [B,3,H,W] in [0,1] -> latents [B,D,h,w] -> codes [B,rows,columns,depth] -> Reconstruction [B,3,H,W]
extern const ModelFamily kRqVae;

}  // namespace tessera
