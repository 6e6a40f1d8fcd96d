// SPDX-License-Identifier: Apache-2.0
#include "layers/layer_norm.h"

namespace tessera {

LayerNorm::LayerNorm(const Weights& w, int width, double epsilon)
    : m_width(width), m_epsilon(epsilon), m_weight(w.take("weight", {width})), m_bias(w.take("bias", {width})) {}

at::Tensor LayerNorm::operator()(const at::Tensor& x, at::ScalarType type) const {
    return at::layer_norm(x.to(at::kFloat), {m_width}, m_weight, m_bias, m_epsilon).to(type);
}

Activation LayerNorm::onChannels(Activation x, at::ScalarType type) const {
    return std::move(x).mapped([&](const at::Tensor& rows) {
        const at::Tensor vectors = rows.permute({0, 2, 3, 1}).contiguous();  // [B,h,w,C], dense already if channels-last
        return (*this)(vectors, type).permute({0, 3, 1, 2});  // [B,C,h,w] channels-last
    });
}

}  // namespace tessera
