// SPDX-License-Identifier: Apache-2.0
#include "families/pixel_shape.h"

#include <algorithm>

#include "checkpoint/file_words.h"
#include "core/error.h"

namespace tessera {
namespace {

using Tensors = std::map<std::string, StoredTensor>;

constexpr int kWidest = 1 << 16, kMostCodes = 1 << 24, kMostBlocks = 64, kMostLevels = 12;

constexpr PixelNames kDiffusersNames{
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
    .olderAttention = {"group_norm", "query", "key", "value", "proj_attn"},  // diffusers before 0.17
    .decoderCountsFromCoarsest = true,
};

constexpr PixelNames kLdmNames{
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
    .olderAttention = {},
    .decoderCountsFromCoarsest = false,
};

constexpr PixelNames kLlamaGenNames{
    .down = "conv_blocks.%i.res.%j",
    .downAttention = "conv_blocks.%i.attn.%j",
    .downsample = "conv_blocks.%i.downsample.conv",
    .up = "conv_blocks.%i.res.%j",
    .upAttention = "conv_blocks.%i.attn.%j",
    .upsample = "conv_blocks.%i.upsample.conv",
    .mid1 = "mid.0",
    .midAttention = "mid.1",
    .mid2 = "mid.2",
    .lastNorm = "norm_out",
    .shortcut = "nin_shortcut",
    .attention = {"norm", "q", "k", "v", "proj_out"},
    .olderAttention = {},
    .decoderCountsFromCoarsest = true,
};

/// One more than the largest i for which tensors lie below `before`i; a gap below it is a missing tensor.
int countOf(const Tensors& tensors, const std::string& before, int most) {
    int count = most;
    while (count > 0 && !holdsBelow(tensors, before + std::to_string(count - 1) + ".")) --count;
    return count;
}

std::string_view upTo(std::string_view pattern, std::string_view mark) { return pattern.substr(0, pattern.find(mark)); }

std::string textOf(const std::vector<int>& numbers) {
    std::string text = "[";
    for (std::size_t i = 0; i < numbers.size(); ++i) text += (i ? ", " : "") + std::to_string(numbers[i]);
    return text + "]";
}

/// Levels with attention, for people: "2, 3".
std::string textOf(const std::vector<bool>& levels) {
    std::string text;
    for (std::size_t i = 0; i < levels.size(); ++i) {
        if (levels[i]) text += (text.empty() ? "" : ", ") + std::to_string(i);
    }
    return text.empty() ? "none" : text;
}

std::string textOf(int number) { return std::to_string(number); }

}  // namespace

const PixelNames& namesOf(PixelNaming naming) {
    switch (naming) {
        case PixelNaming::Diffusers: return kDiffusersNames;
        case PixelNaming::LlamaGen: return kLlamaGenNames;
        case PixelNaming::Ldm: break;
    }
    return kLdmNames;
}

std::string named(std::string_view pattern, int level, int block) {
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

bool holdsBelow(const Tensors& tensors, const std::string& prefix) {
    const auto it = tensors.lower_bound(prefix);
    return it != tensors.end() && it->first.starts_with(prefix);
}

int sideOf(const Tensors& tensors, const std::string& name, std::size_t axis, std::size_t sides, const std::string& where) {
    const auto it = tensors.find(name);
    const auto refuse = [&](const std::string& what) {
        throw Failure(ErrorCode::Mismatch, "the sizes of this autoencoder cannot be read off its tensors: " + name + what, where, "check that the download is complete");
    };
    if (it == tensors.end()) refuse(" is missing");
    const std::vector<std::int64_t>& shape = it->second.shape;
    if (shape.size() != sides || shape[axis] < 1 || shape[axis] > (sides == 4 ? kWidest : kMostCodes)) refuse(" is " + shown(shape));
    return static_cast<int>(shape[axis]);
}

PixelShape pixelShapeOf(const Tensors& tensors, const std::string& prefix, PixelNaming naming, const std::string& where) {
    const PixelNames& names = namesOf(naming);
    const std::string encoder = prefix + "encoder.", decoder = prefix + "decoder.";
    const auto side = [&](const std::string& name, std::size_t axis) { return sideOf(tensors, name, axis, 4, where); };
    const auto blocks = [&](const std::string& network, std::string_view pattern, int level) {
        return countOf(tensors, network + named(upTo(pattern, "%j"), level), kMostBlocks);
    };
    PixelShape shape;
    const int levels = std::max({1, countOf(tensors, encoder + std::string(upTo(names.down, "%i")), kMostLevels),
                                 countOf(tensors, decoder + std::string(upTo(names.up, "%i")), kMostLevels)});
    for (int i = 0; i < levels; ++i) {
        const int up = names.decoderCountsFromCoarsest ? levels - 1 - i : i;
        shape.widths.push_back(side(encoder + named(names.down, i) + ".conv1.weight", 0));
        shape.encoderAttention.push_back(holdsBelow(tensors, encoder + named(upTo(names.downAttention, "%j"), i)));
        shape.decoderAttention.push_back(holdsBelow(tensors, decoder + named(upTo(names.upAttention, "%j"), up)));
        shape.encoderBlocks = std::max(shape.encoderBlocks, blocks(encoder, names.down, i));
        shape.decoderBlocks = std::max(shape.decoderBlocks, blocks(decoder, names.up, up));
    }
    shape.stemWidth = side(encoder + "conv_in.weight", 0);
    const std::string mid = std::string(names.midAttention) + ".";
    shape.midAttention = holdsBelow(tensors, encoder + mid) || holdsBelow(tensors, decoder + mid);
    shape.decoderChannels = side(decoder + "conv_in.weight", 1);
    return shape;
}

PixelShape pixelShapeOf(const ConfigReader& config) {
    const auto unsupported = [&](const std::string& what) {
        throw Failure(ErrorCode::Unsupported, what, config.file(), "open an autoencoder of RGB pictures by convolutions and plain attention");
    };
    for (const char* key : {"in_channels", "out_ch"}) {
        if (const int channels = config.integer(key, 1, kWidest); channels != 3) unsupported(config.nameOf(key) + " is " + std::to_string(channels) + ", and Tessera computes RGB autoencoders only");
    }
    if (!config.flag("resamp_with_conv", true)) unsupported(config.nameOf("resamp_with_conv") + " is false, and Tessera resamples by convolutions only");
    for (const char* key : {"give_pre_end", "tanh_out", "use_linear_attn", "use_3d_conv"}) {
        if (config.flag(key, false)) unsupported(config.nameOf(key) + " is true, which Tessera does not compute");
    }
    const std::string attention = config.text("attn_type", "vanilla");
    if (attention != "vanilla" && attention != "none") unsupported(config.nameOf("attn_type") + " is \"" + attention + "\", and Tessera computes \"vanilla\" and \"none\" only");

    PixelShape shape;
    shape.stemWidth = config.integer("ch", 1, kWidest);
    const std::vector<int> multiples = config.integers("ch_mult", {1, 2, 4, 8}, 1, kWidest);
    const int levels = static_cast<int>(multiples.size());
    if (levels > kMostLevels) config.refuse(config.nameOf("ch_mult") + " has more than " + std::to_string(kMostLevels) + " levels");
    for (const int multiple : multiples) {
        if (multiple > kWidest / shape.stemWidth) config.refuse(config.nameOf("ch_mult") + " makes a level wider than " + std::to_string(kWidest) + " channels");
        shape.widths.push_back(shape.stemWidth * multiple);
    }
    shape.encoderBlocks = config.integer("num_res_blocks", 0, kMostBlocks);
    shape.decoderBlocks = shape.encoderBlocks + 1;
    shape.decoderChannels = config.integer("z_channels", 1, kWidest);
    shape.encoderChannels = shape.decoderChannels * (config.flag("double_z", true) ? 2 : 1);
    shape.midAttention = attention == "vanilla";
    const int resolution = config.integer("resolution", 1, kWidest);
    const std::vector<int> attended = config.integers("attn_resolutions", {}, 1, kWidest);
    const auto attends = [&](int side) { return shape.midAttention && std::ranges::find(attended, side) != attended.end(); };
    for (int i = 0; i < levels; ++i) {
        shape.encoderAttention.push_back(attends(resolution >> i));
        // The decoder counts up from the coarsest level, which for odd resolutions gives other sides.
        shape.decoderAttention.push_back(attends((resolution >> (levels - 1)) << (levels - 1 - i)));
    }
    return shape;
}

void checkAgreement(const PixelShape& said, const PixelShape& found, const std::vector<SaidAndFound>& numbers, const std::string& config) {
    std::string text;
    const auto compare = [&](std::string_view what, const auto& first, const auto& second) {
        if (first != second) text += (text.empty() ? "" : "; ") + std::string(what) + " " + textOf(first) + " in the config, " + textOf(second) + " in the tensors";
    };
    compare("channels of the levels", said.widths, found.widths);
    if (said.widths.size() == found.widths.size()) {
        compare("encoder levels with attention", said.encoderAttention, found.encoderAttention);
        compare("decoder levels with attention", said.decoderAttention, found.decoderAttention);
    }
    compare("middle blocks with attention", int(said.midAttention), int(found.midAttention));
    compare("channels of the first convolution", said.stemWidth, found.stemWidth);
    compare("blocks per encoder level", said.encoderBlocks, found.encoderBlocks);
    compare("blocks per decoder level", said.decoderBlocks, found.decoderBlocks);
    compare("channels that the decoder takes", said.decoderChannels, found.decoderChannels);
    for (const SaidAndFound& each : numbers) compare(each.what, each.said, each.found);
    if (text.empty()) return;
    throw Failure(ErrorCode::Mismatch, "this config does not describe the weights beside it: " + text, config, "open weights and config that belong together");
}

void checkNormGroups(const PixelShape& shape, const std::string& where) {
    std::vector<int> widths = shape.widths;
    if (shape.stemWidth > 0) widths.push_back(shape.stemWidth);
    for (const int width : widths) {
        if (width % shape.normGroups == 0) continue;
        throw Failure(ErrorCode::Mismatch, std::to_string(shape.normGroups) + " normalisation groups do not divide " + std::to_string(width) + " channels", where,
                      "check that the config belongs to this checkpoint");
    }
}

}  // namespace tessera
