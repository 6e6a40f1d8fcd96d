// SPDX-License-Identifier: Apache-2.0
#include "layers/transformer_block.h"

#include "layers/in_place.h"

namespace tessera {

Mlp::Mlp(const Weights& w, std::string_view first, std::string_view second, Shape shape)
    : m_gelu(shape.gelu), m_first(w / first, {.in = shape.width, .out = shape.hidden}), m_second(w / second, {.in = shape.hidden, .out = shape.width}) {}

TransformerBlock::TransformerBlock(const Weights& w, const TransformerBlockNames& names, Shape shape)
    : m_norm1(w / names.norm1, shape.width, shape.epsilon),
      m_attention(w / names.attention, names.heads, {.width = shape.width, .heads = shape.heads, .causal = shape.causal}),
      m_norm2(w / names.norm2, shape.width, shape.epsilon),
      m_mlp(w, names.mlp1, names.mlp2, {.width = shape.width, .hidden = shape.hidden, .gelu = shape.gelu}) {}

at::Tensor TransformerBlock::operator()(const at::Tensor& x, ForwardPass& pass) const {
    const double batch = static_cast<double>(x.size(0)), tokens = static_cast<double>(x.size(1));
    at::Tensor y = x + m_attention(m_norm1(x, m_attention.inputType()));
    pass.did(m_attention.flops(tokens) * batch);
    y = addedInPlace(y, m_mlp(m_norm2(y, m_mlp.inputType())));
    pass.did(m_mlp.flops(tokens) * batch);
    return y;
}

at::Tensor TransformerBlock::ofItself(const at::Tensor& x, bool valueOnly) const {
    const at::Tensor value = m_attention.ofItself(m_norm1(x, m_attention.inputType())).to(at::kFloat);
    if (valueOnly) return value;
    at::Tensor y = x + value;
    return y.add_(m_mlp(m_norm2(y, m_mlp.inputType())));
}

}  // namespace tessera
