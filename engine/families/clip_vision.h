// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <ATen/ATen.h>

#include "families/clip_naming.h"
#include "layers/transformer_block.h"

namespace tessera {

/// Vision transformer with a class token, as CLIP, OpenCLIP and OpenVision have it; spec: engine/families/clip.md.
struct ClipVisionShape {
    enum class Pool {
        ClassToken,  ///< "tok"
        Mean,        ///< "avg": of the patches
        None         ///< every token for itself
    };
    ClipNaming naming = ClipNaming::OpenClip;
    int channels = 3;  ///< of what is cut into patches
    int height = 0, width = 0, patch = 0;  ///< in pixels, or in latents
    int dim = 0, hidden = 0, heads = 1, layers = 0;
    int features = 0;  ///< E, of the space that it shares with texts; 0: it shares none, and ends with its last block
    double epsilon = 1e-5;
    Gelu gelu = Gelu::Exact;
    bool normBefore = true;  ///< of the embeddings, "ln_pre"
    Pool pool = Pool::ClassToken;
    bool normAfterPool = false;  ///< tokens leave it as the last block made them
    bool tokensNormed = true;    ///< what counts as its tokens went through the last norm, without the class token; transformers' CLIP: neither

    int rows() const { return height / patch; }  ///< a remainder below and at the right is never seen
    int columns() const { return width / patch; }
    std::int64_t positions() const { return 1 + std::int64_t(rows()) * columns(); }
};

/// Checks that the sizes suit one another; `refuse` is told what does not.
template <typename Refuse>
void checkClipVision(const ClipVisionShape& shape, const Refuse& refuse) {
    if (shape.dim % shape.heads != 0) refuse(std::to_string(shape.heads) + " heads do not divide " + std::to_string(shape.dim) + " channels");
    if (std::int64_t(shape.patch) * shape.patch * shape.channels > (1 << 24)) refuse("patches of " + std::to_string(shape.patch) + " are too large");
    if (shape.rows() == 0 || shape.columns() == 0) {
        refuse("patches of " + std::to_string(shape.patch) + " do not fit into " + std::to_string(shape.width) + " x " + std::to_string(shape.height));
    }
}

class ClipVision {
public:
    ClipVision(const Weights& w, const ClipVisionShape& shape);

    struct Result {
        at::Tensor before;  ///< [B,1+N,D], what the last block is given
        at::Tensor after;   ///< [B,1+N,D], what it gives
    };
    /// x [B,channels,height,width], normalised.
    Result operator()(const at::Tensor& x, ForwardPass& pass) const;

    /// What upstream calls its tokens, see tokensNormed: [B,N,D] or [B,1+N,D].
    at::Tensor tokens(const Result& result) const;
    /// [B,E] float32, not normalised; of Pool::None [B,1+N,E].
    at::Tensor pooled(const Result& result) const;
    /// The usual one first: mean-pooled tokens are close to words as they are, those of a class token are not.
    std::vector<std::string> denseMethods() const;
    /// [B,N,E] of unit length. "plain": patches, normed and projected. "maskclip": the last block looked at nothing but each token itself.
    /// "value_only": what that block's attention gives then, without the rest.
    at::Tensor dense(const Result& result, std::string_view method) const;
    /// Vectors of width D to E, through the last norm: [...,E] float32.
    at::Tensor projected(const at::Tensor& x) const { return at::matmul((*m_normOut)(x, at::kFloat), m_projection); }

    const ClipVisionShape& shape() const { return m_shape; }
    double flops() const;  ///< of one picture

private:
    ClipVisionShape m_shape;
    Linear m_patch;
    at::Tensor m_class, m_positions;  ///< [D], [1+N,D]
    std::optional<LayerNorm> m_normIn;
    std::vector<TransformerBlock> m_blocks;
    std::optional<LayerNorm> m_normOut;
    at::Tensor m_projection;  ///< [D,E]
};

}  // namespace tessera
