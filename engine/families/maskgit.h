// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "checkpoint/checkpoint.h"
#include "families/maskgit_network.h"
#include "families/model_family.h"
#include "layers/weights.h"

namespace tessera {

/// A model that fills grids of codes in rounds, alone or beside the tokenizer whose codes they are; spec: engine/families/maskgit.md.
struct MaskGitFile {
    MaskGitConfig config;
    std::string where;  ///< of the tensors, for messages
    const StoredTensors* tensors = nullptr;

    /// In a folder of the checkpoint ("" is the checkpoint's own). Throws Failure(Mismatch) where weights are missing, and for configs that are not computed.
    static MaskGitFile find(const Checkpoint& checkpoint, const std::string& folder = {});
};

/// The config in that folder says that it is one. Reads no tensor data.
bool isMaskGit(const Checkpoint& checkpoint, const std::string& folder = {});

extern const ModelFamily kMaskGit;

}  // namespace tessera
