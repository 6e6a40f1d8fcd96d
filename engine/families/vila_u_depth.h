// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include <ATen/ATen.h>

#include "layers/forward_pass.h"
#include "layers/key_value_cache.h"
#include "layers/transformer_block.h"

namespace tessera {

/// VILA-U's depth transformer: draws the codes of one position, coarse to fine, from what the language model knows there; spec: engine/families/vila_u.md, section 9.
class VilaUDepth {
public:
    struct Shape {
        int codes = 0;          ///< K
        int codewordDim = 0;    ///< C
        int languageWidth = 0;  ///< H
        int width = 0, layers = 0, heads = 1, depths = 0;
    };
    VilaUDepth(const Weights& w, const Shape& shape);

    /// Keys and values of the depths that were read.
    struct State {
        std::vector<KeyValueCache> layers;
        std::int64_t length() const { return layers.empty() ? 0 : layers.front().length(); }
    };
    State begin(std::int64_t positions) const;
    /// Logits [B,K] float32 of the first depth, of what the language model says of B positions [B,H].
    at::Tensor first(const at::Tensor& hidden, State& state, ForwardPass& pass) const;
    /// And of the next one, of the sum of the codewords before it [B,C].
    at::Tensor next(const at::Tensor& sum, State& state, ForwardPass& pass) const;
    /// Of all depths at once [B,D,K], of codes that are known: sums [B,D-1,C] of the first one's codeword, of the first two, ...
    at::Tensor all(const at::Tensor& hidden, const at::Tensor& sums, ForwardPass& pass) const;

    double flops() const;  ///< of one position, all depths
    std::int64_t weights() const;  ///< that one depth reads

private:
    struct Block {
        LayerNorm norm1;
        Linear queryKeyValue, out;
        LayerNorm norm2;
        Mlp mlp;
    };
    static Block block(const Weights& w, int width);
    at::Tensor read(at::Tensor x, State& state, ForwardPass& pass) const;  ///< [B,L,E] to logits [B,L,K]

    Shape m_shape;
    Linear m_fromCodes, m_fromLanguage;
    at::Tensor m_places;  ///< [1,D,E]
    std::vector<Block> m_blocks;
    LayerNorm m_norm;
    Linear m_classifier;
};

}  // namespace tessera
