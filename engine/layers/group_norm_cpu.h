// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "kernels/group_norm.h"

namespace tessera {

/// float32 and bfloat16.
bool groupNormOnCpuTakes(kernels::Element element);

/// What kernels::groupNorm computes, fast: every thread reads x twice and writes y once. x and y may differ in type; y may be x where they do not.
/// Sums are float32 about each channel's first value over short runs, then double: a mean far from zero costs no digits.
void groupNormOnCpu(kernels::HostActivations x, kernels::HostFloats weight, kernels::HostFloats bias, const kernels::GroupNormOptions& options,
                    kernels::HostActivationsOut y);

}  // namespace tessera
