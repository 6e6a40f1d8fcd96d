// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include <tessera/code_layout.h>
#include <tessera/picture.h>

namespace tessera {

/// The codes of one cell, and what the search knew of them. Lengths and distances are in the units of the search: of unit vectors where the model normalises them.
struct TokenGrid {
    CodeLayout layout;
    int rows = 0, columns = 0;
    std::vector<std::int32_t> codes;       ///< (rows, columns, depths), with the cell's token edit; -1: none
    std::vector<std::int32_t> found;       ///< the same as the search gave them
    std::vector<float> norm;               ///< (rows, columns): length of the token's vector
    std::vector<float> codeNorm;           ///< (rows, columns, depths): length of the codeword; 0 for no code
    std::vector<float> residual;           ///< (rows, columns, depths): length of what is left of the token after that depth; of a product quantizer, of that depth's own part
    std::vector<float> nearest;            ///< (rows, columns, depths): distance from what the depths before left to the nearest codeword
    std::vector<float> second;             ///< and to the second nearest; infinity in a codebook of one
    std::vector<std::int32_t> secondCode;  ///< which that is; -1 in a codebook of one
    int sourceWidth = 0, sourceHeight = 0; ///< as Picture's
    Picture::Region region;                ///< part of the source that the grid covers, what was padded among it
    std::string precision;                 ///< of the encoder
    std::string fingerprint;               ///< of the model's weights

    std::size_t cell(int row, int column) const { return static_cast<std::size_t>(row) * columns + column; }
    std::size_t at(int row, int column, int depth) const { return cell(row, column) * layout.depths() + depth; }
};

}  // namespace tessera
