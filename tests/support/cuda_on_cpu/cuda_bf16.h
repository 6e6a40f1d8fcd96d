// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "kernels/small_floats.h"

struct __nv_bfloat16 {
    std::uint16_t bits;
};
inline float __bfloat162float(__nv_bfloat16 value) { return tessera::kernels::floatFromBFloat16(value.bits); }
inline __nv_bfloat16 __float2bfloat16_rn(float value) { return {tessera::kernels::bfloat16FromFloat(value)}; }
