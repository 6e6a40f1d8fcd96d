// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace tessera::kernels {

/// sums [16,8] += rows [16,32] x columns [32,8] of signed bytes, by a whole warp (compute capability 8.0 and up): PTX's mma.m16n8k32.
///
/// With g = lane / 4, t = lane % 4, a word being four bytes along the 32: rows[0..3] are words t of rows g and g + 8, then words t + 4 of both; columns[0..1] words
/// t and t + 4 of column g; sums[0..3] columns 2t and 2t + 1 of row g, then of row g + 8.
__device__ inline void multiplyAddBytes(int (&sums)[4], const unsigned (&rows)[4], const unsigned (&columns)[2]) {
    asm volatile("mma.sync.aligned.m16n8k32.row.col.s32.s8.s8.s32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, {%0, %1, %2, %3};"
                 : "+r"(sums[0]), "+r"(sums[1]), "+r"(sums[2]), "+r"(sums[3])
                 : "r"(rows[0]), "r"(rows[1]), "r"(rows[2]), "r"(rows[3]), "r"(columns[0]), "r"(columns[1]));
}

}  // namespace tessera::kernels
