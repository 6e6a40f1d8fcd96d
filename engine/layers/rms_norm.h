// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cmath>

#include <ATen/ATen.h>
#include <c10/core/GradMode.h>

#include "core/error.h"
#include "layers/weights.h"

namespace tessera {

/// weight * x / sqrt(mean(x^2) + epsilon) over the last axis, in float32 whatever x is; tensor "weight" [width].
class RmsNorm {
public:
    RmsNorm(const Weights& w, int width, double epsilon) : m_epsilon(epsilon), m_weight(w.take("weight", {width})) {}

    at::Tensor operator()(const at::Tensor& x, at::ScalarType type) const {
        const at::Tensor wide = x.to(at::kFloat);
        if (wide.is_cpu() && wide.numel() <= kFewValues && !(c10::GradMode::is_enabled() && (wide.requires_grad() || m_weight.requires_grad()))) return ofFewValues(wide.contiguous()).to(type);
        return (wide * at::rsqrt(wide.square().mean(-1, true) + m_epsilon) * m_weight).to(type);
    }

private:
    static constexpr std::int64_t kFewValues = 1 << 14;  ///< so few that starting six operations takes longer than what they do

    at::Tensor ofFewValues(const at::Tensor& x) const {
        at::Tensor result = at::empty_like(x);
        const std::int64_t width = x.size(-1);
        TESSERA_ASSERT(width == m_weight.numel());
        const float *from = x.const_data_ptr<float>(), *weight = m_weight.const_data_ptr<float>();
        float* to = result.mutable_data_ptr<float>();
        for (std::int64_t row = 0; row < x.numel(); row += width) {
            double squares = 0;
            for (std::int64_t i = 0; i < width; ++i) squares += static_cast<double>(from[row + i]) * from[row + i];
            const auto scale = static_cast<float>(1 / std::sqrt(squares / static_cast<double>(width) + m_epsilon));
            for (std::int64_t i = 0; i < width; ++i) to[row + i] = from[row + i] * scale * weight[i];
        }
        return result;
    }

    double m_epsilon;
    at::Tensor m_weight;
};

}  // namespace tessera
