// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <span>
#include <string>

#include <tessera/tensor.h>

#include "checkpoint/checkpoint.h"

namespace tessera {

struct SafetensorsFile {
    std::map<std::string, StoredTensor> tensors;
    std::map<std::string, std::string> metadata;
};

/// Checks the header (length, JSON, dtypes, shapes, offsets without holes or overlaps, duplicate keys) before any allocation that depends on it.
/// `owner` keeps `bytes` alive. `name` goes into messages. Throws Failure.
SafetensorsFile parseSafetensors(std::span<const std::byte> bytes, std::shared_ptr<const void> owner, const std::string& name);
/// Maps the file read-only.
SafetensorsFile readSafetensors(const std::filesystem::path& path);
/// Writes to a temporary name beside `path`, syncs, renames. Data is aligned to 8 bytes.
void writeSafetensors(const std::filesystem::path& path, const TensorMap& tensors, const std::map<std::string, std::string>& metadata = {});

}  // namespace tessera
