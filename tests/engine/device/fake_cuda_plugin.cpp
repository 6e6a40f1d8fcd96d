// SPDX-License-Identifier: Apache-2.0
// Libraries that are nearly a CUDA plugin; what each one lacks is said by a macro.
#include "device/cuda_plugin.h"

namespace {

const char* countDevices([[maybe_unused]] int* count) {
#ifdef FAKE_UNSTARTABLE
    return "CUDA driver version is insufficient for CUDA runtime version";
#else
    *count = 1;
    return nullptr;
#endif
}
const char* describe(int, tessera::CudaDevice* device) {
    *device = {"Fake GPU", 9, 0, 1 << 30};
    return nullptr;
}

constexpr tessera::CudaPlugin kPlugin{
#ifdef FAKE_OTHER_ABI
    .abi = tessera::kCudaPluginAbi + 1,
#else
    .abi = tessera::kCudaPluginAbi,
#endif
#ifdef FAKE_OTHER_TORCH
    .torchVersion = "2.10.0",
#else
    .torchVersion = TESSERA_TORCH_VERSION,
#endif
    .countDevices = countDevices,
    .describe = describe,
    .memory = nullptr,
    .resetPeakMemory = nullptr,
    .releaseUnusedMemory = nullptr,
    .synchronise = nullptr,
    .lastingFailure = nullptr,
    .groupNorm = nullptr,
    .findNonFinite = nullptr,
    .prepareCodebook = nullptr,
    .nearestCodes = nullptr,
};

}  // namespace

#ifdef FAKE_UNRESOLVED
extern "C" void library_of_cuda_that_is_not_installed();
#endif

#ifdef FAKE_NO_ENTRY
extern "C" __attribute__((visibility("default"))) const void* another_symbol() { return &kPlugin; }
#else
const tessera::CudaPlugin* tessera_cuda_plugin() {
#ifdef FAKE_UNRESOLVED
    library_of_cuda_that_is_not_installed();
#endif
    return &kPlugin;
}
#endif
