// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>

#include <nlohmann/json.hpp>

#include "core/error.h"
#include "train/losses.h"
#include "train/parameters.h"

namespace tessera::train {

/// Puts the feature network that lies in the folder "perceptual" of a model into the parameters, below "perceptual."; gives its layers.
inline std::vector<PerceptualLoss::Layer> addPerceptual(const std::filesystem::path& model, Parameters& parameters) {
    const std::filesystem::path folder = model / "perceptual";
    const Checkpoint checkpoint = Checkpoint::open(folder);
    if (!checkpoint.hasText("config.json") || checkpoint.files().size() != 1 || !checkpoint.files().front().sections.contains("")) {
        throw Failure(ErrorCode::Mismatch, "the feature network is not there", folder.string(), "put its config.json and model.safetensors there");
    }
    const Checkpoint::File& file = checkpoint.files().front();
    std::vector<PerceptualLoss::Layer> layers = PerceptualLoss::layersOf(checkpoint.json("config.json"));
    parameters.add("perceptual.", file.sections.at(""), file.path.string());
    return layers;
}

}  // namespace tessera::train
