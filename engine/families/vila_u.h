// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "families/model_family.h"
#include "families/pixel_shape.h"
#include "families/siglip_text.h"
#include "families/siglip_vision.h"
#include "families/vila_u_depth.h"

namespace tessera {

/// VILA-U's vision tower: SigLIP without its last block, residual codes, and a convolutional decoder; spec: engine/families/vila_u.md.
///
///   Image [B,3,S,S] in [0,1] -> latents [B,C,g,g] -> codes [B,g,g,D] -> sums of codewords [B,C,g,g] -> Reconstruction [B,3,S',S']
struct VilaUConfig {
    SiglipVisionShape vision;
    SiglipText::Shape text;

    int depths = 0;        ///< D
    int codebookSize = 0;  ///< K, without the padding row
    bool sharedCodebook = false;
    PixelShape decoder;
    std::vector<int> decoderGrid;  ///< [h,w] that the sums are resized to before they are decoded; empty: as they are

    std::optional<VilaUDepth::Shape> depthTransformer;
};

/// The tower's files inside a checkpoint: the whole release, or the folder vision_tower alone.
struct VilaUFile {
    std::string folder;  ///< "vision_tower", empty if the checkpoint is the tower's folder
    std::string config;  ///< path of its config.json inside the checkpoint
    std::string where;   ///< the file of tensors, for messages
    const std::map<std::string, StoredTensor>* tensors = nullptr;
    bool languageModel = false;  ///< llm/ lies beside the tower
};

/// Finds a tower in a checkpoint, if there is one. Reads no tensor data.
std::optional<VilaUFile> findVilaU(const Checkpoint& checkpoint);
/// From the tower's config.json and that of the SigLIP that it names. Throws Failure for what Tessera does not compute.
VilaUConfig detectVilaU(const Checkpoint& checkpoint, const VilaUFile& file);

extern const ModelFamily kVilaU;

}  // namespace tessera
