// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "families/model_family.h"

namespace tessera {

/// SigLIP, and SigLIP 2 of fixed resolution, as transformers' SiglipModel; spec: engine/families/siglip.md.
///
///   Image [B,3,S,S] in [0,1] -> tokens [B,N,D]; pooled [B,D] beside texts [T,D]
extern const ModelFamily kSiglip;

}  // namespace tessera
