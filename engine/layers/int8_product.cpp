// SPDX-License-Identifier: Apache-2.0
#include "layers/int8_product.h"

#include "device/cpu_features.h"

namespace tessera {

void plainInt8Product(const Int8Matrix& matrix, const float* x, std::int64_t rows, float* y, std::int64_t first, std::int64_t last) {
    for (std::int64_t o = first; o < last; ++o) {
        const std::int8_t* codes = matrix.codes + o * matrix.in;
        for (std::int64_t r = 0; r < rows; ++r) {
            float sum = 0;
            for (std::int64_t i = 0; i < matrix.in; ++i) sum += static_cast<float>(codes[i]) * x[r * matrix.in + i];
            y[r * matrix.out + o] = matrix.scales[o] * sum;
        }
    }
}

Int8Product int8Product() {
#if defined(__x86_64__)
    if (cpuFeatures().avx2) return avx2Int8Product;
#endif
    return plainInt8Product;
}

}  // namespace tessera
