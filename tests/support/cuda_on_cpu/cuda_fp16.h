// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "kernels/small_floats.h"

struct __half {
    std::uint16_t bits;
};
inline float __half2float(__half value) { return tessera::kernels::floatFromFloat16(value.bits); }
inline __half __float2half_rn(float value) { return {tessera::kernels::float16FromFloat(value)}; }
