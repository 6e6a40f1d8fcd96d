// SPDX-License-Identifier: Apache-2.0
#include "train/k_means.h"

#include <c10/core/GradMode.h>

#include "quantize/beam_search.h"

namespace tessera::train {

using at::Tensor;

namespace {

constexpr int kRounds = 10;
constexpr std::int64_t kPointsPerCentre = 64;

Tensor distancesTo(const Tensor& points, const Tensor& rows) { return points.square().sum(1, true) + rows.square().sum(1) - 2 * at::matmul(points, rows.t()); }  // [N,K]

}  // namespace

Tensor nearestRows(const Tensor& points, const Tensor& rows) { return distancesTo(points, rows).argmin(1); }

ResidualCodes residualCodes(const Tensor& points, const std::vector<Tensor>& books, int beam) {
    const c10::NoGradGuard still;
    ResidualCodes found;
    std::vector<Tensor> codes;
    Tensor residual = points.detach().to(at::kFloat), sum = at::zeros_like(residual);
    const Tensor searched = beam > 1 ? beamCodes(residual, books, beam) : Tensor();
    for (const Tensor& words : books) {
        found.residuals.push_back(residual);
        codes.push_back(searched.defined() ? searched.select(1, static_cast<std::int64_t>(codes.size())) : nearestRows(residual, words));
        const Tensor chosen = words.index_select(0, codes.back());
        residual = residual - chosen;
        sum = sum + chosen;
        found.sums.push_back(sum);
    }
    found.codes = at::stack(codes, 1);
    return found;
}

Centres kMeans(const Tensor& all, const Tensor& picks) {
    const std::int64_t count = picks.size(0);
    const Tensor points = all.size(0) > kPointsPerCentre * count ? all.slice(0, 0, {}, all.size(0) / (kPointsPerCentre * count)) : all;
    Tensor rows = points.index_select(0, (picks * static_cast<double>(points.size(0))).to(at::kLong)).clone();
    for (int round = 0; round < kRounds; ++round) {
        const auto [distances, codes] = distancesTo(points, rows).min(1);
        const Tensor counts = at::bincount(codes, {}, count).to(at::kFloat);
        rows = at::zeros_like(rows).index_add_(0, codes, points) / counts.clamp_min(1).unsqueeze(1);
        const Tensor empty = (counts == 0).nonzero().squeeze(1);
        const std::int64_t moved = std::min(empty.numel(), points.size(0));
        if (moved > 0) rows.index_copy_(0, empty.narrow(0, 0, moved), points.index_select(0, std::get<1>(distances.topk(moved))));
    }
    return {rows, at::bincount(nearestRows(all, rows), {}, count).to(at::kFloat)};
}

}  // namespace tessera::train
