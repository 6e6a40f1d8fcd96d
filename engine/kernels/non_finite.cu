// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <stdexcept>

#include "kernels/cuda_call.cuh"
#include "kernels/non_finite.h"

namespace tessera::kernels {
namespace {

constexpr int kThreads = 256;
constexpr std::int64_t kMostBlocks = 2048;

/// The exponent's bits, once per 32 bits for float32, twice for the 16-bit types.
template <int halves>
__device__ bool full(std::uint32_t word, std::uint32_t exponent) {
    if constexpr (halves == 1) return (word & exponent) == exponent;
    const std::uint32_t low = exponent & 0xffffu, high = exponent & 0xffff0000u;
    return (word & low) == low || (word & high) == high;
}

/// Aligned 16-byte words in the middle, single elements before and after them.
template <int halves, typename Single>
__global__ void __launch_bounds__(kThreads) search(const uint4* words, std::int64_t count, const Single* before, int heads, const Single* after, int tails,
                                                   std::uint32_t exponent, std::int32_t* found) {
    const std::int64_t thread = blockIdx.x * static_cast<std::int64_t>(kThreads) + threadIdx.x, threads = static_cast<std::int64_t>(gridDim.x) * kThreads;
    const auto single = static_cast<Single>(exponent);
    bool bad = false;
    if (thread < heads) bad = (before[thread] & single) == single;
    if (thread < tails) bad = bad || (after[thread] & single) == single;
#pragma unroll 4
    for (std::int64_t i = thread; i < count; i += threads) {
        const uint4 word = words[i];
        bad = bad || full<halves>(word.x, exponent) || full<halves>(word.y, exponent) || full<halves>(word.z, exponent) || full<halves>(word.w, exponent);
    }
    if (bad) atomicOr(found, 1);
}

template <int halves, typename Single>
void run(const DeviceElements& values, std::uint32_t exponent, std::int32_t* found, cudaStream_t stream) {
    const auto* first = static_cast<const Single*>(values.data);
    const auto offset = static_cast<std::int64_t>(reinterpret_cast<std::uintptr_t>(first) % 16);
    const std::int64_t heads = std::min<std::int64_t>(values.size, offset == 0 ? 0 : (16 - offset) / static_cast<std::int64_t>(sizeof(Single)));
    constexpr std::int64_t kPerWord = 16 / sizeof(Single);
    const std::int64_t count = (values.size - heads) / kPerWord, tails = values.size - heads - count * kPerWord;
    const std::int64_t blocks = std::clamp<std::int64_t>((count + kThreads - 1) / kThreads, 1, kMostBlocks);
    launch("search for non-finite values", search<halves, Single>, dim3(static_cast<unsigned>(blocks)), kThreads, stream,
           reinterpret_cast<const uint4*>(first + heads), count, first, static_cast<int>(heads), first + heads + count * kPerWord, static_cast<int>(tails),
           exponent, found);
}

}  // namespace

void findNonFinite(DeviceElements values, std::int32_t* found, CUstream_st* stream) {
    if (values.size < 0) throw std::invalid_argument("non-finite values: negative size");
    if (values.size == 0) return;
    switch (values.element) {
        case Element::Float32: return run<1, std::uint32_t>(values, 0x7f800000u, found, stream);
        case Element::BFloat16: return run<2, std::uint16_t>(values, 0x7f807f80u, found, stream);
        case Element::Float16: return run<2, std::uint16_t>(values, 0x7c007c00u, found, stream);
    }
}

}  // namespace tessera::kernels
