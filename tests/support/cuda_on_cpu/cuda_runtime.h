// SPDX-License-Identifier: Apache-2.0
// As much of CUDA as our kernels use, on the CPU: a block is that many threads with a barrier, blocks run one after another. Slow, but it
// is the kernels' own code that runs, under the sanitizers too, on machines without a GPU.
#pragma once

#include <array>
#include <atomic>
#include <barrier>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <thread>
#include <utility>
#include <vector>

#define __global__
#define __device__
#define __host__
#define __shared__ static
#define __launch_bounds__(...)

struct CUstream_st;
using cudaStream_t = CUstream_st*;
enum cudaError_t { cudaSuccess = 0, cudaErrorInvalidConfiguration = 9 };
inline const char* cudaGetErrorString(cudaError_t) { return "invalid configuration argument"; }

struct dim3 {
    unsigned x, y, z;
    dim3(unsigned x_ = 1, unsigned y_ = 1, unsigned z_ = 1) : x(x_), y(y_), z(z_) {}
};
struct float2 {
    float x, y;
};
struct uint4 {
    std::uint32_t x, y, z, w;
};

namespace cuda_on_cpu {
inline thread_local dim3 threadIndex, blockIndex;
inline dim3 gridSize, blockSize;
inline std::barrier<>* barrier = nullptr;
}  // namespace cuda_on_cpu
#define threadIdx (::cuda_on_cpu::threadIndex)
#define blockIdx (::cuda_on_cpu::blockIndex)
#define gridDim (::cuda_on_cpu::gridSize)
#define blockDim (::cuda_on_cpu::blockSize)

inline void __syncthreads() { ::cuda_on_cpu::barrier->arrive_and_wait(); }
inline float __expf(float x) { return std::exp(x); }
inline float __fdividef(float x, float y) { return x / y; }
inline std::int32_t atomicOr(std::int32_t* address, std::int32_t bits) { return std::atomic_ref(*address).fetch_or(bits); }
template <typename T>
T min(T a, T b) {
    return b < a ? b : a;
}

/// Runs every block of the grid to its end before it returns; limits as on a GPU.
template <typename... Parameters>
cudaError_t cudaLaunchKernel(void (*kernel)(Parameters...), dim3 grid, dim3 block, void** arguments, std::size_t, cudaStream_t) {
    const bool fits = grid.x > 0 && grid.x < (1u << 31) && grid.y > 0 && grid.y < 65536 && grid.z == 1 && block.x > 0 && block.x <= 1024;
    if (!fits) return cudaErrorInvalidConfiguration;
    using namespace cuda_on_cpu;
    gridSize = grid;
    blockSize = block;
    std::barrier<> here(block.x);
    barrier = &here;
    // A thread that returns early no longer takes part in __syncthreads, but the next block waits for it.
    std::barrier<> between(block.x);
    std::vector<std::thread> threads;
    for (unsigned t = 0; t < block.x; ++t) {
        threads.emplace_back([&, t] {
            threadIndex = dim3(t);
            for (unsigned y = 0; y < grid.y; ++y) {
                for (unsigned x = 0; x < grid.x; ++x) {
                    blockIndex = dim3(x, y);
                    [&]<std::size_t... I>(std::index_sequence<I...>) {
                        kernel(*static_cast<std::remove_reference_t<Parameters>*>(arguments[I])...);
                    }(std::index_sequence_for<Parameters...>());
                    between.arrive_and_wait();
                }
            }
        });
    }
    for (std::thread& thread : threads) thread.join();
    return cudaSuccess;
}
