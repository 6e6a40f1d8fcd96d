// SPDX-License-Identifier: Apache-2.0
#include <math.h>

#include "kernels/cuda_call.cuh"
#include "kernels/nearest_code.h"
#include "kernels/nearest_code_plan.h"
#include "kernels/squared_distance.h"
#include "kernels/tile_product.cuh"

namespace tessera::kernels {
namespace {

constexpr int kTile = NearestCodePlan::kTile, kSlice = NearestCodePlan::kSlice, kThreads = NearestCodePlan::kThreads;
constexpr int kWarps = kThreads / 32;
constexpr int kStride = kSlice / 16 + 1;   // 16-byte words of a row in shared memory: the one more keeps a warp's reads in different banks
constexpr int kWaiting = 16;               // codewords of a vector that wait to be measured
constexpr int kLevels = 127;
constexpr double kFarthest = 0x1p20;
constexpr unsigned kAll = 0xffffffffu;

static_assert(kDistanceSums == 32, "one sum for each lane of a warp");

struct Book {
    const float *codewords, *mean;
    double scale;
    std::int8_t* bytes;  // [K,D] padded
    float4* bounds;      // [K] padded: floor, length, radius, step, as in quantize/vector_search.h
    int count, tiles;
};

/// Of every vector of a round; `best` as an ordered integer, shared by all parts. A length below 0: too far away for bounds, see settleRows.
struct Rows {
    float* rests;       // [N,D]
    std::int8_t* bytes; // [N,D] padded
    double* squared;
    float *step, *radius, *length;
    int* best;
};

struct Nearest {
    double* distances;  // [parts,N]
    int* codes;
};

struct Shape {
    int count, round, dim, padded, depth, depths;
};

/// Floats in the order of integers, so that atomicMin compares them.
__device__ int ordered(float value) {
    const int bits = __float_as_int(value);
    return bits < 0 ? bits ^ 0x7fffffff : bits;
}
__device__ float fromOrdered(int bits) { return __int_as_float(bits < 0 ? bits ^ 0x7fffffff : bits); }

__device__ float up(double value) { return nextafterf(static_cast<float>(value * (1 + 0x1p-20)), INFINITY); }

template <typename T>
__device__ T warpSum(T value) {
    for (int half = 16; half > 0; half /= 2) value += __shfl_xor_sync(kAll, value, half);
    return value;
}

__device__ double warpLargest(double value) {
    for (int half = 16; half > 0; half /= 2) value = fmax(value, __shfl_xor_sync(kAll, value, half));
    return value;
}

__device__ float warpLeast(float value) {
    for (int half = 16; half > 0; half /= 2) value = fminf(value, __shfl_xor_sync(kAll, value, half));
    return value;
}

/// squaredDistance, the same bits: lane i holds sum i.
__device__ double warpDistance(const float* a, const float* b, int dim, int lane) {
    double sum = 0;
    for (int i = lane; i < dim; i += 32) {
        const double difference = static_cast<double>(a[i]) - static_cast<double>(b[i]);
        sum = __dadd_rn(sum, __dmul_rn(difference, difference));
    }
    for (int half = 16; half > 0; half /= 2) sum = __dadd_rn(sum, __shfl_xor_sync(kAll, sum, half));
    return sum;
}

struct Copied {
    float step;
    double radius, squared;
};

/// A row as bytes, by a warp: `to` [padded].
__device__ Copied copyRow(const float* from, const float* mean, double scale, int dim, int padded, std::int8_t* to, int lane) {
    double largest = 0, squared = 0;
    for (int i = lane; i < dim; i += 32) {
        const double value = (static_cast<double>(from[i]) - static_cast<double>(mean[i])) * scale;
        largest = fmax(largest, fabs(value));
        squared += value * value;
    }
    largest = warpLargest(largest);
    squared = warpSum(squared);
    const float step = static_cast<float>(largest / kLevels);
    const double inverse = step > 0 ? 1 / static_cast<double>(step) : 0;
    double difference = 0;
    for (int i = lane; i < padded; i += 32) {
        double byte = 0;
        if (i < dim) {
            const double value = (static_cast<double>(from[i]) - static_cast<double>(mean[i])) * scale;
            byte = fmin(fmax(rint(value * inverse), static_cast<double>(-kLevels)), static_cast<double>(kLevels));
            const double away = value - step * byte;
            difference += away * away;
        }
        to[i] = static_cast<std::int8_t>(static_cast<int>(byte));
    }
    return {step, sqrt(warpSum(difference)) + sqrt(squared) * 0x1p-40 + 0x1p-110, squared};
}

/// One warp for each codeword, padding included.
__global__ void __launch_bounds__(kThreads) copyCodewords(const Book book, int dim, int padded) {
    const int lane = threadIdx.x % 32;
    const std::int64_t code = blockIdx.x * static_cast<std::int64_t>(kWarps) + threadIdx.x / 32;
    const bool real = code < book.count;
    const Copied copied = copyRow(book.codewords + (real ? code : 0) * dim, book.mean, book.scale, real ? dim : 0, padded, book.bytes + code * padded, lane);
    if (lane != 0) return;
    const double length = sqrt(copied.squared);
    const float floor = nextafterf(static_cast<float>(copied.squared / 2 * (1 - 0x1p-20) - 0x1p-90), -INFINITY);
    book.bounds[code] = real ? float4{floor, up(length), up(copied.radius + 0x1p-20 * (length + copied.radius)), copied.step} : float4{INFINITY, 0.f, 0.f, 0.f};
}

/// Row n begins its search in a codebook; rows from shape.count on only pad.
__device__ void beginRow(const Rows& rows, const Book& book, const Shape& shape, std::int64_t n, int lane) {
    const bool real = n < shape.count;
    const Copied copied = copyRow(rows.rests + (real ? n : 0) * shape.dim, book.mean, book.scale, real ? shape.dim : 0, shape.padded, rows.bytes + n * shape.padded, lane);
    if (lane != 0) return;
    const double length = sqrt(copied.squared);
    const bool near = length <= kFarthest;
    rows.squared[n] = copied.squared;
    rows.step[n] = near ? copied.step : 0.f;
    rows.radius[n] = near ? up(copied.radius) : 0.f;
    rows.length[n] = near ? up(length + copied.radius) : -1.f;
    rows.best[n] = ordered(real && near ? INFINITY : -INFINITY);
}

/// One warp for each row.
__global__ void __launch_bounds__(kThreads) beginRows(const float* vectors, const Rows rows, const Book book, const Shape shape) {
    const int lane = threadIdx.x % 32;
    const std::int64_t n = blockIdx.x * static_cast<std::int64_t>(kWarps) + threadIdx.x / 32;
    if (n < shape.count) {
        for (int i = lane; i < shape.dim; i += 32) rows.rests[n * shape.dim + i] = vectors[n * shape.dim + i];
    }
    beginRow(rows, book, shape, n, lane);
}

/// What a block knows of its rows and of the codewords that pass.
struct Tile {
    uint4 rows[kTile * kStride], words[kTile * kStride];  // a slice of both
    float4 bounds[kTile];                                 // of codewords
    double squared[kTile], distance[kTile];
    float step[kTile], radius[kTile], length[kTile];
    int best[kTile];   // while a tile's bounds are taken only `lower` changes: no thread reads what another writes
    int lower[kTile];
    int code[kTile], waiting[kTile];
    int codes[kTile][kWaiting];
    float waitingBounds[kTile][kWaiting];
};
static_assert(sizeof(Tile) <= 48 * 1024, "static shared memory");

/// As scoreAtMost of quantize/coarse_scan_kernel.h.
__device__ float scoreAtMost(float bound, float radius, float length, float codeLength, float codeRadius) {
    const double reach = static_cast<double>(length) + radius + codeLength, width = static_cast<double>(radius) * codeLength + static_cast<double>(length) * codeRadius;
    const double above = bound + 2 * width * (1 + 0x1p-16) + static_cast<double>(codeLength) * codeLength * 0x1p-17 + reach * reach * 0x1p-30 + 0x1p-80;
    return static_cast<float>(above + fabs(above) * 0x1p-22);
}

/// As scoreAbove of quantize/vector_search.cpp.
__device__ float scoreAbove(double distance, double squared, double scale) {
    const double scaled = distance * scale * scale;
    return nextafterf(static_cast<float>((scaled - squared) / 2 + (scaled + squared) * 0x1p-32 + 0x1p-90), INFINITY);
}

/// A warp measures the codewords of one row that wait, the most promising first, or all of the tile's where more came than could wait.
__device__ void measureRow(Tile& tile, int row, const float* rest, const Book& book, const Shape& shape, int firstCode, int lane) {
    const int waiting = tile.waiting[row];
    if (waiting == 0) return;
    double distance = tile.distance[row];
    int code = tile.code[row];
    float best = fromOrdered(tile.best[row]);
    const auto measure = [&](int each) {
        const double found = warpDistance(rest, book.codewords + static_cast<std::int64_t>(each) * shape.dim, shape.dim, lane);
        if (!(found < distance || (found == distance && each < code))) return;
        distance = found;
        code = each;
        best = fminf(best, scoreAbove(found, tile.squared[row], book.scale));
    };
    float bound = lane < min(waiting, kWaiting) ? tile.waitingBounds[row][lane] : INFINITY;
    for (float least = warpLeast(bound); least < best; least = warpLeast(bound)) {
        const int first = __ffs(__ballot_sync(kAll, bound == least)) - 1;
        measure(tile.codes[row][first]);
        if (lane == first) bound = INFINITY;
    }
    for (int each = firstCode; waiting > kWaiting && each < min(firstCode + kTile, book.count); ++each) measure(each);
    if (lane != 0) return;
    tile.distance[row] = distance;
    tile.code[row] = code;
    tile.best[row] = ordered(best);
    tile.waiting[row] = 0;
}

/// Slice of kTile rows to shared memory.
__device__ void loadSlice(const std::int8_t* from, std::int64_t stride, uint4* to) {
    for (int i = threadIdx.x; i < kTile * kSlice / 16; i += kThreads) {
        const int row = i / (kSlice / 16), word = i % (kSlice / 16);
        to[row * kStride + word] = reinterpret_cast<const uint4*>(from + row * stride)[word];
    }
}

/// Block (part of the codewords, tile of rows). A warp holds products of 64 rows x 32 codewords.
__global__ void __launch_bounds__(kThreads, 2) searchTiles(const Rows rows, const Book book, const Shape shape, const Nearest nearest) {
    __shared__ Tile tile;
    const int thread = threadIdx.x, lane = thread % 32, warp = thread / 32, group = lane / 4, word = lane % 4;
    const int firstRow = warp / 4 * 64, firstColumn = warp % 4 * 32;
    const auto rowOf = [=](int i) { return firstRow + 16 * (i / 2) + 8 * (i % 2) + group; };  // of sums[i / 2][.][2 * (i % 2) + .]
    const auto columnOf = [=](int j) { return firstColumn + 8 * (j / 2) + 2 * word + j % 2; };
    const std::int64_t base = blockIdx.y * static_cast<std::int64_t>(kTile);
    const int begin = static_cast<int>(static_cast<std::int64_t>(book.tiles) * blockIdx.x / gridDim.x), end = static_cast<int>(static_cast<std::int64_t>(book.tiles) * (blockIdx.x + 1) / gridDim.x);
    if (thread < kTile) {
        const std::int64_t n = base + thread;
        tile.squared[thread] = rows.squared[n];
        tile.step[thread] = rows.step[n];
        tile.radius[thread] = rows.radius[n];
        tile.length[thread] = rows.length[n];
        tile.best[thread] = tile.lower[thread] = rows.best[n];
        tile.distance[thread] = INFINITY;
        tile.code[thread] = 0x7fffffff;
        tile.waiting[thread] = 0;
    }
    for (int at = begin; at < end; ++at) {
        const int firstCode = at * kTile;
        int sums[4][4][4] = {};  // [rows / 16][codewords / 8][as multiplyAddBytes gives them]
        for (int slice = 0; slice < shape.padded; slice += kSlice) {
            __syncthreads();
            loadSlice(rows.bytes + base * shape.padded + slice, shape.padded, tile.rows);
            loadSlice(book.bytes + static_cast<std::int64_t>(firstCode) * shape.padded + slice, shape.padded, tile.words);
            if (slice == 0 && thread < kTile) {
                tile.bounds[thread] = book.bounds[firstCode + thread];
                // What one part knows rules out codewords in all.
                const int best = tile.best[thread];
                tile.best[thread] = tile.lower[thread] = min(best, atomicMin(rows.best + base + thread, best));
            }
            __syncthreads();
            const auto* left = reinterpret_cast<const std::uint32_t*>(tile.rows);
            const auto* right = reinterpret_cast<const std::uint32_t*>(tile.words);
#pragma unroll
            for (int step = 0; step < kSlice / 4; step += 8) {
                unsigned columns[4][2];
#pragma unroll
                for (int j = 0; j < 4; ++j) {
                    const std::uint32_t* from = right + (firstColumn + 8 * j + group) * 4 * kStride + step + word;
                    columns[j][0] = from[0];
                    columns[j][1] = from[4];
                }
#pragma unroll
                for (int i = 0; i < 4; ++i) {
                    const std::uint32_t *upper = left + (firstRow + 16 * i + group) * 4 * kStride + step + word, *lower = upper + 8 * 4 * kStride;
                    const unsigned each[4] = {upper[0], lower[0], upper[4], lower[4]};
#pragma unroll
                    for (int j = 0; j < 4; ++j) multiplyAddBytes(sums[i][j], each, columns[j]);
                }
            }
        }
        // Bounds take the place of the sums. The least of a row lowers what its score is at most.
        unsigned promising = 0;  // rows, a bit each
#pragma unroll
        for (int half = 0; half < 8; half += 4) {
            int leastColumn[4] = {};
            float step[4], radius[4], length[4], least[4];
#pragma unroll
            for (int i = 0; i < 4; ++i) {
                const int row = rowOf(half + i);
                step[i] = tile.step[row], radius[i] = tile.radius[row], length[i] = tile.length[row], least[i] = INFINITY;
            }
#pragma unroll
            for (int j = 0; j < 8; ++j) {
                const int column = columnOf(j);
                const float4 word = tile.bounds[column];
#pragma unroll
                for (int i = 0; i < 4; ++i) {
                    int& sum = sums[(half + i) / 2][j / 2][2 * (i % 2) + j % 2];
                    float bound = word.x - step[i] * (static_cast<float>(sum) * word.w);
                    bound -= radius[i] * word.y;
                    bound -= length[i] * word.z;
                    if (bound < least[i]) least[i] = bound, leastColumn[i] = column;
                    sum = __float_as_int(bound);
                }
            }
#pragma unroll
            for (int i = 0; i < 4; ++i) {
                const int row = rowOf(half + i);
                if (!(least[i] < fromOrdered(tile.best[row]))) continue;
                promising |= 1u << (half + i);
                const float4 word = tile.bounds[leastColumn[i]];
                atomicMin(tile.lower + row, ordered(scoreAtMost(least[i], radius[i], length[i], word.y, word.z)));
            }
        }
        __syncthreads();
#pragma unroll
        for (int i = 0; i < 8; ++i) {
            if ((promising >> i & 1) == 0) continue;
            const int row = rowOf(i);
            const float best = fromOrdered(tile.lower[row]);
#pragma unroll
            for (int j = 0; j < 8; ++j) {
                const float bound = __int_as_float(sums[i / 2][j / 2][2 * (i % 2) + j % 2]);
                if (!(bound < best)) continue;
                const int slot = atomicAdd(tile.waiting + row, 1);
                if (slot >= kWaiting) continue;
                tile.codes[row][slot] = firstCode + columnOf(j);
                tile.waitingBounds[row][slot] = bound;
            }
        }
        __syncthreads();
        if (thread < kTile) tile.best[thread] = tile.lower[thread];
        const bool last = at + 1 == end, full = thread < kTile && tile.waiting[thread] > kWaiting / 2;
        if (!__syncthreads_or(full || last)) continue;
        for (int row = warp; row < kTile; row += kWarps) {
            if (last || tile.waiting[row] > kWaiting / 2) measureRow(tile, row, rows.rests + (base + row) * shape.dim, book, shape, firstCode, lane);
        }
    }
    __syncthreads();
    if (thread < kTile) {
        nearest.distances[blockIdx.x * static_cast<std::int64_t>(shape.round) + base + thread] = tile.distance[thread];
        nearest.codes[blockIdx.x * static_cast<std::int64_t>(shape.round) + base + thread] = tile.code[thread];
    }
}

/// One warp for each row: its code is the nearest of all parts', what is left of it goes on to the next codebook.
__global__ void __launch_bounds__(kThreads) settleRows(const Rows rows, const Book book, const Book next, const Shape shape, const Nearest nearest, int parts, std::int64_t* codes) {
    const int lane = threadIdx.x % 32;
    const std::int64_t n = blockIdx.x * static_cast<std::int64_t>(kWarps) + threadIdx.x / 32;
    if (n >= shape.count) return;
    float* rest = rows.rests + n * shape.dim;
    double distance = INFINITY;
    int code = 0x7fffffff;
    const auto offer = [&](double found, int each) {
        if (found < distance || (found == distance && each < code)) distance = found, code = each;
    };
    if (rows.length[n] < 0) {
        for (int each = 0; each < book.count; ++each) offer(warpDistance(rest, book.codewords + static_cast<std::int64_t>(each) * shape.dim, shape.dim, lane), each);
    } else {
        for (int part = lane; part < parts; part += 32) offer(nearest.distances[part * static_cast<std::int64_t>(shape.round) + n], nearest.codes[part * static_cast<std::int64_t>(shape.round) + n]);
        for (int half = 16; half > 0; half /= 2) {
            const double found = __shfl_xor_sync(kAll, distance, half);
            const int each = __shfl_xor_sync(kAll, code, half);
            offer(found, each);
        }
    }
    if (code >= book.count) code = 0;  // of a vector that is not finite
    if (lane == 0) codes[n * shape.depths + shape.depth] = code;
    if (next.codewords == nullptr) return;
    const float* codeword = book.codewords + static_cast<std::int64_t>(code) * shape.dim;
    for (int i = lane; i < shape.dim; i += 32) rest[i] -= codeword[i];
    beginRow(rows, next, shape, n, lane);
}

Book bookOf(const DeviceCodebook& book) {
    const NearestCodePlan plan(1, book.codewords.rows, book.codewords.columns);
    auto* const bytes = static_cast<std::int8_t*>(book.coarse);
    return {book.codewords.data, book.mean, book.scale, bytes, reinterpret_cast<float4*>(bytes + plan.tiles * kTile * plan.dim), static_cast<int>(book.codewords.rows), static_cast<int>(plan.tiles)};
}

bool aligned(const void* data) { return reinterpret_cast<std::uintptr_t>(data) % 16 == 0; }

dim3 warpsFor(std::int64_t rows) { return dim3(static_cast<unsigned>((rows + kWarps - 1) / kWarps)); }

}  // namespace

void prepareCodebook(const DeviceCodebook& book, CUstream_st* stream) {
    checkNearestCode(book.codewords, book.codewords);
    if (!aligned(book.coarse)) throw std::invalid_argument("nearest code: the coarse copy is not 16-byte aligned");
    const Book to = bookOf(book);
    const int dim = static_cast<int>(book.codewords.columns), padded = static_cast<int>(NearestCodePlan(1, 1, dim).dim);
    launch("coarse copy of a codebook", copyCodewords, warpsFor(to.tiles * static_cast<std::int64_t>(kTile)), kThreads, stream, to, dim, padded);
}

void nearestCodes(DeviceMatrix vectors, const DeviceCodebook* books, int depths, std::int64_t* codes, void* scratch, CUstream_st* stream) {
    if (vectors.rows == 0) return;
    std::int64_t largest = 1;
    for (int depth = 0; depth < depths; ++depth) {
        checkNearestCode(vectors, books[depth].codewords);
        if (!aligned(books[depth].coarse)) throw std::invalid_argument("nearest code: the coarse copy is not 16-byte aligned");
        largest = std::max(largest, books[depth].codewords.rows);
    }
    if (!aligned(scratch)) throw std::invalid_argument("nearest code: the scratch memory is not 16-byte aligned");
    const std::int64_t dim = vectors.columns;
    const NearestCodePlan plan(vectors.rows, largest, dim);
    auto* const memory = static_cast<std::byte*>(scratch);
    auto* const squared = reinterpret_cast<double*>(memory + plan.rests + plan.rows);
    auto* const distances = squared + plan.round;
    auto* const step = reinterpret_cast<float*>(distances + plan.round * plan.parts);
    const Rows rows{reinterpret_cast<float*>(memory), reinterpret_cast<std::int8_t*>(memory + plan.rests), squared, step, step + plan.round, step + 2 * plan.round,
                    reinterpret_cast<int*>(step + 3 * plan.round)};
    const Nearest nearest{distances, rows.best + plan.round};
    for (std::int64_t first = 0; first < vectors.rows; first += plan.round) {
        Shape shape{static_cast<int>(std::min(plan.round, vectors.rows - first)), static_cast<int>(plan.round), static_cast<int>(dim), static_cast<int>(plan.dim), 0, depths};
        const std::int64_t tiles = (shape.count + kTile - 1) / kTile;
        for (; shape.depth < depths; ++shape.depth) {
            const Book book = bookOf(books[shape.depth]);
            if (shape.depth == 0) launch("nearest code, beginning", beginRows, warpsFor(tiles * kTile), kThreads, stream, vectors.data + first * dim, rows, book, shape);
            const std::int64_t parts = std::min<std::int64_t>(plan.parts, book.tiles);
            launch("nearest code", searchTiles, dim3(static_cast<unsigned>(parts), static_cast<unsigned>(tiles)), kThreads, stream, rows, book, shape, nearest);
            const Book next = shape.depth + 1 < depths ? bookOf(books[shape.depth + 1]) : Book{};
            launch("nearest code, residual", settleRows, warpsFor(shape.count), kThreads, stream, rows, book, next, shape, nearest, static_cast<int>(parts), codes + first * depths);
        }
    }
}

}  // namespace tessera::kernels
