// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <ATen/ATen.h>

#include "device/device_lane.h"

namespace tessera {

/// codes[n] = argmin_k |vectors[n] - codebook[k]|^2, the lowest k among equals.
///
/// vectors [N,D], codebook [K,D] float32 on the lane's device, all finite; codes [N] int64. float32 whatever the lane's precision.
/// Throws Cancelled between blocks when a stop was asked for.
at::Tensor nearestCodes(const at::Tensor& vectors, const at::Tensor& codebook, DeviceLane& lane);

}  // namespace tessera
