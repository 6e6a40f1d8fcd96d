// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "checkpoint/checkpoint.h"
#include "families/config_reader.h"

namespace tessera {

/// How upstream names the parts of the convolutional encoder and decoder that most pixel autoencoders share.
enum class PixelNaming {
    Diffusers,  ///< down_blocks.0.resnets.0, up_blocks.0 is the coarsest
    Ldm,        ///< down.0.block.0, up.0 is full resolution: latent-diffusion, BFL, taming, RQ-VAE, VILA-U
    LlamaGen    ///< conv_blocks.0.res.0 in both, the decoder's first is the coarsest
};

/// Names below "encoder." and "decoder.". %i and %j stand for the level as the file counts it, and the block.
struct PixelNames {
    struct Attention {
        std::string_view norm, query, key, value, out;
    };
    std::string_view down, downAttention, downsample, up, upAttention, upsample;
    std::string_view mid1, midAttention, mid2, lastNorm, shortcut;
    Attention attention, olderAttention;  ///< of files from before upstream renamed them; empty where it never did
    bool decoderCountsFromCoarsest;
};

const PixelNames& namesOf(PixelNaming naming);
/// The pattern with its level and block.
std::string named(std::string_view pattern, int level, int block = 0);

/// Sizes of the two networks of families/pixel_networks.h. Whoever has only one of them leaves the other's at 0.
struct PixelShape {
    std::vector<int> widths;  ///< channels per level, full resolution first
    int stemWidth = 0;        ///< channels of the encoder's first convolution; BFL's files may differ from the first level
    int encoderBlocks = 0;    ///< residual blocks per level
    int decoderBlocks = 0;
    int encoderChannels = 0;  ///< that the encoder gives; twice the decoder's where they are a mean and a variance
    int decoderChannels = 0;  ///< that the decoder takes
    int normGroups = 32;
    bool midAttention = true;
    /// Levels that have attention after each block, full resolution first.
    std::vector<bool> encoderAttention, decoderAttention;

    int downsample() const { return 1 << (widths.size() - 1); }
};

/// All of `shape` but normGroups and encoderChannels, which a family knows, read off the tensors below `prefix`. Reads no tensor data.
/// Throws Failure(Mismatch) that names the tensor without which a size cannot be known.
PixelShape pixelShapeOf(const std::map<std::string, StoredTensor>& tensors, const std::string& prefix, PixelNaming naming, const std::string& where);
/// From upstream's `ddconfig` (latent-diffusion, taming, RQ-VAE, VILA-U): attention where resolution / 2^level is in attn_resolutions, whatever
/// size a picture has. Throws Failure(Unsupported) for what Tessera does not compute.
PixelShape pixelShapeOf(const ConfigReader& ddconfig);
/// A number that a config gives and the tensors show.
struct SaidAndFound {
    std::string_view what;
    int said = 0, found = 0;
};
/// Throws one Failure(Mismatch) about the config that names all in which it disagrees with the tensors: "n_embed 1024 in the config, 16384 in the tensors; ...".
void checkAgreement(const PixelShape& said, const PixelShape& found, const std::vector<SaidAndFound>& numbers, const std::string& config);
/// Throws Failure(Mismatch) if the normalisation groups do not divide the widths.
void checkNormGroups(const PixelShape& shape, const std::string& where);

/// Any tensor's name begins so.
bool holdsBelow(const std::map<std::string, StoredTensor>& tensors, const std::string& prefix);
/// Side `axis` of a tensor of so many sides. Throws Failure(Mismatch) if there is none, or its side is no size of a layer.
int sideOf(const std::map<std::string, StoredTensor>& tensors, const std::string& name, std::size_t axis, std::size_t sides, const std::string& where);

}  // namespace tessera
