// SPDX-License-Identifier: Apache-2.0
#include "families/autoencoder_kl.h"

#include <optional>

#include <ATen/ATen.h>

#include "core/error.h"
#include "device/device_lane.h"
#include "families/autoencoder_kl_networks.h"
#include "layers/placed_networks.h"

namespace tessera {
namespace {

using at::Tensor;
using Layout = AutoencoderKlConfig::Layout;
using Network = AutoencoderKlNetworks;

constexpr double kLowestLogvar = -30.0, kHighestLogvar = 20.0;

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
        info.downsample = m_config.shape.downsample();
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
            const int factor = model.m_config.shape.downsample();
            return static_cast<std::uint64_t>(model.decoderFlops(height / factor, width / factor));
        }
        const AutoencoderKl& model;
    };

    TensorsByName encode(const Tensor& image, DeviceLane& lane) const {
        const c10::InferenceMode inference;
        checkPixelInput(image, m_config.shape.downsample());
        const Network& network = networkOn(lane);
        ForwardPass pass(lane, encoderFlops(image.size(2), image.size(3)) * image.size(0));
        const auto halves = network.moments(pixelInput(image, lane), pass).contiguous().chunk(2, 1);
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
        return pixelOutput(network.decoded(latents.to(lane.device(), at::kFloat).contiguous(at::MemoryFormat::ChannelsLast), pass));
    }

    double encoderFlops(int height, int width) const {
        const int factor = m_config.shape.downsample();
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
