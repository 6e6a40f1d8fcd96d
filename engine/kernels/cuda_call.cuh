// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include <cuda_runtime.h>

#include "kernels/device_error.h"

namespace tessera::kernels {

/// Starts a kernel, arguments converted to its parameters. Throws DeviceError that names it. An ordinary function call, unlike <<< >>>,
/// so that tests can compile kernels for the CPU (tests/support/cuda_on_cpu).
template <typename... Parameters, typename... Arguments>
void launch(const char* name, void (*kernel)(Parameters...), dim3 grid, int threads, cudaStream_t stream, const Arguments&... arguments) {
    const auto start = [&](Parameters... parameters) {
        void* pointers[] = {const_cast<void*>(static_cast<const void*>(&parameters))...};
        return cudaLaunchKernel(kernel, grid, dim3(static_cast<unsigned>(threads)), pointers, 0, stream);
    };
    if (const cudaError_t error = start(arguments...); error != cudaSuccess) {
        throw DeviceError(std::string(name) + " could not be started: " + cudaGetErrorString(error));
    }
}

}  // namespace tessera::kernels
