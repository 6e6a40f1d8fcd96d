// SPDX-License-Identifier: Apache-2.0
#include <cuda_bf16.h>
#include <cuda_fp16.h>

#include "kernels/cuda_call.cuh"
#include "kernels/group_norm.h"
#include "kernels/group_norm_checks.h"
#include "kernels/group_norm_plan.h"

namespace tessera::kernels {
namespace {

constexpr int kThreads = GroupNormPlan::kThreads;
constexpr int kInFlight = 4;  // loads of one thread before it uses the first
constexpr int kBlocksPerProcessor = 3;  // leaves 80 registers to a thread: nothing spills

/// Sixteen bytes of neighbouring channels.
template <typename T>
struct alignas(16) Word {
    static constexpr int kWidth = 16 / sizeof(T);
    T values[kWidth];
};

__device__ float toFloat(float value) { return value; }
__device__ float toFloat(__nv_bfloat16 value) { return __bfloat162float(value); }
__device__ float toFloat(__half value) { return __half2float(value); }
__device__ void assign(float& to, float value) { to = value; }
__device__ void assign(__nv_bfloat16& to, float value) { to = __float2bfloat16_rn(value); }
__device__ void assign(__half& to, float value) { to = __float2half_rn(value); }

/// Count, mean and sum of squared distances from it, of some values.
struct Moments {
    float count, mean, squares;
};

/// Of both sets together (Chan, Golub and LeVeque).
__device__ Moments merged(const Moments& a, const Moments& b) {
    const float count = a.count + b.count;
    if (count == 0) return {0, 0, 0};
    const float distance = b.mean - a.mean, share = b.count / count;
    return {count, a.mean + distance * share, a.squares + b.squares + distance * distance * a.count * share};
}

struct Shape {
    std::int64_t positions;
    int channels, words, lanes, rows;
    std::int64_t chunkLength, chunks;
};

/// Moments of every channel over one chunk of positions. Block (chunk, sample). partials [B,chunks,C,2]: mean, squares.
template <typename T>
__global__ void __launch_bounds__(kThreads, kBlocksPerProcessor) sumChunks(const Word<T>* x, const Shape shape, float2* partials) {
    constexpr int kWidth = Word<T>::kWidth;
    __shared__ float means[kThreads * kWidth], squares[kThreads * kWidth];  // [rows,lanes,kWidth]
    const std::int64_t begin = blockIdx.x * shape.chunkLength, end = min(begin + shape.chunkLength, shape.positions);
    const int lane = threadIdx.x % shape.lanes, row = threadIdx.x / shape.lanes;
    const Word<T>* sample = x + blockIdx.y * shape.positions * shape.words;
    float2* result = partials + (blockIdx.y * shape.chunks + blockIdx.x) * shape.channels;

    for (int first = 0; first < shape.words; first += shape.lanes) {
        const int word = first + lane;
        if (row < shape.rows && word < shape.words) {
            // Sums about the first value: a mean far from zero costs no digits.
            float origin[kWidth] = {}, sum[kWidth] = {}, sumOfSquares[kWidth] = {};
            float count = 0;
            if (begin + row < end) {
                const Word<T> start = sample[(begin + row) * shape.words + word];
                for (int i = 0; i < kWidth; ++i) origin[i] = toFloat(start.values[i]);
            }
#pragma unroll kInFlight
            for (std::int64_t position = begin + row; position < end; position += shape.rows) {
                const Word<T> loaded = sample[position * shape.words + word];
                count += 1;
                for (int i = 0; i < kWidth; ++i) {
                    const float distance = toFloat(loaded.values[i]) - origin[i];
                    sum[i] += distance;
                    sumOfSquares[i] += distance * distance;
                }
            }
            for (int i = 0; i < kWidth; ++i) {
                const int slot = (row * shape.lanes + lane) * kWidth + i;
                const float mean = count > 0 ? sum[i] / count : 0.f;
                means[slot] = origin[i] + mean;
                squares[slot] = fmaxf(0.f, sumOfSquares[i] - sum[i] * mean);
            }
        }
        __syncthreads();
        const int width = min(shape.lanes, shape.words - first) * kWidth;
        for (int i = threadIdx.x; i < width; i += kThreads) {
            Moments all{0, 0, 0};
            for (int r = 0; r < shape.rows && begin + r < end; ++r) {
                const auto count = static_cast<float>((end - begin - r + shape.rows - 1) / shape.rows);
                const int slot = r * shape.lanes * kWidth + i;
                all = merged(all, {count, means[slot], squares[slot]});
            }
            result[first * kWidth + i] = {all.mean, all.squares};
        }
        __syncthreads();
    }
}

/// Merges the chunks of one group. Block (group, sample). affine [B,C,2]: y = x * scale + shift.
__global__ void __launch_bounds__(kThreads) mergeGroups(const float2* partials, const float* weight, const float* bias, const Shape shape, float epsilon, float2* affine) {
    __shared__ Moments shared[kThreads];
    const int width = shape.channels / gridDim.x, first = blockIdx.x * width;
    const float2* sample = partials + blockIdx.y * shape.chunks * shape.channels;
    Moments mine{0, 0, 0};
    for (std::int64_t i = threadIdx.x; i < shape.chunks * width; i += kThreads) {
        const std::int64_t chunk = i / width;
        const auto count = static_cast<float>(min(shape.chunkLength, shape.positions - chunk * shape.chunkLength));
        const float2 part = sample[chunk * shape.channels + first + i % width];
        mine = merged(mine, {count, part.x, part.y});
    }
    shared[threadIdx.x] = mine;
    for (unsigned half = kThreads / 2; half > 0; half /= 2) {
        __syncthreads();
        if (threadIdx.x < half) shared[threadIdx.x] = merged(shared[threadIdx.x], shared[threadIdx.x + half]);
    }
    __syncthreads();
    const Moments group = shared[0];
    const float inverse = 1.f / sqrtf(group.squares / group.count + epsilon);
    for (int i = threadIdx.x; i < width; i += kThreads) {
        const float scale = weight[first + i] * inverse;
        affine[blockIdx.y * static_cast<std::int64_t>(shape.channels) + first + i] = {scale, bias[first + i] - group.mean * scale};
    }
}

/// Block (some positions, sample). Loads run ahead of stores, since y may be x.
template <typename T, bool silu>
__global__ void __launch_bounds__(kThreads, kBlocksPerProcessor) apply(const Word<T>* x, const float2* affine, const Shape shape, Word<T>* y) {
    constexpr int kWidth = Word<T>::kWidth;
    const int lane = threadIdx.x % shape.lanes, row = threadIdx.x / shape.lanes;
    if (row >= shape.rows) return;
    const std::int64_t length = shape.rows * GroupNormPlan::kStepsPerThread;
    const std::int64_t begin = blockIdx.x * length, end = min(begin + length, shape.positions);
    const std::int64_t sample = blockIdx.y * shape.positions * shape.words;
    for (int word = lane; word < shape.words; word += shape.lanes) {
        float2 factors[kWidth];
        const float2* source = affine + blockIdx.y * static_cast<std::int64_t>(shape.channels) + word * kWidth;
        for (int i = 0; i < kWidth; ++i) factors[i] = source[i];
        for (std::int64_t position = begin + row; position < end; position += shape.rows * kInFlight) {
            Word<T> loaded[kInFlight];
#pragma unroll
            for (int k = 0; k < kInFlight; ++k) {
                const std::int64_t at = position + k * shape.rows;
                if (at < end) loaded[k] = x[sample + at * shape.words + word];
            }
#pragma unroll
            for (int k = 0; k < kInFlight; ++k) {
                const std::int64_t at = position + k * shape.rows;
                if (at >= end) break;
                for (int i = 0; i < kWidth; ++i) {
                    float n = toFloat(loaded[k].values[i]) * factors[i].x + factors[i].y;
                    if constexpr (silu) n = __fdividef(n, 1.f + __expf(-n));
                    assign(loaded[k].values[i], n);
                }
                y[sample + at * shape.words + word] = loaded[k];
            }
        }
    }
}

template <typename T>
void run(const DeviceActivations& x, const DeviceFloats& weight, const DeviceFloats& bias, const GroupNormOptions& options, const DeviceActivationsOut& y,
            const DeviceFloatsOut& scratch, cudaStream_t stream) {
    const GroupNormPlan plan(x.element, x.positions, x.channels);
    const Shape shape{x.positions, static_cast<int>(x.channels), plan.words, plan.lanes, plan.rows, plan.chunkLength, plan.chunks};
    auto* partials = reinterpret_cast<float2*>(scratch.data);
    float2* affine = partials + x.batch * plan.chunks * x.channels;
    const auto* from = static_cast<const Word<T>*>(x.data);
    auto* to = static_cast<Word<T>*>(y.data);
    const auto batch = static_cast<unsigned>(x.batch);
    const auto grid = [batch](std::int64_t blocks) { return dim3(static_cast<unsigned>(blocks), batch); };
    launch("group norm, sums", sumChunks<T>, grid(plan.chunks), kThreads, stream, from, shape, partials);
    launch("group norm, statistics", mergeGroups, grid(options.groups), kThreads, stream, partials, weight.data, bias.data, shape, options.epsilon, affine);
    launch("group norm", options.silu ? apply<T, true> : apply<T, false>, grid(plan.applyBlocks), kThreads, stream, from, affine, shape, to);
}

bool aligned(const void* data) { return reinterpret_cast<std::uintptr_t>(data) % 16 == 0; }

}  // namespace

void groupNorm(DeviceActivations x, DeviceFloats weight, DeviceFloats bias, const GroupNormOptions& options, DeviceActivationsOut y,
               DeviceFloatsOut scratch, CUstream_st* stream) {
    checkGroupNorm(x, weight, bias, options, y);
    if (!groupNormTakes(x.element, x.channels, options.groups)) throw std::invalid_argument("group norm: the channels do not fill 16-byte words");
    if (!aligned(x.data) || !aligned(y.data)) throw std::invalid_argument("group norm: the activations are not 16-byte aligned");
    if (scratch.size < groupNormScratch(x.element, x.batch, x.positions, x.channels)) throw std::invalid_argument("group norm: too little scratch memory");
    if (x.batch > 65535) throw std::invalid_argument("group norm: more than 65535 samples");
    switch (x.element) {
        case Element::Float32: return run<float>(x, weight, bias, options, y, scratch, stream);
        case Element::BFloat16: return run<__nv_bfloat16>(x, weight, bias, options, y, scratch, stream);
        case Element::Float16: return run<__half>(x, weight, bias, options, y, scratch, stream);
    }
}

}  // namespace tessera::kernels
