// SPDX-License-Identifier: Apache-2.0
#include "testing/token_probes.h"

#include <memory>
#include <stop_token>
#include <string_view>

#include <ATen/ATen.h>

#include "layers/depthwise_convolution.h"
#include "layers/transformer_block.h"

namespace tessera::testing_probes {
namespace {

class LastReport final : public StageContext {
public:
    std::stop_token stopToken() const override { return {}; }
    void report(double fraction, std::string_view) override { last = fraction; }
    void partial(StageValue) override {}
    double last = 0;
};

StoredTensors stored(const NamedTensors& tensors) {
    StoredTensors all;
    for (const auto& [name, tensor] : tensors) {
        const auto owner = std::make_shared<const std::vector<float>>(tensor.values);
        all[name] = {.type = DType::F32, .shape = tensor.shape, .strides = {}, .owner = owner, .data = reinterpret_cast<const std::byte*>(owner->data())};
    }
    return all;
}

/// What `run(weights)` gives, as numbers.
template <typename Run>
std::vector<float> with(const NamedTensors& tensors, bool bf16, const Run& run) {
    const c10::InferenceMode inference;
    const StoredTensors all = stored(tensors);
    const Weights weights = Weights::load(all, "test", {at::kCPU, bf16 ? Precision::Bf16 : Precision::Fp32});
    const at::Tensor y = run(weights).to(at::kFloat).contiguous();
    weights.finish();
    return {y.const_data_ptr<float>(), y.const_data_ptr<float>() + y.numel()};
}

at::Tensor tensorOf(std::span<const float> values, std::vector<std::int64_t> shape) {
    at::Tensor x = at::empty(shape, at::kFloat);
    std::copy(values.begin(), values.end(), x.data_ptr<float>());
    return x;
}

const MultiHeadNames& namesOf(HeadsCase::Naming naming) {
    switch (naming) {
        case HeadsCase::Naming::Timm: return kTimmHeads;
        case HeadsCase::Naming::Torch: return kTorchHeads;
        case HeadsCase::Naming::Transformers: break;
    }
    return kTransformersHeads;
}

}  // namespace

std::vector<float> linear(const LinearCase& layer, std::span<const float> x, bool bf16) {
    return with(layer.tensors, bf16, [&](const Weights& w) {
        LinearNames names{.weights = {}, .biases = {}};
        std::copy(layer.weights.begin(), layer.weights.end(), names.weights.begin());
        std::copy(layer.biases.begin(), layer.biases.end(), names.biases.begin());
        const Linear each(w, {.in = layer.in, .out = layer.out}, names);
        const at::Tensor input = tensorOf(x, {static_cast<std::int64_t>(x.size()) / layer.in, layer.in});
        if (layer.after == LinearCase::After::Nothing) return each(input);
        return each.withGelu(input, layer.after == LinearCase::After::Gelu ? Gelu::Exact : Gelu::Tanh);
    });
}

std::vector<float> layerNorm(const NamedTensors& tensors, int width, double epsilon, std::span<const float> x, bool bf16) {
    return with(tensors, false, [&](const Weights& w) {
        const at::ScalarType type = bf16 ? at::kBFloat16 : at::kFloat;
        return LayerNorm(w, width, epsilon)(tensorOf(x, {static_cast<std::int64_t>(x.size()) / width, width}).to(type), type);
    });
}

std::vector<float> layerNormOnChannels(const NamedTensors& tensors, int channels, double epsilon, std::span<const float> x, int height, int width) {
    return with(tensors, false, [&](const Weights& w) {
        const at::Tensor map = tensorOf(x, {1, height, width, channels}).permute({0, 3, 1, 2});
        return LayerNorm(w, channels, epsilon).onChannels(Activation::inBands(map), at::kFloat).whole().permute({0, 2, 3, 1});
    });
}

std::vector<float> selfAttention(const HeadsCase& layer, std::span<const float> x, TokenShape shape, bool bf16) {
    return with(layer.tensors, bf16, [&](const Weights& w) {
        const SelfAttention attention(w, namesOf(layer.naming), {.width = layer.width, .heads = layer.heads, .causal = layer.causal});
        return attention(tensorOf(x, {shape.batch, shape.count, shape.width}));
    });
}

std::vector<float> crossAttention(const HeadsCase& layer, std::span<const float> from, std::span<const float> to) {
    return with(layer.tensors, false, [&](const Weights& w) {
        const auto tokens = [&](std::span<const float> values) { return tensorOf(values, {1, static_cast<std::int64_t>(values.size()) / layer.width, layer.width}); };
        return CrossAttention(w, namesOf(layer.naming), layer.width, layer.heads)(tokens(from), tokens(to));
    });
}

std::vector<float> transformerBlock(const BlockCase& layer, std::span<const float> x, TokenShape shape, double* reported) {
    return with(layer.tensors, false, [&](const Weights& w) {
        const TransformerBlock block(w, layer.openClip ? kOpenClipBlock : kTransformersBlock,
                                     {.width = layer.width,
                                      .heads = layer.heads,
                                      .hidden = layer.hidden,
                                      .epsilon = layer.epsilon,
                                      .gelu = layer.tanh ? Gelu::Tanh : Gelu::Exact,
                                      .causal = layer.causal});
        LastReport context;
        DeviceLane lane(at::kCPU, Precision::Fp32, context);
        ForwardPass pass(lane, block.flops(static_cast<double>(shape.count)) * static_cast<double>(shape.batch));
        const at::Tensor y = block(tensorOf(x, {shape.batch, shape.count, shape.width}), pass);
        if (reported) *reported = context.last;
        return y;
    });
}

std::vector<float> depthwiseConvolution(const NamedTensors& tensors, int channels, int stride, std::span<const float> x, int height, int width) {
    return with(tensors, false, [&](const Weights& w) {
        LastReport context;
        DeviceLane lane(at::kCPU, Precision::Fp32, context);
        ForwardPass pass(lane, 1);
        const at::Tensor map = tensorOf(x, {1, height, width, channels}).permute({0, 3, 1, 2});
        return DepthwiseConv2d(w, channels, stride)(map, pass).permute({0, 2, 3, 1});
    });
}

}  // namespace tessera::testing_probes
