// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <span>
#include <string>

#include <tessera/tensor.h>

namespace tessera {

/// Arrays of a NumPy archive: a zip of .npy files, stored (then they share `bytes`, which `owner` keeps alive) or compressed. `name` goes
/// into messages. Throws Failure.
TensorMap parseNpz(std::span<const std::byte> bytes, std::shared_ptr<const void> owner, const std::string& name);
/// Maps the file read-only.
TensorMap readNpz(const std::filesystem::path& path);
/// A stored archive; bfloat16 is written as float32. `words` lie in it as metadata.json, which NumPy passes over. Writes to a temporary name and renames.
void writeNpz(const std::filesystem::path& path, const TensorMap& tensors, const std::map<std::string, std::string>& words = {});
/// The words of an archive that writeNpz made; none of another.
std::map<std::string, std::string> parseNpzWords(std::span<const std::byte> bytes, std::shared_ptr<const void> owner, const std::string& name);
std::map<std::string, std::string> readNpzWords(const std::filesystem::path& path);

/// One array, without a name. bfloat16 as above.
void writeNpy(const std::filesystem::path& path, const HostTensor& tensor);
HostTensor readNpy(const std::filesystem::path& path);

}  // namespace tessera
