// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "families/llama.h"
#include "families/vila_u.h"
#include "families/vila_u_prompt.h"

namespace tessera {

/// The files of a VILA-U release beside its tower, and what they say.
struct VilaULanguageFile {
    std::string where, projectorWhere;  ///< the files of tensors, for messages
    StoredTensors tensors, projector;

    std::vector<std::string> projectorNames;  ///< of its layers, first to last; empty: vectors go in as they are
    int towerWidth = 0;                       ///< C
    Llama::Shape llama;
    std::vector<std::int64_t> ends{2};  ///< any of these ids ends an answer
    VilaUPrompt prompt;
    int clipFrames = 8;
    bool squeezes = true;  ///< pictures are made square by the change of both sides
};

/// Nothing where the tower stands alone. Reads no tensor data. Throws Failure for what is missing, contradicts the tower, or is not computed.
std::optional<VilaULanguageFile> detectVilaULanguage(const Checkpoint& checkpoint, const VilaUFile& file, const VilaUConfig& tower);

/// The language model and what brings pictures into it.
struct VilaULanguage {
    VilaULanguage(const Weights& language, const Weights& projector, const VilaULanguageFile& file);

    /// Sums of codewords [...,C] to what the language model reads [...,W] float32.
    at::Tensor projected(const at::Tensor& sums) const;
    /// Embeddings of a question's ids with the pictures' tokens [n,L,C] in place of VilaUPrompt::kPicture, in their order: [1,S,W].
    /// Throws Failure(Mismatch) where they number differently.
    at::Tensor woven(const std::vector<std::int64_t>& ids, const at::Tensor& sums) const;
    std::int64_t projectorWeights() const;

    std::vector<Linear> projector;
    Llama llama;
};

}  // namespace tessera
