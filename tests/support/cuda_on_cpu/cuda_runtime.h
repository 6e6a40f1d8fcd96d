// SPDX-License-Identifier: Apache-2.0
// As much of CUDA as our kernels use, on the CPU: a block is that many threads with a barrier, blocks run one after another. Slow, but it
// is the kernels' own code that runs, under the sanitizers too, on machines without a GPU.
#pragma once

#include <array>
#include <atomic>
#include <barrier>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <deque>
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

/// Threads of a block that work in step, 32 of them. In two halves that take turns, so that one exchange cannot overtake another.
struct Warp {
    std::barrier<> barrier{32};
    std::array<std::array<std::byte, 32>, 32> values[2];
};
inline std::deque<Warp>* warps = nullptr;
inline thread_local int turn = 0;

/// What every lane gave, at every lane; all 32 take part.
template <typename T>
std::array<T, 32> exchanged(const T& mine) {
    static_assert(sizeof(T) <= 32);
    Warp& warp = (*warps)[threadIndex.x / 32];
    auto& values = warp.values[turn ^= 1];
    std::memcpy(values[threadIndex.x % 32].data(), &mine, sizeof mine);
    warp.barrier.arrive_and_wait();
    std::array<T, 32> all;
    for (int lane = 0; lane < 32; ++lane) std::memcpy(&all[lane], values[lane].data(), sizeof mine);
    return all;
}
inline std::atomic<int> votes = 0;
}  // namespace cuda_on_cpu
#define threadIdx (::cuda_on_cpu::threadIndex)
#define blockIdx (::cuda_on_cpu::blockIndex)
#define gridDim (::cuda_on_cpu::gridSize)
#define blockDim (::cuda_on_cpu::blockSize)

inline void __syncthreads() { ::cuda_on_cpu::barrier->arrive_and_wait(); }
inline int __syncthreads_or(int vote) {
    __syncthreads();
    if (vote != 0) ++::cuda_on_cpu::votes;
    __syncthreads();
    const int any = ::cuda_on_cpu::votes != 0;
    __syncthreads();
    if (vote != 0) --::cuda_on_cpu::votes;
    return any;
}
template <typename T>
T __shfl_xor_sync(unsigned, T value, int mask) {
    return ::cuda_on_cpu::exchanged(value)[(threadIdx.x % 32) ^ static_cast<unsigned>(mask)];
}
inline float __expf(float x) { return std::exp(x); }
inline float __fdividef(float x, float y) { return x / y; }
inline double __dadd_rn(double a, double b) { return a + b; }
inline double __dmul_rn(double a, double b) { return a * b; }
inline int __float_as_int(float value) { return std::bit_cast<int>(value); }
inline float __int_as_float(int bits) { return std::bit_cast<float>(bits); }
inline int atomicAdd(int* address, int value) { return std::atomic_ref(*address).fetch_add(value); }
inline int atomicMin(int* address, int value) {
    const std::atomic_ref shared(*address);
    int seen = shared.load();
    while (value < seen && !shared.compare_exchange_weak(seen, value)) {}
    return seen;
}
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
    std::deque<Warp> inStep((block.x + 31) / 32);
    warps = &inStep;
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
