// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstring>

#include <tessera/tensor.h>

#include "core/error.h"

namespace tessera {

inline bool isWhole(DType type) {
    return type == DType::U8 || type == DType::I8 || type == DType::I16 || type == DType::I32 || type == DType::I64;
}

inline bool isFraction(DType type) {
    return type == DType::F16 || type == DType::BF16 || type == DType::F32 || type == DType::F64;
}

/// Element `index` of a tensor of whole numbers. Throws Failure(Invalid) that calls it `name` for other types.
inline std::int64_t wholeNumberAt(const HostTensor& tensor, std::size_t index, const std::string& name) {
    const auto read = [&]<typename T>(T value) {
        std::memcpy(&value, tensor.bytes.data() + index * sizeof value, sizeof value);
        return static_cast<std::int64_t>(value);
    };
    switch (tensor.type) {
        case DType::U8: return read(std::uint8_t());
        case DType::I8: return read(std::int8_t());
        case DType::I16: return read(std::int16_t());
        case DType::I32: return read(std::int32_t());
        case DType::I64: return read(std::int64_t());
        default: throw Failure(ErrorCode::Invalid, name + " are whole numbers, and these are " + std::string(nameOf(tensor.type)), name, "give integers");
    }
}

}  // namespace tessera
