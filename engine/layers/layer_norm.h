// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <ATen/ATen.h>

#include "layers/activation.h"
#include "layers/weights.h"

namespace tessera {

/// Normalises every vector by its own mean and variance; tensors "weight" and "bias" [width]. In float32 whatever the activations are.
class LayerNorm {
public:
    LayerNorm(const Weights& w, int width, double epsilon);

    /// Over the last axis: [...,width]. `type` is the result's: what the next layer computes in.
    at::Tensor operator()(const at::Tensor& x, at::ScalarType type) const;
    /// Over the channels at every position of a map: [B,width,h,w] channels-last, band by band.
    Activation onChannels(Activation x, at::ScalarType type) const;

private:
    int m_width;
    double m_epsilon;
    at::Tensor m_weight, m_bias;
};

}  // namespace tessera
