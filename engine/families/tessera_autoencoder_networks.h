// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <utility>
#include <vector>

#include <ATen/ATen.h>

#include "families/tessera_autoencoder.h"
#include "layers/convolution.h"
#include "layers/group_norm.h"

namespace tessera {

/// The networks of Tessera's own autoencoder, for its family and for its training; spec: engine/families/tessera_autoencoder.md.
struct TesseraAutoencoderNetworks {
    using Config = TesseraAutoencoderConfig;
    static constexpr int kUnshuffle = 4, kPixelChannels = 3 * kUnshuffle * kUnshuffle, kPatch = 8;

    /// h + conv2(silu(conv1(norm(h)))).
    struct ResidualBlock {
        ResidualBlock(const Weights& w, int width, const Config& config);
        Activation operator()(Activation h, ForwardPass& pass) const;  // [B,width,h,w]
        double flops(double h, double w) const { return conv1.flops(h, w) + conv2.flops(h, w); }

        GroupNorm norm;
        Conv2d conv1, conv2;
    };

    struct Stage {
        Stage(const Weights& w, int depth, int width, const Config& config);
        Activation operator()(Activation h, ForwardPass& pass) const;
        double flops(double h, double w) const { return blocks.empty() ? 0.0 : static_cast<double>(blocks.size()) * blocks.front().flops(h, w); }

        std::vector<ResidualBlock> blocks;
    };

    struct Encoder {
        Encoder(const Weights& w, const Config& config);
        /// x [B,3,H,W] in [-1,1] to mean and unclamped logvar [B,z,H/8,W/8].
        std::pair<at::Tensor, at::Tensor> operator()(Activation x, ForwardPass& pass) const;
        double flops(double height, double width) const;

        int latentChannels;
        Conv2d patch, convIn;
        Stage stage1;
        Conv2d down;
        Stage stage2;
        Conv2d convOut;
    };

    /// Transposed 8x8 projection, stride 8: every latent cell paints its own patch. Tensors "weight" [z,3,8,8], "bias" [3].
    struct PatchPainter {
        PatchPainter(const Weights& w, int latentChannels);
        at::Tensor operator()(const at::Tensor& z, ForwardPass& pass) const;  // float32 [B,3,8h,8w]
        double flops(double h, double w) const { return 2.0 * h * w * latentChannels * 3 * kPatch * kPatch; }

        at::Tensor weight, bias;
        int latentChannels = 0;
    };

    struct Decoder {
        Decoder(const Weights& w, const Config& config);
        /// z [B,z,h,w] to [B,3,8h,8w] in [-1,1].
        at::Tensor operator()(const at::Tensor& z, ForwardPass& pass) const;
        double flops(double h, double w) const;  // of the latents

        PatchPainter patch;
        Conv2d convIn;
        Stage stage2;
        Conv2d up;
        Stage stage1;
        Conv2d convOut;
    };

    TesseraAutoencoderNetworks(const Weights& w, const Config& config) : encoder(w / "encoder", config), decoder(w / "decoder", config) {}

    /// Within what the KL term and the noise of training can bear.
    static at::Tensor clampedLogvar(const at::Tensor& logvar) { return logvar.clamp(-10.0, 2.0); }

    Encoder encoder;
    Decoder decoder;
};

}  // namespace tessera
