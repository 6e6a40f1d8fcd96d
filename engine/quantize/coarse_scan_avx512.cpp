// SPDX-License-Identifier: Apache-2.0
// Compiled for AVX-512 F, BW, DQ, VL and VNNI (engine.cmake).
#include <immintrin.h>

#include "quantize/coarse_scan_kernel.h"

namespace tessera {
namespace {

struct Avx512 {
    using Floats = __m512;
    using Ints = __m512i;
    static constexpr int kLanes = 16, kVectors = 4, kRows = 4;
    static constexpr int kLevels = 127;  // products of bytes are summed in 32 bits

    static Floats all(float value) { return _mm512_set1_ps(value); }
    static Floats load(const float* from) { return _mm512_loadu_ps(from); }
    static Ints load(const std::int32_t* from) { return _mm512_loadu_si512(from); }
    static void store(float* to, Floats values) { _mm512_storeu_ps(to, values); }
    static void store(std::int32_t* to, Ints values) { _mm512_storeu_si512(to, values); }
    static Floats toFloats(Ints values) { return _mm512_cvtepi32_ps(values); }
    static Floats times(Floats a, Floats b) { return _mm512_mul_ps(a, b); }
    static Floats minusProduct(Floats a, Floats b, Floats c) { return _mm512_fnmadd_ps(b, c, a); }
    static Floats least(Floats a, Floats b) { return _mm512_min_ps(a, b); }
    static std::uint32_t below(Floats a, Floats b) { return _mm512_cmp_ps_mask(a, b, _CMP_LT_OQ); }

    /// sums += rows x panel over `dim` dimensions, a multiple of 4.
    static void multiplyAdd(Ints (&sums)[kRows][kVectors], const std::uint8_t* rows, std::int64_t stride, const std::int8_t* panel, std::int64_t dim) {
        for (std::int64_t d = 0; d < dim; d += 4, panel += 64 * kVectors) {
            Ints words[kVectors];
#pragma GCC unroll 4
            for (int v = 0; v < kVectors; ++v) words[v] = _mm512_loadu_si512(panel + 64 * v);
#pragma GCC unroll 4
            for (int r = 0; r < kRows; ++r) {
                std::int32_t four;
                __builtin_memcpy(&four, rows + r * stride + d, sizeof four);
                const Ints row = _mm512_set1_epi32(four);
#pragma GCC unroll 4
                for (int v = 0; v < kVectors; ++v) sums[r][v] = _mm512_dpbusd_epi32(sums[r][v], row, words[v]);
            }
        }
    }
};

}  // namespace

const CoarseScan& avx512Scan() {
    static constexpr CoarseScan kScan{"AVX-512 VNNI", Avx512::kRows, Avx512::kVectors * Avx512::kLanes, Avx512::kLevels, 0, scanBytes<Avx512>, scanProducts<Avx512>};
    return kScan;
}

}  // namespace tessera
