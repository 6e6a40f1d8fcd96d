// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "families/clip_vision.h"
#include "families/llama.h"
#include "families/model_family.h"
#include "families/normalisation.h"
#include "families/text_source.h"

namespace tessera {

/// A LLaVA's files and what they say.
struct LlavaFile {
    std::string where;  ///< the weights, for messages
    StoredTensors tensors;
    std::vector<std::string> ignorable;  ///< patterns of tensors that no answer needs

    /// The image tower: CLIP's up to the block that is asked for, or the folder of an OpenVision 3.
    std::optional<ClipVisionShape> clip;
    std::filesystem::path openVision3;
    Normalisation normalisation;
    bool withClassToken = false;  ///< "full": the class token is a word too
    int towerDim = 0;             ///< D

    Llama::Shape llama;
    std::int64_t imageId = 0;
    std::vector<std::int64_t> ends{2};  ///< any of these ids ends an answer
    TextSource words;

    /// Scopes of the parts; newer files name them otherwise.
    std::string tower, projector, model, head;
};

/// Reads no tensor data. Throws Failure for what Tessera does not compute.
std::optional<std::string> findLlava(const Checkpoint& checkpoint);  ///< path of its config.json
LlavaFile detectLlava(const Checkpoint& checkpoint, const std::string& config);

}  // namespace tessera
