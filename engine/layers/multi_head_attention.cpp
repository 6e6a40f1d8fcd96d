// SPDX-License-Identifier: Apache-2.0
#include "layers/multi_head_attention.h"

namespace tessera {

at::Tensor attendedByHeads(const at::Tensor& query, const at::Tensor& key, const at::Tensor& value, int heads, bool causal) {
    const auto split = [heads](const at::Tensor& each) { return each.unflatten(-1, {heads, each.size(-1) / heads}).transpose(1, 2); };  // [B,heads,N,C/heads]
    return at::scaled_dot_product_attention(split(query), split(key), split(value), {}, 0.0, causal);
}

at::Tensor headsSideBySide(const at::Tensor& heads) {
    return heads.transpose(1, 2).flatten(2);
}

SelfAttention::SelfAttention(const Weights& w, const MultiHeadNames& names, Shape shape)
    : m_shape(shape),
      m_queryKeyValue(w, {.in = shape.width, .out = 3 * shape.width}, names.queryKeyValue),
      m_out(w / names.out, {.in = shape.width, .out = shape.width}) {}

at::Tensor SelfAttention::operator()(const at::Tensor& x) const {
    const auto parts = m_queryKeyValue(x).chunk(3, -1);  // [B,N,C] each, inside [B,N,3C]
    return m_out(headsSideBySide(attendedByHeads(parts[0], parts[1], parts[2], m_shape.heads, m_shape.causal)));
}

at::Tensor SelfAttention::ofItself(const at::Tensor& x) const {
    return m_out(m_queryKeyValue(x).chunk(3, -1)[2]);
}

double SelfAttention::flops(double tokens) const {
    return m_queryKeyValue.flops(tokens) + attentionFlops(tokens, tokens, m_shape.width) + m_out.flops(tokens);
}

CrossAttention::CrossAttention(const Weights& w, const MultiHeadNames& names, int width, int heads)
    : CrossAttention(w, Linear::take(w, {.in = width, .out = 3 * width}, names.queryKeyValue), names, width, heads) {}

CrossAttention::CrossAttention(const Weights& w, const LinearTensors& tensors, const MultiHeadNames& names, int width, int heads)
    : m_width(width),
      m_heads(heads),
      m_query(w, {.in = width, .out = width}, tensors.rows(0, width)),
      m_keyValue(w, {.in = width, .out = 2 * width}, tensors.rows(width, 2 * width)),
      m_out(w / names.out, {.in = width, .out = width}) {}

at::Tensor CrossAttention::operator()(const at::Tensor& from, const at::Tensor& to) const {
    const auto parts = m_keyValue(to).chunk(2, -1);  // [B,N,C] each
    return m_out(headsSideBySide(attendedByHeads(m_query(from), parts[0], parts[1], m_heads)));
}

double CrossAttention::flops(double queries, double tokens) const {
    return m_query.flops(queries) + m_keyValue.flops(tokens) + attentionFlops(queries, tokens, m_width) + m_out.flops(queries);
}

}  // namespace tessera
