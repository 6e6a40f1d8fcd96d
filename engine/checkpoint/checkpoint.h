// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>
#include <tessera/tensor.h>

#include "core/hash.h"

namespace tessera {

/// A tensor as it lies in a file: nothing is copied until somebody reads it.
struct StoredTensor {
    DType type = DType::F32;
    std::vector<std::int64_t> shape;
    std::vector<std::int64_t> strides;  ///< in elements; row-major if empty
    std::shared_ptr<const void> owner;  ///< keeps the mapping alive
    const std::byte* data = nullptr;    ///< first element; every element that shape and strides reach lies inside the file
    bool byteSwapped = false;           ///< elements are big-endian

    std::int64_t elements() const;
    bool contiguous() const;
    /// Dense little-endian row-major copy, or shared if it is that already.
    HostTensor toHost() const;
};

/// Files of one checkpoint: tensors by upstream's own names. Opening checks all headers and reads no tensor data.
class Checkpoint {
public:
    /// A file (.safetensors, .pt, .pth, .ckpt, .bin, or an index of shards) or a folder; in a folder the files may lie one level deeper
    /// (vae/, stage1/), or up to six where there are none before (models/DiTs/XL/). A config stands for its folder. Throws Failure with what, where and what to do.
    static Checkpoint open(const std::filesystem::path& path);

    /// Path the person gave.
    const std::filesystem::path& path() const { return m_path; }
    /// The folder that relative paths are relative to.
    const std::filesystem::path& folder() const { return m_folder; }
    /// All tensor files of the folder, each opened; most checkpoints have one. The shards of an index are one file that bears the index's name.
    /// The folder's own come before deeper ones, safetensors before others, plain names before variants (model.fp16.safetensors).
    struct File {
        std::filesystem::path path;  ///< relative to the folder, or the file's name
        std::string format;          ///< "safetensors", "torch zip"
        std::uint64_t bytes = 0;
        /// By name. For torch zips the state dict's key path is joined with dots after the chosen top-level entry;
        /// `section` tells the entries apart ("ema", "model", "state_dict", ...; empty for a bare state dict and for safetensors).
        std::map<std::string, std::map<std::string, StoredTensor>> sections;
        std::map<std::string, std::string> metadata;  ///< safetensors __metadata__
        /// Of torch zips: texts, numbers, flags and nulls that lie right inside a section ("args"), or beside the sections (""), as JSON objects.
        std::map<std::string, std::string> settings;
    };
    const std::vector<File>& files() const { return m_files; }
    /// JSON and YAML files beside the tensors, by path relative to the folder; read when asked, at most 16 MiB.
    bool hasText(const std::string& relativePath) const;
    std::string text(const std::string& relativePath) const;
    nlohmann::json json(const std::string& relativePath) const;
    std::vector<std::string> textFiles() const;
    /// Any JSON file, read under the same bound: what a config refers to by a path of its own.
    static nlohmann::json jsonOf(const std::filesystem::path& path);
    std::uint64_t bytes() const;
    /// Names the weights' content: tensor names, shapes, dtypes, and all bytes of small tensors plus samples of large ones with file sizes;
    /// likewise the texts beside them. The same for a copy under another name.
    Hash128 fingerprint() const;
    /// Throws Failure if a tensor's file was changed since it was opened; what was read from it is worth nothing then.
    void checkUnchanged() const;

private:
    std::filesystem::path m_path, m_folder;
    std::vector<File> m_files;
    std::vector<std::string> m_texts;  ///< sorted
};

}  // namespace tessera
