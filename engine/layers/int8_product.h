// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace tessera {

/// A matrix as bytes: W[o,i] ~ scales[o] * codes[o,i], codes [out,in] row-major.
struct Int8Matrix {
    const std::int8_t* codes = nullptr;
    const float* scales = nullptr;
    std::int64_t in = 0, out = 0;
};

/// y[r,o] = scales[o] * sum over i of codes[o,i] x[r,i], for rows [first,last) of W. x [rows,in] and y [rows,out] float32, row-major. What is made of a row of x does not
/// hang on the others. Every weight is read from memory once.
using Int8Product = void (*)(const Int8Matrix& matrix, const float* x, std::int64_t rows, float* y, std::int64_t first, std::int64_t last);

/// The fastest that this processor has.
Int8Product int8Product();

void plainInt8Product(const Int8Matrix& matrix, const float* x, std::int64_t rows, float* y, std::int64_t first, std::int64_t last);
#if defined(__x86_64__)
void avx2Int8Product(const Int8Matrix& matrix, const float* x, std::int64_t rows, float* y, std::int64_t first, std::int64_t last);
#endif

}  // namespace tessera
