// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <span>
#include <string>

#include "checkpoint/checkpoint.h"

namespace tessera {

/// Tensors of a torch.save zip archive, by section and key path (see Checkpoint::File). Nothing in the pickle is ever called:
/// objects other than tensors and plain containers become opaque. Throws Failure.
std::map<std::string, std::map<std::string, StoredTensor>> parseTorchZip(std::span<const std::byte> bytes, std::shared_ptr<const void> owner, const std::string& name);
std::map<std::string, std::map<std::string, StoredTensor>> readTorchZip(const std::filesystem::path& path);

}  // namespace tessera
