// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <filesystem>
#include <tuple>

#include "checkpoint/yaml_text.h"
#include "core/error.h"
#include "families/rae.h"
#include "families/siglip_config.h"
#include "families/transformers_folder.h"
#include "store/hub_cache.h"

namespace tessera {
namespace {

namespace fs = std::filesystem;

constexpr int kWidest = 1 << 16, kDeepest = 512, kLargestSide = 1 << 13;
/// Upstream drops five leading tokens, the class token and so many registers, whatever the config says.
constexpr int kRegisters = 4;

std::string joined(const std::string& folder, const char* name) { return (fs::path(folder) / name).lexically_normal().string(); }

/// The encoder's folder: below what was opened, or a repository of the hub that is here already.
struct EncoderFolder {
    const Checkpoint& checkpoint;
    std::string folder;
    std::string config() const { return joined(folder, "config.json"); }
};

RaeFile::Part tensorsIn(const EncoderFolder& at, const std::string& tensor) {
    for (const Checkpoint::File& file : at.checkpoint.files()) {
        if (file.path.parent_path().lexically_normal() != fs::path(at.folder).lexically_normal()) continue;
        for (const auto& [section, tensors] : file.sections) {
            if (tensors.contains(tensor)) return {(at.checkpoint.folder() / file.path).string(), tensors};
        }
    }
    throw Failure(ErrorCode::NotFound, "the weights of the encoder are missing, or they are not of the kind that the config says", (at.checkpoint.folder() / at.folder).string(), "put its model.safetensors or pytorch_model.bin there");
}

void checkBlocks(const ConfigReader& config) {
    config.expect("hidden_act", "gelu");
    if (!config.flag("qkv_bias", true)) throw Failure(ErrorCode::Unsupported, config.nameOf("qkv_bias") + " is false, and Tessera computes attention with biases only", config.file(), "open an encoder that has them");
}

RaeVisionShape visionOf(const ConfigReader& config, RaeVisionShape::Kind kind) {
    checkBlocks(config);
    RaeVisionShape shape{.kind = kind,
                         .imageSide = config.integer("image_size", 224, 1, kLargestSide),
                         .patch = config.integer("patch_size", 16, 1, kLargestSide),
                         .width = config.integer("hidden_size", 768, 1, kWidest),
                         .heads = config.integer("num_attention_heads", 12, 1, kWidest),
                         .layers = config.integer("num_hidden_layers", 12, 1, kDeepest)};
    config.checkHeads(shape.heads, shape.width);
    if (kind == RaeVisionShape::Kind::Mae) {
        shape.hidden = config.integer("intermediate_size", 3072, 1, kWidest);
        shape.epsilon = config.positive("layer_norm_eps", 1e-12);
        return shape;
    }
    shape.hidden = config.mlpWidth(shape.width);
    shape.epsilon = config.positive("layer_norm_eps", 1e-6);
    shape.registers = config.integer("num_register_tokens", kRegisters, 0, 64);
    const auto unsupported = [&](const std::string& message) { throw Failure(ErrorCode::Unsupported, message, config.file(), "open an RAE over a DINOv2 as released"); };
    if (shape.registers != kRegisters) unsupported(config.nameOf("num_register_tokens") + " is " + std::to_string(shape.registers) + ", and an RAE leaves out 4");
    if (config.flag("use_swiglu_ffn", false)) unsupported(config.nameOf("use_swiglu_ffn") + " is true, as of the giant, which Tessera does not compute");
    return shape;
}

RaeVisionShape visionOf(const SiglipVisionShape& siglip) {
    return {.kind = RaeVisionShape::Kind::Siglip, .imageSide = siglip.imageSide, .patch = siglip.patch, .width = siglip.width, .hidden = siglip.hidden, .heads = siglip.heads, .layers = siglip.layers, .epsilon = siglip.epsilon};
}

void readEncoder(const EncoderFolder& at, RaeVisionShape::Kind kind, RaeFile& file) {
    const std::string path = at.config();
    const nlohmann::json json = at.checkpoint.json(path);
    file.normalisation = Normalisation::ofTransformers(at.checkpoint, at.folder == "." ? "" : at.folder, {});
    if (!at.checkpoint.hasText(joined(at.folder, "preprocessor_config.json"))) {
        throw Failure(ErrorCode::NotFound, "the encoder's preprocessor_config.json is missing, which says how its pictures are normalised", (at.checkpoint.folder() / at.folder).string(), "put it beside its config.json");
    }
    using enum RaeVisionShape::Kind;
    file.vision = kind == Siglip ? visionOf(siglipVisionShape(transformersSection(json, "vision_config", path))) : visionOf(ConfigReader(json, path), kind);
    file.encoder = tensorsIn(at, kind == Siglip ? "vision_model.embeddings.patch_embedding.weight" : kind == Mae ? "vit.embeddings.cls_token" : "embeddings.register_tokens");
}

void readEncoder(const Checkpoint& checkpoint, const ConfigReader& params, RaeFile& file) {
    using enum RaeVisionShape::Kind;
    const std::string word = params.text("encoder_cls", "Dinov2withNorm");
    const bool dino = word == "Dinov2withNorm", siglip = word == "SigLIP2wNorm";
    if (!dino && !siglip && word != "MAEwNorm") {
        throw Failure(ErrorCode::Unsupported, params.nameOf("encoder_cls") + " is \"" + word + "\", and Tessera computes Dinov2withNorm, SigLIP2wNorm and MAEwNorm only", params.file(), "open an RAE over one of these");
    }
    const RaeVisionShape::Kind kind = dino ? Dinov2 : siglip ? Siglip : Mae;
    const std::string usual = dino ? "facebook/dinov2-with-registers-base" : siglip ? "google/siglip2-base-patch16-256" : "facebook/vit-mae-base";
    const ConfigReader own = params.has("encoder_params") ? params.below("encoder_params") : ConfigReader(nlohmann::json::object(), params.file());
    const std::string name = params.text("encoder_config_path", own.text(dino ? "dinov2_path" : "model_name", usual));
    if (!ConfigReader::staysBelow(name)) params.refuse(params.nameOf("encoder_config_path") + " should name a folder below the one that is opened, or a model of the hub");
    if (const EncoderFolder here{checkpoint, name}; checkpoint.hasText(here.config())) {
        readEncoder(here, kind, file);
    } else if (const auto snapshot = HubCache().find(name)) {
        const Checkpoint hub = Checkpoint::open(*snapshot);
        readEncoder({hub, "."}, kind, file);
    } else {
        throw Failure(ErrorCode::NotFound, "the encoder " + name + " of this RAE is not here", (checkpoint.folder() / name).string(), "put its config.json, preprocessor_config.json and weights there, or pull it from the hub");
    }
    file.vision.affine = dino && !own.flag("normalize", true);
    file.vision.side = params.integer("encoder_input_size", 224, 1, kLargestSide);
    if (file.vision.grid() == 0 || file.vision.imageSide < file.vision.patch) params.refuse("patches of " + std::to_string(file.vision.patch) + " px do not fit what the encoder sees");
}

void readDecoder(const Checkpoint& checkpoint, const ConfigReader& params, RaeFile& file) {
    const std::string folder = params.text("decoder_config_path", "");
    const std::string path = joined(folder, "config.json");
    if (!ConfigReader::staysBelow(folder) || !checkpoint.hasText(path)) {
        throw Failure(ErrorCode::NotFound, "the decoder's config is missing, which should be " + path, params.file(), "open the folder that holds both configs/ and models/");
    }
    // patch_size, hidden_size and image_size are what upstream overwrites.
    const ConfigReader config(checkpoint.json(path), path);
    checkBlocks(config);
    if (config.integer("num_channels", 3, 1, kWidest) != 3) config.refuse(config.nameOf("num_channels") + " should be 3");
    file.decoder = {.tokenDim = file.vision.width,
                    .grid = file.vision.grid(),
                    .patch = params.integer("decoder_patch_size", 16, 1, 256),
                    .width = config.integer("decoder_hidden_size", 512, 1, kWidest),
                    .hidden = config.integer("decoder_intermediate_size", 2048, 1, kWidest),
                    .heads = config.integer("decoder_num_attention_heads", 16, 1, kWidest),
                    .layers = config.integer("decoder_num_hidden_layers", 8, 1, kDeepest),
                    .epsilon = config.positive("layer_norm_eps", 1e-12)};
    config.checkHeads(file.decoder.heads, file.decoder.width);
    if (file.decoder.grid * file.decoder.patch > kLargestSide) params.refuse(params.nameOf("encoder_input_size") + " is out of range");
    const FlowPart painter = FlowPart::at(checkpoint, params.text("pretrained_decoder_path", ""));
    file.painter = {painter.where, painter.tensors};
}

bool isStage1(const nlohmann::json& config) {
    if (!config.is_object() || !config.contains("stage_1") || !config["stage_1"].is_object()) return false;
    const nlohmann::json target = config["stage_1"].value("target", nlohmann::json());
    return target.is_string() && target.get<std::string>().ends_with("RAE");
}

bool holds(const Checkpoint& checkpoint, const nlohmann::json& section) {
    const nlohmann::json path = section.is_object() ? section.value("ckpt", nlohmann::json()) : nlohmann::json();
    return path.is_string() && std::ranges::any_of(checkpoint.files(), [&](const Checkpoint::File& file) { return file.path.lexically_normal() == fs::path(path.get<std::string>()).lexically_normal(); });
}

}  // namespace

std::optional<std::string> findRae(const Checkpoint& checkpoint) {
    std::optional<std::string> best;
    std::tuple<bool, bool, bool> most;
    for (const std::string& text : checkpoint.textFiles()) {
        if (!text.ends_with(".yaml") && !text.ends_with(".yml")) continue;
        nlohmann::json config;
        try {
            config = parseYaml(checkpoint.text(text), text);
        } catch (const Failure&) {
            continue;  // a file of something else
        }
        if (!isStage1(config)) continue;
        const nlohmann::json flow = config.value("stage_2", nlohmann::json()), guidance = config.value("guidance", nlohmann::json()), params = config["stage_1"].value("params", nlohmann::json());
        const nlohmann::json painter = params.is_object() ? params.value("pretrained_decoder_path", nlohmann::json()) : nlohmann::json();
        // What it names is here: a repository of configs holds many whose weights one did not download.
        const std::tuple offers(holds(checkpoint, {{"ckpt", painter}}), holds(checkpoint, flow), guidance.is_object() && holds(checkpoint, guidance.value("guidance_model", nlohmann::json())));
        if (best && offers <= most) continue;
        best = text;
        most = offers;
    }
    return best;
}

RaeFile detectRae(const Checkpoint& checkpoint, const std::string& path) {
    const ConfigReader config(parseYaml(checkpoint.text(path), path), path);
    const ConfigReader params = config.below("stage_1").below("params");
    RaeFile file;
    file.config = path;
    readEncoder(checkpoint, params, file);
    readDecoder(checkpoint, params, file);
    if (config.has("stage_2") && config.below("stage_2").has("ckpt")) file.flow = FlowGeneratorFile::read(checkpoint, config, "");
    if (const std::string statistics = params.text("normalization_stat_path", ""); file.flow && !statistics.empty()) {
        file.flow->statistics = FlowPart::at(checkpoint, statistics);
        file.flow->epsilon = params.positive("eps", 1e-5);
    }
    return file;
}

}  // namespace tessera
