// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>

#include "families/model_family.h"

namespace tessera {

/// UniTok, a tokenizer with several codebooks that was trained on texts too; spec: engine/families/unitok.md, section 1.
///
///   Image [B,3,H,H] in [0,1] -> latents [B,V,h,h] -> codes [B,h,h,K] -> unit codewords side by side [B,V,h,h] -> Reconstruction [B,3,H,H]
struct UnitokConfig {
    std::string model = "vitamin_large";
    int imageSide = 256;
    int codebooks = 8;                 ///< K
    int codebookSize = 4096;           ///< codewords of each
    int latentChannels = 64;           ///< V, numbers per token for all codebooks together
    bool attentionProjections = true;  ///< between network and codes; else linear
    int embedding = 768;               ///< E, of pictures and texts

    // ViTamin: widths from the tensors, heads from upstream's table of models.
    int fineWidth = 0, middleWidth = 0, width = 0;
    int depth = 0, heads = 0;
    int fineBlocks = 0, middleBlocks = 0, upMiddleBlocks = 0, upFineBlocks = 0;

    int textVocabulary = 49408, textContext = 77, textWidth = 768, textHeads = 12, textLayers = 12;

    int codewordDim() const { return latentChannels / codebooks; }
};

/// The tensors of a UniTok inside a checkpoint.
struct UnitokFile {
    std::string where;  ///< the file, for messages
    const std::map<std::string, StoredTensor>* tensors = nullptr;
    std::string settings;  ///< upstream's `args` as JSON

    static constexpr const char* kSection = "trainer";
    static constexpr const char* kPrefix = "unitok.";
};

/// Finds a UniTok in a checkpoint, if there is one. Reads no tensor data.
std::optional<UnitokFile> findUnitok(const Checkpoint& checkpoint);
/// From upstream's arguments and the shapes. Throws Failure for what Tessera does not compute.
UnitokConfig detectUnitok(const UnitokFile& file);

extern const ModelFamily kUnitok;

}  // namespace tessera
