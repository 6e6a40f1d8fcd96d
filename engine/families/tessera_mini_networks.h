// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include <ATen/ATen.h>

#include "families/tessera_autoencoder_networks.h"
#include "families/tessera_mini.h"
#include "layers/layer_norm.h"
#include "layers/linear.h"
#include "layers/transformer_block.h"

namespace tessera {

/// Turns the queries and keys of a grid's tokens by their rows and columns (rotary positions, arXiv 2104.09864, half of the channels for each direction): any grid works.
class RotaryGrid {
public:
    /// Channels of a head are a multiple of 4; `options` are of float32.
    RotaryGrid(std::int64_t rows, std::int64_t columns, std::int64_t channels, const at::TensorOptions& options);
    /// x [B,heads,rows*columns,channels].
    at::Tensor turned(const at::Tensor& x) const;

private:
    at::Tensor m_cosines, m_sines;  ///< [rows*columns, channels/2]
};

/// x += attention(norm1(x)) with rotary positions; x += mlp(norm2(x)). Names as in timm.
class RotaryBlock {
public:
    RotaryBlock(const Weights& w, const TesseraMiniConfig::Stack& stack);
    at::Tensor operator()(const at::Tensor& x, const RotaryGrid& grid, ForwardPass& pass) const;  // [B,N,width] float32
    double flops(double tokens) const;  ///< of one sample

private:
    int m_heads;
    LayerNorm m_norm1;
    Linear m_queryKeyValue, m_out;
    LayerNorm m_norm2;
    Mlp m_mlp;
};

/// out(norm(blocks(in(x)))) of a map of tokens. Grids larger than kWindow along a side are seen through overlapping windows, and the pass notes it.
class TokenStack {
public:
    static constexpr std::int64_t kWindow = 64, kOverlap = 16;  // tokens

    TokenStack(const Weights& w, int in, int out, const TesseraMiniConfig::Stack& stack);
    at::Tensor operator()(const at::Tensor& map, ForwardPass& pass) const;  // [B,in,h,w] float32 to [B,out,h,w] float32
    double flops(double rows, double columns) const;

private:
    at::Tensor ofWindow(const at::Tensor& map, ForwardPass& pass) const;

    int m_width, m_heads;
    Linear m_in;
    std::vector<RotaryBlock> m_blocks;
    LayerNorm m_norm;
    Linear m_out;
};

/// The networks of Tessera's own unified tokenizer, for its family and for its training.
struct TesseraMiniNetworks {
    using Config = TesseraMiniConfig;

    /// Between latents and tokens: channels weighed by what they do to the pixels, p x p cells side by side. Tensor "scale" [z].
    struct Folding {
        Folding(const Weights& w, const Config& config);
        at::Tensor tokens(const at::Tensor& latents) const;  // [B,z,h,w] to [B,T,h/p,w/p]
        at::Tensor latents(const at::Tensor& tokens) const;

        int patch;
        at::Tensor scale;  ///< [1,z,1,1]
    };

    struct Encoder {
        Encoder(const Weights& w, const Config& config) : folding(w, config), stack(w / "tokenizer.encoder", config.tokenDim(), config.tokenDim(), config.encoder) {}
        at::Tensor operator()(const at::Tensor& latents, ForwardPass& pass) const;  // [B,z,h,w] to tokens [B,T,h/p,w/p]

        Folding folding;
        TokenStack stack;
    };

    struct Decoder {
        Decoder(const Weights& w, const Config& config) : folding(w, config), stack(w / "tokenizer.decoder", config.tokenDim(), config.tokenDim(), config.decoder) {}
        at::Tensor operator()(const at::Tensor& tokens, ForwardPass& pass) const;  // [B,T,h,w] to latents [B,z,hp,wp]

        Folding folding;
        TokenStack stack;
    };

    /// [D,K,T] float32.
    static at::Tensor codebooks(const Weights& w, const Config& config);

    /// What joins tokens and texts. A picture's vector is the mean of its tokens'.
    struct SharedSpace {
        SharedSpace(const Weights& w, const Config& config);
        at::Tensor dense(const at::Tensor& tokens, ForwardPass& pass) const { return stack(tokens, pass); }  // [B,T,h,w] to [B,E,h,w], not normalised
        static at::Tensor pooled(const at::Tensor& dense) { return dense.mean({2, 3}); }                     // [B,E]

        TokenStack stack;
        at::Tensor logitScale, logitBias;  ///< []
        ClipText text;
    };
};

}  // namespace tessera
