// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

#include "kernels/device_view.h"

struct CUstream_st;  // cudaStream_t, without <cuda_runtime.h>

namespace tessera::kernels {

/// A codebook as the search takes it.
struct DeviceCodebook {
    DeviceMatrix codewords;       ///< [K,D]
    const float* mean = nullptr;  ///< [D]: of the codewords, about
    double scale = 1;             ///< a power of two that brings |codeword - mean| to 1, about
    void* coarse = nullptr;       ///< coarseCodebookBytes: made by prepareCodebook
};

/// Whether the kernel takes such a codebook: K up to 2^31 - 129, D up to 65536.
bool nearestCodeTakes(std::int64_t codewords, std::int64_t dim);
/// Bytes of the coarse copy of a codebook [codewords, dim]: one a number, padded, and 16 a codeword.
std::int64_t coarseCodebookBytes(std::int64_t codewords, std::int64_t dim);
/// Bytes of scratch memory that a search of so many vectors takes; below 90 MiB, however many vectors.
std::int64_t nearestCodeScratch(std::int64_t vectors, std::int64_t codewords, std::int64_t dim);

/// Writes book.coarse: codewords as bytes with a step each, and what rounding costs at most. Asynchronous on `stream`; allocates nothing.
/// Throws std::invalid_argument on bad shapes, DeviceError if the launch fails.
void prepareCodebook(const DeviceCodebook& book, CUstream_st* stream);

/// codes[n][d] = argmin_k |r - e_d[k]|^2 by squaredDistance, the lowest k among equals; then r -= e_d[code] in float32. r begins as vectors[n].
///
/// vectors [N,D], any N; books [depths], prepared, all of the same D; codes [N,depths]; scratch: nearestCodeScratch of the largest codebook. Codewords finite; a vector
/// that is not gets some code that exists. `coarse` and `scratch` are 16-byte aligned. Compute capability 8.0 and up.
/// Products of bytes on the tensor cores exclude the codewords that are surely farther, as quantize/vector_search.h says; those that are left are measured in double.
/// Nothing of the size N x K is ever written. Two launches a depth: search, then residual and coarse copy for the next one.
/// Asynchronous on `stream`; allocates nothing. Throws std::invalid_argument on bad shapes, DeviceError if a launch fails.
void nearestCodes(DeviceMatrix vectors, const DeviceCodebook* books, int depths, std::int64_t* codes, void* scratch, CUstream_st* stream);

/// CPU twin, one thread, every distance measured: the kernel's oracle.
void nearestCodes(HostMatrix vectors, const HostMatrix* books, int depths, std::int64_t* codes);

}  // namespace tessera::kernels
