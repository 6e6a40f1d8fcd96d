// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>

#include "families/autoencoder_kl.h"
#include "families/pixel_networks.h"

namespace tessera {

/// The networks of an AutoencoderKL, for its family and for what is trained over a frozen one; spec: engine/families/autoencoder_kl.md.
struct AutoencoderKlNetworks {
    AutoencoderKlNetworks(const Weights& w, const AutoencoderKlConfig& config)
        : encoder(w / "encoder", config.naming(), config.shape), decoder(w / "decoder", config.naming(), config.shape) {
        const int c = config.latentChannels;
        if (config.quantConv) quantConv.emplace(w / "quant_conv", Conv2d::Shape{.in = 2 * c, .out = 2 * c, .kernel = 1});
        if (config.postQuantConv) postQuantConv.emplace(w / "post_quant_conv", Conv2d::Shape{.in = c, .out = c, .kernel = 1});
    }

    /// x [B,3,H,W] in [-1,1] to mean and unclamped logvar, one after the other: float32 [B,2c,h,w].
    at::Tensor moments(Activation x, ForwardPass& pass) const {
        Activation moments = encoder(std::move(x), pass);
        if (quantConv) moments = (*quantConv)(std::move(moments), pass);
        return std::move(moments).whole().to(at::kFloat);
    }
    /// z [B,c,h,w], unscaled, to [B,3,H,W] in [-1,1].
    Activation decoded(Activation z, ForwardPass& pass) const {
        if (postQuantConv) z = (*postQuantConv)(std::move(z), pass);
        return decoder(std::move(z), pass);
    }

    PixelEncoder encoder;
    PixelDecoder decoder;
    std::optional<Conv2d> quantConv, postQuantConv;
};

}  // namespace tessera
