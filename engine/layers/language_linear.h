// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include <ATen/ATen.h>

#include "layers/linear.h"

namespace tessera {

/// A language model's y = x W^T, its weight whole or as int8 with a scale for each of its rows: W[o,i] ~ scale[o] q[o,i], scale[o] = max |W[o]| / 127. What is stored is
/// brought there straight, a matrix at a time. A layer made by Weights::check has sizes but no tensors.
class LanguageLinear {
public:
    /// Names of matrices that are stacked in this order, and how many rows each has.
    using Parts = std::vector<std::pair<std::string_view, int>>;
    LanguageLinear(const Weights& w, Linear::Shape shape, const Parts& parts, bool int8);

    /// [...,in] of any type to [...,out] in inputType().
    at::Tensor operator()(const at::Tensor& x) const;
    at::ScalarType inputType() const { return m_type; }
    double flops(double vectors) const { return 2.0 * m_shape.in * m_shape.out * vectors; }

private:
    at::Tensor ofFewRows(const at::Tensor& x) const;

    Linear::Shape m_shape;
    at::ScalarType m_type = at::kFloat;
    std::optional<Linear> m_whole;
    at::Tensor m_codes, m_scales;  ///< [out,in] int8, [out] float32
};

}  // namespace tessera
