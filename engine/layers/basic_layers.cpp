// SPDX-License-Identifier: Apache-2.0
#include "layers/basic_layers.h"

#include <cmath>

#include "core/error.h"
#include "device/cuda_ops.h"

namespace tessera {
namespace {

at::Tensor channelsLast(const at::Tensor& x) { return x.contiguous(at::MemoryFormat::ChannelsLast); }

}  // namespace

at::ScalarType activationType(const Placement& placement) {
    switch (placement.precision) {
        case Precision::Bf16: return at::kBFloat16;
        case Precision::Fp16: return at::kHalf;
        default: return at::kFloat;
    }
}

Conv2d::Conv2d(const Weights& w, Shape shape)
    : m_shape(shape),
      m_weight(w.take("weight", {shape.out, shape.in, shape.kernel, shape.kernel})),
      m_bias(w.take("bias", {shape.out})) {
    if (w.checking()) return;
    m_type = activationType(w.placement());
    m_weight = channelsLast(m_weight.to(m_type));
    m_bias = m_bias.to(m_type);
}

at::Tensor Conv2d::run(const at::Tensor& x) const {
    at::Tensor input = x.to(m_type);
    std::int64_t padding = 0;
    if (m_shape.padding == Padding::Same) padding = m_shape.kernel / 2;
    if (m_shape.padding == Padding::BelowRight) input = channelsLast(at::constant_pad_nd(input, {0, 1, 0, 1}));
    return at::conv2d(input, m_weight, m_bias, m_shape.stride, padding);
}

at::Tensor Conv2d::operator()(const at::Tensor& x, ForwardPass& pass) const {
    at::Tensor result = run(x);
    pass.did(flops(x.size(2), x.size(3)) * x.size(0));
    return result;
}

void Conv2d::addTo(at::Tensor& sum, const at::Tensor& x, ForwardPass& pass) const {
    sum.add_(run(x));
    pass.did(flops(x.size(2), x.size(3)) * x.size(0));
}

int Conv2d::outputSide(int side) const {
    switch (m_shape.padding) {
        case Padding::None: return (side - m_shape.kernel) / m_shape.stride + 1;
        case Padding::Same: return (side + m_shape.kernel / 2 * 2 - m_shape.kernel) / m_shape.stride + 1;
        case Padding::BelowRight: return (side + 1 - m_shape.kernel) / m_shape.stride + 1;
    }
    return 0;
}

double Conv2d::flops(double height, double width) const {
    const double points = static_cast<double>(outputSide(static_cast<int>(height))) * outputSide(static_cast<int>(width));
    return 2.0 * m_shape.in * m_shape.out * m_shape.kernel * m_shape.kernel * points;
}

GroupNorm::GroupNorm(const Weights& w, int channels, int groups, double epsilon)
    : m_weight(w.take("weight", {channels})), m_bias(w.take("bias", {channels})), m_groups(groups), m_epsilon(epsilon) {}

at::Tensor GroupNorm::run(const at::Tensor& x, bool silu) const {
    if (auto y = groupNormOnCuda(x, m_weight, m_bias, {m_groups, static_cast<float>(m_epsilon), silu})) return *std::move(y);
    // LibTorch takes float32 weights beside other activations on a CPU only.
    const at::ScalarType type = x.is_cpu() ? m_weight.scalar_type() : x.scalar_type();
    at::Tensor y = at::group_norm(x, m_groups, m_weight.to(type), m_bias.to(type), m_epsilon);
    return silu ? at::silu_(y) : y;
}

at::Tensor GroupNorm::operator()(const at::Tensor& x) const { return run(x, false); }

at::Tensor GroupNorm::withSilu(const at::Tensor& x) const { return run(x, true); }

AttentionBlock::Projection::Projection(const Weights& w, int channels)
    : weight(w.take("weight", {channels, channels}, {channels, channels, 1, 1})), bias(w.take("bias", {channels})) {
    if (w.checking()) return;
    weight = weight.to(activationType(w.placement()));
    bias = bias.to(weight.scalar_type());
}

at::Tensor AttentionBlock::Projection::operator()(const at::Tensor& tokens) const { return at::linear(tokens, weight, bias); }

AttentionBlock::AttentionBlock(const Weights& w, const AttentionNames& names, int channels, int groups, double epsilon)
    : m_channels(channels),
      m_norm(w / names.norm, channels, groups, epsilon),
      m_query(w / names.query, channels),
      m_key(w / names.key, channels),
      m_value(w / names.value, channels),
      m_out(w / names.out, channels) {}

at::Tensor AttentionBlock::operator()(const at::Tensor& x, ForwardPass& pass) const {
    const std::int64_t batch = x.size(0), h = x.size(2), w = x.size(3);
    const at::Tensor tokens = m_norm(x).permute({0, 2, 3, 1}).reshape({batch, h * w, m_channels});  // [B,N,C]
    const auto oneHead = [](const at::Tensor& each) { return each.unsqueeze(1); };                    // [B,1,N,C]
    const at::Tensor query = oneHead(m_query(tokens)), key = oneHead(m_key(tokens)), value = oneHead(m_value(tokens));
    const at::Tensor mixed = at::scaled_dot_product_attention(query, key, value).squeeze(1);                       // [B,N,C]
    const at::Tensor out = m_out(mixed).reshape({batch, h, w, m_channels}).permute({0, 3, 1, 2});  // [B,C,h,w]
    pass.did(flops(h, w) * batch);
    return x + out;
}

double AttentionBlock::flops(double height, double width) const {
    const double tokens = height * width, channels = m_channels;
    return 8.0 * tokens * channels * channels + 4.0 * tokens * tokens * channels;
}

at::Tensor doubled(const at::Tensor& x) {
    return at::upsample_nearest2d(x, {x.size(2) * 2, x.size(3) * 2});
}

}  // namespace tessera
