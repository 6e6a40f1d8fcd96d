// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "families/pixel_networks.h"
#include "families/vila_u.h"
#include "families/vila_u_depth.h"

namespace tessera {

/// The networks of VILA-U's vision tower, for its family and for its training; spec: engine/families/vila_u.md.
struct VilaUNetworks {
    static constexpr const char* kTower = "rqvaesiglip";
    static constexpr const char* kVision = "siglip_model.vision_model";

    /// Image to what is quantised: SigLIP up to its last block but one. `w` is the tower's scope, here and below.
    struct Encoder {
        Encoder(const Weights& w, const VilaUConfig& config)
            : patches(w / kVision, config.vision), blocks(siglipBlocks(w / kVision, 0, config.vision.layers - 1, blockOf(config.vision))) {}

        at::Tensor operator()(Activation x, ForwardPass& pass) const {  // [B,3,S,S] in [-1,1] to [B,L,C]
            pass.begin("encoding, patches");
            at::Tensor tokens = patches(std::move(x), pass);
            for (std::size_t i = 0; i < blocks.size(); ++i) {
                pass.begin("encoding, block " + std::to_string(i + 1));
                tokens = blocks[i](tokens, pass);
            }
            return tokens;
        }
        double flops(double side, double tokens) const { return patches.flops(side, side) + static_cast<double>(blocks.size()) * blocks.front().flops(tokens); }

        SiglipPatches patches;
        std::vector<TransformerBlock> blocks;
    };

    /// Sums of codewords to an image in [-1,1].
    struct Decoder {
        Decoder(const Weights& w, const VilaUConfig& config)
            : grid(config.decoderGrid.begin(), config.decoderGrid.end()),
              postQuantConv(w / "post_quant_conv", {.in = config.vision.width, .out = config.decoder.decoderChannels, .kernel = 1}),
              decoder(w / "decoder", PixelNaming::Ldm, config.decoder) {}

        Activation operator()(at::Tensor z, ForwardPass& pass) const {  // [B,C,g,g]
            if (!grid.empty()) z = at::upsample_bilinear2d(z, grid, /*align_corners=*/false);
            return decoder(postQuantConv(z.contiguous(at::MemoryFormat::ChannelsLast), pass), pass);
        }
        double flops(int side) const {  // of the grid of codes
            const int height = static_cast<int>(grid.empty() ? side : grid[0]), width = static_cast<int>(grid.empty() ? side : grid[1]);
            return postQuantConv.flops(height, width) + decoder.flops(height, width);
        }

        std::vector<std::int64_t> grid;
        Conv2d postQuantConv;
        PixelDecoder decoder;
    };

    /// What joins pictures and texts: the rest of SigLIP, which codes do without.
    struct SharedSpace {
        SharedSpace(const Weights& w, const VilaUConfig& config)
            : last(siglipBlocks(w / kVision, config.vision.layers - 1, config.vision.layers, blockOf(config.vision)).front()),
              pooling(w / kVision, config.vision),
              text(w / "siglip_model.text_model", config.text) {
            // One parameter under two names, of which files keep either or both.
            const Weights scope = w.holds("logit_scale") ? w : w / "siglip_model";
            logitScale = scope.take("logit_scale", {1});
            logitBias = scope.take("logit_bias", {1});
        }

        TransformerBlock last;
        SiglipPooling pooling;
        SiglipText text;
        at::Tensor logitScale, logitBias;
    };

    /// What draws the codes of a position, if the config has it.
    static std::optional<VilaUDepth> depthTransformer(const Weights& w, const VilaUConfig& config) {
        return config.depthTransformer ? std::optional<VilaUDepth>(std::in_place, w / "rqtransformer", *config.depthTransformer) : std::nullopt;
    }
};

}  // namespace tessera
