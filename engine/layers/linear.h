// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include <ATen/ATen.h>

#include "layers/weights.h"

namespace tessera {

/// Which tensors hold the weight and the bias. Several names stand for equal parts of the rows, stacked in this order; no bias where all are empty.
struct LinearNames {
    std::array<std::string_view, 3> weights{"weight"}, biases{"bias"};
};

/// weight [out,in] and bias [out] of a layer, float32 or what the layer computes in; undefined while checking, the bias also where there is none.
struct LinearTensors {
    at::Tensor weight, bias;
    /// Rows [begin, begin + count) of both.
    LinearTensors rows(std::int64_t begin, std::int64_t count) const;
};

enum class Gelu {
    Exact,  ///< by the error function
    Tanh,   ///< its approximation by a hyperbolic tangent
    Quick   ///< x sigmoid(1.702 x)
};

/// y = x W^T + b over the last axis. A layer made by Weights::check has sizes but no tensors: it can count FLOPs, not run.
class Linear {
public:
    struct Shape {
        int in = 0, out = 0;
    };
    Linear(const Weights& w, Shape shape, const LinearNames& names = {});
    /// For rows of what was taken as one tensor.
    Linear(const Weights& w, Shape shape, const LinearTensors& tensors);
    static LinearTensors take(const Weights& w, Shape shape, const LinearNames& names);
    /// In which a layer of that shape computes; float32 while checking.
    static at::ScalarType typeOf(const Weights& w, Shape shape);

    /// [...,in] of any type to [...,out] in the type in which the layer computes.
    at::Tensor operator()(const at::Tensor& x) const;
    /// gelu of that result.
    at::Tensor withGelu(const at::Tensor& x, Gelu gelu) const;

    /// What x is best given in: other types are converted.
    at::ScalarType inputType() const { return m_type; }
    double flops(double vectors) const { return 2.0 * m_shape.in * m_shape.out * vectors; }
    const Shape& shape() const { return m_shape; }

private:
    Shape m_shape;
    at::Tensor m_weight, m_bias;
    at::ScalarType m_type = at::kFloat;
    bool m_packed = false;  ///< the weight is in oneDNN's own layout
};

}  // namespace tessera
