// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <stdexcept>

#include "kernels/nearest_code.h"

namespace tessera::kernels {

/// How the nearest-code kernels share out their work; host arithmetic, known to caller and kernel alike.
///
/// A block multiplies tiles of kTile vectors x kTile codewords, kSlice dimensions at a time, and walks along its part of the codewords. Vectors come in rounds.
struct NearestCodePlan {
    static constexpr int kTile = 128, kSlice = 64, kThreads = 256;
    static constexpr std::int64_t kMostDim = 65536;             ///< up to here products of bytes sum within 31 bits
    static constexpr std::int64_t kMostCodewords = 0x7fffff7f;  ///< as padded, they are counted in 31 bits
    static constexpr std::int64_t kMostVectors = 32768, kMostRestBytes = std::int64_t(64) << 20, kBlocks = 1024;

    std::int64_t dim = 0;             ///< padded to whole slices
    std::int64_t tiles = 0;           ///< of codewords
    std::int64_t round = 0;           ///< vectors of a round, whole tiles
    std::int64_t parts = 0;           ///< blocks that share the codewords of one tile of vectors
    std::int64_t rests = 0, rows = 0, bounds = 0, nearest = 0;  ///< bytes of scratch: float32 rests; their bytes; bounds of each; what each part found

    NearestCodePlan(std::int64_t vectors, std::int64_t codewords, std::int64_t width) {
        const auto whole = [](std::int64_t value, std::int64_t of) { return (value + of - 1) / of * of; };
        dim = whole(width, kSlice);
        tiles = whole(codewords, kTile) / kTile;
        const std::int64_t most = std::clamp<std::int64_t>(kMostRestBytes / (4 * width) / kTile * kTile, kTile, kMostVectors);
        round = std::clamp<std::int64_t>(whole(vectors, kTile), kTile, most);
        parts = std::clamp<std::int64_t>(kBlocks / (round / kTile), 1, tiles);
        rests = whole(round * width * 4, 256);
        rows = round * dim;
        bounds = round * (sizeof(double) + 3 * sizeof(float) + sizeof(std::int32_t));
        nearest = round * parts * (sizeof(double) + sizeof(std::int32_t));
    }
    std::int64_t scratch() const { return rests + rows + bounds + nearest; }
};

/// What kernel and twin both demand of their arguments.
template <typename Matrix>
void checkNearestCode(const Matrix& vectors, const Matrix& codewords) {
    if (vectors.rows < 0) throw std::invalid_argument("nearest code: less than no vectors");
    if (!nearestCodeTakes(codewords.rows, codewords.columns)) throw std::invalid_argument("nearest code: a codebook has 1 to 2147483519 codewords of 1 to 65536 dimensions");
    if (codewords.columns != vectors.columns) throw std::invalid_argument("nearest code: codewords have another length than vectors");
}

}  // namespace tessera::kernels
