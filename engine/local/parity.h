// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <tessera/tensor.h>

#include "families/model_family.h"

namespace tessera {

class DeviceLane;

/// Runs every stage that the model offers and the inputs allow. Inputs are "in.*" tensors, names may carry a run prefix
/// ("video.in.image" gives "video.out.latents"). Gives every "out.*" tensor as float32 (or int64 codes), names as golden cases have them.
/// Throws Failure(Invalid) when no input can be used.
TensorMap runParity(const Model& model, const TensorMap& inputs, DeviceLane& lane);

}  // namespace tessera
