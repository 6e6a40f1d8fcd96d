// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <span>
#include <string>

#include "checkpoint/checkpoint.h"

namespace tessera {

/// A torch.save zip archive, by section (see Checkpoint::File).
struct TorchZip {
    std::map<std::string, std::map<std::string, StoredTensor>> sections;
    std::map<std::string, std::string> settings;
};

/// Nothing in the pickle is ever called: objects other than tensors, plain containers and plain values become opaque. Throws Failure.
TorchZip parseTorchZip(std::span<const std::byte> bytes, std::shared_ptr<const void> owner, const std::string& name);
TorchZip readTorchZip(const std::filesystem::path& path);

}  // namespace tessera
