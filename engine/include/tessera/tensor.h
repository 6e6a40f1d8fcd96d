// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include <tessera/shared_array.h>

namespace tessera {

enum class DType { Bool, U8, I8, I16, I32, I64, F16, BF16, F32, F64 };

std::size_t byteSize(DType type);
std::string_view nameOf(DType type);  ///< "float32", "bfloat16", ...

/// Dense row-major tensor in host memory, little-endian. No tensor library behind it.
struct HostTensor {
    DType type = DType::F32;
    std::vector<std::int64_t> shape;
    SharedBytes bytes;  ///< byteSize(type) * product(shape)

    std::int64_t elements() const;  ///< product(shape); 1 for a scalar
};

/// Tensors by name, as a safetensors file holds them.
using TensorMap = std::map<std::string, HostTensor, std::less<>>;

}  // namespace tessera
