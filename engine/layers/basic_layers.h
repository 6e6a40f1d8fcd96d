// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>

#include <ATen/ATen.h>

#include "layers/forward_pass.h"
#include "layers/weights.h"

namespace tessera {

// Layers of pixel networks. Activations are [B,C,h,w] channels-last, float32 or bfloat16 as the placement says. A layer made by
// Weights::check has sizes but no tensors: it can count FLOPs, not run.

/// Type in which activations travel between layers.
at::ScalarType activationType(const Placement& placement);

/// How a convolution meets the border.
enum class Padding {
    None,
    Same,       ///< kernel / 2 zeros on every side
    BelowRight  ///< one row of zeros below, one column to the right: what downsampling autoencoders do
};

/// Square convolution with bias; tensors "weight" [out,in,k,k] and "bias" [out].
class Conv2d {
public:
    struct Shape {
        int in = 0, out = 0, kernel = 3, stride = 1;
        Padding padding = Padding::Same;
    };
    Conv2d(const Weights& w, Shape shape);

    /// [B,in,h,w] to [B,out,h',w'] in the layer's type.
    at::Tensor operator()(const at::Tensor& x, ForwardPass& pass) const;
    /// Adds the result to `sum` [B,out,h,w] in place.
    void addTo(at::Tensor& sum, const at::Tensor& x, ForwardPass& pass) const;

    double flops(double height, double width) const;  ///< of an input of that size
    int outputSide(int side) const;
    const Shape& shape() const { return m_shape; }

private:
    at::Tensor run(const at::Tensor& x) const;

    Shape m_shape;
    at::Tensor m_weight, m_bias;
    at::ScalarType m_type = at::kFloat;
};

/// Normalises groups of channels; tensors "weight" and "bias" [channels]. Statistics in float32 whatever the activations are.
class GroupNorm {
public:
    GroupNorm(const Weights& w, int channels, int groups, double epsilon);

    at::Tensor operator()(const at::Tensor& x) const;
    /// silu(norm(x)) in one pass over the result.
    at::Tensor withSilu(const at::Tensor& x) const;

private:
    at::Tensor run(const at::Tensor& x, bool silu) const;

    at::Tensor m_weight, m_bias;
    int m_groups;
    double m_epsilon;
};

/// Names of the tensors in an attention block; some checkpoints use older ones.
struct AttentionNames {
    std::string_view norm, query, key, value, out;
};

/// x + out(softmax(q k / sqrt(C)) v) over all h*w positions, one head of width C. Weights [C,C] or [C,C,1,1], all with biases.
class AttentionBlock {
public:
    AttentionBlock(const Weights& w, const AttentionNames& names, int channels, int groups, double epsilon);

    at::Tensor operator()(const at::Tensor& x, ForwardPass& pass) const;
    double flops(double height, double width) const;

private:
    struct Projection {
        Projection(const Weights& w, int channels);
        at::Tensor operator()(const at::Tensor& tokens) const;  // [B,N,C]
        at::Tensor weight, bias;
    };

    int m_channels;
    GroupNorm m_norm;
    Projection m_query, m_key, m_value, m_out;
};

/// Nearest-neighbour doubling of both sides.
at::Tensor doubled(const at::Tensor& x);

}  // namespace tessera
