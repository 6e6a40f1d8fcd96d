// SPDX-License-Identifier: Apache-2.0
// The one door into libtessera_cuda.so (see cuda_plugin.h).
#include "device/cuda_plugin.h"

#include <algorithm>
#include <cstring>
#include <string>

#include <ATen/cuda/CUDAContextLight.h>
#include <c10/cuda/CUDACachingAllocator.h>
#include <c10/cuda/CUDAGuard.h>
#include <c10/cuda/CUDAStream.h>
#include <torch/headeronly/version.h>

namespace tessera {
namespace {

namespace allocator = c10::cuda::CUDACachingAllocator;

void check(cudaError_t error) {
    if (error == cudaSuccess) return;
    cudaGetLastError();  // an error that does not stay is told once
    throw std::runtime_error(cudaGetErrorString(error));
}

/// Null if `work` returns, else the first line of what it throws.
template <typename Work>
const char* answer(Work&& work) noexcept {
    thread_local std::string words;
    try {
        work();
        return nullptr;
    } catch (const c10::Error& error) {
        words = error.what_without_backtrace();
    } catch (const std::exception& error) {
        words = error.what();
    } catch (...) {
        words = "an unknown exception";
    }
    words.resize(std::min(words.find('\n'), words.size()));
    return words.c_str();
}

c10::DeviceIndex indexOf(int device) {
    return static_cast<c10::DeviceIndex>(device);
}

const char* countDevices(int* count) {
    return answer([&] { check(cudaGetDeviceCount(count)); });
}

const char* describe(int device, CudaDevice* facts) {
    return answer([&] {
        // Also what keeps libtorch_cuda linked: loading it registers its kernels.
        const cudaDeviceProp& properties = *at::cuda::getDeviceProperties(indexOf(device));
        *facts = {};
        std::memcpy(facts->name, properties.name, std::min(std::strlen(properties.name), sizeof facts->name - 1));
        facts->major = properties.major;
        facts->minor = properties.minor;
        facts->totalBytes = properties.totalGlobalMem;
    });
}

const char* memory(int device, CudaMemory* memory) {
    return answer([&] {
        const c10::cuda::CUDAGuard guard(indexOf(device));
        std::size_t free = 0, total = 0;
        check(cudaMemGetInfo(&free, &total));
        constexpr auto kAll = static_cast<std::size_t>(c10::CachingAllocator::StatType::AGGREGATE);
        const auto tensors = allocator::getDeviceStats(indexOf(device)).allocated_bytes[kAll];
        *memory = {free, total, static_cast<std::uint64_t>(tensors.current), static_cast<std::uint64_t>(tensors.peak)};
    });
}

const char* resetPeakMemory(int device) {
    return answer([&] { allocator::resetPeakStats(indexOf(device)); });
}

const char* releaseUnusedMemory() {
    return answer([] { allocator::emptyCache(); });
}

const char* synchronise(int device) {
    return answer([&] {
        const c10::cuda::CUDAGuard guard(indexOf(device));
        check(cudaDeviceSynchronize());
    });
}

const char* lastingFailure(int device) {
    return answer([&] {
        cudaGetLastError();  // forget an error that does not stay
        check(cudaSetDevice(device));
        check(cudaDeviceSynchronize());
    });
}

const char* groupNorm(int device, const kernels::DeviceActivations& x, const kernels::DeviceFloats& weight, const kernels::DeviceFloats& bias,
                      const kernels::GroupNormOptions& options, const kernels::DeviceActivationsOut& y, const kernels::DeviceFloatsOut& scratch) {
    return answer([&] {
        const c10::cuda::CUDAGuard guard(indexOf(device));
        kernels::groupNorm(x, weight, bias, options, y, scratch, c10::cuda::getCurrentCUDAStream(indexOf(device)).stream());
    });
}

const char* findNonFinite(int device, const kernels::DeviceElements& values, std::int32_t* found) {
    return answer([&] {
        const c10::cuda::CUDAGuard guard(indexOf(device));
        kernels::findNonFinite(values, found, c10::cuda::getCurrentCUDAStream(indexOf(device)).stream());
    });
}

const char* prepareCodebook(int device, const kernels::DeviceCodebook& book) {
    return answer([&] {
        const c10::cuda::CUDAGuard guard(indexOf(device));
        kernels::prepareCodebook(book, c10::cuda::getCurrentCUDAStream(indexOf(device)).stream());
    });
}

const char* nearestCodes(int device, const kernels::DeviceMatrix& vectors, const kernels::DeviceCodebook* books, int depths, std::int64_t* codes, void* scratch) {
    return answer([&] {
        const c10::cuda::CUDAGuard guard(indexOf(device));
        kernels::nearestCodes(vectors, books, depths, codes, scratch, c10::cuda::getCurrentCUDAStream(indexOf(device)).stream());
    });
}

}  // namespace
}  // namespace tessera

const tessera::CudaPlugin* tessera_cuda_plugin() {
    static constexpr tessera::CudaPlugin kPlugin{
        .abi = tessera::kCudaPluginAbi,
        .torchVersion = TORCH_VERSION,
        .countDevices = tessera::countDevices,
        .describe = tessera::describe,
        .memory = tessera::memory,
        .resetPeakMemory = tessera::resetPeakMemory,
        .releaseUnusedMemory = tessera::releaseUnusedMemory,
        .synchronise = tessera::synchronise,
        .lastingFailure = tessera::lastingFailure,
        .groupNorm = tessera::groupNorm,
        .findNonFinite = tessera::findNonFinite,
        .prepareCodebook = tessera::prepareCodebook,
        .nearestCodes = tessera::nearestCodes,
    };
    return &kPlugin;
}
