// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include <ATen/ATen.h>

#include "layers/transformer_block.h"

namespace tessera {

/// SigLIP's text tower by transformers' names: token and position embeddings, blocks in which every token sees all others, the last token, a projection.
///
///   ids [T,L], padded to their full length -> features [T,E], not normalised
class SiglipText {
public:
    struct Shape {
        int vocabulary = 0, context = 0;  ///< ids, and most of them in a text
        int width = 0, hidden = 0, heads = 1, layers = 0;
        int features = 0;  ///< E
        double epsilon = 1e-6;
    };
    SiglipText(const Weights& w, Shape shape);

    /// Float32 [T,E]. Throws Failure(Mismatch) for ids that the model cannot have.
    at::Tensor operator()(const at::Tensor& ids, ForwardPass& pass) const;
    double flops(double texts, double length) const;

private:
    Shape m_shape;
    at::Tensor m_tokens, m_positions;  ///< [V,W], [L,W]
    std::vector<TransformerBlock> m_blocks;
    LayerNorm m_normOut;
    Linear m_head;
};

}  // namespace tessera
