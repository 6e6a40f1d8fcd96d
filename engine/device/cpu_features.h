// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace tessera {

/// What this processor (and the system that saves its registers) offers for products of small numbers.
struct CpuFeatures {
    bool avx2 = false;        ///< and FMA
    bool avx512 = false;      ///< AVX-512 F, BW, DQ, VL
    bool avx512Vnni = false;  ///< dot products of four bytes
    bool avx512Bf16 = false;  ///< dot products of bf16 pairs
    bool amxBf16 = false;     ///< bf16 tile products
};

const CpuFeatures& cpuFeatures();
/// bf16 convolutions are faster than fp32 ones here: AMX or AVX512-BF16.
bool cpuIsFastAtBf16();

/// Most memory this process has held so far, as the kernel counts it.
std::uint64_t peakResidentBytes();

}  // namespace tessera
