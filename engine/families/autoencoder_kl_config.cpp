// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <filesystem>
#include <functional>

#include "core/error.h"
#include "families/autoencoder_kl.h"
#include "families/config_reader.h"

namespace tessera {
namespace {

using Tensors = std::map<std::string, StoredTensor>;
using Layout = AutoencoderKlConfig::Layout;
namespace fs = std::filesystem;

constexpr int kWidest = 1 << 16, kMostBlocks = 64, kMostLevels = 12;

/// The state dict in a file: safetensors and bare dicts have one without a name; training checkpoints call it "state_dict".
const Tensors* sectionOf(const Checkpoint::File& file, const std::function<bool(const Tensors&)>& wanted) {
    for (const char* name : {"", "state_dict", "model", "ema"}) {
        const auto it = file.sections.find(name);
        if (it != file.sections.end() && wanted(it->second)) return &it->second;
    }
    return nullptr;
}

bool looksLikeDiffusers(const Tensors& tensors) {
    return (holdsBelow(tensors, "encoder.down_blocks.0.resnets.") || holdsBelow(tensors, "decoder.up_blocks.0.resnets.")) && !holdsBelow(tensors, "quantize.");
}

bool looksLikeLdm(const Tensors& tensors, const std::string& prefix) {
    // The same names without a mean and a variance (or with a codebook) belong to quantising families.
    const bool quantizes = holdsBelow(tensors, prefix + "quantize.") || holdsBelow(tensors, prefix + "quantizer.");
    return holdsBelow(tensors, prefix + "encoder.down.0.block.0.") && holdsBelow(tensors, prefix + "decoder.up.0.block.0.") && !quantizes;
}

/// config.json files of the checkpoint: the root's, vae/'s, then those of other folders.
std::vector<std::string> configsOf(const Checkpoint& checkpoint) {
    std::vector<std::string> configs;
    for (const char* usual : {"config.json", "vae/config.json"}) {
        if (checkpoint.hasText(usual)) configs.push_back(usual);
    }
    for (const std::string& text : checkpoint.textFiles()) {
        if (fs::path(text).filename() == "config.json" && std::ranges::find(configs, text) == configs.end()) configs.push_back(text);
    }
    return configs;
}

/// What a config says it describes; empty if it says nothing.
std::string className(const Checkpoint& checkpoint, const std::string& config) {
    const nlohmann::json json = checkpoint.json(config);
    const nlohmann::json name = json.is_object() ? json.value("_class_name", nlohmann::json()) : nlohmann::json();
    return name.is_string() ? name.get<std::string>() : std::string();
}

bool anyTensors(const Tensors&) { return true; }

/// The weights of a folder: safetensors before pickles, and the usual name before variants such as fp16.
std::optional<AutoencoderKlFile> weightsIn(const Checkpoint& checkpoint, const fs::path& folder, bool (*wanted)(const Tensors&)) {
    const auto rank = [](const Checkpoint::File& file) {
        const bool usual = file.path.filename().string().starts_with("diffusion_pytorch_model.safetensors");
        return usual ? 0 : file.format == "safetensors" ? 1 : 2;
    };
    const Checkpoint::File* best = nullptr;
    for (const Checkpoint::File& file : checkpoint.files()) {
        if (file.path.parent_path() != folder || !sectionOf(file, wanted)) continue;
        if (!best || rank(file) < rank(*best)) best = &file;
    }
    if (!best) return std::nullopt;
    return AutoencoderKlFile{.description = {}, .where = best->path.string(), .layout = Layout::Diffusers, .config = {}, .tensors = sectionOf(*best, wanted), .prefix = {}};
}

/// An autoencoder in its own folder inside a pipeline is that pipeline's; beside other networks it may be part of another kind of model.
bool standsAlone(const Checkpoint& checkpoint, const fs::path& folder) {
    if (folder.empty() || checkpoint.hasText("model_index.json")) return true;
    return std::ranges::all_of(checkpoint.files(), [&](const Checkpoint::File& file) { return file.path.parent_path() == folder; });
}

std::optional<AutoencoderKlFile> diffusersFile(const Checkpoint& checkpoint) {
    const std::vector<std::string> configs = configsOf(checkpoint);
    for (const std::string& config : configs) {
        const fs::path folder = fs::path(config).parent_path();
        if (className(checkpoint, config) != "AutoencoderKL" || !standsAlone(checkpoint, folder)) continue;
        auto found = weightsIn(checkpoint, folder, anyTensors);
        if (!found) continue;
        found->description = "diffusers AutoencoderKL config";
        found->config = config;
        return found;
    }
    // A config may have lost its class name, or be missing altogether, which opening then tells.
    for (const Checkpoint::File& file : checkpoint.files()) {
        auto found = weightsIn(checkpoint, file.path.parent_path(), looksLikeDiffusers);
        if (!found || !standsAlone(checkpoint, file.path.parent_path())) continue;
        const std::string beside = (file.path.parent_path() / "config.json").string();
        const bool there = std::ranges::find(configs, beside) != configs.end();
        if (there && !className(checkpoint, beside).empty()) continue;
        found->description = "diffusers tensor names";
        found->config = there ? beside : "";
        return found;
    }
    return std::nullopt;
}

std::optional<AutoencoderKlFile> ldmFile(const Checkpoint& checkpoint) {
    for (const Checkpoint::File& file : checkpoint.files()) {
        for (const char* prefix : {"", "first_stage_model."}) {
            const Tensors* tensors = sectionOf(file, [&](const Tensors& each) { return looksLikeLdm(each, prefix); });
            if (!tensors) continue;
            const bool quantConv = holdsBelow(*tensors, std::string(prefix) + "quant_conv.");
            return AutoencoderKlFile{.description = quantConv ? "original Stable Diffusion tensor names" : "BFL tensor names",
                                     .where = file.path.string(),
                                     .layout = quantConv ? Layout::Ldm : Layout::Bfl,
                                     .config = {},
                                     .tensors = tensors,
                                     .prefix = prefix};
        }
    }
    return std::nullopt;
}

/// Every entry must be the one kind of block that is known; diffusers gives one level per entry.
void checkBlocks(const ConfigReader& config, const std::string& key, const std::string& known, std::size_t levels) {
    const std::vector<std::string> types = config.texts(key, {known});
    for (const std::string& type : types) {
        if (type != known) {
            throw Failure(ErrorCode::Unsupported, key + " holds \"" + type + "\", and Tessera computes " + known + " only", config.file(),
                          "open an AutoencoderKL of that kind");
        }
    }
    if (types.size() != levels) {
        config.refuse(key + " has " + std::to_string(types.size()) + " entries but block_out_channels has " + std::to_string(levels));
    }
}

AutoencoderKlConfig fromConfig(const ConfigReader& config) {
    AutoencoderKlConfig result;
    PixelShape& shape = result.shape;
    for (const char* key : {"in_channels", "out_channels"}) {
        const int channels = config.integer(key, 3, 1, kWidest);
        if (channels != 3) {
            throw Failure(ErrorCode::Unsupported, std::string(key) + " is " + std::to_string(channels) + ", and Tessera computes RGB autoencoders only",
                          config.file(), "open an autoencoder of RGB pictures");
        }
    }
    shape.widths = config.integers("block_out_channels", {64}, 1, kWidest);
    shape.stemWidth = shape.widths.front();
    if (shape.widths.size() > std::size_t(kMostLevels)) config.refuse("block_out_channels has more than " + std::to_string(kMostLevels) + " levels");
    checkBlocks(config, "down_block_types", "DownEncoderBlock2D", shape.widths.size());
    checkBlocks(config, "up_block_types", "UpDecoderBlock2D", shape.widths.size());
    if (const std::string activation = config.text("act_fn", "silu"); activation != "silu") {
        throw Failure(ErrorCode::Unsupported, "act_fn is \"" + activation + "\", and Tessera computes \"silu\" only", config.file(),
                      "open an autoencoder that uses silu");
    }
    shape.encoderBlocks = config.integer("layers_per_block", 1, 1, kMostBlocks);
    shape.decoderBlocks = shape.encoderBlocks + 1;
    result.latentChannels = config.integer("latent_channels", 4, 1, kWidest);
    shape.decoderChannels = result.latentChannels;
    shape.normGroups = config.integer("norm_num_groups", 32, 1, kWidest);
    result.quantConv = config.flag("use_quant_conv", true);
    result.postQuantConv = config.flag("use_post_quant_conv", true);
    shape.midAttention = config.flag("mid_block_add_attention", true);
    // Per-channel statistics are another convention, of pipelines that Tessera does not know.
    if (!config.has("latents_mean") && !config.has("latents_std")) {
        result.scalingFactor = config.number("scaling_factor", 0.18215);
        if (*result.scalingFactor == 0) config.refuse("scaling_factor is 0");
        result.shiftFactor = config.number("shift_factor", 0.0);
    }
    shape.encoderAttention.assign(shape.widths.size(), false);
    shape.decoderAttention = shape.encoderAttention;
    return result;
}

AutoencoderKlConfig fromShapes(const AutoencoderKlFile& file) {
    const Tensors& tensors = *file.tensors;
    AutoencoderKlConfig result;
    result.shape = pixelShapeOf(tensors, file.prefix, PixelNaming::Ldm, file.where);
    result.latentChannels = result.shape.decoderChannels;
    result.quantConv = holdsBelow(tensors, file.prefix + "quant_conv.");
    result.postQuantConv = holdsBelow(tensors, file.prefix + "post_quant_conv.");
    // An LDM file may have fewer latent channels than the decoder's first convolution; Stable Diffusion has as many.
    if (result.quantConv) {
        const int given = sideOf(tensors, file.prefix + "quant_conv.weight", 0, 4, file.where);
        if (given != 2 * result.latentChannels) {
            throw Failure(ErrorCode::Mismatch,
                          "quant_conv gives " + std::to_string(given) + " channels, not twice the decoder's " + std::to_string(result.latentChannels), file.where,
                          "check that the download is complete");
        }
    }
    // Constants of upstream's code, not of the file.
    if (file.layout == Layout::Bfl) {
        result.scalingFactor = 0.3611;
        result.shiftFactor = 0.1159;
    } else {
        const bool sdxl = holdsBelow(*file.tensors, "conditioner.");
        result.scalingFactor = sdxl ? 0.13025 : 0.18215;
        result.shiftFactor = 0.0;
    }
    return result;
}

}  // namespace

std::optional<AutoencoderKlFile> findAutoencoderKl(const Checkpoint& checkpoint) {
    if (auto found = diffusersFile(checkpoint)) return found;
    return ldmFile(checkpoint);
}

AutoencoderKlConfig detectAutoencoderKl(const Checkpoint& checkpoint, const AutoencoderKlFile& file) {
    if (file.layout == Layout::Diffusers && file.config.empty()) {
        throw Failure(ErrorCode::NotFound, "this autoencoder's config.json is missing", file.where, "open the folder that holds both");
    }
    AutoencoderKlConfig config = file.layout == Layout::Diffusers ? fromConfig(ConfigReader(checkpoint.json(file.config), file.config)) : fromShapes(file);
    config.layout = file.layout;
    config.shape.encoderChannels = 2 * config.latentChannels;  // mean and variance
    checkNormGroups(config.shape, file.config.empty() ? file.where : file.config);
    return config;
}

}  // namespace tessera
