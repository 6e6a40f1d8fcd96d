// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <tessera/generate.h>

#include "core/hash.h"
#include "local/model_store.h"

namespace tessera {

/// Throws Failure for a request that no model of its kind can follow: ranges, and what this model does not offer.
void checkDrawing(const GenerateRequest& request, const OpenModel& open);
/// How many of its steps are kept for pictures of that model, so that these fit into `bytes`: of a small budget fewer than are asked for, but never fewer than the first and the last.
int keptStepsOf(const GenerateRequest& request, const ModelInfo& model, std::size_t bytes);
/// All of a request that changes what is drawn, but for the model and for the picture that it sets out from.
void addDrawing(Hasher& key, const GenerateRequest& request);

}  // namespace tessera
