// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <map>
#include <optional>
#include <string>

#include "families/model_family.h"

namespace tessera {

class ConfigReader;

/// Tessera's own small autoencoder: a linear 8x8 patch projection carries the picture, a residual network corrects it.
///
///   Image [B,3,H,W] in [0,1] -> posterior mean, logvar [B,z,H/8,W/8] -> Reconstruction [B,3,H,W]
///
/// With residual codebooks over p x p patches of the latents: latents -> codes [B,H/8p,W/8p,D] -> latents.
struct TesseraAutoencoderConfig {
    int latentChannels = 0;
    std::array<int, 2> widths{};         ///< channels at 1/4 and at 1/8 of the sides
    std::array<int, 2> encoderDepths{};  ///< residual blocks at 1/4, at 1/8
    std::array<int, 2> decoderDepths{};  ///< at 1/8, at 1/4
    int normGroups = 0;
    double normEpsilon = 0;

    int depths = 0;                      ///< D; 0: no codebooks
    int codebookSize = 0;                ///< K of every depth
    int patch = 1;                       ///< p

    static constexpr int kDownsample = 8;
    /// From config.json; throws Failure(Invalid) that names the key.
    static TesseraAutoencoderConfig detect(const Checkpoint& checkpoint);
    /// The same of a table that stands elsewhere.
    static TesseraAutoencoderConfig read(const ConfigReader& config);
};

/// The tensors of model.safetensors, or of the first file in a folder that has none.
struct TesseraAutoencoderFile {
    std::string where;
    const std::map<std::string, StoredTensor>* tensors = nullptr;
};
/// Finds one in a checkpoint. Reads no tensor data.
std::optional<TesseraAutoencoderFile> findTesseraAutoencoder(const Checkpoint& checkpoint);

extern const ModelFamily kTesseraAutoencoder;

}  // namespace tessera
