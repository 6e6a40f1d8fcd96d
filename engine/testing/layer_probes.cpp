// SPDX-License-Identifier: Apache-2.0
#include "testing/layer_probes.h"

#include <map>
#include <stop_token>
#include <string>

#include <ATen/ATen.h>

#include "device/activation_memory.h"
#include "device/torch_bridge.h"
#include "layers/activation.h"
#include "layers/attention.h"
#include "layers/convolution.h"
#include "layers/group_norm.h"
#include "layers/winograd.h"

namespace tessera::testing_probes {
namespace {

class NobodyStops final : public StageContext {
public:
    std::stop_token stopToken() const override { return {}; }
    void report(double, std::string_view) override { ++reports; }
    void partial(StageValue) override {}
    int reports = 0;
};

StoredTensor stored(const std::vector<float>& values, std::vector<std::int64_t> shape) {
    const auto owner = std::make_shared<const std::vector<float>>(values);
    return {.type = DType::F32, .shape = std::move(shape), .strides = {}, .owner = owner, .data = reinterpret_cast<const std::byte*>(owner->data())};
}

Placement placement(bool bf16) {
    return {at::kCPU, bf16 ? Precision::Bf16 : Precision::Fp32};
}

at::Tensor tensorOf(std::span<const float> values, Shape shape) {
    at::Tensor x = at::empty({shape.batch, shape.channels, shape.height, shape.width}, at::kFloat, at::MemoryFormat::ChannelsLast);
    std::copy(values.begin(), values.end(), x.data_ptr<float>());
    return x;
}

std::vector<float> valuesOf(const at::Tensor& y) {
    const at::Tensor dense = y.to(at::kFloat).contiguous(at::MemoryFormat::ChannelsLast);
    return {dense.const_data_ptr<float>(), dense.const_data_ptr<float>() + dense.numel()};
}

template <typename Run>
std::vector<float> withLayer(const ConvolutionCase& layer, bool bf16, const Run& run, int* reports = nullptr) {
    using Border = ConvolutionCase::Border;
    const c10::InferenceMode inference;
    const Padding padding = layer.border == Border::None ? Padding::None : layer.border == Border::Same ? Padding::Same : Padding::BelowRight;
    const StoredTensors tensors{{"weight", stored(layer.weight, {layer.out, layer.in, layer.kernel, layer.kernel})}, {"bias", stored(layer.bias, {layer.out})}};
    const Conv2d conv(Weights::load(tensors, "test", placement(bf16)), {.in = layer.in, .out = layer.out, .kernel = layer.kernel, .stride = layer.stride, .padding = padding});
    NobodyStops context;
    DeviceLane lane(at::kCPU, placement(bf16).precision, context);
    ForwardPass pass(lane, 1);
    std::vector<float> result = valuesOf(run(conv, pass).whole());
    if (reports) *reports = context.reports;
    return result;
}

}  // namespace

std::uint64_t lowPrecisionConvolutions() {
    return tessera::lowPrecisionConvolutions();
}

std::vector<float> convolution(const ConvolutionCase& layer, std::span<const float> x, Shape shape, std::span<const float> added, bool bf16) {
    return withLayer(layer, bf16, [&](const Conv2d& conv, ForwardPass& pass) {
        if (added.empty()) return conv(tensorOf(x, shape), pass);
        const Shape result{shape.batch, conv.outputSide(static_cast<int>(shape.height)), conv.outputSide(static_cast<int>(shape.width)), layer.out};
        return conv.addedTo(tensorOf(added, result).to(conv.inputType()), tensorOf(x, shape), pass);
    });
}

int progressReportsOf(const ConvolutionCase& layer, std::span<const float> x, Shape shape) {
    int reports = 0;
    withLayer(layer, false, [&](const Conv2d& conv, ForwardPass& pass) { return conv(tensorOf(x, shape), pass); }, &reports);
    return reports;
}

std::vector<float> convolutionOnDoubled(const ConvolutionCase& layer, std::span<const float> x, Shape shape, bool bf16) {
    return withLayer(layer, bf16, [&](const Conv2d& conv, ForwardPass& pass) { return conv.onDoubled(tensorOf(x, shape), pass); });
}

std::vector<float> convolutionBySums(const ConvolutionCase& layer, std::span<const float> x, Shape shape, std::span<const float> added) {
    using Border = ConvolutionCase::Border;
    const std::int64_t before = layer.border == Border::Same ? layer.kernel / 2 : 0;
    const std::int64_t all = layer.border == Border::Same ? 2 * before : layer.border == Border::BelowRight ? 1 : 0;
    const std::int64_t h = (shape.height + all - layer.kernel) / layer.stride + 1, w = (shape.width + all - layer.kernel) / layer.stride + 1;
    std::vector<float> y(static_cast<std::size_t>(shape.batch * h * w * layer.out));
    std::size_t at = 0;
    for (std::int64_t b = 0; b < shape.batch; ++b) {
        for (std::int64_t row = 0; row < h; ++row) {
            for (std::int64_t column = 0; column < w; ++column) {
                for (int o = 0; o < layer.out; ++o, ++at) {
                    double sum = layer.bias[o];
                    for (int i = 0; i < layer.kernel; ++i) {
                        for (int j = 0; j < layer.kernel; ++j) {
                            const std::int64_t r = row * layer.stride + i - before, c = column * layer.stride + j - before;
                            if (r < 0 || r >= shape.height || c < 0 || c >= shape.width) continue;
                            const float* pixel = x.data() + ((b * shape.height + r) * shape.width + c) * layer.in;
                            for (int k = 0; k < layer.in; ++k) sum += double(pixel[k]) * layer.weight[((o * layer.in + k) * layer.kernel + i) * layer.kernel + j];
                        }
                    }
                    y[at] = static_cast<float>(added.empty() ? sum : sum + added[at]);
                }
            }
        }
    }
    return y;
}

bool usesWinograd(int in, int out) {
    return WinogradConvolution::takes(in, out);
}

void setBandBytes(std::int64_t bytes) {
    tessera::setBandBytes(bytes);
}

std::vector<float> groupNorm(const GroupNormCase& layer, std::span<const float> x, Shape shape, bool bf16) {
    const c10::InferenceMode inference;
    const StoredTensors tensors{{"weight", stored(layer.weight, {shape.channels})}, {"bias", stored(layer.bias, {shape.channels})}};
    const GroupNorm norm(Weights::load(tensors, "test", placement(false)), static_cast<int>(shape.channels), layer.groups, layer.epsilon);
    const at::ScalarType type = bf16 ? at::kBFloat16 : at::kFloat;
    const at::Tensor input = tensorOf(x, shape).to(type);
    return valuesOf(layer.silu ? norm.withSilu(input, type) : norm(input, type));
}

std::vector<float> groupNormInBands(const GroupNormCase& layer, std::span<const float> x, Shape shape, bool bf16) {
    const c10::InferenceMode inference;
    const StoredTensors tensors{{"weight", stored(layer.weight, {shape.channels})}, {"bias", stored(layer.bias, {shape.channels})}};
    const GroupNorm norm(Weights::load(tensors, "test", placement(false)), static_cast<int>(shape.channels), layer.groups, layer.epsilon);
    const at::ScalarType type = bf16 ? at::kBFloat16 : at::kFloat;
    const Activation bands = Activation::inBands(tensorOf(x, shape).to(type));
    RowSource source = layer.silu ? norm.siluOf(bands) : norm.of(bands);
    std::vector<at::Tensor> parts;
    // Three rows at a time: borders of what is read and of the bands do not coincide.
    for (std::int64_t row = 0; row < shape.height; row += 3) parts.push_back(source.rows({row, std::min(row + 3, shape.height)}, type));
    return valuesOf(at::cat(parts, 2));
}

std::vector<float> attention(const AttentionCase& layer, std::span<const float> x, Shape shape, std::vector<std::string>* notes) {
    const c10::InferenceMode inference;
    const std::int64_t channels = shape.channels;
    StoredTensors tensors;
    const auto add = [&](const std::string& name, const AttentionCase::Projection& projection) {
        tensors[name + ".weight"] = stored(projection.weight, {channels, channels});
        tensors[name + ".bias"] = stored(projection.bias, {channels});
    };
    tensors["norm.weight"] = stored(layer.norm.weight, {channels});
    tensors["norm.bias"] = stored(layer.norm.bias, {channels});
    add("q", layer.query), add("k", layer.key), add("v", layer.value), add("o", layer.out);
    const AttentionBlock block(Weights::load(tensors, "test", placement(false)), {"norm", "q", "k", "v", "o"}, static_cast<int>(channels), layer.norm.groups, layer.norm.epsilon);
    NobodyStops context;
    DeviceLane lane(at::kCPU, Precision::Fp32, context);
    ForwardPass pass(lane, 1);
    std::vector<float> result = valuesOf(block(Activation::inBands(tensorOf(x, shape)), pass).whole());
    if (notes) *notes = lane.notes();
    return result;
}

bool largeMemoryIsReused(std::int64_t bytes) {
    keepActivationMemory();
    const auto address = [&] { return at::empty({bytes}, at::kByte).data_ptr(); };
    const void* const first = address();
    return first == address();
}

std::size_t keptMemory() {
    return keptActivationMemory();
}

void releaseKeptMemory() {
    releaseActivationMemory();
}

}  // namespace tessera::testing_probes
