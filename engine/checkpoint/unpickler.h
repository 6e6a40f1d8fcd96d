// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

#include <tessera/tensor.h>

namespace tessera {

/// What a tensor in a pickle says of itself, before its storage was looked up. Offset and strides in elements, never negative.
struct PickledTensor {
    DType type = DType::F32;
    std::string storage;  ///< key of the storage record
    std::uint64_t storageElements = 0;
    std::uint64_t offset = 0;
    std::vector<std::int64_t> shape, strides;
    std::uint64_t reach = 0;  ///< elements from the storage's start to behind the last one it reaches, at most storageElements; 0 if empty
};

/// What a pickle holds, by section, as Checkpoint::File does.
struct Unpickled {
    std::map<std::string, std::map<std::string, PickledTensor>> tensors;  ///< by key path
    std::map<std::string, std::string> settings;                         ///< JSON objects
};

/// Rebuilds tensors, plain containers and plain values; every other object becomes opaque, and nothing is ever called. Throws
/// Failure(Invalid) for a damaged stream and for opcodes that torch.save does not write.
///
/// No opcode allocates by a number that it merely claims; what a stream can hold is bounded far above any checkpoint.
Unpickled unpickle(std::span<const std::byte> pickle, const std::string& name);

}  // namespace tessera
