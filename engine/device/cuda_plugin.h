// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "kernels/group_norm.h"
#include "kernels/nearest_code.h"
#include "kernels/non_finite.h"

/// What libtessera_cuda.so offers the engine: one C symbol that gives a table. The engine never links CUDA; it opens the plugin when a CUDA
/// device is asked for, and with it come LibTorch's own CUDA kernels, which register themselves with the dispatcher.
namespace tessera {

/// Raised whenever the table or a type in it changes.
inline constexpr std::uint32_t kCudaPluginAbi = 2;

struct CudaDevice {
    char name[256];  ///< "NVIDIA H100 80GB HBM3"
    int major, minor;  ///< compute capability
    std::uint64_t totalBytes;
};

/// Of the whole device first, then what this process's tensors hold and held at most.
struct CudaMemory {
    std::uint64_t freeBytes, totalBytes, tensorBytes, peakTensorBytes;
};

/// The two first fields stay where they are in every version. Functions give null, or in words what went wrong (valid until the thread's
/// next call); none throws. They may be called from any thread; kernels run on the calling thread's current LibTorch stream.
struct CudaPlugin {
    std::uint32_t abi;         ///< kCudaPluginAbi
    const char* torchVersion;  ///< "2.11.0", what the plugin was built with

    const char* (*countDevices)(int* count);
    const char* (*describe)(int device, CudaDevice* facts);
    const char* (*memory)(int device, CudaMemory* memory);
    const char* (*resetPeakMemory)(int device);
    const char* (*releaseUnusedMemory)();
    /// Waits for everything that was started on the device.
    const char* (*synchronise)(int device);
    /// Null while the device works. A failure that stays (after a fault in a kernel, a fallen bus, ...) is told every time.
    const char* (*lastingFailure)(int device);

    const char* (*groupNorm)(int device, const kernels::DeviceActivations& x, const kernels::DeviceFloats& weight, const kernels::DeviceFloats& bias,
                             const kernels::GroupNormOptions& options, const kernels::DeviceActivationsOut& y, const kernels::DeviceFloatsOut& scratch);
    const char* (*findNonFinite)(int device, const kernels::DeviceElements& values, std::int32_t* found);
    const char* (*prepareCodebook)(int device, const kernels::DeviceCodebook& book);
    const char* (*nearestCodes)(int device, const kernels::DeviceMatrix& vectors, const kernels::DeviceCodebook* books, int depths, std::int64_t* codes, void* scratch);
};

}  // namespace tessera

extern "C" {
/// The table; it lives as long as the library.
__attribute__((visibility("default"))) const tessera::CudaPlugin* tessera_cuda_plugin();
}
