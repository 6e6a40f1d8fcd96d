// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "families/model_family.h"

namespace tessera {

/// Somebody's own run as a read-only model: a safetensors file whose tensors are named as `tessera parity` names them ("in.image", "out.latents", "out.codes",
/// "out.reconstruction", ...; engine/families/recorded.md). Its stages are the recorded tensors, for the recorded pictures alone.
///
///   in.image [B,3,H,W] in [0,1] -> out.latents [B,C,h,w] -> out.codes [B,rows,columns,D] -> out.quantized.<d> [B,C,h,w] -> out.reconstruction[.depth<d>] [B,3,H,W]
extern const ModelFamily kRecorded;

}  // namespace tessera
