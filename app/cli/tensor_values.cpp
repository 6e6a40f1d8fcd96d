// SPDX-License-Identifier: Apache-2.0
#include "tensor_values.h"

#include <bit>
#include <cmath>
#include <cstring>
#include <limits>

namespace tessera::cli {
namespace {

template <typename T>
double read(const std::byte* bytes) {
    T value;
    std::memcpy(&value, bytes, sizeof value);
    return static_cast<double>(value);
}

double fromHalf(std::uint16_t bits) {
    const int exponent = bits >> 10 & 31, fraction = bits & 1023;
    const double magnitude = exponent == 31  ? (fraction ? std::nan("") : std::numeric_limits<double>::infinity())
                             : exponent == 0 ? std::ldexp(fraction, -24)
                                             : std::ldexp(1024 + fraction, exponent - 25);
    return bits & 0x8000 ? -magnitude : magnitude;
}

}  // namespace

double valueAt(const HostTensor& tensor, std::int64_t index) {
    const std::byte* at = tensor.bytes.data() + index * static_cast<std::int64_t>(byteSize(tensor.type));
    switch (tensor.type) {
        case DType::Bool:
        case DType::U8: return read<std::uint8_t>(at);
        case DType::I8: return read<std::int8_t>(at);
        case DType::I16: return read<std::int16_t>(at);
        case DType::I32: return read<std::int32_t>(at);
        case DType::I64: return read<std::int64_t>(at);
        case DType::F32: return read<float>(at);
        case DType::F64: return read<double>(at);
        case DType::F16: return fromHalf(static_cast<std::uint16_t>(read<std::uint16_t>(at)));
        case DType::BF16: return std::bit_cast<float>(static_cast<std::uint32_t>(read<std::uint16_t>(at)) << 16);
    }
    return std::nan("");
}

bool isWholeNumber(DType type) {
    return type != DType::F16 && type != DType::BF16 && type != DType::F32 && type != DType::F64;
}

}  // namespace tessera::cli
