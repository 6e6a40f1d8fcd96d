// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>

#include <ATen/ATen.h>
#include <tessera/image.h>

namespace tessera {

/// The directions along which vectors differ most.
struct PrincipalAxes {
    static constexpr std::int64_t kCount = 3;
    at::Tensor mean;        ///< [C] float64
    at::Tensor components;  ///< [3,C] float64, unit length over the component's deviation; 0 where there is none
    std::array<double, kCount> share{}, deviation{};  ///< of the variance; standard deviations

    /// Of vectors with that mean [C] and covariance [C,C], float64.
    static PrincipalAxes of(const at::Tensor& mean, const at::Tensor& covariance);
    /// Of vectors x [C,N] float64.
    static PrincipalAxes of(const at::Tensor& x);
    /// [N,3] float32 of x [C,N] float64: how many standard deviations each vector lies from the mean along each.
    at::Tensor scores(const at::Tensor& x) const;
};

/// Scores [N,3] float32 as red, green and blue of a picture, row after row: mid grey is the mean, 2.5 deviations black or full colour.
Image coloursOfScores(const at::Tensor& scores, int width, int height);

}  // namespace tessera
