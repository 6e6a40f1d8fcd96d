// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <ATen/ATen.h>

#include "layers/convolution.h"
#include "layers/transformer_block.h"

namespace tessera {

/// SigLIP's vision tower by transformers' names; spec: engine/families/vila_u.md, section 4.
struct SiglipVisionShape {
    int imageSide = 0, patch = 0;
    int width = 0, hidden = 0, heads = 1, layers = 0;
    double epsilon = 1e-6;

    int grid() const { return imageSide / patch; }  ///< a remainder at the right and at the bottom is never seen
};

/// Blocks [first, last) of a tower, text or vision; `w` is the tower's scope.
std::vector<TransformerBlock> siglipBlocks(const Weights& w, int first, int last, TransformerBlock::Shape shape);
TransformerBlock::Shape blockOf(const SiglipVisionShape& shape);

/// Patches with their positions: image [B,3,H,W] in [-1,1] to tokens [B,L,C] float32, row-major. Tensors below "embeddings".
class SiglipPatches {
public:
    SiglipPatches(const Weights& w, const SiglipVisionShape& shape);
    at::Tensor operator()(Activation x, ForwardPass& pass) const;
    double flops(double height, double width) const { return m_patch.flops(height, width); }

private:
    Conv2d m_patch;
    at::Tensor m_positions;  ///< [L,C]
};

/// What becomes of tokens [B,L,C] after the last block: one vector per picture [B,C] float32, not normalised. The tower's norm, then a learned
/// query that attends over all tokens. Tensors "post_layernorm" and below "head".
class SiglipPooling {
public:
    SiglipPooling(const Weights& w, const SiglipVisionShape& shape);
    at::Tensor operator()(const at::Tensor& tokens, ForwardPass& pass) const;
    /// The tower's norm alone: [B,L,C] float32.
    at::Tensor normed(const at::Tensor& tokens) const { return m_normOut(tokens, at::kFloat); }
    /// What it would make of each token if that were the only one: [B,L,C] float32; the query has no say then.
    at::Tensor ofEach(const at::Tensor& tokens) const;
    double flops(double tokens) const { return m_attention.flops(1, tokens) + m_mlp.flops(1); }

private:
    LayerNorm m_normOut;
    at::Tensor m_probe;  ///< [1,1,C]
    CrossAttention m_attention;
    LayerNorm m_norm;
    Mlp m_mlp;
};

/// The whole vision tower of a SigLIP; `w` is its scope, "vision_model".
class SiglipVision {
public:
    SiglipVision(const Weights& w, const SiglipVisionShape& shape);

    struct Result {
        at::Tensor after;  ///< [B,L,C], what the last block gives
    };
    /// x [B,3,S,S] in [-1,1].
    Result operator()(const at::Tensor& x, ForwardPass& pass) const;
    at::Tensor tokens(const Result& result) const { return m_pooling.normed(result.after); }  ///< [B,L,C]
    at::Tensor pooled(const Result& result, ForwardPass& pass) const { return m_pooling(result.after, pass); }
    /// "map_value": the pooling head on every token alone; "plain": the tokens.
    static std::vector<std::string> denseMethods() { return {"map_value", "plain"}; }
    at::Tensor dense(const Result& result, std::string_view method) const;  ///< [B,L,C] of unit length
    double flops() const;

private:
    SiglipVisionShape m_shape;
    SiglipPatches m_patches;
    std::vector<TransformerBlock> m_blocks;
    SiglipPooling m_pooling;
};

}  // namespace tessera
