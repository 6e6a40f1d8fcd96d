// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "families/pixel_networks.h"
#include "families/vila_u.h"

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

    /// Takes, so as to check, the tensors with which generation will draw codes.
    static void takeDepthTransformer(const Weights& w, const VilaUConfig& config) {
        if (!config.depthTransformer) return;
        constexpr int kMlpFactor = 4;
        const int width = config.depthTransformer->width;
        const auto linear = [](const Weights& scope, int in, int out) { Linear::take(scope, {.in = in, .out = out}, {}); };
        const auto norm = [&](const Weights& scope) { LayerNorm(scope, width, 1e-5); };
        linear(w / "in_mlp_1", config.vision.width, width);
        linear(w / "in_mlp_2", config.depthTransformer->languageWidth, width);
        w.take("pos_emb_d", {1, config.depths, width});
        for (int i = 0; i < config.depthTransformer->layers; ++i) {
            const Weights block = w / ("head_transformer.blocks." + std::to_string(i));
            norm(block / "ln1");
            norm(block / "ln2");
            for (const char* name : {"key", "query", "value", "proj"}) linear(block / "attn" / name, width, width);
            linear(block / "mlp.0", width, kMlpFactor * width);
            linear(block / "mlp.2", kMlpFactor * width, width);
        }
        norm(w / "classifier_mlp.layer_norm");
        linear(w / "classifier_mlp.linear", width, config.depthTransformer->codes);
    }
};

}  // namespace tessera
