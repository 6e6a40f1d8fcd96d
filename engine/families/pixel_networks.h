// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <vector>

#include "families/pixel_shape.h"
#include "layers/attention.h"
#include "layers/convolution.h"
#include "layers/group_norm.h"

namespace tessera {

/// norm, silu, 3x3 convolution, twice, added to x; a 1x1 convolution of x where the width changes. Spec: autoencoder_kl.md, section 1.
class PixelResnetBlock {
public:
    PixelResnetBlock(const Weights& w, const PixelNames& names, int in, int out, int groups);

    /// [B,in,h,w] to [B,out,h,w]; writes into x where it can.
    Activation operator()(Activation x, ForwardPass& pass) const;
    double flops(double h, double w) const;

private:
    GroupNorm m_norm1;
    Conv2d m_conv1;
    GroupNorm m_norm2;
    Conv2d m_conv2;
    std::optional<Conv2d> m_shortcut;
};

/// The narrowest part, the same in encoder and decoder.
class PixelMidBlock {
public:
    PixelMidBlock(const Weights& w, const PixelNames& names, const PixelShape& shape);

    Activation operator()(Activation x, ForwardPass& pass) const;
    double flops(double h, double w) const;

private:
    PixelResnetBlock m_block1, m_block2;
    std::optional<AttentionBlock> m_attention;
};

/// One resolution: residual blocks, each followed by attention where there is any, then a convolution that changes the resolution.
struct PixelLevel {
    std::vector<PixelResnetBlock> blocks;
    std::vector<AttentionBlock> attentions;
    std::optional<Conv2d> resample;

    Activation operator()(Activation x, ForwardPass& pass) const;  ///< without the resampling
    double flops(double h, double w) const;
};

/// Pixels to what is quantised or made a mean and a variance of. Below `w` lie "conv_in", levels, the middle, "conv_out".
class PixelEncoder {
public:
    PixelEncoder(const Weights& w, PixelNaming naming, const PixelShape& shape);

    /// x [B,3,H,W] in [-1,1] to [B,encoderChannels,h,w]; sides are halved, rounded down, at every level but the last.
    Activation operator()(Activation x, ForwardPass& pass) const;
    double flops(int height, int width) const;

private:
    Conv2d m_convIn;
    std::vector<PixelLevel> m_levels;  ///< full resolution first
    PixelMidBlock m_mid;
    GroupNorm m_normOut;
    Conv2d m_convOut;
};

/// And back to pixels.
class PixelDecoder {
public:
    PixelDecoder(const Weights& w, PixelNaming naming, const PixelShape& shape);

    /// z [B,decoderChannels,h,w] to [B,3,H,W] in [-1,1], H = downsample * h.
    Activation operator()(Activation z, ForwardPass& pass) const;
    double flops(int height, int width) const;  ///< of the latents

private:
    Conv2d m_convIn;
    PixelMidBlock m_mid;
    std::vector<PixelLevel> m_levels;  ///< coarsest first
    GroupNorm m_normOut;
    Conv2d m_convOut;
};

/// image [B,3,H,W] in [0,1] on any device to what a PixelEncoder takes, on the lane's.
Activation pixelInput(const at::Tensor& image, const DeviceLane& lane);
/// What a PixelDecoder gives to [B,3,H,W] float32, mapped to [0,1].
at::Tensor pixelOutput(Activation x);
/// Throws Failure(Mismatch) unless image is [B,3,H,W] with sides of at least `least`.
void checkPixelInput(const at::Tensor& image, int least);

}  // namespace tessera
