// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "families/model_family.h"

namespace tessera {

/// OpenVision 1 and 2, and other towers of open_clip whose texts are seen whole, such as CLIPA; spec: engine/families/clip.md, section 3.
///
///   Image [B,3,S,S] in [0,1] -> tokens [B,N,D]; pooled [B,E] beside texts [T,E]
extern const ModelFamily kOpenVision;

}  // namespace tessera
