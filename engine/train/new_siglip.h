// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cmath>
#include <map>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "train/new_model.h"

namespace tessera::train {

inline const std::vector<std::string> kSiglipKeys{"vocabulary", "side", "patch", "width", "layers", "heads", "text"};  ///< of [model.make]

/// config.json of a new SigLIP by [model.make]: side, patch, width, layers, heads, and below "text" context, layers, heads, width (the pictures' own, if left out);
/// hidden layers are four times as wide. `more`: keys of the table that are not the towers'.
inline nlohmann::json newSiglipConfig(const NewModel& model, std::vector<std::string> more, int pieces) {
    constexpr int kWidest = 1 << 14, kDeepest = 128, kMlpFactor = 4;
    more.insert(more.end(), kSiglipKeys.begin(), kSiglipKeys.end());
    const ConfigReader table = model.table(more);
    const int width = table.integer("width", 1, kWidest);
    const ConfigReader text = model.table({"context", "width", "layers", "heads"}, "text");
    const int textWidth = text.integer("width", width, 1, kWidest);
    table.checkHeads(table.integer("heads", 1, kWidest), width);
    text.checkHeads(text.integer("heads", 1, kWidest), textWidth);
    return {{"architectures", {"SiglipModel"}},
            {"model_type", "siglip"},
            {"torch_dtype", "float32"},
            {"vision_config",
             {{"model_type", "siglip_vision_model"},
              {"hidden_size", width},
              {"intermediate_size", kMlpFactor * width},
              {"num_hidden_layers", table.integer("layers", 1, kDeepest)},
              {"num_attention_heads", table.integer("heads", 1, kWidest)},
              {"image_size", table.integer("side", 1, kWidest)},
              {"patch_size", table.integer("patch", 1, kWidest)}}},
            {"text_config",
             {{"model_type", "siglip_text_model"},
              {"hidden_size", textWidth},
              {"intermediate_size", kMlpFactor * textWidth},
              {"num_hidden_layers", text.integer("layers", 1, kDeepest)},
              {"num_attention_heads", text.integer("heads", 1, kWidest)},
              {"vocab_size", pieces},
              {"max_position_embeddings", text.integer("context", 2, kWidest)},
              {"projection_size", width}}}};
}

inline nlohmann::json siglipPreprocessing(int side) {
    const nlohmann::json size{{"height", side}, {"width", side}}, half{0.5, 0.5, 0.5};
    return {{"image_processor_type", "SiglipImageProcessor"}, {"size", size}, {"resample", 3}, {"rescale_factor", 1.0 / 255}, {"image_mean", half}, {"image_std", half}, {"do_resize", true}, {"do_rescale", true},
            {"do_normalize", true}};
}

/// Where temperature and bias begin: by the sigmoid's paper at 10 and -10, as there are many more pairs that do not belong together; for softmax as CLIP at 1/0.07.
inline std::map<std::string, double> siglipStarts(const std::string& prefix, bool pairwise) {
    return {{prefix + "logit_scale", pairwise ? std::log(10.0) : std::log(1 / 0.07)}, {prefix + "logit_bias", pairwise ? -10.0 : 0.0}};
}

}  // namespace tessera::train
