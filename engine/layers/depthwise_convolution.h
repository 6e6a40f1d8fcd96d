// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <ATen/ATen.h>

#include "layers/forward_pass.h"
#include "layers/weights.h"

namespace tessera {

/// 3x3 convolution of every channel by itself, one zero of padding; tensors "weight" [C,1,3,3] and "bias" [C].
class DepthwiseConv2d {
public:
    DepthwiseConv2d(const Weights& w, int channels, int stride = 1);

    /// [B,C,h,w] of any type to [B,C,h',w'] channels-last in the type in which the layer computes; h' = (h - 1) / stride + 1.
    at::Tensor operator()(const at::Tensor& x, ForwardPass& pass) const;
    double flops(double height, double width) const;  ///< of an input of that size

private:
    int m_channels, m_stride;
    at::Tensor m_weight, m_bias;
    at::ScalarType m_type = at::kFloat;
};

}  // namespace tessera
