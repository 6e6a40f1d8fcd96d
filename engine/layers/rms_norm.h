// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <ATen/ATen.h>

#include "layers/weights.h"

namespace tessera {

/// weight * x / sqrt(mean(x^2) + epsilon) over the last axis, in float32 whatever x is; tensor "weight" [width].
class RmsNorm {
public:
    RmsNorm(const Weights& w, int width, double epsilon) : m_epsilon(epsilon), m_weight(w.take("weight", {width})) {}

    at::Tensor operator()(const at::Tensor& x, at::ScalarType type) const {
        const at::Tensor wide = x.to(at::kFloat);
        return (wide * at::rsqrt(wide.square().mean(-1, true) + m_epsilon) * m_weight).to(type);
    }

private:
    double m_epsilon;
    at::Tensor m_weight;
};

}  // namespace tessera
