// SPDX-License-Identifier: Apache-2.0
#include "families/tessera_autoencoder.h"

#include <ATen/ATen.h>

#include "core/error.h"
#include "families/config_reader.h"
#include "families/tessera_autoencoder_networks.h"
#include "layers/placed_networks.h"
#include "quantize/codebook_quantizer.h"

namespace tessera {
namespace {

using at::Tensor;
using Config = TesseraAutoencoderConfig;
using Network = TesseraAutoencoderNetworks;

constexpr const char* kFormat = "tessera-autoencoder";

Tensor channelsLast(const Tensor& x) { return x.contiguous(at::MemoryFormat::ChannelsLast); }

CodeLayout layoutOf(const Config& config) {
    return {.codebookSizes = std::vector<int>(config.depths, config.codebookSize),
            .codewordDim = config.patch * config.patch * config.latentChannels,
            .pixelsPerCell = Config::kDownsample * config.patch};
}

/// Searches among latents times `scale` [1,z,1,1].
struct ScaledQuantizer {
    ScaledQuantizer(const Weights& w, const Config& config) {
        const int width = config.patch * config.patch * config.latentChannels;
        scale = w.take("scale", {config.latentChannels});
        const Tensor books = w.take("codebooks", {config.depths, config.codebookSize, width});
        if (w.checking()) return;
        if (!scale.gt(0).all().item<bool>()) throw Failure(ErrorCode::Mismatch, "a channel's scale is not above 0", "quantizer.scale", "fit the codebooks again");
        scale = scale.reshape({1, config.latentChannels, 1, 1});
        search.emplace(QuantizerOptions{.layout = layoutOf(config), .foldRows = config.patch, .foldColumns = config.patch}, books.unbind(0));
    }
    Tensor scale;
    std::optional<CodebookQuantizer> search;
};

class TesseraAutoencoder final : public Model {
public:
    TesseraAutoencoder(const Checkpoint& checkpoint, const TesseraAutoencoderFile& found)
        : m_config(Config::detect(checkpoint)), m_layout(layoutOf(m_config)), m_where(found.where), m_tensors(*found.tensors), m_plan(planned()) {
        m_capabilities.encode = &m_encoder;
        m_capabilities.decode = &m_decoder;
        if (m_layout.depths() > 0) m_capabilities.quantize = &m_quantizer;
    }

    const Capabilities& capabilities() const override { return m_capabilities; }

    ModelInfo describe() const override {
        ModelInfo info;
        info.family = kTesseraAutoencoder.name;
        info.layout = "Tessera";
        info.downsample = Config::kDownsample;
        info.latentChannels = m_config.latentChannels;
        info.shape = "f8 c" + std::to_string(info.latentChannels);
        info.parameters = m_parameters;
        info.capabilities = {"encode", "decode"};
        if (m_layout.depths() > 0) {
            info.codes = m_layout;
            info.shape = "f" + std::to_string(m_layout.pixelsPerCell) + " " + std::to_string(m_layout.depths()) + " x " + std::to_string(m_config.codebookSize) + " codes";
            info.capabilities = {"encode", "quantize", "decode"};
        }
        return info;
    }

    TensorsByName parityExtras(const TensorsByName&, const TensorsByName&, DeviceLane&) const override { return {}; }

private:
    struct EncoderPart final : Encoder {
        explicit EncoderPart(const TesseraAutoencoder& model) : model(model) {}
        TensorsByName encode(const Tensor& image, DeviceLane& lane) const override { return model.encode(image, lane); }
        std::uint64_t flops(int height, int width) const override { return static_cast<std::uint64_t>(model.m_plan.encoder.flops(height, width)); }
        const TesseraAutoencoder& model;
    };
    struct DecoderPart final : Decoder {
        explicit DecoderPart(const TesseraAutoencoder& model) : model(model) {}
        Tensor decode(const Tensor& latents, DeviceLane& lane) const override { return model.decode(latents, lane); }
        std::uint64_t flops(int height, int width) const override {
            return static_cast<std::uint64_t>(model.m_plan.decoder.flops(height / Config::kDownsample, width / Config::kDownsample));
        }
        const TesseraAutoencoder& model;
    };

    struct QuantizerPart final : Quantizer {
        explicit QuantizerPart(const TesseraAutoencoder& model) : model(model) {}
        const CodeLayout& layout() const override { return model.m_layout; }
        Tensor quantize(const Tensor& latents, DeviceLane& lane) const override {
            const c10::InferenceMode inference;
            model.checkLatents(latents);
            const ScaledQuantizer& quantizer = model.quantizerOn(lane);
            return quantizer.search->quantize(latents.to(lane.device(), at::kFloat) * quantizer.scale, lane);
        }
        Tensor embed(const Tensor& codes, int first, int last, DeviceLane& lane) const override {
            const c10::InferenceMode inference;
            const ScaledQuantizer& quantizer = model.quantizerOn(lane);
            return quantizer.search->embed(codes, first, last, lane) / quantizer.scale;
        }
        Tensor codebook(int depth, DeviceLane& lane) const override { return model.quantizerOn(lane).search->codebook(depth); }
        TensorsByName facts(const Tensor& latents, const Tensor& codes, DeviceLane& lane) const override {
            const c10::InferenceMode inference;
            model.checkLatents(latents);
            const ScaledQuantizer& quantizer = model.quantizerOn(lane);
            return quantizer.search->facts(latents.to(lane.device(), at::kFloat) * quantizer.scale, codes, lane);
        }
        const TesseraAutoencoder& model;
    };

    TensorsByName encode(const Tensor& image, DeviceLane& lane) const {
        const c10::InferenceMode inference;
        const bool fits = image.dim() == 4 && image.numel() > 0 && image.size(1) == 3 && image.size(2) % Config::kDownsample == 0 &&
                          image.size(3) % Config::kDownsample == 0;
        if (!fits) {
            throw Failure(ErrorCode::Mismatch, "a picture tensor of shape " + textOfShape(image.sizes().vec()) + " does not fit this encoder", "image",
                          "give [B, 3, H, W] with sides that are multiples of " + std::to_string(Config::kDownsample));
        }
        const Network& network = networkOn(lane);
        ForwardPass pass(lane, network.encoder.flops(image.size(2), image.size(3)) * image.size(0));
        Activation x = Activation::inBands(image.to(lane.device())).mapped([](const Tensor& rows) { return channelsLast(rows * 2 - 1); });
        auto [mean, logvar] = network.encoder(std::move(x), pass);
        return {{"latents", mean.contiguous()}, {"logvar", Network::clampedLogvar(logvar).contiguous()}};
    }

    Tensor decode(const Tensor& latents, DeviceLane& lane) const {
        const c10::InferenceMode inference;
        checkLatents(latents);
        const Network& network = networkOn(lane);
        ForwardPass pass(lane, network.decoder.flops(latents.size(2), latents.size(3)) * latents.size(0));
        return network.decoder(channelsLast(latents.to(lane.device(), at::kFloat)), pass).mul_(0.5).add_(0.5);
    }

    void checkLatents(const Tensor& latents) const {
        if (latents.dim() == 4 && latents.size(1) == m_config.latentChannels && latents.numel() > 0) return;
        throw Failure(ErrorCode::Mismatch, "latents of shape " + textOfShape(latents.sizes().vec()) + " do not fit this model", "latents",
                      "give [B, " + std::to_string(m_config.latentChannels) + ", h, w]");
    }

    Network planned() {
        const Weights weights = Weights::check(m_tensors, m_where);
        Network network(weights, m_config);
        if (m_config.depths > 0) ScaledQuantizer(weights / "quantizer", m_config);
        weights.finish();
        m_parameters = weights.parameters();
        return network;
    }

    const Network& networkOn(const DeviceLane& lane) const {
        return m_networks.on(lane, [&](const Placement& placement) { return Network(Weights::load(m_tensors, m_where, placement), m_config); });
    }

    const ScaledQuantizer& quantizerOn(const DeviceLane& lane) const {
        return m_quantizers.on(lane, [&](const Placement& placement) { return ScaledQuantizer(Weights::load(m_tensors, m_where, placement) / "quantizer", m_config); });
    }

    Config m_config;
    CodeLayout m_layout;
    std::string m_where;
    StoredTensors m_tensors;
    std::int64_t m_parameters = 0;
    Network m_plan;  ///< sizes without tensors
    PlacedNetworks<Network> m_networks;
    PlacedNetworks<ScaledQuantizer> m_quantizers;
    EncoderPart m_encoder{*this};
    QuantizerPart m_quantizer{*this};
    DecoderPart m_decoder{*this};
    Capabilities m_capabilities;
};

std::optional<std::string> recognise(const Checkpoint& checkpoint) {
    return findTesseraAutoencoder(checkpoint) ? std::optional<std::string>("tessera-autoencoder config") : std::nullopt;
}

std::unique_ptr<Model> open(const Checkpoint& checkpoint) {
    const auto found = findTesseraAutoencoder(checkpoint);
    TESSERA_ASSERT(found.has_value());
    return std::make_unique<TesseraAutoencoder>(checkpoint, *found);
}

}  // namespace

std::optional<TesseraAutoencoderFile> findTesseraAutoencoder(const Checkpoint& checkpoint) {
    if (!checkpoint.hasText("config.json")) return std::nullopt;
    const nlohmann::json config = checkpoint.json("config.json");
    if (!config.is_object() || config.value("format", nlohmann::json()) != kFormat) return std::nullopt;
    std::optional<TesseraAutoencoderFile> found;
    for (const Checkpoint::File& file : checkpoint.files()) {
        const bool usual = file.path == "model.safetensors";
        for (const char* section : {"", "state_dict"}) {
            const auto it = file.sections.find(section);
            if (it != file.sections.end() && (usual || !found)) found = TesseraAutoencoderFile{file.path.string(), &it->second};
        }
    }
    return found;
}

TesseraAutoencoderConfig TesseraAutoencoderConfig::detect(const Checkpoint& checkpoint) {
    const ConfigReader config(checkpoint.json("config.json"), "config.json");
    if (const int version = config.integer("version", 0, 1 << 30); version != 1) {
        throw Failure(ErrorCode::Unsupported, "this " + std::string(kFormat) + " has version " + std::to_string(version) + ", and Tessera reads version 1",
                      "config.json", "update Tessera");
    }
    return read(config);
}

TesseraAutoencoderConfig TesseraAutoencoderConfig::read(const ConfigReader& config) {
    constexpr int kWidest = 1 << 16, kDeepest = 256;
    const auto two = [&](const std::string& key, int low, int high) -> std::array<int, 2> {
        const std::vector<int> values = config.integers(key, {}, low, high);
        if (values.size() != 2) config.refuse(key + " should be a list of two whole numbers");
        return {values[0], values[1]};
    };
    TesseraAutoencoderConfig result;
    if (config.integer("downsample", 1, kWidest) != kDownsample) config.refuse("downsample should be " + std::to_string(kDownsample));
    result.latentChannels = config.integer("latent_channels", 1, kWidest);
    result.widths = two("widths", 1, kWidest);
    result.encoderDepths = two("encoder_depths", 0, kDeepest);
    result.decoderDepths = two("decoder_depths", 0, kDeepest);
    result.normGroups = config.integer("norm_groups", 1, kWidest);
    result.normEpsilon = config.number("norm_eps", 1e-5);
    if (result.normEpsilon <= 0) config.refuse("norm_eps should be greater than 0");
    if (config.has("quantizer")) {
        const ConfigReader quantizer = config.below("quantizer");
        constexpr int kMostDepths = 64, kMostCodewords = 1 << 20, kLargestPatch = 16;
        result.depths = quantizer.integer("depths", 1, kMostDepths);
        result.codebookSize = quantizer.integer("codebook_size", 1, kMostCodewords);
        result.patch = quantizer.integer("patch", 1, kLargestPatch);
    }
    for (const int width : result.widths) {
        if (width % result.normGroups != 0) {
            config.refuse("norm_groups " + std::to_string(result.normGroups) + " does not divide the width " + std::to_string(width));
        }
    }
    return result;
}

const ModelFamily kTesseraAutoencoder{.name = "tessera_autoencoder", .recognise = recognise, .open = open};

}  // namespace tessera
