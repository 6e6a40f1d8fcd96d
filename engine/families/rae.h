// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>

#include "families/flow_generator.h"
#include "families/model_family.h"
#include "families/normalisation.h"
#include "families/rae_networks.h"

namespace tessera {

/// Representation autoencoder (RAE): the tokens of a frozen encoder, a ViT that paints pictures of them and, where there is one, a flow that makes them; spec: engine/families/rae.md.
///
///   Image [B,3,H,W] in [0,1] -> tokens [B,C,g,g] -> Reconstruction [B,3,g*p,g*p]
struct RaeFile {
    struct Part {
        std::string where;
        StoredTensors tensors;
    };
    RaeVisionShape vision;
    RaeDecoder::Shape decoder;
    Normalisation normalisation;  ///< of the encoder's input; pictures are painted by it too
    Part encoder, painter;
    std::optional<FlowGeneratorFile> flow;
    std::string config;  ///< path of the YAML inside the checkpoint
};

/// The YAML config inside a checkpoint that says most: with a flow before one without, with a weaker model to guide it before that. Nothing if none has RAE's stage_1.
std::optional<std::string> findRae(const Checkpoint& checkpoint);
/// From that config. Throws Failure for what is missing or does not fit.
RaeFile detectRae(const Checkpoint& checkpoint, const std::string& config);

extern const ModelFamily kRae;

}  // namespace tessera
