// SPDX-License-Identifier: Apache-2.0
#include "lenses/principal_axes.h"

#include <algorithm>
#include <cmath>
#include <vector>

namespace tessera {
namespace {

constexpr double kDeviations = 2.5;  // from mid grey to black or to full colour
/// Less of the variance than this is rounding: such a component is drawn as mid grey.
constexpr double kLeastShare = 1e-12;

/// `variances` rise; `direction(k)` [C] is the unit vector of one of them.
template <typename Direction>
PrincipalAxes axesOf(const at::Tensor& mean, const at::Tensor& variances, const Direction& direction) {
    PrincipalAxes result{.mean = mean, .components = at::zeros({PrincipalAxes::kCount, mean.size(0)}, at::kDouble)};
    const std::int64_t count = variances.size(0);
    const double total = variances.clamp_min(0).sum().item<double>();
    for (std::int64_t k = 0; k < std::min(PrincipalAxes::kCount, count); ++k) {
        const std::int64_t column = count - 1 - k;
        const double variance = std::max(0.0, variances[column].item<double>());
        if (!(variance > total * kLeastShare)) continue;
        const auto slot = static_cast<std::size_t>(k);
        result.share[slot] = variance / total;
        result.deviation[slot] = std::sqrt(variance);
        // An eigenvector has no sign of its own: its largest entry, the first among equals, is positive.
        const at::Tensor vector = direction(column);
        const double sign = vector[vector.abs().argmax().item<std::int64_t>()].item<double>() < 0 ? -1 : 1;
        result.components[k].copy_(vector * (sign / result.deviation[slot]));
    }
    return result;
}

}  // namespace

PrincipalAxes PrincipalAxes::of(const at::Tensor& mean, const at::Tensor& covariance) {
    const auto [variances, vectors] = at::linalg_eigh(covariance);  // [C] rising, [C,C] columns
    return axesOf(mean, variances, [&, &columns = vectors](std::int64_t column) { return columns.select(1, column); });
}

PrincipalAxes PrincipalAxes::of(const at::Tensor& x) {
    const at::Tensor mean = x.mean(1), centred = x - mean.unsqueeze(1);
    const std::int64_t count = x.size(1);
    if (count >= x.size(0)) return of(mean, centred.matmul(centred.t()) / count);
    // Fewer vectors than channels: the same axes from the smaller matrix of their products.
    const auto [variances, vectors] = at::linalg_eigh(centred.t().matmul(centred) / count);  // [N] rising, [N,N] columns
    return axesOf(mean, variances, [&, &columns = vectors](std::int64_t column) {
        const at::Tensor direction = centred.matmul(columns.select(1, column));
        return direction / direction.norm();
    });
}

at::Tensor PrincipalAxes::scores(const at::Tensor& x) const {
    return components.matmul(x - mean.unsqueeze(1)).t().to(at::kFloat).contiguous();
}

Image coloursOfScores(const at::Tensor& scores, int width, int height) {
    const float* values = scores.const_data_ptr<float>();
    std::vector<float> rgb(values, values + scores.numel());
    for (float& value : rgb) value = 0.5F + value / static_cast<float>(2 * kDeviations);
    return Image(width, height, 3, SharedArray<float>(std::move(rgb)));
}

}  // namespace tessera
