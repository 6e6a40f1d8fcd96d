// SPDX-License-Identifier: Apache-2.0
#include "families/pixel_tokenizer.h"

#include <ATen/ATen.h>

#include "core/error.h"
#include "device/device_lane.h"
#include "families/codebook_part.h"
#include "families/pixel_networks.h"
#include "layers/placed_networks.h"

namespace tessera {
namespace {

using at::Tensor;
using Plan = PixelTokenizerPlan;

struct EncoderHalf {
    EncoderHalf(const Weights& w, const Plan& plan)
        : network(w / "encoder", plan.naming, plan.shape), quantConv(w / "quant_conv", {.in = plan.shape.encoderChannels, .out = plan.latentChannels, .kernel = 1}) {}

    Activation operator()(Activation x, ForwardPass& pass) const { return quantConv(network(std::move(x), pass), pass); }
    double flops(int height, int width, int downsample) const { return network.flops(height, width) + quantConv.flops(height / downsample, width / downsample); }

    PixelEncoder network;
    Conv2d quantConv;
};

struct DecoderHalf {
    DecoderHalf(const Weights& w, const Plan& plan)
        : postQuantConv(w / "post_quant_conv", {.in = plan.latentChannels, .out = plan.shape.decoderChannels, .kernel = 1}), network(w / "decoder", plan.naming, plan.shape) {}

    Activation operator()(Activation z, ForwardPass& pass) const { return network(postQuantConv(std::move(z), pass), pass); }
    double flops(int height, int width) const { return postQuantConv.flops(height, width) + network.flops(height, width); }  // of the latents

    Conv2d postQuantConv;
    PixelDecoder network;
};

struct Halves {
    EncoderHalf encoder;
    DecoderHalf decoder;
};

/// Codewords of every depth [K,codewordDim] without padding rows.
std::vector<Tensor> takeCodebooks(const Weights& w, const Plan& plan) {
    std::vector<Tensor> books;
    for (std::size_t i = 0; i < plan.codebooks.size(); ++i) {
        const std::int64_t size = plan.codes.codebookSizes[i];
        const Tensor book = w.take(plan.codebooks[i], {size + plan.paddingRows, plan.codes.codewordDim});
        books.push_back(book.defined() ? book.narrow(0, 0, size) : book);
    }
    if (plan.codes.shared) books.resize(plan.codes.codebookSizes.size(), books.front());
    return books;
}

class PixelTokenizer final : public Model {
public:
    explicit PixelTokenizer(Plan plan) : m_plan(std::move(plan)), m_sizes(checked()) {
        m_capabilities = {.encode = &m_encoder, .quantize = &m_quantizer, .decode = &m_decoder};
    }

    const Capabilities& capabilities() const override { return m_capabilities; }
    const CodeLayout& codeLayout() const { return m_plan.codes; }
    const CodebookQuantizer& quantizerOn(const DeviceLane& lane) const {
        const c10::InferenceMode inference;
        return m_quantizers.on(lane, [&](const Placement& placement) {
            const QuantizerOptions options{.layout = m_plan.codes, .unitLength = m_plan.unitLength, .foldRows = m_plan.foldRows, .foldColumns = m_plan.foldColumns};
            return CodebookQuantizer(options, takeCodebooks(loaded(placement), m_plan));
        });
    }

    ModelInfo describe() const override;
    TensorsByName parityExtras(const TensorsByName&, const TensorsByName&, DeviceLane&) const override { return {}; }

private:
    struct EncoderPart final : Encoder {
        explicit EncoderPart(const PixelTokenizer& model) : model(model) {}
        TensorsByName encode(const Tensor& image, DeviceLane& lane) const override { return model.encode(image, lane); }
        std::uint64_t flops(int height, int width) const override { return static_cast<std::uint64_t>(model.encoderFlops(height, width)); }
        const PixelTokenizer& model;
    };
    struct DecoderPart final : Decoder {
        explicit DecoderPart(const PixelTokenizer& model) : model(model) {}
        Tensor decode(const Tensor& latents, DeviceLane& lane) const override { return model.decode(latents, lane); }
        std::uint64_t flops(int height, int width) const override {
            const int factor = model.m_plan.shape.downsample();
            return static_cast<std::uint64_t>(model.m_sizes.decoder.flops(height / factor, width / factor));
        }
        const PixelTokenizer& model;
    };

    TensorsByName encode(const Tensor& image, DeviceLane& lane) const {
        const c10::InferenceMode inference;
        checkPixelInput(image, m_plan.shape.downsample());
        const EncoderHalf& half = m_encoders.on(lane, [&](const Placement& placement) { return EncoderHalf(loaded(placement), m_plan); });
        ForwardPass pass(lane, encoderFlops(image.size(2), image.size(3)) * image.size(0));
        return {{"latents", half(pixelInput(image, lane), pass).whole().to(at::kFloat).contiguous()}};
    }

    Tensor decode(const Tensor& latents, DeviceLane& lane) const {
        const c10::InferenceMode inference;
        if (latents.dim() != 4 || latents.size(1) != m_plan.latentChannels || latents.numel() == 0) {
            throw Failure(ErrorCode::Mismatch, "latents of shape " + textOfShape(latents.sizes().vec()) + " do not fit this decoder", "latents",
                          "give [B, " + std::to_string(m_plan.latentChannels) + ", h, w]");
        }
        const DecoderHalf& half = m_decoders.on(lane, [&](const Placement& placement) { return DecoderHalf(loaded(placement), m_plan); });
        ForwardPass pass(lane, m_sizes.decoder.flops(latents.size(2), latents.size(3)) * latents.size(0));
        return pixelOutput(half(latents.to(lane.device(), at::kFloat).contiguous(at::MemoryFormat::ChannelsLast), pass));
    }

    double encoderFlops(int height, int width) const { return m_sizes.encoder.flops(height, width, m_plan.shape.downsample()); }

    Halves checked() {
        const Weights weights = Weights::check(m_plan.tensors, m_plan.where);
        Halves sizes{EncoderHalf(weights, m_plan), DecoderHalf(weights, m_plan)};
        takeCodebooks(weights, m_plan);
        m_ignored = weights.finish(m_plan.ignorable);
        m_parameters = weights.parameters();
        return sizes;
    }
    Weights loaded(const Placement& placement) const { return Weights::load(m_plan.tensors, m_plan.where, placement); }

    Plan m_plan;
    std::vector<std::string> m_ignored;
    std::int64_t m_parameters = 0;
    Halves m_sizes;  ///< without tensors
    // Apart, so that a part that nobody uses takes no memory.
    PlacedNetworks<EncoderHalf> m_encoders;
    PlacedNetworks<CodebookQuantizer> m_quantizers;
    PlacedNetworks<DecoderHalf> m_decoders;
    EncoderPart m_encoder{*this};
    CodebookPart<PixelTokenizer> m_quantizer{*this};
    DecoderPart m_decoder{*this};
    Capabilities m_capabilities;
};

ModelInfo PixelTokenizer::describe() const {
    ModelInfo info;
    info.family = m_plan.family;
    info.layout = m_plan.layout;
    info.downsample = m_plan.shape.downsample();
    info.latentChannels = m_plan.latentChannels;
    info.inputSide = m_plan.inputSide;
    info.codes = m_plan.codes;
    info.shape = "f" + std::to_string(info.downsample) + " c" + std::to_string(info.latentChannels);
    info.parameters = m_parameters;
    info.capabilities = {"encode", "quantize", "decode"};
    info.ignoredTensors = m_ignored;
    return info;
}

}  // namespace

std::unique_ptr<Model> openPixelTokenizer(PixelTokenizerPlan plan) {
    return std::make_unique<PixelTokenizer>(std::move(plan));
}

}  // namespace tessera
