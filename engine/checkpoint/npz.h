// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>

#include <tessera/tensor.h>

namespace tessera {

/// NumPy archives: stored zip of .npy. bfloat16 is written as float32. Throws Failure; writes to a temporary name and renames.
TensorMap readNpz(const std::filesystem::path& path);
void writeNpz(const std::filesystem::path& path, const TensorMap& tensors);

}  // namespace tessera
