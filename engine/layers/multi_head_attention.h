// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include <ATen/ATen.h>

#include "layers/linear.h"
#include "layers/weights.h"

namespace tessera {

/// softmax(q k^T / sqrt(C / heads)) v of every head, in float32 inside. query [B,n,C], key and value [B,N,C], head after head along C;
/// gives [B,heads,n,C/heads]. `causal`: no query sees a key behind its own place.
at::Tensor attendedByHeads(const at::Tensor& query, const at::Tensor& key, const at::Tensor& value, int heads, bool causal = false);
/// [B,heads,n,C/heads] to [B,n,C], head after head.
at::Tensor headsSideBySide(const at::Tensor& heads);
/// FLOPs of attendedByHeads.
inline double attentionFlops(double queries, double keys, double width) { return 4.0 * queries * keys * width; }

/// Tensors of an attention's projections: queries, keys and values in one or in three, and the scope of what mixes the heads.
struct MultiHeadNames {
    LinearNames queryKeyValue;
    std::string_view out;
};
inline constexpr MultiHeadNames kTimmHeads{{{"qkv.weight"}, {"qkv.bias"}}, "proj"};
inline constexpr MultiHeadNames kTorchHeads{{{"in_proj_weight"}, {"in_proj_bias"}}, "out_proj"};
inline constexpr MultiHeadNames kTransformersHeads{{{"q_proj.weight", "k_proj.weight", "v_proj.weight"}, {"q_proj.bias", "k_proj.bias", "v_proj.bias"}}, "out_proj"};

/// out(attention of all tokens over each other), all projections with biases.
class SelfAttention {
public:
    struct Shape {
        int width = 0, heads = 1;  ///< heads divide the width
        bool causal = false;
    };
    SelfAttention(const Weights& w, const MultiHeadNames& names, Shape shape);

    /// [B,N,C] to [B,N,C] in the layer's own type.
    at::Tensor operator()(const at::Tensor& x) const;
    /// What it gives where every token sees itself alone: out(values(x)).
    at::Tensor ofItself(const at::Tensor& x) const;
    at::ScalarType inputType() const { return m_queryKeyValue.inputType(); }
    double flops(double tokens) const;

private:
    Shape m_shape;
    Linear m_queryKeyValue, m_out;
};

/// out(attention of some vectors over tokens); the three projections in one tensor or in three, all with biases.
class CrossAttention {
public:
    CrossAttention(const Weights& w, const MultiHeadNames& names, int width, int heads);

    /// `from` [B,n,C] over `to` [B,N,C] gives [B,n,C].
    at::Tensor operator()(const at::Tensor& from, const at::Tensor& to) const;
    /// What any vector gets from each token where that is all it sees: [B,N,C] to [B,N,C].
    at::Tensor ofEach(const at::Tensor& to) const { return m_out(m_keyValue(to).chunk(2, -1)[1]); }
    at::ScalarType inputType() const { return m_query.inputType(); }
    double flops(double queries, double tokens) const;

private:
    CrossAttention(const Weights& w, const LinearTensors& tensors, const MultiHeadNames& names, int width, int heads);

    int m_width, m_heads;
    Linear m_query, m_keyValue, m_out;
};

}  // namespace tessera
