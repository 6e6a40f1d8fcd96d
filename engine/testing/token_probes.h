// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

// Layers of tokens on plain numbers, for tests: no tensor type goes in or comes out. Tokens are dense [batch, count, width], width fastest.
namespace tessera::testing_probes {

struct NamedTensor {
    std::vector<std::int64_t> shape;
    std::vector<float> values;
};
/// A layer's tensors by upstream's names.
using NamedTensors = std::map<std::string, NamedTensor>;

struct TokenShape {
    std::int64_t batch = 1, count = 1, width = 1;
};

struct LinearCase {
    NamedTensors tensors;
    int in = 1, out = 1;
    std::vector<std::string> weights{"weight"}, biases{"bias"};  ///< names, at most three of each
    enum class After { Nothing, Gelu, GeluTanh } after = After::Nothing;
};
std::vector<float> linear(const LinearCase& layer, std::span<const float> x, bool bf16 = false);

/// The layer's result over the last axis.
std::vector<float> layerNorm(const NamedTensors& tensors, int width, double epsilon, std::span<const float> x, bool bf16 = false);
/// The same over the channels of a map [height, width, channels], read in bands: see setBandBytes.
std::vector<float> layerNormOnChannels(const NamedTensors& tensors, int channels, double epsilon, std::span<const float> x, int height, int width);

struct HeadsCase {
    NamedTensors tensors;
    enum class Naming { Timm, Torch, Transformers } naming = Naming::Timm;
    int width = 1, heads = 1;
    bool causal = false;
};
std::vector<float> selfAttention(const HeadsCase& layer, std::span<const float> x, TokenShape shape, bool bf16 = false);
/// `from` has a batch of one.
std::vector<float> crossAttention(const HeadsCase& layer, std::span<const float> from, std::span<const float> to);

struct BlockCase {
    NamedTensors tensors;
    bool openClip = false;  ///< its names, else transformers'
    int width = 1, heads = 1, hidden = 1;
    double epsilon = 1e-6;
    bool tanh = false, causal = false;
};
/// The block's result, and the share of its own FLOPs that it reported in the end.
std::vector<float> transformerBlock(const BlockCase& layer, std::span<const float> x, TokenShape shape, double* reported = nullptr);

/// 3x3 of every channel by itself; x [height, width, channels].
std::vector<float> depthwiseConvolution(const NamedTensors& tensors, int channels, int stride, std::span<const float> x, int height, int width);

}  // namespace tessera::testing_probes
