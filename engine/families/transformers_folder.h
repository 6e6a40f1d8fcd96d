// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>

#include <nlohmann/json.hpp>

#include "families/config_reader.h"
#include "layers/weights.h"

namespace tessera {

/// A model as transformers keeps it: config.json and the weights beside it.
struct TransformersFolder {
    std::string config;  ///< path of the config inside the checkpoint
    std::string where;   ///< the weights, for messages
    const StoredTensors* tensors = nullptr;
};

/// Finds one of that model_type whose weights hold that tensor. Reads no tensor data.
std::optional<TransformersFolder> findTransformers(const Checkpoint& checkpoint, const std::string& modelType, const std::string& tensor);
/// A section of a config; one that is absent or null has no keys. Messages name keys with the section's name.
ConfigReader transformersSection(const nlohmann::json& config, const std::string& name, const std::string& file);

}  // namespace tessera
