// SPDX-License-Identifier: Apache-2.0
#include "families/autoencoder_kl.h"

#include <tuple>

#include <ATen/ATen.h>

#include "core/error.h"
#include "device/device_lane.h"
#include "layers/attention.h"
#include "layers/convolution.h"
#include "layers/group_norm.h"
#include "layers/placed_networks.h"

namespace tessera {
namespace {

using at::Tensor;
using Layout = AutoencoderKlConfig::Layout;

constexpr double kEpsilon = 1e-6;
constexpr double kLowestLogvar = -30.0, kHighestLogvar = 20.0;

/// Names of the same parts in the two namings. %i and %j stand for the level as the file counts it, and the block.
struct Naming {
    std::string_view down, downAttention, downsample, up, upAttention, upsample;
    std::string_view mid1, midAttention, mid2, lastNorm, shortcut;
    AttentionNames attention;
    bool decoderCountsFromCoarsest;
};

constexpr Naming kDiffusersNames{
    .down = "down_blocks.%i.resnets.%j",
    .downAttention = "down_blocks.%i.attentions.%j",
    .downsample = "down_blocks.%i.downsamplers.0.conv",
    .up = "up_blocks.%i.resnets.%j",
    .upAttention = "up_blocks.%i.attentions.%j",
    .upsample = "up_blocks.%i.upsamplers.0.conv",
    .mid1 = "mid_block.resnets.0",
    .midAttention = "mid_block.attentions.0",
    .mid2 = "mid_block.resnets.1",
    .lastNorm = "conv_norm_out",
    .shortcut = "conv_shortcut",
    .attention = {"group_norm", "to_q", "to_k", "to_v", "to_out.0"},
    .decoderCountsFromCoarsest = true,
};

constexpr Naming kLdmNames{
    .down = "down.%i.block.%j",
    .downAttention = "down.%i.attn.%j",
    .downsample = "down.%i.downsample.conv",
    .up = "up.%i.block.%j",
    .upAttention = "up.%i.attn.%j",
    .upsample = "up.%i.upsample.conv",
    .mid1 = "mid.block_1",
    .midAttention = "mid.attn_1",
    .mid2 = "mid.block_2",
    .lastNorm = "norm_out",
    .shortcut = "nin_shortcut",
    .attention = {"norm", "q", "k", "v", "proj_out"},
    .decoderCountsFromCoarsest = false,
};

/// diffusers before 0.17.
constexpr AttentionNames kOldAttention{"group_norm", "query", "key", "value", "proj_attn"};

std::string named(std::string_view pattern, int level, int block = 0) {
    std::string name;
    for (std::size_t i = 0; i < pattern.size(); ++i) {
        if (pattern[i] == '%') {
            name += std::to_string(pattern[++i] == 'i' ? level : block);
        } else {
            name += pattern[i];
        }
    }
    return name;
}

struct ResnetBlock {
    ResnetBlock(const Weights& w, const Naming& names, int in, int out, int groups)
        : norm1(w / "norm1", in, groups, kEpsilon),
          conv1(w / "conv1", {.in = in, .out = out}),
          norm2(w / "norm2", out, groups, kEpsilon),
          conv2(w / "conv2", {.in = out, .out = out}) {
        if (in != out) shortcut.emplace(w / names.shortcut, Conv2d::Shape{.in = in, .out = out, .kernel = 1});
    }

    /// [B,in,h,w] to [B,out,h,w]; writes into x where it can.
    Activation operator()(Activation x, ForwardPass& pass) const {
        Activation y;  // [B,out,h,w]
        if (shortcut) {
            RowSource normalised = norm1.siluOf(x);
            std::tie(y, x) = Conv2d::together(conv1, std::move(normalised), *shortcut, std::move(x), pass);
        } else {
            y = conv1(norm1.siluOf(x), pass);
        }
        return conv2.addedTo(std::move(x), norm2.finalSiluOf(std::move(y)), pass);
    }
    double flops(double h, double w) const {
        return conv1.flops(h, w) + conv2.flops(h, w) + (shortcut ? shortcut->flops(h, w) : 0.0);
    }

    GroupNorm norm1;
    Conv2d conv1;
    GroupNorm norm2;
    Conv2d conv2;
    std::optional<Conv2d> shortcut;
};

AttentionBlock attentionBlock(const Weights& w, const Naming& names, int channels, int groups) {
    const bool old = &names == &kDiffusersNames && w.holds(kOldAttention.query) && !w.holds(names.attention.query);
    return AttentionBlock(w, old ? kOldAttention : names.attention, channels, groups, kEpsilon);
}

/// The narrowest part, the same in encoder and decoder.
struct MidBlock {
    MidBlock(const Weights& w, const Naming& names, int channels, int groups, bool hasAttention)
        : block1(w / names.mid1, names, channels, channels, groups), block2(w / names.mid2, names, channels, channels, groups) {
        if (hasAttention) attention.emplace(attentionBlock(w / names.midAttention, names, channels, groups));
    }
    Activation operator()(Activation x, ForwardPass& pass) const {
        x = block1(std::move(x), pass);
        if (attention) x = (*attention)(std::move(x), pass);
        return block2(std::move(x), pass);
    }
    double flops(double h, double w) const { return block1.flops(h, w) + block2.flops(h, w) + (attention ? attention->flops(h, w) : 0.0); }

    ResnetBlock block1, block2;
    std::optional<AttentionBlock> attention;
};

/// One resolution: residual blocks, each followed by attention where there is any, then a convolution that changes the resolution.
struct Level {
    std::vector<ResnetBlock> blocks;
    std::vector<AttentionBlock> attentions;
    std::optional<Conv2d> resample;

    Activation operator()(Activation x, ForwardPass& pass) const {
        for (std::size_t j = 0; j < blocks.size(); ++j) {
            x = blocks[j](std::move(x), pass);
            if (!attentions.empty()) x = attentions[j](std::move(x), pass);
        }
        return x;
    }
    double flops(double h, double w) const {
        double sum = 0;
        for (const ResnetBlock& block : blocks) sum += block.flops(h, w);
        for (const AttentionBlock& attention : attentions) sum += attention.flops(h, w);
        return sum;
    }
};

struct EncoderNetwork {
    EncoderNetwork(const Weights& w, const Naming& names, const AutoencoderKlConfig& config)
        : convIn(w / "conv_in", {.in = 3, .out = config.stemWidth}),
          mid(w, names, config.widths.back(), config.normGroups, config.midAttention),
          normOut(w / names.lastNorm, config.widths.back(), config.normGroups, kEpsilon),
          convOut(w / "conv_out", {.in = config.widths.back(), .out = 2 * config.latentChannels}) {
        int channels = config.stemWidth;
        for (int i = 0; i < static_cast<int>(config.widths.size()); ++i) {
            Level& level = levels.emplace_back();
            for (int j = 0; j < config.encoderBlocks; ++j) {
                level.blocks.emplace_back(w / named(names.down, i, j), names, channels, config.widths[i], config.normGroups);
                channels = config.widths[i];
                if (config.encoderAttention[i]) level.attentions.push_back(attentionBlock(w / named(names.downAttention, i, j), names, channels, config.normGroups));
            }
            if (i + 1 == static_cast<int>(config.widths.size())) continue;
            const Conv2d::Shape halving{.in = channels, .out = channels, .stride = 2, .padding = Padding::BelowRight};
            level.resample.emplace(w / named(names.downsample, i), halving);
        }
    }

    /// x [B,3,H,W] in [-1,1] to [B,2c,h,w].
    Activation operator()(Activation x, ForwardPass& pass) const {
        pass.begin("encoding, first convolution");
        Activation h = convIn(std::move(x), pass);
        for (std::size_t i = 0; i < levels.size(); ++i) {
            pass.begin("encoding, down block " + std::to_string(i + 1));
            h = levels[i](std::move(h), pass);
            if (levels[i].resample) h = (*levels[i].resample)(std::move(h), pass);
        }
        pass.begin("encoding, middle block");
        h = mid(std::move(h), pass);
        return convOut(normOut.finalSiluOf(std::move(h)), pass);
    }

    double flops(int height, int width) const {
        double sum = convIn.flops(height, width);
        for (const Level& level : levels) {
            sum += level.flops(height, width);
            if (!level.resample) continue;
            sum += level.resample->flops(height, width);
            height = level.resample->outputSide(height);
            width = level.resample->outputSide(width);
        }
        return sum + mid.flops(height, width) + convOut.flops(height, width);
    }

    Conv2d convIn;
    std::vector<Level> levels;  ///< full resolution first
    MidBlock mid;
    GroupNorm normOut;
    Conv2d convOut;
};

struct DecoderNetwork {
    DecoderNetwork(const Weights& w, const Naming& names, const AutoencoderKlConfig& config)
        : convIn(w / "conv_in", {.in = config.latentChannels, .out = config.widths.back()}),
          mid(w, names, config.widths.back(), config.normGroups, config.midAttention),
          normOut(w / names.lastNorm, config.widths.front(), config.normGroups, kEpsilon),
          convOut(w / "conv_out", {.in = config.widths.front(), .out = 3}) {
        const int count = static_cast<int>(config.widths.size());
        int channels = config.widths.back();
        for (int step = 0; step < count; ++step) {  // coarsest first
            const int resolution = count - 1 - step, i = names.decoderCountsFromCoarsest ? step : resolution;
            Level& level = levels.emplace_back();
            for (int j = 0; j < config.decoderBlocks; ++j) {
                level.blocks.emplace_back(w / named(names.up, i, j), names, channels, config.widths[resolution], config.normGroups);
                channels = config.widths[resolution];
                if (config.decoderAttention[resolution]) {
                    level.attentions.push_back(attentionBlock(w / named(names.upAttention, i, j), names, channels, config.normGroups));
                }
            }
            if (resolution > 0) level.resample.emplace(w / named(names.upsample, i), Conv2d::Shape{.in = channels, .out = channels});
        }
    }

    /// z [B,c,h,w] to [B,3,H,W] in [-1,1].
    Activation operator()(Activation z, ForwardPass& pass) const {
        pass.begin("decoding, first convolution");
        Activation h = convIn(std::move(z), pass);
        pass.begin("decoding, middle block");
        h = mid(std::move(h), pass);
        for (std::size_t i = 0; i < levels.size(); ++i) {
            pass.begin("decoding, up block " + std::to_string(i + 1));
            h = levels[i](std::move(h), pass);
            if (levels[i].resample) h = levels[i].resample->onDoubled(std::move(h), pass);
        }
        pass.begin("decoding, last convolution");
        return convOut(normOut.finalSiluOf(std::move(h)), pass);
    }

    double flops(int height, int width) const {  // of the latents
        double sum = convIn.flops(height, width) + mid.flops(height, width);
        for (const Level& level : levels) {
            sum += level.flops(height, width);
            if (!level.resample) continue;
            height *= 2;
            width *= 2;
            sum += level.resample->flops(height, width);
        }
        return sum + convOut.flops(height, width);
    }

    Conv2d convIn;
    MidBlock mid;
    std::vector<Level> levels;  ///< coarsest first
    GroupNorm normOut;
    Conv2d convOut;
};

struct Network {
    Network(const Weights& w, const AutoencoderKlConfig& config)
        : encoder(w / "encoder", namesOf(config), config), decoder(w / "decoder", namesOf(config), config) {
        const int c = config.latentChannels;
        if (config.quantConv) quantConv.emplace(w / "quant_conv", Conv2d::Shape{.in = 2 * c, .out = 2 * c, .kernel = 1});
        if (config.postQuantConv) postQuantConv.emplace(w / "post_quant_conv", Conv2d::Shape{.in = c, .out = c, .kernel = 1});
    }
    static const Naming& namesOf(const AutoencoderKlConfig& config) { return config.layout == Layout::Diffusers ? kDiffusersNames : kLdmNames; }

    EncoderNetwork encoder;
    DecoderNetwork decoder;
    std::optional<Conv2d> quantConv, postQuantConv;
};

class AutoencoderKl final : public Model {
public:
    AutoencoderKl(const Checkpoint& checkpoint, const AutoencoderKlFile& file)
        : m_config(detectAutoencoderKl(checkpoint, file)), m_where(file.where), m_tensors(below(file)), m_plan(planned()) {
        m_capabilities.encode = &m_encoder;
        m_capabilities.decode = &m_decoder;
    }

    const Capabilities& capabilities() const override { return m_capabilities; }

    ModelInfo describe() const override {
        ModelInfo info;
        info.family = kAutoencoderKl.name;
        switch (m_config.layout) {
            case Layout::Diffusers: info.layout = "diffusers"; break;
            case Layout::Bfl: info.layout = "BFL"; break;
            case Layout::Ldm: info.layout = "LDM"; break;
        }
        info.downsample = m_config.downsample();
        info.latentChannels = m_config.latentChannels;
        info.shape = "f" + std::to_string(info.downsample) + " c" + std::to_string(info.latentChannels);
        info.parameters = m_parameters;
        info.capabilities = {"encode", "decode"};
        info.ignoredTensors = m_ignored;
        return info;
    }

    TensorsByName parityExtras(const TensorsByName& inputs, const TensorsByName& computed, DeviceLane& lane) const override {
        TensorsByName out;
        const auto latents = computed.find("out.latents"), logvar = computed.find("out.logvar");
        if (latents == computed.end()) return out;
        const Tensor& mean = latents->second;
        if (m_config.scalingFactor) {
            out["out.latents.pipeline"] = (mean - *m_config.shiftFactor) * *m_config.scalingFactor;
            out["out.latents.openvision3"] = mean * *m_config.scalingFactor;
        }
        const auto noise = inputs.find("in.noise");
        if (noise != inputs.end() && logvar != computed.end() && noise->second.sizes() == mean.sizes()) {
            const Tensor sampled = mean + at::exp(logvar->second * 0.5) * noise->second.to(mean.device());
            out["out.latents.sampled"] = sampled;
            out["out.reconstruction.sampled"] = decode(sampled, lane);
        }
        return out;
    }

private:
    struct EncoderPart final : Encoder {
        explicit EncoderPart(const AutoencoderKl& model) : model(model) {}
        TensorsByName encode(const Tensor& image, DeviceLane& lane) const override { return model.encode(image, lane); }
        std::uint64_t flops(int height, int width) const override { return static_cast<std::uint64_t>(model.encoderFlops(height, width)); }
        const AutoencoderKl& model;
    };
    struct DecoderPart final : Decoder {
        explicit DecoderPart(const AutoencoderKl& model) : model(model) {}
        Tensor decode(const Tensor& latents, DeviceLane& lane) const override { return model.decode(latents, lane); }
        std::uint64_t flops(int height, int width) const override {
            const int factor = model.m_config.downsample();
            return static_cast<std::uint64_t>(model.decoderFlops(height / factor, width / factor));
        }
        const AutoencoderKl& model;
    };

    TensorsByName encode(const Tensor& image, DeviceLane& lane) const {
        const c10::InferenceMode inference;
        checkImage(image);
        const Network& network = networkOn(lane);
        ForwardPass pass(lane, encoderFlops(image.size(2), image.size(3)) * image.size(0));
        Activation x = Activation::inBands(image.to(lane.device())).mapped([](const Tensor& rows) { return (rows * 2 - 1).contiguous(at::MemoryFormat::ChannelsLast); });
        Activation moments = network.encoder(std::move(x), pass);
        if (network.quantConv) moments = (*network.quantConv)(std::move(moments), pass);
        const auto halves = std::move(moments).whole().to(at::kFloat).contiguous().chunk(2, 1);
        return {{"latents", halves[0].contiguous()}, {"logvar", halves[1].clamp(kLowestLogvar, kHighestLogvar).contiguous()}};
    }

    Tensor decode(const Tensor& latents, DeviceLane& lane) const {
        const c10::InferenceMode inference;
        if (latents.dim() != 4 || latents.size(1) != m_config.latentChannels || latents.numel() == 0) {
            throw Failure(ErrorCode::Mismatch, "latents of shape " + textOfShape(latents.sizes().vec()) + " do not fit this decoder", "latents",
                          "give [B, " + std::to_string(m_config.latentChannels) + ", h, w]");
        }
        const Network& network = networkOn(lane);
        ForwardPass pass(lane, decoderFlops(latents.size(2), latents.size(3)) * latents.size(0));
        Activation z = latents.to(lane.device(), at::kFloat).contiguous(at::MemoryFormat::ChannelsLast);
        if (network.postQuantConv) z = (*network.postQuantConv)(std::move(z), pass);
        return network.decoder(std::move(z), pass).whole().to(at::kFloat).mul_(0.5).add_(0.5);
    }

    double encoderFlops(int height, int width) const {
        const int factor = m_config.downsample();
        return m_plan.encoder.flops(height, width) + (m_plan.quantConv ? m_plan.quantConv->flops(height / factor, width / factor) : 0.0);
    }
    double decoderFlops(int height, int width) const {  // of the latents
        return m_plan.decoder.flops(height, width) + (m_plan.postQuantConv ? m_plan.postQuantConv->flops(height, width) : 0.0);
    }

    /// The tensors that count, by the names that layers use.
    static StoredTensors below(const AutoencoderKlFile& file) {
        StoredTensors tensors;
        for (const auto& [name, tensor] : *file.tensors) {
            if (name.starts_with(file.prefix)) tensors.emplace(name.substr(file.prefix.size()), tensor);
        }
        return tensors;
    }

    Network planned() {
        const Weights weights = Weights::check(m_tensors, m_where);
        Network network(weights, m_config);
        // Original checkpoints keep what only training needs: the loss (a perceptual net and a discriminator) and averages.
        using Patterns = std::vector<std::string>;
        m_ignored = weights.finish(m_config.layout == Layout::Ldm ? Patterns{"loss.*", "model_ema.*"} : Patterns{});
        m_parameters = weights.parameters();
        return network;
    }

    void checkImage(const Tensor& image) const {
        const int least = m_config.downsample();
        if (image.dim() == 4 && image.size(0) > 0 && image.size(1) == 3 && image.size(2) >= least && image.size(3) >= least) return;
        throw Failure(ErrorCode::Mismatch, "a picture tensor of shape " + textOfShape(image.sizes().vec()) + " does not fit this encoder", "image",
                      "give [B, 3, H, W] with sides of at least " + std::to_string(least));
    }

    const Network& networkOn(const DeviceLane& lane) const {
        return m_networks.on(lane, [&](const Placement& placement) { return Network(Weights::load(m_tensors, m_where, placement), m_config); });
    }

    AutoencoderKlConfig m_config;
    std::string m_where;
    StoredTensors m_tensors;
    std::vector<std::string> m_ignored;
    std::int64_t m_parameters = 0;
    Network m_plan;  ///< sizes without tensors
    PlacedNetworks<Network> m_networks;
    EncoderPart m_encoder{*this};
    DecoderPart m_decoder{*this};
    Capabilities m_capabilities;
};

std::optional<std::string> recognise(const Checkpoint& checkpoint) {
    const auto file = findAutoencoderKl(checkpoint);
    return file ? std::optional(file->description) : std::nullopt;
}

std::unique_ptr<Model> open(const Checkpoint& checkpoint) {
    const auto file = findAutoencoderKl(checkpoint);
    TESSERA_ASSERT(file.has_value());
    return std::make_unique<AutoencoderKl>(checkpoint, *file);
}

}  // namespace

const ModelFamily kAutoencoderKl{.name = "autoencoder_kl", .recognise = recognise, .open = open};

}  // namespace tessera
