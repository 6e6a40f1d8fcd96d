// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <map>
#include <set>
#include <string>

#include <nlohmann/json_fwd.hpp>

#include "checkpoint/checkpoint.h"

namespace tessera {

/// A *.index.json: which shard of the same folder holds which tensor.
struct ShardIndex {
    std::map<std::string, std::string> shardOf;  ///< file name by tensor name
    std::set<std::string> shards;                ///< plain file names: never a path

    /// Nothing but an object with a weight_map of names to plain file names is accepted. Throws Failure.
    static ShardIndex parse(const nlohmann::json& json, const std::string& file);
};

/// True for "model.safetensors.index.json", "pytorch_model.bin.index.json", ...
bool isShardIndex(const std::filesystem::path& path);

/// JSON of at most 64 levels, or Failure.
nlohmann::json parseJson(const std::string& text, const std::string& file);

}  // namespace tessera
