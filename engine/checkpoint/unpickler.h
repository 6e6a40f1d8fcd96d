// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <map>
#include <span>
#include <string>

#include "checkpoint/checkpoint.h"

namespace tessera {

/// What a tensor in a pickle says of itself, before its storage was looked up. Offset and strides in elements.
struct PickledTensor {
    DType type = DType::F32;
    std::string storage;  ///< key of the storage record
    std::uint64_t offset = 0;
    std::vector<std::int64_t> shape, strides;
};

/// Tensors of a pickle by section and key path, as Checkpoint::File holds them. Rebuilds tensors and plain containers; every other object
/// becomes opaque, and nothing is ever called. Throws Failure(Invalid) for a damaged stream and for opcodes that torch.save does not write.
///
/// Memory stays proportional to the stream: no opcode allocates by a number that it merely claims.
std::map<std::string, std::map<std::string, PickledTensor>> unpickleTensors(std::span<const std::byte> pickle, const std::string& name);

}  // namespace tessera
