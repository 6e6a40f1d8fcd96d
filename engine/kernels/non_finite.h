// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "kernels/device_view.h"

struct CUstream_st;  // cudaStream_t, without <cuda_runtime.h>

namespace tessera::kernels {

/// Sets *found to 1 if any value is NaN or infinite, else leaves it as it is: the caller puts 0 there first, on the same stream.
///
/// values: any alignment of whole elements. Reads every value once and makes no temporaries. Asynchronous on `stream`; allocates nothing.
/// Throws std::invalid_argument on a negative size, DeviceError if the launch fails.
void findNonFinite(DeviceElements values, std::int32_t* found, CUstream_st* stream);

/// CPU twin, one thread: the kernel's oracle, and what the engine runs on pieces of a tensor on a CPU.
bool holdsNonFinite(HostElements values);

}  // namespace tessera::kernels
