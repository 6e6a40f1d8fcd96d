// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

namespace tessera {

/// How a model lays out the codes of a picture: a grid of cells, `depths()` codes each.
struct CodeLayout {
    enum class Kind {
        Residual,  ///< each depth's codeword is added to what the depths before it gave (one depth: plain vector quantization)
        Product,   ///< each depth's codeword fills its own channels: multi-codebook
    };
    Kind kind = Kind::Residual;
    std::vector<int> codebookSizes;  ///< K of every depth, coarse to fine; empty: the model has no codes
    int codewordDim = 0;             ///< numbers per codeword
    int pixelsPerCell = 0;           ///< side of a grid cell on the model's input
    bool shared = false;             ///< one codebook serves every depth

    int depths() const { return static_cast<int>(codebookSizes.size()); }
    bool operator==(const CodeLayout&) const = default;
};

}  // namespace tessera
