// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include <ATen/ATen.h>

#include "families/clip_naming.h"
#include "layers/transformer_block.h"

namespace tessera {

/// CLIP's text transformer: token and position embeddings, pre-norm blocks, one position that stands for the text, a projection.
///
///   ids [T,L] -> features [T,E], not normalised
class ClipText {
public:
    enum class Pool {
        LargestId,  ///< the end has the largest id
        FirstEnd,   ///< the first place of `endId`
        Last        ///< the last place
    };
    struct Shape {
        ClipNaming naming = ClipNaming::OpenClip;
        int vocabulary = 0, context = 0;  ///< ids, and most of them in a text
        int width = 0, heads = 1, layers = 0;
        int hidden = 0;    ///< 0: four times the width
        int features = 0;  ///< E
        double epsilon = 1e-5;
        Gelu gelu = Gelu::Exact;
        bool causal = true;
        Pool pool = Pool::LargestId;
        std::int64_t endId = 0;
        bool wholeContext = false;  ///< texts are always `context` long
    };
    ClipText(const Weights& w, Shape shape);

    /// ids [T,L] int64 with L at most `context`, as the text tokenizer makes them. Float32 [T,E].
    /// Throws Failure(Mismatch) for ids that the model cannot have.
    at::Tensor operator()(const at::Tensor& ids, ForwardPass& pass) const;
    double flops(double texts, double length) const;
    const Shape& shape() const { return m_shape; }

private:
    at::Tensor endsOf(const at::Tensor& ids) const;  ///< [T]: the place that stands for each text
    at::Tensor pooled(const at::Tensor& x, const at::Tensor& ids) const;

    Shape m_shape;
    at::Tensor m_tokens, m_positions;  ///< [V,W], [L,W]
    std::vector<TransformerBlock> m_blocks;
    LayerNorm m_normOut;
    at::Tensor m_projection;  ///< [W,E]
};

}  // namespace tessera
