// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include <ATen/ATen.h>

#include "layers/activation.h"
#include "layers/forward_pass.h"
#include "layers/group_norm.h"
#include "layers/weights.h"

namespace tessera {

/// Names of the tensors in an attention block; some checkpoints use older ones.
struct AttentionNames {
    std::string_view norm, query, key, value, out;
};

/// x + out(softmax(q k / sqrt(C)) v) over all h*w positions, one head of width C. Weights [C,C] or [C,C,1,1], all with biases.
/// Of more than kMostAttended positions it reaches over overlapping windows instead, and the pass notes it; the norm is of the whole map still.
class AttentionBlock {
public:
    AttentionBlock(const Weights& w, const AttentionNames& names, int channels, int groups, double epsilon);

    /// [B,C,h,w], like the result, which may lie in x's memory.
    Activation operator()(Activation x, ForwardPass& pass) const;
    double flops(double height, double width) const;

private:
    struct Projection {
        Projection(const Weights& w, int channels);
        at::Tensor operator()(const at::Tensor& tokens) const;  // [B,N,C]
        at::Tensor weight, bias;
    };

    /// out(attention of each of `from` [B,n,C] over `to` [B,N,C]).
    at::Tensor attended(const at::Tensor& from, const at::Tensor& key, const at::Tensor& value) const;
    void inPieces(at::Tensor& x, const at::Tensor& tokens, ForwardPass& pass) const;
    void inWindows(at::Tensor& x, const at::Tensor& tokens, ForwardPass& pass) const;
    double flopsOf(double queries, double keys) const;

    int m_channels;
    at::ScalarType m_type = at::kFloat;
    bool m_training;  ///< computes what can be differentiated
    GroupNorm m_norm;
    Projection m_query, m_key, m_value, m_out;
};

}  // namespace tessera
