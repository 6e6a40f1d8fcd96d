// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include <ATen/ATen.h>

#include "layers/key_value_cache.h"
#include "layers/multi_head_attention.h"
#include "layers/transformer_block.h"

namespace tessera {

/// Text decoder that looks at a picture's tokens: causal blocks and blocks of cross-attention in turn, by the names of open_clip's CoCa;
/// spec: engine/families/openvision3.md, section 4.
class CaptionDecoder {
public:
    struct Shape {
        int vocabulary = 0, context = 0;  ///< V, and most ids of a caption
        int tokenDim = 0;                 ///< D
        int width = 0, hidden = 0, heads = 1, layers = 0;
        double epsilon = 1e-6;
        std::int64_t begin = 1, end = 2, padding = 0;
    };
    CaptionDecoder(const Weights& w, const Shape& shape);

    /// What has been said of some pictures so far.
    struct State {
        std::vector<KeyValueCache> said;                            ///< of every layer
        std::vector<std::pair<at::Tensor, at::Tensor>> seen;        ///< key and value of the pictures' tokens, of every layer
        std::int64_t length() const { return said.empty() ? 0 : said.front().length(); }
    };
    /// tokens [B,N,D].
    State look(const at::Tensor& tokens, ForwardPass& pass) const;
    /// The next ids [B,L] int64 of every caption, L is 1 unless these are the first: logits [B,L,V] float32 of what follows each.
    at::Tensor read(const at::Tensor& ids, State& state, ForwardPass& pass) const;
    /// The likeliest captions of tokens [B,N,D]: [B,1+n] int64 from `begin` on, n at most `most`; what follows `end` is padding.
    at::Tensor likeliest(const at::Tensor& tokens, std::int64_t most, ForwardPass& pass) const;

    const Shape& shape() const { return m_shape; }

private:
    struct SelfBlock {
        LayerNorm norm1;
        Linear queryKeyValue, out;
        LayerNorm norm2;
        Mlp mlp;
    };
    struct CrossBlock {
        LayerNorm norm1, normSeen;
        Linear query, keyValue, out;
        LayerNorm norm2;
        Mlp mlp;
    };
    static SelfBlock selfBlock(const Weights& w, const Shape& shape);
    static CrossBlock crossBlock(const Weights& w, const Shape& shape);

    Shape m_shape;
    at::Tensor m_tokens, m_positions;  ///< [V,W], [context,W]
    Linear m_imageProjection;
    std::vector<SelfBlock> m_self;
    std::vector<CrossBlock> m_cross;
    LayerNorm m_norm;
    at::Tensor m_projection;  ///< [W,V]
};

}  // namespace tessera
