// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "families/model_family.h"

namespace tessera {

/// CLIP in the layouts of open_clip and of transformers; spec: engine/families/clip.md.
///
///   Image [B,3,S,S] in [0,1] -> tokens [B,N,D]; pooled [B,E] beside texts [T,E]
extern const ModelFamily kClip;

}  // namespace tessera
