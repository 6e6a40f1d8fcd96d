// SPDX-License-Identifier: Apache-2.0
// Stands in for engine/kernels/tile_product.cuh: what that says of the lanes, multiplied one by one. Kernels include the runtime before it.
#pragma once

namespace tessera::kernels {

inline void multiplyAddBytes(int (&sums)[4], const unsigned (&rows)[4], const unsigned (&columns)[2]) {
    const auto all = cuda_on_cpu::exchanged(std::array<unsigned, 6>{rows[0], rows[1], rows[2], rows[3], columns[0], columns[1]});
    const int lane = static_cast<int>(threadIdx.x % 32), group = lane / 4, thread = lane % 4;
    const auto byte = [](unsigned word, int i) { return static_cast<int>(static_cast<std::int8_t>(word >> 8 * i)); };
    for (int s = 0; s < 4; ++s) {
        const int row = group + s / 2 * 8, column = 2 * thread + s % 2;
        for (int k = 0; k < 32; ++k) {
            const int owner = k % 16 / 4, high = k / 16;
            const unsigned left = all[row % 8 * 4 + owner][2 * high + row / 8], right = all[column * 4 + owner][4 + high];
            sums[s] += byte(left, k % 4) * byte(right, k % 4);
        }
    }
}

}  // namespace tessera::kernels
