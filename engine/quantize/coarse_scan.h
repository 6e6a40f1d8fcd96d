// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "quantize/vector_search.h"

namespace tessera {

/// Vectors that pass by codewords [first,last); bounds are multiples of a panel.
struct Passage {
    VectorSearch* searches = nullptr;
    std::int64_t count = 0;  ///< of vectors; for bytes a multiple of CoarseScan::rows
    CoarseView coarse;
    ExactCodewords exact;
    std::int64_t first = 0, last = 0;
};

/// One instruction set's way to bound the scores of many codewords from below. A codeword whose bound is under its vector's `best` joins those that
/// wait to be measured, and lowers `best` to what its score is at most.
struct CoarseScan {
    const char* name = "";
    int rows = 1;   ///< vectors whose bytes are multiplied at a time; 0: this instruction set multiplies no bytes
    int width = 1;  ///< codewords of a panel
    int levels = 0;  ///< bytes of vectors lie in [-levels, levels] and are stored with this added; those of codewords in [-127, 127]
    /// Most that the magnitudes of a codeword's bytes may sum to in any eight dimensions whose products are summed in 16 bits (those of a run of 16 that leave 0 or 1,
    /// or 2 or 3, when divided by 4); 0: they are summed in 32.
    int most = 0;

    /// rows [count][D] bytes; sums: room for count * width integers.
    void (*bytes)(const Passage& passage, const std::uint8_t* rows, std::int32_t* sums) = nullptr;
    /// products [count][last - first]: x'.e', made elsewhere.
    void (*products)(const Passage& passage, const float* products) = nullptr;
};

/// The fastest that this processor has.
const CoarseScan& coarseScan();

const CoarseScan& plainScan();
#if defined(__x86_64__)
const CoarseScan& avx2Scan();    ///< needs AVX2 and FMA
const CoarseScan& avx512Scan();  ///< needs AVX-512 F, BW, DQ, VL and VNNI
#endif

}  // namespace tessera
