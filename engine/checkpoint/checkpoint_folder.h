// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace tessera {

/// Files of a checkpoint's folder by their names, none of them opened yet. Paths are relative to `root`.
struct CheckpointFolder {
    std::filesystem::path root;
    std::vector<std::filesystem::path> indices;  ///< *.safetensors.index.json, *.bin.index.json
    std::vector<std::filesystem::path> tensors;  ///< the root's before deeper ones, plain names before variants (model.fp16.safetensors)
    std::vector<std::string> texts;              ///< JSON and YAML, sorted; the indices too

    /// Root and one level below it; where those hold no tensors, all that lies up to six levels deep. Links to files and to folders right
    /// inside the root are followed, names that begin with a dot are left out. Throws Failure if the folder cannot be read or holds too much.
    static CheckpointFolder list(const std::filesystem::path& root);
    /// One file and the texts that lie beside it, of one in ckpts/ or checkpoints/ also those in ../configs; for a config that is no index, its whole folder, or the one whose configs/ it lies in.
    static CheckpointFolder ofFile(const std::filesystem::path& file);

private:
    static CheckpointFolder ofConfig(const std::filesystem::path& root, const std::filesystem::path& name);
};

/// By their names.
bool isTensorFile(const std::filesystem::path& path);
bool isCheckpointText(const std::filesystem::path& path);

}  // namespace tessera
