// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <vector>

#include <ATen/ATen.h>

#include "layers/convolution.h"
#include "layers/depthwise_convolution.h"
#include "layers/layer_norm.h"
#include "layers/linear.h"
#include "layers/multi_head_attention.h"

namespace tessera {

/// ViTamin as UniTok uses it: convolutions down to a sixteenth, then a transformer; and the same backwards as a decoder.
/// Sizes that tensors do not say, the number of heads, follow from the model's name.
struct VitaminShape {
    int fine = 0, middle = 0, width = 0;       ///< channels at a quarter, at an eighth, and of tokens
    int depth = 0, heads = 1;                  ///< of the transformers, the same in encoder and decoder
    int fineBlocks = 0, middleBlocks = 0;      ///< of the encoder's two stages
    int upMiddleBlocks = 0, upFineBlocks = 0;  ///< of the decoder's, up_conv2 and up_conv3
    static constexpr int kDownsample = 16;
};

/// Normalises again inside, then w2(gelu_tanh(w0 y) * (w1 y)).
class GatedMlp {
public:
    GatedMlp(const Weights& w, int width);
    at::Tensor operator()(const at::Tensor& x) const;  // [B,N,width] of any type
    double flops(double vectors) const { return m_gate.flops(vectors) + m_value.flops(vectors) + m_out.flops(vectors); }

private:
    LayerNorm m_norm;
    Linear m_gate, m_value, m_out;
};

/// x += attention(norm1(x)); x += mlp(norm2(x)), in float32 between.
class VitaminBlock {
public:
    VitaminBlock(const Weights& w, int width, int heads);
    at::Tensor operator()(const at::Tensor& x, ForwardPass& pass) const;  // [B,N,width] float32
    double flops(double tokens) const { return m_attention.flops(tokens) + m_mlp.flops(tokens); }

private:
    LayerNorm m_norm1;
    SelfAttention m_attention;
    LayerNorm m_norm2;
    GatedMlp m_mlp;
};

/// Inverted bottleneck: norm, 1x1 to `hidden`, gelu, depthwise 3x3, gelu, 1x1; beside it a shortcut.
class MbConv {
public:
    enum class Resample { None, Halve, Double };
    MbConv(const Weights& w, int in, int hidden, int out, Resample resample);

    Activation operator()(Activation x, ForwardPass& pass) const;  // [B,in,h,w] to [B,out,h',w']
    double flops(double height, double width) const;               // of its input

private:
    Activation shortcutOf(Activation x, ForwardPass& pass) const;

    Resample m_resample;
    LayerNorm m_norm;
    Conv2d m_widen;
    DepthwiseConv2d m_depthwise;
    Conv2d m_narrow;
    std::optional<Conv2d> m_expand;              ///< halving, where channels differ
    std::optional<Conv2d> m_double, m_shortcut;  ///< doubling: 3x3 after it, of the hidden channels and beside them
};

/// Image [B,3,H,W] in [-1,1] to tokens [B,hw,width], row-major, at a sixteenth.
class VitaminEncoder {
public:
    VitaminEncoder(const Weights& w, const VitaminShape& shape);
    at::Tensor operator()(Activation x, ForwardPass& pass) const;
    double flops(double height, double width) const;  // of the image

private:
    Activation toMap(Activation x, ForwardPass& pass) const;  // [B,width,h,w]

    Conv2d m_stem1;
    LayerNorm m_stemNorm;
    Conv2d m_stem2;
    std::vector<std::vector<MbConv>> m_stages;
    LayerNorm m_poolNorm;
    Conv2d m_pool;
    at::Tensor m_position;  ///< [1,1,width], the same for all tokens
    std::vector<VitaminBlock> m_blocks;
    LayerNorm m_normOut;
};

/// Tokens [B,side*side,width], row-major, to an image [B,3,16*side,16*side] in [-1,1].
class VitaminDecoder {
public:
    VitaminDecoder(const Weights& w, const VitaminShape& shape);
    Activation operator()(at::Tensor tokens, ForwardPass& pass) const;
    double flops(double height, double width) const;  // of the grid of tokens

private:
    std::vector<VitaminBlock> m_blocks;
    LayerNorm m_normOut;
    Conv2d m_up1;
    std::vector<std::vector<MbConv>> m_stages;
    Conv2d m_up4;
    LayerNorm m_lastNorm;
    Conv2d m_last;
};

}  // namespace tessera
