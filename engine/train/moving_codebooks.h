// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <utility>

#include <ATen/ATen.h>

#include "train/k_means.h"

namespace tessera::train {

/// Residual codebooks that follow what they are given, without gradients: moving averages (arXiv 1711.00937, appendix A.1), codewords that nobody uses start anew where
/// others serve badly. Works on tensors that live elsewhere, so that a checkpoint keeps all of it.
class MovingCodebooks {
public:
    struct Tensors {
        at::Tensor codewords;  ///< [D,K,C]
        at::Tensor counts;     ///< [D,K] moving average of how often each was chosen in a batch
        at::Tensor sums;       ///< [D,K,C] of the vectors that chose it
    };
    struct Settings {
        double keep = 0.99;    ///< of the averages in each step, 0..1
        double least = 0.05;   ///< of the even share: codewords whose count falls below that start anew
        int beam = 1;          ///< as in beamCodes()
    };
    MovingCodebooks(Tensors tensors, Settings settings) : m_tensors(std::move(tensors)), m_settings(settings) {}

    /// k-means of each depth on what the depths before it left of vectors [N,C]. `picks` [D,K] in [0,1): where the centres begin, see kMeans().
    void fit(at::Tensor vectors, const at::Tensor& picks);

    /// Of vectors [N,C]; remembered for move().
    const ResidualCodes& find(const at::Tensor& vectors);
    /// Codewords go towards what chose them in the last find(). `picks` [D,K] in [0,1): which of those vectors unused ones become.
    void move(const at::Tensor& picks);

private:
    Tensors m_tensors;
    Settings m_settings;
    ResidualCodes m_found;
};

}  // namespace tessera::train
