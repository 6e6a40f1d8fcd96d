// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <filesystem>

#include "families/clip_model.h"
#include "families/config_reader.h"

namespace tessera {
namespace {

namespace fs = std::filesystem;

constexpr int kWidest = 1 << 16, kDeepest = 512, kMostIds = 1 << 24;
constexpr double kEpsilon = 1e-5, kOpenVisionEpsilon = 1e-6;
constexpr const char* kConfig = "open_clip_config.json";
constexpr const char* kParallel = "module.";  // of tensors saved from a data-parallel run

/// Tensors of an open_clip tower by the names that count, if these are some.
std::optional<StoredTensors> openClipTensors(const StoredTensors& stored) {
    const bool parallel = !stored.empty() && stored.begin()->first.starts_with(kParallel);
    const std::string prefix = parallel ? kParallel : "";
    if (!stored.contains(prefix + "visual.conv1.weight") && !stored.contains(prefix + "conv1.weight")) return std::nullopt;
    if (!parallel) return stored;
    StoredTensors tensors;
    for (const auto& [name, tensor] : stored) tensors.emplace(name.starts_with(prefix) ? name.substr(prefix.size()) : name, tensor);
    return tensors;
}

bool seenWhole(const nlohmann::json& model) {
    const nlohmann::json text = model.value("text_cfg", nlohmann::json::object());
    if (!text.is_object()) return false;
    const nlohmann::json causal = text.value("no_causal_mask", nlohmann::json(false));
    return causal.is_boolean() && causal.get<bool>();
}

/// Older configs are what newer ones hold under "model_cfg".
nlohmann::json modelOf(const nlohmann::json& config) {
    return config.is_object() && config.contains("model_cfg") ? config.at("model_cfg") : config;
}

Gelu geluOf(const ConfigReader& tower, bool quick) {
    if (quick) return Gelu::Quick;
    if (!tower.has("act_kwargs")) return Gelu::Exact;
    const std::string approximate = tower.below("act_kwargs").text("approximate", "none");
    if (approximate != "none" && approximate != "tanh") tower.refuse(tower.nameOf("act_kwargs.approximate") + " should be \"none\" or \"tanh\", not \"" + approximate + "\"");
    return approximate == "tanh" ? Gelu::Tanh : Gelu::Exact;
}

double epsilonOf(const ConfigReader& tower, bool openVision) {
    if (openVision) return kOpenVisionEpsilon;  // upstream overrides norm_kwargs
    const double epsilon = tower.has("norm_kwargs") ? tower.below("norm_kwargs").number("eps", kEpsilon) : kEpsilon;
    if (epsilon <= 0) tower.refuse(tower.nameOf("norm_kwargs.eps") + " should be greater than 0");
    return epsilon;
}

void unsupported(const ConfigReader& config, const std::string& key, const std::string& what) {
    throw Failure(ErrorCode::Unsupported, config.nameOf(key) + " asks for " + what + ", which Tessera does not compute", config.file(), "open a model with open_clip's own vision transformer");
}

ClipVisionShape visionOf(const ConfigReader& model, const OpenClipFolder& folder) {
    const ConfigReader vision = model.below("vision_cfg");
    for (const char* key : {"timm_model_name", "attentional_pool", "ls_init_value"}) {
        if (vision.has(key) && !(std::string_view(key) == "attentional_pool" && !vision.flag(key, false))) unsupported(vision, key, "another kind of image tower");
    }
    ClipVisionShape shape{.channels = vision.integer("in_channels", 3, 1, kWidest),
                          .patch = vision.integer("patch_size", 16, 1, kWidest),
                          .dim = vision.integer("width", 768, 1, kWidest),
                          .layers = vision.integer("layers", 12, 1, kDeepest),
                          .features = model.integer("embed_dim", 1, kWidest),
                          .epsilon = epsilonOf(vision, folder.openVision),
                          .gelu = geluOf(vision, model.flag("quick_gelu", false)),
                          .normBefore = !vision.flag("no_ln_pre", false),
                          .normAfterPool = vision.flag("final_ln_after_pool", false)};
    // A number for squares, or height and width.
    const std::vector<int> sides = vision.has("image_size") ? vision.integersEach("image_size", 2, 1, kWidest) : std::vector<int>{224, 224};
    shape.height = sides[0];
    shape.width = sides[1];
    const int headWidth = vision.integer("head_width", 64, 1, kWidest);
    if (shape.dim < headWidth) vision.refuse(vision.nameOf("head_width") + " is larger than the width of " + std::to_string(shape.dim));
    shape.heads = shape.dim / headWidth;
    shape.hidden = vision.mlpWidth(shape.dim);
    const std::string pool = vision.text("pool_type", "tok");
    if (pool == "avg") shape.pool = ClipVisionShape::Pool::Mean;
    else if (pool == "none") shape.pool = ClipVisionShape::Pool::None;
    else if (pool != "tok") vision.refuse(vision.nameOf("pool_type") + " should be \"tok\", \"avg\" or \"none\", not \"" + pool + "\"");
    checkClipVision(shape, [&](const std::string& what) { vision.refuse(what); });
    return shape;
}

ClipText::Shape textOf(const ConfigReader& model, const OpenClipFolder& folder) {
    const ConfigReader text = model.below("text_cfg");
    for (const char* key : {"hf_model_name", "embed_cls"}) {
        if (text.has(key) && !(std::string_view(key) == "embed_cls" && !text.flag(key, false))) unsupported(text, key, "another kind of text tower");
    }
    ClipText::Shape shape{.vocabulary = text.integer("vocab_size", 49408, 1, kMostIds),
                          .context = text.integer("context_length", 77, 1, kWidest),
                          .width = text.integer("width", 512, 1, kWidest),
                          .heads = text.integer("heads", 8, 1, kWidest),
                          .layers = text.integer("layers", 12, 1, kDeepest),
                          .features = model.integer("embed_dim", 1, kWidest),
                          .epsilon = epsilonOf(text, folder.openVision),
                          .gelu = geluOf(text, model.flag("quick_gelu", false)),
                          .causal = !text.flag("no_causal_mask", false),
                          .wholeContext = folder.openVision};
    shape.hidden = text.mlpWidth(shape.width);
    text.checkHeads(shape.heads, shape.width);
    const std::string pool = text.text("pool_type", "argmax");
    if (pool == "last") shape.pool = ClipText::Pool::Last;
    else if (pool != "argmax") text.refuse(text.nameOf("pool_type") + " should be \"argmax\" or \"last\", not \"" + pool + "\"");
    return shape;
}

}  // namespace

template class ImageTextModel<ClipTraits>;

std::optional<OpenClipFolder> findOpenClip(const Checkpoint& checkpoint, const std::string& below) {
    for (const std::string& text : checkpoint.textFiles()) {
        const fs::path path(text);
        if (path.filename() != kConfig || (!below.empty() && path.parent_path() != below)) continue;
        for (const Checkpoint::File& file : checkpoint.files()) {
            if (file.path.parent_path() != path.parent_path()) continue;
            for (const auto& [section, stored] : file.sections) {
                auto tensors = openClipTensors(stored);
                if (!tensors) continue;
                const nlohmann::json model = modelOf(checkpoint.json(text));
                const std::string conv = tensors->contains("visual.conv1.weight") ? "visual.conv1.weight" : "conv1.weight";
                const std::vector<std::int64_t>& shape = tensors->at(conv).shape;
                return OpenClipFolder{.config = text,
                                      .where = file.path.string(),
                                      .tensors = std::move(*tensors),
                                      .channels = shape.size() == 4 ? static_cast<int>(std::min<std::int64_t>(shape[1], kWidest)) : 3,
                                      .openVision = model.is_object() && seenWhole(model)};
            }
        }
    }
    return std::nullopt;
}

ClipModel::File detectOpenClip(const Checkpoint& checkpoint, const OpenClipFolder& folder) {
    const nlohmann::json whole = checkpoint.json(folder.config);
    const ConfigReader model = whole.is_object() && whole.contains("model_cfg") ? ConfigReader(whole, folder.config).below("model_cfg") : ConfigReader(whole, folder.config);
    ClipModel::File file{.family = {}, .layout = "open_clip", .where = folder.where, .tensors = folder.tensors, .ignorable = {"*attn_mask"}, .vision = visionOf(model, folder), .text = {}, .words = {}};
    if (file.tensors.contains("token_embedding.weight") || file.tensors.contains("text.token_embedding.weight")) file.text = textOf(model, folder);
    if (file.text && file.vision.pool == ClipVisionShape::Pool::None) model.refuse(model.nameOf("vision_cfg.pool_type") + " is \"none\": no vector stands for a whole picture, which texts could be compared with");
    const nlohmann::json preprocessing = whole.is_object() ? whole.value("preprocess_cfg", nlohmann::json()) : nlohmann::json();
    file.normalisation = Normalisation::read(preprocessing, "mean", "std", {Normalisation::kClipMean, Normalisation::kClipDeviation}, folder.config);
    file.takesWhole = preprocessing.is_object() && preprocessing.value("resize_mode", nlohmann::json()) == "squash";
    file.words = {.folder = checkpoint.folder() / fs::path(folder.config).parent_path(), .rules = folder.openVision ? "wordpiece" : "open_clip", .context = file.text ? file.text->context : 0, .padded = true};
    adopt(file);
    return file;
}

void adopt(ClipModel::File& file) {
    file.height = file.vision.height;
    file.width = file.vision.width;
    file.patch = file.vision.patch;
    file.dim = file.vision.dim;
    file.rows = file.vision.rows();
    file.columns = file.vision.columns();
}

}  // namespace tessera
