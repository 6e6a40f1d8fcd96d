// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <vector>

#include <ATen/ATen.h>

#include "layers/convolution.h"
#include "layers/transformer_block.h"

namespace tessera {

/// The encoders that an RAE stands on; spec: engine/families/rae.md, section 3.
struct RaeVisionShape {
    enum class Kind { Dinov2, Siglip, Mae };
    Kind kind = Kind::Dinov2;
    int side = 0;       ///< of what the encoder sees
    int imageSide = 0;  ///< that its stored positions are of
    int patch = 0, width = 0, hidden = 0, heads = 1, layers = 0;
    int registers = 0;
    double epsilon = 1e-6;
    bool affine = false;  ///< the last norm keeps its weight and bias

    int grid() const { return side / patch; }
};

struct Dinov2Block;

/// DINOv2 with registers, SigLIP 2's vision tower or MAE's encoder by transformers' names, without the weights of the last norm.
class RaeEncoder {
public:
    RaeEncoder(const Weights& w, const RaeVisionShape& shape);
    RaeEncoder(RaeEncoder&&) noexcept;
    ~RaeEncoder();

    /// image [B,3,S,S], already normalised, to the tokens of its patches [B,N,C] float32.
    at::Tensor operator()(const at::Tensor& image, ForwardPass& pass) const;
    double flops() const;
    /// Tensors of the release that it has no use for.
    static std::vector<std::string> ignorable(const RaeVisionShape& shape);

private:
    /// Stored positions of patches [1,P,C], as many as there are now.
    at::Tensor positionsOfPatches(const at::Tensor& stored) const;

    RaeVisionShape m_shape;
    Conv2d m_patch;
    at::Tensor m_positions;          ///< [1,N,C]
    at::Tensor m_before;             ///< [1,n,C]: class token with its position, and registers; undefined: none
    std::vector<TransformerBlock> m_blocks;
    std::vector<Dinov2Block> m_scaled;
    std::optional<LayerNorm> m_norm;
};

/// A ViT that paints a patch of each token; tensors by MAE's decoder's names.
class RaeDecoder {
public:
    struct Shape {
        int tokenDim = 0, grid = 0, patch = 16;
        int width = 0, hidden = 0, heads = 1, layers = 0;
        double epsilon = 1e-12;
    };
    RaeDecoder(const Weights& w, const Shape& shape);

    /// tokens [B,N,C] to pictures [B,3,g*p,g*p] float32, normalised as the encoder's input is.
    at::Tensor operator()(const at::Tensor& tokens, ForwardPass& pass) const;
    double flops() const;

private:
    Shape m_shape;
    Linear m_embed;
    at::Tensor m_classToken, m_positions;  ///< [1,1,H], [1,N+1,H]
    std::vector<TransformerBlock> m_blocks;
    LayerNorm m_norm;
    Linear m_paint;
};

}  // namespace tessera
