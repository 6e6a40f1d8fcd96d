// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <utility>

#include <ATen/ATen.h>

#include "layers/row_source.h"
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

    /// The same for a convolution that reads the result row by row. `finalSiluOf`: for an x that nobody reads afterwards.
    RowSource siluOf(Activation x) const { return {std::move(x), *this, true, false}; }
    RowSource finalSiluOf(Activation x) const { return {std::move(x), *this, true, true}; }
    RowSource of(Activation x) const { return {std::move(x), *this, false, false}; }

    /// What makes x * scale + shift the norm of the whole of x: float32 [B,C] each. Two passes over the bands in all, this is the first.
    std::pair<at::Tensor, at::Tensor> statistics(const Activation& x) const;
    /// y = x * scale + shift, then silu if asked, for any rows; y in its own type.
    static void normalise(const at::Tensor& x, const at::Tensor& scale, const at::Tensor& shift, bool silu, at::Tensor& y);

private:
    at::Tensor run(const at::Tensor& x, at::ScalarType type, bool silu, bool over) const;

    at::Tensor m_weight, m_bias;
    int m_groups;
    double m_epsilon;
    bool m_training;  ///< computes what can be differentiated
};

}  // namespace tessera
