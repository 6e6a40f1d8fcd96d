// SPDX-License-Identifier: Apache-2.0
#include "layers/attention.h"

#include "layers/convolution.h"

namespace tessera {

AttentionBlock::Projection::Projection(const Weights& w, int channels)
    : weight(w.take("weight", {channels, channels}, {channels, channels, 1, 1})), bias(w.take("bias", {channels})) {
    if (w.checking()) return;
    weight = weight.to(computeType(w.placement(), channels, channels));
    bias = bias.to(weight.scalar_type());
}

at::Tensor AttentionBlock::Projection::operator()(const at::Tensor& tokens) const {
    return at::linear(tokens, weight, bias);
}

AttentionBlock::AttentionBlock(const Weights& w, const AttentionNames& names, int channels, int groups, double epsilon)
    : m_channels(channels),
      m_norm(w / names.norm, channels, groups, epsilon),
      m_query(w / names.query, channels),
      m_key(w / names.key, channels),
      m_value(w / names.value, channels),
      m_out(w / names.out, channels) {
    if (!w.checking()) m_type = computeType(w.placement(), channels, channels);
}

at::Tensor AttentionBlock::operator()(const at::Tensor& x, ForwardPass& pass) const {
    const std::int64_t batch = x.size(0), h = x.size(2), w = x.size(3);
    const at::Tensor tokens = m_norm(x, m_type).permute({0, 2, 3, 1}).reshape({batch, h * w, m_channels});  // [B,N,C]
    const auto oneHead = [](const at::Tensor& each) { return each.unsqueeze(1); };                           // [B,1,N,C]
    const at::Tensor mixed =
        at::scaled_dot_product_attention(oneHead(m_query(tokens)), oneHead(m_key(tokens)), oneHead(m_value(tokens))).squeeze(1);  // [B,N,C]
    const at::Tensor out = m_out(mixed).reshape({batch, h, w, m_channels}).permute({0, 3, 1, 2});  // [B,C,h,w] channels-last
    pass.did(flops(static_cast<double>(h), static_cast<double>(w)) * static_cast<double>(batch));
    return x + out;
}

double AttentionBlock::flops(double height, double width) const {
    const double tokens = height * width, channels = m_channels;
    return 8.0 * tokens * channels * channels + 4.0 * tokens * tokens * channels;
}

}  // namespace tessera
