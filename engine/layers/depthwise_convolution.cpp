// SPDX-License-Identifier: Apache-2.0
#include "layers/depthwise_convolution.h"

#include <cmath>

#include "layers/convolution.h"

namespace tessera {

DepthwiseConv2d::DepthwiseConv2d(const Weights& w, int channels, int stride)
    : m_channels(channels), m_stride(stride), m_weight(w.take("weight", {channels, 1, 3, 3})), m_bias(w.take("bias", {channels})) {
    if (w.checking()) return;
    m_type = computeType(w.placement(), channels, channels);
    m_weight = m_weight.to(m_type);
    m_bias = m_bias.to(m_type);
}

at::Tensor DepthwiseConv2d::operator()(const at::Tensor& x, ForwardPass& pass) const {
    const at::Tensor input = x.to(m_type).contiguous(at::MemoryFormat::ChannelsLast);
    at::Tensor y = at::conv2d(input, m_weight, m_bias, m_stride, 1, 1, m_channels).contiguous(at::MemoryFormat::ChannelsLast);
    pass.did(flops(static_cast<double>(x.size(2)), static_cast<double>(x.size(3))) * static_cast<double>(x.size(0)));
    return y;
}

double DepthwiseConv2d::flops(double height, double width) const {
    return 18.0 * m_channels * std::ceil(height / m_stride) * std::ceil(width / m_stride);
}

}  // namespace tessera
