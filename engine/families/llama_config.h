// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "families/config_reader.h"
#include "families/llama.h"

namespace tessera {

class Checkpoint;

/// From transformers' config of a LLaMA; absent keys take transformers' defaults. `positions` counts what linear scaling adds.
/// Throws Failure for what contradicts itself, and Unsupported for what Tessera does not compute.
Llama::Shape llamaShapeOf(const ConfigReader& text);
/// The ids that end an answer, from generation_config.json in that folder of the checkpoint; 2 where it does not say.
std::vector<std::int64_t> answerEnds(const Checkpoint& checkpoint, const std::string& folder);

}  // namespace tessera
