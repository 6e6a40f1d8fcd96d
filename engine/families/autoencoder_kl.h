// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>

#include "families/model_family.h"
#include "families/pixel_shape.h"

namespace tessera {

/// Pixel autoencoder with a Gaussian latent: the VAEs of Stable Diffusion, SDXL and FLUX.1.
///
///   Image [B,3,H,W] in [0,1] -> posterior mean, logvar [B,c,h,w] -> Reconstruction [B,3,H,W]
struct AutoencoderKlConfig {
    /// How the file names its tensors and counts its levels.
    enum class Layout {
        Diffusers,  ///< folder with config.json; decoder level 0 is the coarsest
        Bfl,        ///< ae.safetensors without config; decoder level 0 is full resolution
        Ldm         ///< original Stable Diffusion checkpoint: BFL's names, quant convs, maybe below "first_stage_model."
    };
    Layout layout = Layout::Diffusers;
    int latentChannels = 0;
    PixelShape shape;
    bool quantConv = false, postQuantConv = false;
    /// Pipelines work on (mean - shift) * scaling; none where the config gives no such pair.
    std::optional<double> scalingFactor, shiftFactor;

    PixelNaming naming() const { return layout == Layout::Diffusers ? PixelNaming::Diffusers : PixelNaming::Ldm; }
};

/// The tensors of one autoencoder inside a checkpoint, and what is known about them without reading any.
struct AutoencoderKlFile {
    std::string description;  ///< "diffusers AutoencoderKL config"
    std::string where;        ///< the file, for messages
    AutoencoderKlConfig::Layout layout{};
    std::string config;  ///< path of config.json inside the checkpoint; empty without one
    const std::map<std::string, StoredTensor>* tensors = nullptr;
    std::string prefix;  ///< in front of every name that counts: "first_stage_model."
};

/// Finds the autoencoder in a checkpoint, if there is one. Reads no tensor data.
std::optional<AutoencoderKlFile> findAutoencoderKl(const Checkpoint& checkpoint);
/// From config.json, or from the shapes where there is none. Throws Failure for what Tessera does not compute.
AutoencoderKlConfig detectAutoencoderKl(const Checkpoint& checkpoint, const AutoencoderKlFile& file);

extern const ModelFamily kAutoencoderKl;

}  // namespace tessera
