// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include <ATen/ATen.h>

#include "layers/transformer_block.h"

namespace tessera {

/// Vision transformer that makes latents of tokens, by timm's names; spec: engine/families/openvision3.md, section 3.
///
///   tokens [B,D,h,w] -> latents [B,C,u*h,u*w]
class TokenDecoder {
public:
    struct Shape {
        int tokenDim = 0;  ///< D
        int width = 0, hidden = 0, heads = 1, layers = 0;
        int rows = 0, columns = 0;      ///< h, w
        int upsample = 2, latents = 0;  ///< u, C
        double epsilon = 1e-6;
    };
    TokenDecoder(const Weights& w, const Shape& shape);

    /// float32. Throws Failure(Mismatch) for tokens that do not fit.
    at::Tensor operator()(const at::Tensor& tokens, ForwardPass& pass) const;
    double flops() const;  ///< of one sample
    const Shape& shape() const { return m_shape; }

private:
    Shape m_shape;
    Linear m_embed;
    at::Tensor m_positions;  ///< [1,hw,width]
    std::vector<TransformerBlock> m_blocks;
    LayerNorm m_norm;
    Linear m_head;
};

}  // namespace tessera
