// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include <tessera/result.h>
#include <tessera/tensor.h>

namespace tessera {

/// Trains as a recorded case did, in float32 on the CPU, and gives all that was computed by the names of golden cases: "out.loss.total", "out.weights.<name>", ...
/// `folder` holds case.json, model/ and reference.safetensors with the batch. Blocks; opens libtessera_engine.so.
Result<TensorMap> trainingParity(const std::string& folder);

}  // namespace tessera
