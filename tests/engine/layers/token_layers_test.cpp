// SPDX-License-Identifier: Apache-2.0
// Layers of transformers against their definitions in double.
#include <cmath>

#include <gtest/gtest.h>

#include "engine/layers/layer_cases.h"
#include "testing/token_probes.h"

namespace tessera {
namespace {

using namespace testing_probes;
using test::distance;
using test::normal;

using Floats = std::vector<float>;

NamedTensor tensor(std::vector<std::int64_t> shape, unsigned seed, float scale = 1, float mean = 0) {
    std::size_t count = 1;
    for (const std::int64_t side : shape) count *= static_cast<std::size_t>(side);
    return {std::move(shape), normal(count, seed, scale, mean)};
}

NamedTensor weightOf(int out, int in, unsigned seed, float scale = 1) { return tensor({out, in}, seed, scale / std::sqrt(float(in))); }

/// Rows of vectors through weight and bias, in double.
Floats times(const NamedTensor& weight, const Floats& bias, const Floats& x) {
    const std::size_t out = weight.shape[0], in = weight.shape[1];
    Floats y;
    for (std::size_t row = 0; row < x.size() / in; ++row) {
        for (std::size_t o = 0; o < out; ++o) {
            double sum = bias.empty() ? 0 : bias[o];
            for (std::size_t i = 0; i < in; ++i) sum += double(weight.values[o * in + i]) * x[row * in + i];
            y.push_back(static_cast<float>(sum));
        }
    }
    return y;
}

double gelu(double x, bool tanh) {
    if (tanh) return 0.5 * x * (1 + std::tanh(std::sqrt(2 / M_PI) * (x + 0.044715 * x * x * x)));
    return 0.5 * x * (1 + std::erf(x / std::sqrt(2.0)));
}

Floats gelu(Floats x, bool tanh) {
    for (float& each : x) each = static_cast<float>(gelu(each, tanh));
    return x;
}

Floats plus(Floats a, const Floats& b) {
    for (std::size_t i = 0; i < a.size(); ++i) a[i] += b[i];
    return a;
}

Floats normalised(const NamedTensors& tensors, const std::string& name, const Floats& x, double epsilon) {
    const Floats& weight = tensors.at(name + "weight").values;
    const Floats& bias = tensors.at(name + "bias").values;
    Floats y(x.size());
    for (std::size_t row = 0; row < x.size(); row += weight.size()) {
        double mean = 0, variance = 0;
        for (std::size_t i = 0; i < weight.size(); ++i) mean += x[row + i] / double(weight.size());
        for (std::size_t i = 0; i < weight.size(); ++i) variance += (x[row + i] - mean) * (x[row + i] - mean) / double(weight.size());
        for (std::size_t i = 0; i < weight.size(); ++i) y[row + i] = static_cast<float>((x[row + i] - mean) / std::sqrt(variance + epsilon) * weight[i] + bias[i]);
    }
    return y;
}

/// Columns [begin, begin + count) of rows of `width`.
Floats columns(const Floats& x, std::size_t width, std::size_t begin, std::size_t count) {
    Floats part;
    for (std::size_t row = 0; row < x.size(); row += width) part.insert(part.end(), x.begin() + row + begin, x.begin() + row + begin + count);
    return part;
}

/// Attention of every head by its definition; queries [n,width] over keys and values [N,width], before the last projection.
Floats attended(const Floats& q, const Floats& k, const Floats& v, std::size_t width, std::size_t heads, bool causal = false) {
    const std::size_t queries = q.size() / width, keys = k.size() / width, dim = width / heads;
    Floats result(q.size());
    for (std::size_t n = 0; n < queries; ++n) {
        for (std::size_t head = 0; head < heads; ++head) {
            std::vector<double> share(causal ? n + 1 : keys);
            double sum = 0;
            for (std::size_t m = 0; m < share.size(); ++m) {
                double dot = 0;
                for (std::size_t i = 0; i < dim; ++i) dot += double(q[n * width + head * dim + i]) * k[m * width + head * dim + i];
                sum += share[m] = std::exp(dot / std::sqrt(double(dim)));
            }
            for (std::size_t i = 0; i < dim; ++i) {
                double mixed = 0;
                for (std::size_t m = 0; m < share.size(); ++m) mixed += share[m] / sum * v[m * width + head * dim + i];
                result[n * width + head * dim + i] = static_cast<float>(mixed);
            }
        }
    }
    return result;
}

TEST(Linear, AgreesWithItsDefinitionWithAndWithoutABias) {
    LinearCase layer{.tensors = {{"weight", weightOf(40, 24, 1)}, {"bias", tensor({40}, 2)}}, .in = 24, .out = 40};
    const Floats x = normal(24 * 7, 3);
    EXPECT_LT(distance(linear(layer, x), times(layer.tensors["weight"], layer.tensors["bias"].values, x)), 1e-5f);
    const LinearCase bare{.tensors = {{"weight", layer.tensors["weight"]}}, .in = 24, .out = 40, .biases = {}};
    EXPECT_LT(distance(linear(bare, x), times(bare.tensors.at("weight"), {}, x)), 1e-5f);
}

TEST(Linear, GeluIsTheOneThatWasAskedFor) {
    LinearCase layer{.tensors = {{"weight", weightOf(16, 16, 1, 2)}, {"bias", tensor({16}, 2)}}, .in = 16, .out = 16};
    const Floats x = normal(16 * 50, 3), y = times(layer.tensors["weight"], layer.tensors["bias"].values, x);
    ASSERT_GT(distance(gelu(y, false), gelu(y, true)), 2e-4f);
    layer.after = LinearCase::After::Gelu;
    EXPECT_LT(distance(linear(layer, x), gelu(y, false)), 2e-5f);
    layer.after = LinearCase::After::GeluTanh;
    EXPECT_LT(distance(linear(layer, x), gelu(y, true)), 2e-5f);
}

TEST(Linear, PartsAreStackedInTheOrderOfTheirNames) {
    const NamedTensors parts{{"q", weightOf(4, 6, 1)}, {"k", weightOf(4, 6, 2)}, {"v", weightOf(4, 6, 3)}, {"qb", tensor({4}, 4)}, {"kb", tensor({4}, 5)}, {"vb", tensor({4}, 6)}};
    const LinearCase stacked{.tensors = parts, .in = 6, .out = 12, .weights = {"q", "k", "v"}, .biases = {"qb", "kb", "vb"}};
    const Floats x = normal(6 * 5, 7), y = linear(stacked, x);
    for (const auto& [name, begin] : {std::pair{"q", 0}, {"k", 4}, {"v", 8}}) {
        EXPECT_LT(distance(columns(y, 12, begin, 4), times(parts.at(name), parts.at(std::string(name) + "b").values, x)), 1e-5f) << name;
    }
}

TEST(Linear, In16BitsIsNear) {
    const LinearCase layer{.tensors = {{"weight", weightOf(256, 192, 1)}, {"bias", tensor({256}, 2)}}, .in = 192, .out = 256};
    const Floats x = normal(192 * 9, 3), exact = linear(layer, x), low = linear(layer, x, true);
    EXPECT_LT(distance(low, exact), 0.05f);
    EXPECT_GT(distance(low, exact), 1e-4f) << "it did not run in 16 bits";
}

TEST(LayerNorm, AgreesWithItsDefinitionFarFromZero) {
    const NamedTensors tensors{{"weight", tensor({48}, 1, 0.2f, 1)}, {"bias", tensor({48}, 2)}};
    const Floats x = normal(48 * 11, 3, 2, 30);
    EXPECT_LT(distance(layerNorm(tensors, 48, 1e-5, x), normalised(tensors, "", x, 1e-5)), 2e-5f);
    EXPECT_LT(distance(layerNorm(tensors, 48, 1e-5, normal(48 * 11, 3), true), normalised(tensors, "", normal(48 * 11, 3), 1e-5)), 0.05f);
    const Floats small = normal(48 * 11, 4, 1e-3f);
    EXPECT_LT(distance(layerNorm(tensors, 48, 1e-2, small), normalised(tensors, "", small, 1e-2)), 2e-5f) << "epsilon";
}

TEST(LayerNorm, OfAMapIsOverTheChannelsOfEveryCellAlsoInBands) {
    const NamedTensors tensors{{"weight", tensor({24}, 1, 0.2f, 1)}, {"bias", tensor({24}, 2)}};
    const Floats x = normal(24 * 40 * 6, 3), expected = layerNorm(tensors, 24, 1e-6, x);
    EXPECT_EQ(layerNormOnChannels(tensors, 24, 1e-6, x, 40, 6), expected);
    setBandBytes(4096);
    EXPECT_EQ(layerNormOnChannels(tensors, 24, 1e-6, x, 40, 6), expected);
    setBandBytes(0);
}

/// An attention by the names of Torch, and the same by those of others.
struct Heads {
    int width, heads;
    NamedTensor in = weightOf(3 * width, width, 1, 2), out = weightOf(width, width, 3);
    NamedTensor inBias = tensor({3 * width}, 2, 0.3f), outBias = tensor({width}, 4, 0.3f);

    HeadsCase torch() const { return {{{"in_proj_weight", in}, {"in_proj_bias", inBias}, {"out_proj.weight", out}, {"out_proj.bias", outBias}}, HeadsCase::Naming::Torch, width, heads}; }
    HeadsCase timm() const { return {{{"qkv.weight", in}, {"qkv.bias", inBias}, {"proj.weight", out}, {"proj.bias", outBias}}, HeadsCase::Naming::Timm, width, heads}; }
    HeadsCase transformers() const {
        HeadsCase layer{{{"out_proj.weight", out}, {"out_proj.bias", outBias}}, HeadsCase::Naming::Transformers, width, heads};
        const std::size_t rows = width;
        std::size_t part = 0;
        for (const char* name : {"q_proj", "k_proj", "v_proj"}) {
            const auto weight = in.values.begin() + part * rows * rows, bias = inBias.values.begin() + part * rows;
            layer.tensors[std::string(name) + ".weight"] = {{width, width}, {weight, weight + rows * rows}};
            layer.tensors[std::string(name) + ".bias"] = {{width}, {bias, bias + rows}};
            ++part;
        }
        return layer;
    }
    Floats definition(const Floats& from, const Floats& to, bool causal = false) const {
        const Floats q = times(in, inBias.values, from), kv = times(in, inBias.values, to);
        const std::size_t w = width;
        return times(out, outBias.values, attended(columns(q, 3 * w, 0, w), columns(kv, 3 * w, w, w), columns(kv, 3 * w, 2 * w, w), w, heads, causal));
    }
};

TEST(SelfAttention, AgreesWithItsDefinitionUnderEveryNaming) {
    for (const auto& [width, count] : {std::pair{4, 1}, {8, 8}, {48, 16}, {24, 3}}) {
        const Heads heads{width, count};
        const TokenShape shape{1, 13, width};
        const Floats x = normal(13 * width, 9), expected = heads.definition(x, x);
        EXPECT_LT(distance(selfAttention(heads.torch(), x, shape), expected), 2e-5f) << width << " in " << count;
        EXPECT_LT(distance(selfAttention(heads.timm(), x, shape), expected), 2e-5f) << width << " in " << count;
        EXPECT_LT(distance(selfAttention(heads.transformers(), x, shape), expected), 2e-5f) << width << " in " << count;
    }
}

TEST(SelfAttention, SamplesDoNotSeeEachOther) {
    const Heads heads{12, 2};
    const Floats first = normal(5 * 12, 10), second = normal(5 * 12, 11);
    Floats both = first;
    both.insert(both.end(), second.begin(), second.end());
    Floats expected = heads.definition(first, first);
    const Floats other = heads.definition(second, second);
    expected.insert(expected.end(), other.begin(), other.end());
    EXPECT_LT(distance(selfAttention(heads.timm(), both, {2, 5, 12}), expected), 2e-5f);
}

TEST(SelfAttention, ACausalOneLooksBackOnly) {
    const Heads heads{12, 3};
    HeadsCase layer = heads.torch();
    layer.causal = true;
    const Floats x = normal(9 * 12, 12);
    EXPECT_LT(distance(selfAttention(layer, x, {1, 9, 12}), heads.definition(x, x, true)), 2e-5f);
}

TEST(CrossAttention, AgreesWithItsDefinition) {
    const Heads heads{20, 5};
    const Floats from = normal(3 * 20, 13), to = normal(17 * 20, 14), expected = heads.definition(from, to);
    EXPECT_LT(distance(crossAttention(heads.torch(), from, to), expected), 2e-5f);
    EXPECT_LT(distance(crossAttention(heads.transformers(), from, to), expected), 2e-5f);
}

TEST(TransformerBlock, AddsAttentionThenMlpEachOfNormalisedTokens) {
    const Heads heads{24, 4};
    BlockCase block{.openClip = true, .width = 24, .heads = 4, .hidden = 40, .epsilon = 1e-5, .causal = true};
    for (const auto& [name, each] : heads.torch().tensors) block.tensors["attn." + name] = each;
    for (const char* norm : {"ln_1.", "ln_2."}) {
        block.tensors[std::string(norm) + "weight"] = tensor({24}, 20, 0.2f, 1);
        block.tensors[std::string(norm) + "bias"] = tensor({24}, norm[3], 0.2f);
    }
    block.tensors["mlp.c_fc.weight"] = weightOf(40, 24, 22);
    block.tensors["mlp.c_fc.bias"] = tensor({40}, 23);
    block.tensors["mlp.c_proj.weight"] = weightOf(24, 40, 24);
    block.tensors["mlp.c_proj.bias"] = tensor({24}, 25);

    const Floats x = normal(7 * 24, 26), inside = normalised(block.tensors, "ln_1.", x, 1e-5), y = plus(x, heads.definition(inside, inside, true));
    for (const bool tanh : {false, true}) {
        block.tanh = tanh;
        const Floats hidden = gelu(times(block.tensors["mlp.c_fc.weight"], block.tensors["mlp.c_fc.bias"].values, normalised(block.tensors, "ln_2.", y, 1e-5)), tanh);
        const Floats expected = plus(y, times(block.tensors["mlp.c_proj.weight"], block.tensors["mlp.c_proj.bias"].values, hidden));
        double reported = 0;
        EXPECT_LT(distance(transformerBlock(block, x, {1, 7, 24}, &reported), expected), 5e-5f) << "tanh " << tanh;
        EXPECT_NEAR(reported, 1, 1e-9) << "what it reports is not what it says it costs";
    }
}

TEST(DepthwiseConvolution, AgreesWithItsDefinitionAtBothStrides) {
    constexpr int kChannels = 10;
    const NamedTensors tensors{{"weight", tensor({kChannels, 1, 3, 3}, 1)}, {"bias", tensor({kChannels}, 2)}};
    for (const int stride : {1, 2}) {
        const int height = 6, width = 9;
        const Floats x = normal(height * width * kChannels, 3);
        Floats expected;
        for (int row = 0; row < height; row += stride) {
            for (int column = 0; column < width; column += stride) {
                for (int channel = 0; channel < kChannels; ++channel) {
                    double sum = tensors.at("bias").values[channel];
                    for (int i = 0; i < 9; ++i) {
                        const int r = row + i / 3 - 1, c = column + i % 3 - 1;
                        if (r < 0 || r >= height || c < 0 || c >= width) continue;
                        sum += double(tensors.at("weight").values[channel * 9 + i]) * x[(r * width + c) * kChannels + channel];
                    }
                    expected.push_back(static_cast<float>(sum));
                }
            }
        }
        EXPECT_LT(distance(depthwiseConvolution(tensors, kChannels, stride, x, height, width), expected), 1e-5f) << "stride " << stride;
    }
}

}  // namespace
}  // namespace tessera
