// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include <ATen/ATen.h>

#include "layers/forward_pass.h"
#include "layers/layer_norm.h"
#include "layers/linear.h"
#include "layers/multi_head_attention.h"
#include "layers/weights.h"

namespace tessera {

/// second(gelu(first(x))), both with biases.
class Mlp {
public:
    struct Shape {
        int width = 0, hidden = 0;
        Gelu gelu = Gelu::Exact;
    };
    Mlp(const Weights& w, std::string_view first, std::string_view second, Shape shape);

    at::Tensor operator()(const at::Tensor& x) const { return m_second(m_first.withGelu(x, m_gelu)); }  // [...,width]
    at::ScalarType inputType() const { return m_first.inputType(); }
    double flops(double vectors) const { return m_first.flops(vectors) + m_second.flops(vectors); }

private:
    Gelu m_gelu;
    Linear m_first, m_second;
};

/// Names of the parts of a block.
struct TransformerBlockNames {
    std::string_view norm1, attention;
    MultiHeadNames heads;
    std::string_view norm2, mlp1, mlp2;
};
inline constexpr TransformerBlockNames kOpenClipBlock{"ln_1", "attn", kTorchHeads, "ln_2", "mlp.c_fc", "mlp.c_proj"};
inline constexpr TransformerBlockNames kTimmBlock{"norm1", "attn", kTimmHeads, "norm2", "mlp.fc1", "mlp.fc2"};
inline constexpr TransformerBlockNames kTransformersBlock{"layer_norm1", "self_attn", kTransformersHeads, "layer_norm2", "mlp.fc1", "mlp.fc2"};

/// x += attention(norm1(x)); x += mlp(norm2(x)). What flows from block to block is float32 whatever the layers compute in.
class TransformerBlock {
public:
    struct Shape {
        int width = 0, heads = 1, hidden = 0;
        double epsilon = 1e-6;
        Gelu gelu = Gelu::Exact;
        bool causal = false;
    };
    TransformerBlock(const Weights& w, const TransformerBlockNames& names, Shape shape);

    at::Tensor operator()(const at::Tensor& x, ForwardPass& pass) const;  // [B,N,width] float32
    /// The block where every token sees itself alone; `valueOnly`: what its attention gives then, without the rest. [B,N,width] float32.
    at::Tensor ofItself(const at::Tensor& x, bool valueOnly) const;
    double flops(double tokens) const { return m_attention.flops(tokens) + m_mlp.flops(tokens); }  ///< of one sample

private:
    LayerNorm m_norm1;
    SelfAttention m_attention;
    LayerNorm m_norm2;
    Mlp m_mlp;
};

}  // namespace tessera
