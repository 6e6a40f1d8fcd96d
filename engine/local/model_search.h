// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "checkpoint/checkpoint.h"

namespace tessera {

/// A checkpoint that some family reads.
struct FoundModel {
    std::filesystem::path path;
    std::string family;
    std::uint64_t fileBytes = 0;
};

/// What family reads a file or folder, told by its headers; none if nobody does or it cannot be opened.
std::optional<FoundModel> identify(const std::filesystem::path& path);

/// Checkpoints in a tree of folders, by path: a folder that is one by itself, else the files in it and the folders below, at most four deep.
/// Repositories of the hub cache count by their snapshots. Follows links, but no folder is entered twice.
std::vector<FoundModel> modelsBelow(const std::filesystem::path& root);

/// Models in folders right inside a tokenizer's that draw for it: their configs name it as their "tokenizer".
std::vector<FoundModel> generatorsOf(const std::filesystem::path& tokenizer);

/// True for a folder that only gathers: tensors lie in several folders inside it, and nothing above them says that they belong together.
bool gathersSeveral(const Checkpoint& checkpoint);

}  // namespace tessera
