// SPDX-License-Identifier: Apache-2.0
// Compiled for AVX2 and FMA (engine.cmake).
#include <immintrin.h>

#include "quantize/coarse_scan_kernel.h"

namespace tessera {
namespace {

struct Avx2 {
    using Floats = __m256;
    using Ints = __m256i;
    static constexpr int kLanes = 8, kVectors = 4, kRows = 2;
    /// Sums of eight products stay below 2^15: 2 * 64 * 255 = 32640.
    static constexpr int kLevels = 64, kMost = 255;

    static Floats all(float value) { return _mm256_set1_ps(value); }
    static Floats load(const float* from) { return _mm256_loadu_ps(from); }
    static Ints load(const std::int32_t* from) { return _mm256_loadu_si256(reinterpret_cast<const Ints*>(from)); }
    static void store(float* to, Floats values) { _mm256_storeu_ps(to, values); }
    static void store(std::int32_t* to, Ints values) { _mm256_storeu_si256(reinterpret_cast<Ints*>(to), values); }
    static Floats toFloats(Ints values) { return _mm256_cvtepi32_ps(values); }
    static Floats times(Floats a, Floats b) { return _mm256_mul_ps(a, b); }
    static Floats minusProduct(Floats a, Floats b, Floats c) { return _mm256_fnmadd_ps(b, c, a); }
    static Floats least(Floats a, Floats b) { return _mm256_min_ps(a, b); }
    static std::uint32_t below(Floats a, Floats b) { return static_cast<std::uint32_t>(_mm256_movemask_ps(_mm256_cmp_ps(a, b, _CMP_LT_OQ))); }

    /// sums += rows x panel over `dim` dimensions, a multiple of 16.
    static void multiplyAdd(Ints (&sums)[kRows][kVectors], const std::uint8_t* rows, std::int64_t stride, const std::int8_t* panel, std::int64_t dim) {
        const Ints ones = _mm256_set1_epi16(1);
        const auto* words = reinterpret_cast<const Ints*>(panel);
        Ints kept[kRows][kVectors];  // in registers, where an argument is not
#pragma GCC unroll 8
        for (int i = 0; i < kRows * kVectors; ++i) kept[i / kVectors][i % kVectors] = sums[i / kVectors][i % kVectors];
        for (std::int64_t d = 0; d < dim; d += 16, words += 4 * kVectors) {
#pragma GCC unroll 2
            for (int r = 0; r < kRows; ++r) {
                const std::uint8_t* row = rows + r * stride + d;
                const Ints a = four(row), b = four(row + 4), c = four(row + 8), e = four(row + 12);
#pragma GCC unroll 4
                for (int v = 0; v < kVectors; ++v) {
                    const Ints left = _mm256_add_epi16(_mm256_maddubs_epi16(a, words[v]), _mm256_maddubs_epi16(b, words[kVectors + v]));
                    const Ints right = _mm256_add_epi16(_mm256_maddubs_epi16(c, words[2 * kVectors + v]), _mm256_maddubs_epi16(e, words[3 * kVectors + v]));
                    kept[r][v] = _mm256_add_epi32(kept[r][v], _mm256_madd_epi16(_mm256_add_epi16(left, right), ones));
                    // Without this the compiler multiplies everything first and spills the products.
                    asm volatile("" : "+x"(kept[r][v]));
                }
            }
        }
#pragma GCC unroll 8
        for (int i = 0; i < kRows * kVectors; ++i) sums[i / kVectors][i % kVectors] = kept[i / kVectors][i % kVectors];
    }

private:
    static Ints four(const std::uint8_t* from) {
        std::int32_t word;
        __builtin_memcpy(&word, from, sizeof word);
        return _mm256_set1_epi32(word);
    }
};

}  // namespace

const CoarseScan& avx2Scan() {
    static constexpr CoarseScan kScan{"AVX2", Avx2::kRows, Avx2::kVectors * Avx2::kLanes, Avx2::kLevels, Avx2::kMost, scanBytes<Avx2>, scanProducts<Avx2>};
    return kScan;
}

}  // namespace tessera
