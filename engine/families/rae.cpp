// SPDX-License-Identifier: Apache-2.0
#include "families/rae.h"

#include <ATen/ATen.h>

#include "core/error.h"
#include "device/device_lane.h"
#include "families/shared_space.h"
#include "layers/placed_networks.h"

namespace tessera {
namespace {

using at::Tensor;

class Rae final : public Model {
public:
    explicit Rae(RaeFile file) : m_file(std::move(file)), m_plan(planned()) {
        if (m_file.flow) {
            m_generator = std::make_unique<FlowGenerator>(*m_file.flow, FlowGenerator::Latents{.channels = m_file.vision.width, .grid = m_file.vision.grid()});
            m_parameters += m_generator->parameters();
            m_ignored.insert(m_ignored.end(), m_generator->ignored().begin(), m_generator->ignored().end());
        }
        m_capabilities.encode = &m_encoder;
        m_capabilities.decode = &m_decoder;
        m_capabilities.generate = m_generator.get();
    }

    const Capabilities& capabilities() const override { return m_capabilities; }

    ModelInfo describe() const override {
        using enum RaeVisionShape::Kind;
        ModelInfo info;
        info.family = kRae.name;
        info.layout = m_file.vision.kind == Dinov2 ? "RAE over DINOv2" : m_file.vision.kind == Siglip ? "RAE over SigLIP 2" : "RAE over MAE";
        info.downsample = m_file.decoder.patch;
        info.latentChannels = m_file.vision.width;
        info.inputSide = m_file.decoder.grid * m_file.decoder.patch;
        info.shape = "f" + std::to_string(info.downsample) + " d" + std::to_string(info.latentChannels);
        info.parameters = m_parameters;
        info.capabilities = {"encode", "decode"};
        if (m_generator) info.capabilities.push_back("generate");
        info.ignoredTensors = m_ignored;
        return info;
    }

    TensorsByName parityExtras(const TensorsByName& inputs, const TensorsByName& computed, DeviceLane& lane) const override {
        const c10::InferenceMode inference;
        if (!m_generator) return {};
        TensorsByName out = m_generator->parity(inputs, m_decoder, lane);
        const auto latents = computed.find("out.latents");
        if (latents == computed.end()) return out;
        // Noise goes onto the tokens before upstream normalises them.
        const FlowStatistics statistics = m_generator->statistics(lane.device());
        out["out.latents"] = statistics.normalised(latents->second);
        const auto noise = inputs.find("in.noise"), strength = inputs.find("in.noise_strength");
        if (noise == inputs.end() || strength == inputs.end()) return out;
        const Tensor map = noise->second.dim() == 3 ? mapOfTokens(noise->second, m_file.vision.grid(), m_file.vision.grid()) : noise->second;
        out["out.latents.noisy"] = statistics.normalised(latents->second + strength->second.reshape({-1, 1, 1, 1}) * map);
        return out;
    }

private:
    struct Plan {
        RaeEncoder encoder;
        RaeDecoder decoder;
    };
    struct EncoderPart final : Encoder {
        explicit EncoderPart(const Rae& model) : model(model) {}
        TensorsByName encode(const Tensor& image, DeviceLane& lane) const override { return model.encode(image, lane); }
        std::uint64_t flops(int, int) const override { return static_cast<std::uint64_t>(model.m_plan.encoder.flops()); }
        const Rae& model;
    };
    struct DecoderPart final : Decoder {
        explicit DecoderPart(const Rae& model) : model(model) {}
        Tensor decode(const Tensor& latents, DeviceLane& lane) const override { return model.decode(latents, lane); }
        std::uint64_t flops(int, int) const override { return static_cast<std::uint64_t>(model.m_plan.decoder.flops()); }
        const Rae& model;
    };

    TensorsByName encode(const Tensor& image, DeviceLane& lane) const {
        const c10::InferenceMode inference;
        if (image.dim() != 4 || image.numel() == 0 || image.size(1) != 3) {
            throw Failure(ErrorCode::Mismatch, "a picture tensor of shape " + textOfShape(image.sizes().vec()) + " does not fit this encoder", "image", "give [B, 3, H, W]");
        }
        const RaeEncoder& network = m_encoders.on(lane, [&](const Placement& placement) { return RaeEncoder(Weights::load(m_file.encoder.tensors, m_file.encoder.where, placement), m_file.vision); });
        const std::int64_t side = m_file.vision.side;
        Tensor x = image.to(lane.device(), at::kFloat);
        // As upstream: not smoothed, and squeezed where it is no square.
        if (x.size(2) != side || x.size(3) != side) x = at::upsample_bicubic2d(x.contiguous(), {side, side}, false);
        ForwardPass pass(lane, network.flops() * static_cast<double>(x.size(0)));
        const Tensor tokens = network(normalisedImage(x, m_file.normalisation), pass);  // [B,N,C]
        return {{"latents", mapOfTokens(tokens, m_file.vision.grid(), m_file.vision.grid())}, {"tokens", tokens}};
    }

    Tensor decode(const Tensor& latents, DeviceLane& lane) const {
        const c10::InferenceMode inference;
        const std::vector<std::int64_t> fits{latents.size(0), m_file.vision.width, m_file.vision.grid(), m_file.vision.grid()};
        if (latents.dim() != 4 || latents.numel() == 0 || latents.sizes() != at::IntArrayRef(fits)) {
            throw Failure(ErrorCode::Mismatch, "tokens of shape " + textOfShape(latents.sizes().vec()) + " do not fit this decoder", "latents",
                          "give [B, " + std::to_string(fits[1]) + ", " + std::to_string(fits[2]) + ", " + std::to_string(fits[3]) + "]");
        }
        const RaeDecoder& network = m_decoders.on(lane, [&](const Placement& placement) { return RaeDecoder(Weights::load(m_file.painter.tensors, m_file.painter.where, placement), m_file.decoder); });
        ForwardPass pass(lane, network.flops() * static_cast<double>(latents.size(0)));
        const Tensor picture = network(tokensOfMap(latents.to(lane.device(), at::kFloat)), pass);
        const auto perChannel = [&](const std::array<double, 3>& values) { return at::tensor(at::ArrayRef<double>(values), at::kDouble).to(picture.device(), at::kFloat).view({1, 3, 1, 1}); };
        return picture * perChannel(m_file.normalisation.deviation) + perChannel(m_file.normalisation.mean);
    }

    Plan planned() {
        const Weights encoder = Weights::check(m_file.encoder.tensors, m_file.encoder.where), painter = Weights::check(m_file.painter.tensors, m_file.painter.where);
        Plan plan{.encoder = RaeEncoder(encoder, m_file.vision), .decoder = RaeDecoder(painter, m_file.decoder)};
        m_ignored = encoder.finish(RaeEncoder::ignorable(m_file.vision));
        painter.finish();
        m_parameters = encoder.parameters() + painter.parameters();
        return plan;
    }

    RaeFile m_file;
    std::vector<std::string> m_ignored;
    std::int64_t m_parameters = 0;
    Plan m_plan;  ///< sizes without tensors
    std::unique_ptr<FlowGenerator> m_generator;
    PlacedNetworks<RaeEncoder> m_encoders;
    PlacedNetworks<RaeDecoder> m_decoders;
    EncoderPart m_encoder{*this};
    DecoderPart m_decoder{*this};
    Capabilities m_capabilities;
};

std::optional<std::string> recognise(const Checkpoint& checkpoint) {
    const auto config = findRae(checkpoint);
    return config ? std::optional<std::string>("YAML config of an RAE: " + *config) : std::nullopt;
}

std::unique_ptr<Model> open(const Checkpoint& checkpoint) {
    const auto config = findRae(checkpoint);
    TESSERA_ASSERT(config.has_value());
    return std::make_unique<Rae>(detectRae(checkpoint, *config));
}

}  // namespace

const ModelFamily kRae{.name = "rae", .recognise = recognise, .open = open};

}  // namespace tessera
