// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "families/model_family.h"

namespace tessera {

/// LLaVA-1.5: the patches of an image tower as words of a LLaMA; the tower is CLIP's, or OpenVision 3's. Spec: engine/families/llava.md.
///
///   Image [B,3,S,S] in [0,1] -> tokens [B,N,D] -> projected into a text of ids -> logits, words
extern const ModelFamily kLlava;

}  // namespace tessera
