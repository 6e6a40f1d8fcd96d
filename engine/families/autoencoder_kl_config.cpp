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

constexpr int kWidest = 1 << 16, kMostBlocks = 64;
constexpr std::size_t kMostLevels = 12;

bool holdsBelow(const Tensors& tensors, const std::string& prefix) {
    const auto it = tensors.lower_bound(prefix);
    return it != tensors.end() && it->first.starts_with(prefix);
}

const StoredTensor* find(const Tensors& tensors, const std::string& name) {
    const auto it = tensors.find(name);
    return it == tensors.end() ? nullptr : &it->second;
}

/// The state dict in a file: safetensors and bare dicts have one without a name; training checkpoints call it "state_dict".
const Tensors* sectionOf(const Checkpoint::File& file, const std::function<bool(const Tensors&)>& wanted) {
    for (const char* name : {"", "state_dict", "model", "ema"}) {
        const auto it = file.sections.find(name);
        if (it != file.sections.end() && wanted(it->second)) return &it->second;
    }
    return nullptr;
}

bool looksLikeDiffusers(const Tensors& tensors) {
    return holdsBelow(tensors, "encoder.down_blocks.0.resnets.") || holdsBelow(tensors, "decoder.up_blocks.0.resnets.");
}

bool looksLikeLdm(const Tensors& tensors, const std::string& prefix) {
    // The same names without a mean and a variance (or with a codebook) belong to quantising families.
    const bool quantizes = holdsBelow(tensors, prefix + "quantize.") || holdsBelow(tensors, prefix + "quantizer.");
    return holdsBelow(tensors, prefix + "encoder.down.0.block.0.") && holdsBelow(tensors, prefix + "decoder.up.0.block.0.") && !quantizes;
}

/// config.json of the checkpoint, at the root or below vae/.
std::optional<std::string> configOf(const Checkpoint& checkpoint) {
    for (const char* name : {"config.json", "vae/config.json"}) {
        if (!checkpoint.hasText(name)) continue;
        const nlohmann::json config = checkpoint.json(name);
        if (config.is_object() && config.value("_class_name", nlohmann::json()) == "AutoencoderKL") return name;
    }
    return std::nullopt;
}

std::optional<AutoencoderKlFile> diffusersFile(const Checkpoint& checkpoint) {
    std::optional<std::string> config = configOf(checkpoint);
    const fs::path folder = config ? fs::path(*config).parent_path() : fs::path();
    AutoencoderKlFile found{.layout = Layout::Diffusers};
    for (const char* format : {"safetensors", "torch zip"}) {
        for (const Checkpoint::File& file : checkpoint.files()) {
            if (file.format != format || file.path.parent_path() != folder) continue;
            const Tensors* tensors = sectionOf(file, config ? [](const Tensors&) { return true; } : looksLikeDiffusers);
            if (!tensors) continue;
            found.where = file.path.string();
            found.tensors = tensors;
            found.description = config ? "diffusers AutoencoderKL config" : "diffusers tensor names";
            found.config = config.value_or(checkpoint.hasText("config.json") ? "config.json" : "");
            return found;
        }
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
    for (const char* key : {"in_channels", "out_channels"}) {
        const int channels = config.integer(key, 3, 1, kWidest);
        if (channels != 3) {
            throw Failure(ErrorCode::Unsupported, std::string(key) + " is " + std::to_string(channels) + ", and Tessera computes RGB autoencoders only",
                          config.file(), "open an autoencoder of RGB pictures");
        }
    }
    result.widths = config.integers("block_out_channels", {64}, 1, kWidest);
    if (result.widths.size() > kMostLevels) config.refuse("block_out_channels has more than " + std::to_string(kMostLevels) + " levels");
    checkBlocks(config, "down_block_types", "DownEncoderBlock2D", result.widths.size());
    checkBlocks(config, "up_block_types", "UpDecoderBlock2D", result.widths.size());
    if (const std::string activation = config.text("act_fn", "silu"); activation != "silu") {
        throw Failure(ErrorCode::Unsupported, "act_fn is \"" + activation + "\", and Tessera computes \"silu\" only", config.file(),
                      "open an autoencoder that uses silu");
    }
    result.encoderBlocks = config.integer("layers_per_block", 1, 1, kMostBlocks);
    result.decoderBlocks = result.encoderBlocks + 1;
    result.latentChannels = config.integer("latent_channels", 4, 1, kWidest);
    result.normGroups = config.integer("norm_num_groups", 32, 1, kWidest);
    result.quantConv = config.flag("use_quant_conv", true);
    result.postQuantConv = config.flag("use_post_quant_conv", true);
    result.midAttention = config.flag("mid_block_add_attention", true);
    // Per-channel statistics are another convention, of pipelines that Tessera does not know.
    if (!config.has("latents_mean") && !config.has("latents_std")) {
        result.scalingFactor = config.number("scaling_factor", 0.18215);
        result.shiftFactor = config.number("shift_factor", 0.0);
    }
    result.encoderAttention.assign(result.widths.size(), false);
    result.decoderAttention = result.encoderAttention;
    return result;
}

/// Sizes read off the tensors; what a size cannot be read from is a missing tensor.
class ShapeReader {
public:
    ShapeReader(const AutoencoderKlFile& file) : m_file(file) {}

    bool holds(const std::string& name) const { return holdsBelow(*m_file.tensors, m_file.prefix + name + "."); }
    /// Side `axis` of a tensor of 4 sides.
    int side(const std::string& name, std::size_t axis) const {
        const StoredTensor* tensor = find(*m_file.tensors, m_file.prefix + name);
        if (!tensor) refuse(m_file.prefix + name + " is missing");
        if (tensor->shape.size() != 4 || tensor->shape[axis] < 1 || tensor->shape[axis] > kWidest) {
            refuse(m_file.prefix + name + " is no convolution's weight");
        }
        return static_cast<int>(tensor->shape[axis]);
    }
    /// How many of name.0, name.1, ... there are.
    int count(const std::string& name, int most) const {
        int count = 0;
        while (count < most && holds(name + "." + std::to_string(count))) ++count;
        return count;
    }
    [[noreturn]] void refuse(const std::string& message) const {
        throw Failure(ErrorCode::Mismatch, "the sizes of this autoencoder cannot be read off its tensors: " + message, m_file.where,
                      "check that the download is complete");
    }

private:
    const AutoencoderKlFile& m_file;
};

AutoencoderKlConfig fromShapes(const AutoencoderKlFile& file) {
    const ShapeReader shapes(file);
    AutoencoderKlConfig result;
    const int levels = shapes.count("encoder.down", kMostLevels);
    for (int i = 0; i < levels; ++i) {
        const std::string level = "encoder.down." + std::to_string(i);
        result.widths.push_back(shapes.side(level + ".block.0.conv1.weight", 0));
        result.encoderAttention.push_back(shapes.holds(level + ".attn"));
        result.decoderAttention.push_back(shapes.holds("decoder.up." + std::to_string(i) + ".attn"));
    }
    result.encoderBlocks = shapes.count("encoder.down.0.block", kMostBlocks);
    result.decoderBlocks = shapes.count("decoder.up.0.block", kMostBlocks);
    result.latentChannels = shapes.side("decoder.conv_in.weight", 1);
    result.quantConv = shapes.holds("quant_conv");
    result.postQuantConv = shapes.holds("post_quant_conv");
    // An LDM file may have fewer latent channels than the decoder's first convolution; Stable Diffusion has as many.
    if (result.quantConv && shapes.side("quant_conv.weight", 0) != 2 * result.latentChannels) {
        shapes.refuse("quant_conv gives " + std::to_string(shapes.side("quant_conv.weight", 0)) + " channels, not twice the decoder's " +
                      std::to_string(result.latentChannels));
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
    for (const int width : config.widths) {
        if (width % config.normGroups == 0) continue;
        throw Failure(ErrorCode::Mismatch, std::to_string(config.normGroups) + " normalisation groups do not divide " + std::to_string(width) + " channels",
                      file.config.empty() ? file.where : file.config, "check that the config belongs to this checkpoint");
    }
    return config;
}

}  // namespace tessera
