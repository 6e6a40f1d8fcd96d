// SPDX-License-Identifier: Apache-2.0
#include <limits>

#include <tessera/tensor.h>

#include "core/error.h"

namespace tessera {

std::size_t byteSize(DType type) {
    switch (type) {
        case DType::Bool:
        case DType::U8:
        case DType::I8:
            return 1;
        case DType::I16:
        case DType::F16:
        case DType::BF16:
            return 2;
        case DType::I32:
        case DType::F32:
            return 4;
        case DType::I64:
        case DType::F64:
            return 8;
    }
    TESSERA_ASSERT(!"a known DType");
    return 0;
}

std::string_view nameOf(DType type) {
    switch (type) {
        case DType::Bool:
            return "bool";
        case DType::U8:
            return "uint8";
        case DType::I8:
            return "int8";
        case DType::I16:
            return "int16";
        case DType::I32:
            return "int32";
        case DType::I64:
            return "int64";
        case DType::F16:
            return "float16";
        case DType::BF16:
            return "bfloat16";
        case DType::F32:
            return "float32";
        case DType::F64:
            return "float64";
    }
    TESSERA_ASSERT(!"a known DType");
    return "";
}

std::int64_t HostTensor::elements() const {
    std::uint64_t count = 1;
    for (const std::int64_t extent : shape) {
        if (extent < 0) throw Failure(ErrorCode::Invalid, "a tensor has a negative extent", "tensor shape");
        count = checkedProduct(count, static_cast<std::uint64_t>(extent), "tensor shape");
    }
    if (count > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) {
        throw Failure(ErrorCode::Invalid, "a tensor has more elements than 64 bits count", "tensor shape");
    }
    return static_cast<std::int64_t>(count);
}

}  // namespace tessera
