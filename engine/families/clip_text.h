// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include <ATen/ATen.h>

#include "layers/transformer_block.h"

namespace tessera {

/// CLIP's text transformer by open_clip's names: token and position embeddings, causal pre-norm blocks, the token at the largest id, a projection.
///
///   ids [T,L] -> features [T,E], not normalised
class ClipText {
public:
    struct Shape {
        int vocabulary = 0, context = 0;  ///< ids, and most of them in a text
        int width = 0, heads = 1, layers = 0;
        int features = 0;  ///< E
        Gelu gelu = Gelu::Exact;
    };
    ClipText(const Weights& w, Shape shape);

    /// ids [T,L] int64 with L at most `context`, as the text tokenizer makes them: the end has the largest id. Float32 [T,E].
    /// Throws Failure(Mismatch) for ids that the model cannot have.
    at::Tensor operator()(const at::Tensor& ids, ForwardPass& pass) const;
    double flops(double texts, double length) const;

private:
    Shape m_shape;
    at::Tensor m_tokens, m_positions;  ///< [V,W], [L,W]
    std::vector<TransformerBlock> m_blocks;
    LayerNorm m_normOut;
    at::Tensor m_projection;  ///< [W,E]
};

}  // namespace tessera
