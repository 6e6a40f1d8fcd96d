// SPDX-License-Identifier: Apache-2.0
// As much of AVX-512 as our loops use, lane by lane on any processor: slow, but it is the loops' own code that runs.
#pragma once

#include <cmath>
#include <cstdint>
#include <cstring>

struct __m512 {
    float lanes[16];
};
struct __m512i {
    std::int32_t lanes[16];
};

namespace avx512_on_cpu {
template <typename Register, typename Work>
Register each(Work&& work) {
    Register result;
    for (int i = 0; i < 16; ++i) result.lanes[i] = work(i);
    return result;
}
template <typename Register>
Register loaded(const void* from) {
    Register result;
    std::memcpy(result.lanes, from, sizeof result.lanes);
    return result;
}
}  // namespace avx512_on_cpu

#define _CMP_LT_OQ 0x11
inline __m512 _mm512_set1_ps(float value) { return avx512_on_cpu::each<__m512>([&](int) { return value; }); }
inline __m512i _mm512_set1_epi32(std::int32_t value) { return avx512_on_cpu::each<__m512i>([&](int) { return value; }); }
inline __m512 _mm512_loadu_ps(const void* from) { return avx512_on_cpu::loaded<__m512>(from); }
inline __m512i _mm512_loadu_si512(const void* from) { return avx512_on_cpu::loaded<__m512i>(from); }
inline void _mm512_storeu_ps(void* to, __m512 a) { std::memcpy(to, a.lanes, sizeof a.lanes); }
inline void _mm512_storeu_si512(void* to, __m512i a) { std::memcpy(to, a.lanes, sizeof a.lanes); }
inline __m512 _mm512_cvtepi32_ps(__m512i a) { return avx512_on_cpu::each<__m512>([&](int i) { return static_cast<float>(a.lanes[i]); }); }
inline __m512 _mm512_mul_ps(__m512 a, __m512 b) { return avx512_on_cpu::each<__m512>([&](int i) { return a.lanes[i] * b.lanes[i]; }); }
inline __m512 _mm512_fnmadd_ps(__m512 a, __m512 b, __m512 c) { return avx512_on_cpu::each<__m512>([&](int i) { return std::fma(-a.lanes[i], b.lanes[i], c.lanes[i]); }); }
inline __m512 _mm512_min_ps(__m512 a, __m512 b) { return avx512_on_cpu::each<__m512>([&](int i) { return a.lanes[i] < b.lanes[i] ? a.lanes[i] : b.lanes[i]; }); }

template <typename Predicate>
std::uint16_t _mm512_cmp_ps_mask(__m512 a, __m512 b, Predicate) {
    std::uint32_t mask = 0;  // only "less than" is asked for
    for (int i = 0; i < 16; ++i) mask |= static_cast<std::uint32_t>(a.lanes[i] < b.lanes[i]) << i;
    return static_cast<std::uint16_t>(mask);
}

/// Unsigned bytes of a times signed bytes of b, four products added to each sum.
inline __m512i _mm512_dpbusd_epi32(__m512i sums, __m512i a, __m512i b) {
    return avx512_on_cpu::each<__m512i>([&](int i) {
        std::int32_t sum = sums.lanes[i];
        for (int j = 0; j < 4; ++j) {
            const auto left = static_cast<std::uint8_t>(static_cast<std::uint32_t>(a.lanes[i]) >> 8 * j);
            const auto right = static_cast<std::int8_t>(static_cast<std::uint32_t>(b.lanes[i]) >> 8 * j);
            sum += left * right;
        }
        return sum;
    });
}
