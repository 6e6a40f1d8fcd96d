// SPDX-License-Identifier: Apache-2.0
// Compiled for AVX2 and FMA (engine.cmake).
#include <immintrin.h>

#include "layers/int8_product.h"

namespace tessera {
namespace {

constexpr std::int64_t kLanes = 8, kStep = 2 * kLanes;
constexpr int kMostRows = 4;

__m256 floatsOf(const std::int8_t* codes) { return _mm256_cvtepi32_ps(_mm256_cvtepi8_epi32(_mm_loadl_epi64(reinterpret_cast<const __m128i*>(codes)))); }

float sumOf(__m256 values) {
    const __m128 four = _mm_add_ps(_mm256_castps256_ps128(values), _mm256_extractf128_ps(values, 1));
    const __m128 two = _mm_add_ps(four, _mm_movehl_ps(four, four));
    return _mm_cvtss_f32(_mm_add_ss(two, _mm_shuffle_ps(two, two, 1)));
}

/// One row of W with so many of x. The order of sums is the same for any number of them.
template <int Rows>
void oneRow(const Int8Matrix& matrix, const float* x, float* y, std::int64_t o) {
    const std::int8_t* codes = matrix.codes + o * matrix.in;
    const std::int64_t in = matrix.in;
    __m256 even[Rows], odd[Rows];
#pragma GCC unroll 4
    for (int r = 0; r < Rows; ++r) even[r] = odd[r] = _mm256_setzero_ps();
    std::int64_t i = 0;
    for (; i + kStep <= in; i += kStep) {
        const __m256 a = floatsOf(codes + i), b = floatsOf(codes + i + kLanes);
#pragma GCC unroll 4
        for (int r = 0; r < Rows; ++r) {
            even[r] = _mm256_fmadd_ps(a, _mm256_loadu_ps(x + r * in + i), even[r]);
            odd[r] = _mm256_fmadd_ps(b, _mm256_loadu_ps(x + r * in + i + kLanes), odd[r]);
        }
    }
#pragma GCC unroll 4
    for (int r = 0; r < Rows; ++r) {
        float sum = sumOf(_mm256_add_ps(even[r], odd[r]));
        for (std::int64_t k = i; k < in; ++k) sum += static_cast<float>(codes[k]) * x[r * in + k];
        y[r * matrix.out + o] = matrix.scales[o] * sum;
    }
}

template <int Rows>
void rowsOf(const Int8Matrix& matrix, const float* x, float* y, std::int64_t first, std::int64_t last) {
    for (std::int64_t o = first; o < last; ++o) oneRow<Rows>(matrix, x, y, o);
}

}  // namespace

void avx2Int8Product(const Int8Matrix& matrix, const float* x, std::int64_t rows, float* y, std::int64_t first, std::int64_t last) {
    // So few rows of W at a time that they are still in the cache for the next rows of x.
    constexpr std::int64_t kTogether = 16;
    for (std::int64_t begin = first; begin < last; begin += kTogether) {
        const std::int64_t end = begin + kTogether < last ? begin + kTogether : last;
        for (std::int64_t r = 0; r < rows; r += kMostRows) {
            const float* from = x + r * matrix.in;
            float* to = y + r * matrix.out;
            switch (rows - r) {
                case 1: rowsOf<1>(matrix, from, to, begin, end); break;
                case 2: rowsOf<2>(matrix, from, to, begin, end); break;
                case 3: rowsOf<3>(matrix, from, to, begin, end); break;
                default: rowsOf<kMostRows>(matrix, from, to, begin, end); break;
            }
        }
    }
}

}  // namespace tessera
