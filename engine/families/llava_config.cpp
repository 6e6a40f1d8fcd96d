// SPDX-License-Identifier: Apache-2.0
#include "families/llava_config.h"

#include <algorithm>

#include "core/error.h"
#include "families/llama_config.h"
#include "families/transformers_folder.h"

namespace tessera {
namespace {

namespace fs = std::filesystem;

constexpr int kWidest = 1 << 18, kDeepest = 1024, kMostIds = 1 << 24;

void readClip(const ConfigReader& vision, const ConfigReader& all, LlavaFile& file) {
    const int side = vision.integer("image_size", 336, 1, kWidest), layers = vision.integer("num_hidden_layers", 24, 1, kDeepest);
    ClipVisionShape shape{.naming = ClipNaming::Transformers,
                          .height = side,
                          .width = side,
                          .patch = vision.integer("patch_size", 14, 1, kWidest),
                          .dim = vision.integer("hidden_size", 1024, 1, kWidest),
                          .hidden = vision.integer("intermediate_size", 4096, 1, kWidest),
                          .heads = vision.integer("num_attention_heads", 16, 1, kWidest),
                          .epsilon = vision.positive("layer_norm_eps", 1e-5)};
    vision.expect("hidden_act", "quick_gelu");
    shape.gelu = Gelu::Quick;
    // Of the hidden states: 0 is what the first block is given, layers is what the last one gives.
    const int chosen = all.integer("vision_feature_layer", -2, -layers - 1, layers);
    shape.layers = chosen < 0 ? layers + 1 + chosen : chosen;
    checkClipVision(shape, [&](const std::string& what) { vision.refuse(what); });
    // transformers 5 leaves out the middle name.
    const std::string parts = file.tensors.contains(file.tower + ".embeddings.class_embedding") ? file.tower : file.tower + ".vision_model";
    file.ignorable.push_back(parts + ".post_layernorm.*");
    file.ignorable.push_back(parts + ".embeddings.position_ids");
    for (int i = shape.layers; i < layers; ++i) file.ignorable.push_back(parts + ".encoder.layers." + std::to_string(i) + ".*");
    file.towerDim = shape.dim;
    file.clip = shape;
}

void readOpenVision3(const Checkpoint& checkpoint, const fs::path& folder, const ConfigReader& vision, const ConfigReader& all, LlavaFile& file) {
    const fs::path path = vision.text("path", "vision_tower");
    if (!ConfigReader::staysBelow(path)) vision.refuse(vision.nameOf("path") + " should name a folder beside the config");
    if (all.integer("vision_feature_layer", -1, -kDeepest, kDeepest) != -1 || file.withClassToken) {
        all.refuse("vision_feature_layer should be -1 and vision_feature_select_strategy \"default\": that is what OpenVision 3 gives");
    }
    file.openVision3 = checkpoint.folder() / folder / path;
    file.towerDim = vision.integer("hidden_size", 1, kWidest);
}

}  // namespace

std::optional<std::string> findLlava(const Checkpoint& checkpoint) {
    for (const std::string& text : checkpoint.textFiles()) {
        if (fs::path(text).filename() != "config.json") continue;
        const nlohmann::json config = checkpoint.json(text);
        if (config.is_object() && config.value("model_type", nlohmann::json()) == "llava") return text;
    }
    return std::nullopt;
}

LlavaFile detectLlava(const Checkpoint& checkpoint, const std::string& path) {
    const nlohmann::json config = checkpoint.json(path);
    const ConfigReader all(config, path);
    const fs::path folder = fs::path(path).parent_path();
    LlavaFile result;
    for (const Checkpoint::File& file : checkpoint.files()) {
        const auto tensors = file.sections.find("");
        if (file.path.parent_path() != folder || tensors == file.sections.end()) continue;
        result.where = file.path.string();
        result.tensors = tensors->second;
        break;
    }
    if (result.tensors.empty()) throw Failure(ErrorCode::NotFound, "no weights lie beside the config", path, "download model.safetensors, or all shards and their index, into its folder");
    const bool newer = std::ranges::any_of(result.tensors, [](const auto& each) { return each.first.starts_with("model.language_model."); });
    result.tower = newer ? "model.vision_tower" : "vision_tower";
    result.projector = newer ? "model.multi_modal_projector" : "multi_modal_projector";
    result.model = newer ? "model.language_model" : "language_model.model";
    result.head = newer ? "" : "language_model";
    result.ignorable = {"*rotary_emb.inv_freq"};
    all.expect("projector_hidden_act", "gelu");
    const std::string strategy = all.text("vision_feature_select_strategy", "default");
    if (strategy != "default" && strategy != "full") all.refuse("vision_feature_select_strategy should be \"default\" or \"full\", not \"" + strategy + "\"");
    result.withClassToken = strategy == "full";
    const ConfigReader vision = transformersSection(config, "vision_config", path), text = transformersSection(config, "text_config", path);
    const std::string kind = vision.text("model_type", "clip_vision_model");
    if (kind == "openvision3") readOpenVision3(checkpoint, folder, vision, all, result);
    else if (kind == "clip_vision_model") readClip(vision, all, result);
    else throw Failure(ErrorCode::Unsupported, "the image tower is a \"" + kind + "\", and Tessera reads those of CLIP and of OpenVision 3", path, "open a LLaVA-1.5");
    result.llama = llamaShapeOf(text);
    result.imageId = all.integer("image_token_index", 32000, 0, kMostIds);
    if (result.imageId >= result.llama.vocabulary) all.refuse("image_token_index is " + std::to_string(result.imageId) + " and there are " + std::to_string(result.llama.vocabulary) + " ids");
    result.ends = answerEnds(checkpoint, folder.string());
    result.normalisation = Normalisation::ofTransformers(checkpoint, folder.string(), {Normalisation::kClipMean, Normalisation::kClipDeviation});
    result.words = {.folder = checkpoint.folder() / folder, .context = result.llama.positions};
    return result;
}

}  // namespace tessera
