// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "families/model_family.h"

namespace tessera {

/// A flow in a folder of its own beside the model whose tokens it makes: config.json with "stage_2", as RAE's, and "tokenizer", that model's folder; spec: engine/families/rae.md, section 7.
extern const ModelFamily kFlow;

}  // namespace tessera
