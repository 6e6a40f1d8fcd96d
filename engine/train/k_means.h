// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include <ATen/ATen.h>

namespace tessera::train {

/// The row of `rows` [K,C] that is nearest to each of `points` [N,C]: [N] int64.
at::Tensor nearestRows(const at::Tensor& points, const at::Tensor& rows);

/// Points [N,C] by codebooks (D) of [K,C], each of what those before it left; without gradients. `beam`: as in beamCodes().
struct ResidualCodes {
    at::Tensor codes;                   ///< [N,D] int64
    std::vector<at::Tensor> sums;       ///< (D) of [N,C]: of the codewords so far
    std::vector<at::Tensor> residuals;  ///< (D) of [N,C]: what each depth was given
};
ResidualCodes residualCodes(const at::Tensor& points, const std::vector<at::Tensor>& books, int beam = 1);

struct Centres {
    at::Tensor rows;    ///< [K,C]
    at::Tensor counts;  ///< [K] float32: how many of all points are nearest to each
};
/// Lloyd's centres of points [N,C], begun at those that `picks` [K] in [0,1) name as shares of N. A centre that nothing is nearest to moves to the point that is
/// farthest from its own. Of very many points a part is taken, evenly.
Centres kMeans(const at::Tensor& points, const at::Tensor& picks);

}  // namespace tessera::train
