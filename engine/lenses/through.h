// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "lenses/lens.h"
#include "local/stage_planner.h"

namespace tessera {

/// "through": what the decoder of a model with codes is given. "codes": what its codes stand for; "continuous": the latents that they would be searched for, as if nothing
/// were quantized. Models without codes do not tell these apart.
ParameterSpec throughParameter();
bool isContinuous(const Query& query);
/// DecodedPixels of a TensorStage that holds "latents".
StagePlanPtr decodedThrough(const Query& query, StagePlanner& planner, StagePlanPtr latents);

}  // namespace tessera
