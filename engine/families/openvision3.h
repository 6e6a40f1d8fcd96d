// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include <nlohmann/json_fwd.hpp>

#include "families/caption_decoder.h"
#include "families/clip_model.h"
#include "families/flow_generator.h"
#include "families/model_family.h"
#include "families/token_decoder.h"

namespace tessera {

/// OpenVision 3: one set of tokens over the latents of a frozen VAE, for understanding and for reconstruction; spec: engine/families/openvision3.md.
///
///   Image [B,3,H,W] in [0,1] -> VAE latents [B,c,H/8,W/8] -> tokens [B,D,h,w] -> latents -> Reconstruction [B,3,H,W]
///
/// As released, an encoder whose VAE lies elsewhere; or complete, with what our trainer writes: decoder, text tower, captions. The VAE is an AutoencoderKL, or Tessera's
/// own autoencoder ("complete-tessera").
struct OpenVision3File {
    ClipModel::File encoder;
    std::filesystem::path vae;  ///< folder or file of the AutoencoderKL
    struct Part {
        std::string where;
        StoredTensors tensors;
    };
    struct DecoderPart : Part {
        TokenDecoder::Shape shape;
    };
    struct CaptionPart : Part {
        CaptionDecoder::Shape shape;
    };
    std::optional<DecoderPart> decoder;
    std::optional<CaptionPart> captions;
    std::optional<FlowGeneratorFile> flow;  ///< in generator/ beside the manifest; makes the tokens
    int height = 0, width = 0;  ///< of pictures, in pixels; 0: as many as the encoder's latents stand for
};

/// What the latents of FLUX.1's VAE are multiplied by, where its own config is not there to say so.
inline constexpr double kFluxScaling = 0.3611;

/// Whether a checkpoint holds one: "complete", "released", or nothing. Reads no tensor data.
std::optional<std::string> findOpenVision3(const Checkpoint& checkpoint);
/// From its configs. Throws Failure for what is missing or does not fit.
OpenVision3File detectOpenVision3(const Checkpoint& checkpoint);

/// Sizes of the decoder and of the text decoder by their configs, which lie at `path`. Throws Failure for what does not fit the encoder.
TokenDecoder::Shape openVision3DecoderShape(const nlohmann::json& config, const std::string& path, const ClipVisionShape& encoder);
CaptionDecoder::Shape openVision3CaptionShape(const nlohmann::json& config, const std::string& path, const ClipVisionShape& encoder);

extern const ModelFamily kOpenVision3;

}  // namespace tessera
