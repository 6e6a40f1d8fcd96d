// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <ATen/ATen.h>

#include "layers/weights.h"

namespace tessera {

/// Normalises groups of channels; tensors "weight" and "bias" [channels]. Statistics in float32 or better whatever the activations are.
/// Takes [B,C,h,w]; the result is channels-last.
class GroupNorm {
public:
    GroupNorm(const Weights& w, int channels, int groups, double epsilon);

    /// `type` is the result's: what the next layer computes in.
    at::Tensor operator()(const at::Tensor& x, at::ScalarType type) const;
    at::Tensor withSilu(const at::Tensor& x, at::ScalarType type) const;
    /// The same in x's own memory where its type allows: for an x that nobody reads afterwards.
    at::Tensor withSiluOver(at::Tensor x, at::ScalarType type) const;

private:
    at::Tensor run(const at::Tensor& x, at::ScalarType type, bool silu, bool over) const;

    at::Tensor m_weight, m_bias;
    int m_groups;
    double m_epsilon;
};

}  // namespace tessera
