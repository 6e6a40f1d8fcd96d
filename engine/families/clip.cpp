// SPDX-License-Identifier: Apache-2.0
#include "families/clip.h"

#include <filesystem>

#include "families/clip_model.h"
#include "families/transformers_folder.h"

namespace tessera {
namespace {

namespace fs = std::filesystem;

constexpr int kWidest = 1 << 16, kDeepest = 512, kMostIds = 1 << 24;
constexpr std::int64_t kLegacyEnd = 2;  // what OpenAI's configs say, where the end is really the largest id

std::optional<TransformersFolder> find(const Checkpoint& checkpoint) { return findTransformers(checkpoint, "clip", "vision_model.embeddings.class_embedding"); }

/// The section's keys, with those of `<name>_dict` in their place where upstream once wrote both.
ConfigReader sectionOf(const nlohmann::json& config, const std::string& name, const std::string& file) {
    nlohmann::json section = config.value(name, nlohmann::json::object());
    const nlohmann::json over = config.value(name + "_dict", nlohmann::json());
    if (section.is_null()) section = nlohmann::json::object();
    if (over.is_object() && section.is_object()) section.update(over);
    return ConfigReader(nlohmann::json{{name, section}}, file).below(name);
}

Gelu geluOf(const ConfigReader& tower) {
    const std::string name = tower.text("hidden_act", "quick_gelu");
    if (name == "quick_gelu") return Gelu::Quick;
    if (name == "gelu") return Gelu::Exact;
    if (name == "gelu_new" || name == "gelu_pytorch_tanh") return Gelu::Tanh;
    throw Failure(ErrorCode::Unsupported, tower.nameOf("hidden_act") + " is \"" + name + "\", which Tessera does not compute", tower.file(), "open a model that uses quick_gelu, gelu or gelu_pytorch_tanh");
}

ClipModel::File detect(const Checkpoint& checkpoint, const TransformersFolder& folder) {
    const nlohmann::json config = checkpoint.json(folder.config);
    const ConfigReader all(config, folder.config);
    const ConfigReader vision = sectionOf(config, "vision_config", folder.config), text = sectionOf(config, "text_config", folder.config);
    ClipModel::File file{.family = kClip.name, .layout = "transformers", .where = folder.where, .tensors = *folder.tensors, .ignorable = {"*.position_ids"}, .vision = {}, .text = {}, .words = {}};
    const int features = all.integer("projection_dim", 512, 1, kWidest);
    const int side = vision.integer("image_size", 224, 1, kWidest);
    file.vision = {.naming = ClipNaming::Transformers,
                   .channels = vision.integer("num_channels", 3, 1, kWidest),
                   .height = side,
                   .width = side,
                   .patch = vision.integer("patch_size", 32, 1, kWidest),
                   .dim = vision.integer("hidden_size", 768, 1, kWidest),
                   .hidden = vision.integer("intermediate_size", 3072, 1, kWidest),
                   .heads = vision.integer("num_attention_heads", 12, 1, kWidest),
                   .layers = vision.integer("num_hidden_layers", 12, 1, kDeepest),
                   .features = features,
                   .epsilon = vision.positive("layer_norm_eps", 1e-5),
                   .gelu = geluOf(vision),
                   .tokensNormed = false};
    checkClipVision(file.vision, [&](const std::string& what) { vision.refuse(what); });
    ClipText::Shape shape{.naming = ClipNaming::Transformers,
                          .vocabulary = text.integer("vocab_size", 49408, 1, kMostIds),
                          .context = text.integer("max_position_embeddings", 77, 1, kWidest),
                          .width = text.integer("hidden_size", 512, 1, kWidest),
                          .heads = text.integer("num_attention_heads", 8, 1, kWidest),
                          .layers = text.integer("num_hidden_layers", 12, 1, kDeepest),
                          .hidden = text.integer("intermediate_size", 2048, 1, kWidest),
                          .features = features,
                          .epsilon = text.positive("layer_norm_eps", 1e-5),
                          .gelu = geluOf(text),
                          .endId = text.integer("eos_token_id", 49407, 0, kMostIds)};
    text.checkHeads(shape.heads, shape.width);
    if (shape.endId != kLegacyEnd) shape.pool = ClipText::Pool::FirstEnd;
    file.text = shape;
    file.normalisation = Normalisation::ofTransformers(checkpoint, fs::path(folder.config).parent_path(), {Normalisation::kClipMean, Normalisation::kClipDeviation});
    file.words = {.folder = checkpoint.folder() / fs::path(folder.config).parent_path(), .context = shape.context};
    adopt(file);
    return file;
}

bool isOpenClip(const std::optional<OpenClipFolder>& folder) { return folder && folder->channels == 3 && !folder->openVision; }

std::optional<std::string> recognise(const Checkpoint& checkpoint) {
    if (find(checkpoint)) return "transformers CLIPModel config";
    return isOpenClip(findOpenClip(checkpoint)) ? std::optional<std::string>("open_clip config") : std::nullopt;
}

std::unique_ptr<Model> open(const Checkpoint& checkpoint) {
    if (const auto folder = find(checkpoint)) return std::make_unique<ClipModel>(detect(checkpoint, *folder));
    ClipModel::File file = detectOpenClip(checkpoint, *findOpenClip(checkpoint));
    file.family = kClip.name;
    return std::make_unique<ClipModel>(std::move(file));
}

}  // namespace

const ModelFamily kClip{.name = "clip", .recognise = recognise, .open = open};

}  // namespace tessera
