// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "kernels/device_view.h"

struct CUstream_st;  // cudaStream_t, without <cuda_runtime.h>

namespace tessera::kernels {

struct GroupNormOptions {
    int groups = 1;
    float epsilon = 1e-5f;
    bool silu = false;  ///< y = n * sigmoid(n) instead of n
};

/// Whether the kernel takes such activations: channels fill 16-byte words (C % 4 == 0 in float32, C % 8 == 0 else) and 1 <= C <= 4096.
bool groupNormTakes(Element element, std::int64_t channels, int groups);

/// float32 values of scratch memory that a call needs.
std::int64_t groupNormScratch(Element element, std::int64_t batch, std::int64_t positions, std::int64_t channels);

/// n = (x - mean) / sqrt(variance + epsilon) * weight + bias, mean and biased variance over the positions and channels of a group.
///
/// x, y [B,N,C] channels-last of the same element, 16-byte aligned; y may be x. weight, bias [C] float32. C % groups == 0.
/// Reads x twice and writes y once, with no change of layout. Statistics in float32: sums about each thread's first value, merged pairwise
/// in a fixed order, so the result is the same every time and survives a mean far from zero. The sigmoid uses the fast exponential
/// (relative error below 2e-6 for |n| < 20). Asynchronous on `stream`; allocates nothing.
/// Throws std::invalid_argument on bad shapes, DeviceError if a launch fails.
void groupNorm(DeviceActivations x, DeviceFloats weight, DeviceFloats bias, const GroupNormOptions& options, DeviceActivationsOut y,
               DeviceFloatsOut scratch, CUstream_st* stream);

/// CPU twin, one thread, sums in double: the kernel's oracle. On a CPU the engine uses PyTorch's own group norm.
void groupNorm(HostActivations x, HostFloats weight, HostFloats bias, const GroupNormOptions& options, HostActivationsOut y);

}  // namespace tessera::kernels
