// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>

#include <tessera/tensor.h>

#include "jobs/stage.h"

namespace tessera::train {

/// Trains as a recorded case did: case.json, model/ and the "in.*" tensors of reference.safetensors in `folder`, three steps on one batch, float32 on the CPU.
/// Gives "out.loss.<term>" [4], "out.global_grad_norm" [3], of every trained parameter "out.grad_norm.<name>", "out.grad.<name>" (step 0) and "out.weights.<name>"
/// (after the last), "out.state.step<k>.<name>" and "mid.<name>". Throws Failure for a case that does not fit.
TensorMap runTrainingParity(const std::filesystem::path& folder, StageContext& context);

}  // namespace tessera::train
