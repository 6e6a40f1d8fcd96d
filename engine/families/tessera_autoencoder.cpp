// SPDX-License-Identifier: Apache-2.0
#include "families/tessera_autoencoder.h"

#include <ATen/ATen.h>

#include "core/error.h"
#include "families/config_reader.h"
#include "layers/convolution.h"
#include "layers/group_norm.h"
#include "layers/placed_networks.h"
#include "quantize/codebook_quantizer.h"

namespace tessera {
namespace {

using at::Tensor;
using Config = TesseraAutoencoderConfig;

constexpr const char* kFormat = "tessera-autoencoder";
constexpr int kUnshuffle = 4, kPixelChannels = 3 * kUnshuffle * kUnshuffle, kPatch = 8;
constexpr double kLowestLogvar = -10.0, kHighestLogvar = 2.0;

/// h + conv2(silu(conv1(norm(h)))).
struct ResidualBlock {
    ResidualBlock(const Weights& w, int width, const Config& config)
        : norm(w / "norm", width, config.normGroups, config.normEpsilon),
          conv1(w / "conv1", {.in = width, .out = width}),
          conv2(w / "conv2", {.in = width, .out = width}) {}

    Activation operator()(Activation h, ForwardPass& pass) const {  // [B,width,h,w]
        Activation y = conv1.withSilu(norm.of(h), pass);
        return conv2.addedTo(std::move(h), std::move(y), pass);
    }
    double flops(double h, double w) const { return conv1.flops(h, w) + conv2.flops(h, w); }

    GroupNorm norm;
    Conv2d conv1, conv2;
};

struct Stage {
    Stage(const Weights& w, int depth, int width, const Config& config) {
        for (int i = 0; i < depth; ++i) blocks.emplace_back(w / std::to_string(i), width, config);
    }
    Activation operator()(Activation h, ForwardPass& pass) const {
        for (const ResidualBlock& block : blocks) h = block(std::move(h), pass);
        return h;
    }
    double flops(double h, double w) const { return blocks.empty() ? 0.0 : blocks.size() * blocks.front().flops(h, w); }

    std::vector<ResidualBlock> blocks;
};

Tensor channelsLast(const Tensor& x) { return x.contiguous(at::MemoryFormat::ChannelsLast); }

/// x [B,3,H,W] in [-1,1] to mean and unclamped logvar.
struct EncoderNetwork {
    EncoderNetwork(const Weights& w, const Config& config)
        : latentChannels(config.latentChannels),
          patch(w / "patch", {.in = 3, .out = config.latentChannels, .kernel = kPatch, .stride = kPatch, .padding = Padding::None}),
          convIn(w / "conv_in", {.in = kPixelChannels, .out = config.widths[0]}),
          stage1(w / "stage1", config.encoderDepths[0], config.widths[0], config),
          down(w / "down", {.in = config.widths[0], .out = config.widths[1], .kernel = 2, .stride = 2, .padding = Padding::None}),
          stage2(w / "stage2", config.encoderDepths[1], config.widths[1], config),
          convOut(w / "conv_out", {.in = config.widths[1], .out = 2 * config.latentChannels}) {}

    std::pair<Tensor, Tensor> operator()(Activation x, ForwardPass& pass) const {
        pass.begin("encoding, quarter resolution");
        const Tensor linear = patch(x, pass).whole().to(at::kFloat);
        Activation shuffled = std::move(x).mapped([](const Tensor& rows) { return channelsLast(at::pixel_unshuffle(rows, kUnshuffle)); });
        Activation h = convIn(std::move(shuffled), pass);  // [B,w1,H/4,W/4]
        h = stage1(std::move(h), pass);
        pass.begin("encoding, eighth resolution");
        h = stage2(down(std::move(h), pass), pass);                               // [B,w2,H/8,W/8]
        const Tensor moments = convOut(std::move(h), pass).whole().to(at::kFloat);  // [B,2z,H/8,W/8]
        return {linear + moments.narrow(1, 0, latentChannels), moments.narrow(1, latentChannels, latentChannels)};
    }
    double flops(double height, double width) const {
        const double h4 = height / 4, w4 = width / 4, h8 = height / 8, w8 = width / 8;
        return patch.flops(height, width) + convIn.flops(h4, w4) + stage1.flops(h4, w4) + down.flops(h4, w4) + stage2.flops(h8, w8) + convOut.flops(h8, w8);
    }

    int latentChannels;
    Conv2d patch, convIn;
    Stage stage1;
    Conv2d down;
    Stage stage2;
    Conv2d convOut;
};

/// Transposed 8x8 projection, stride 8: every latent cell paints its own patch. Tensors "weight" [z,3,8,8], "bias" [3].
struct PatchPainter {
    PatchPainter(const Weights& w, int latentChannels)
        : weight(w.take("weight", {latentChannels, 3, kPatch, kPatch})), bias(w.take("bias", {3})) {}

    Tensor operator()(const Tensor& z, ForwardPass& pass) const {  // float32 [B,3,8h,8w]
        Tensor painted = at::conv_transpose2d(z.to(at::kFloat), weight, bias, kPatch);
        pass.did(flops(z.size(2), z.size(3)) * z.size(0));
        return painted;
    }
    double flops(double h, double w) const { return 2.0 * h * w * latentChannels * 3 * kPatch * kPatch; }

    Tensor weight, bias;
    int latentChannels = 0;
};

/// z [B,z,h,w] to [B,3,8h,8w] in [-1,1].
struct DecoderNetwork {
    DecoderNetwork(const Weights& w, const Config& config)
        : patch(w / "patch", config.latentChannels),
          convIn(w / "conv_in", {.in = config.latentChannels, .out = config.widths[1]}),
          stage2(w / "stage2", config.decoderDepths[0], config.widths[1], config),
          up(w / "up", {.in = config.widths[1], .out = 4 * config.widths[0], .kernel = 1}),
          stage1(w / "stage1", config.decoderDepths[1], config.widths[0], config),
          convOut(w / "conv_out", {.in = config.widths[0], .out = kPixelChannels}) {
        patch.latentChannels = config.latentChannels;
    }

    Tensor operator()(const Tensor& z, ForwardPass& pass) const {
        pass.begin("decoding, eighth resolution");
        Activation h = stage2(convIn(z, pass), pass);  // [B,w2,h,w]
        pass.begin("decoding, quarter resolution");
        h = up(std::move(h), pass).mapped([](const Tensor& rows) { return channelsLast(at::pixel_shuffle(rows, 2)); });
        h = convOut(stage1(std::move(h), pass), pass);  // [B,48,2h,2w]
        Tensor picture = patch(z, pass);
        for (std::size_t i = 0; i < h.bands(); ++i) {
            const Rows rows = h.rowsOf(i);
            picture.narrow(2, rows.begin * kUnshuffle, rows.count() * kUnshuffle).add_(at::pixel_shuffle(h.band(i).to(at::kFloat), kUnshuffle));
            h.releaseAbove(rows.end);
        }
        return picture;
    }
    double flops(double h, double w) const {  // of the latents
        return patch.flops(h, w) + convIn.flops(h, w) + stage2.flops(h, w) + up.flops(h, w) + stage1.flops(2 * h, 2 * w) + convOut.flops(2 * h, 2 * w);
    }

    PatchPainter patch;
    Conv2d convIn;
    Stage stage2;
    Conv2d up;
    Stage stage1;
    Conv2d convOut;
};

struct Network {
    Network(const Weights& w, const Config& config) : encoder(w / "encoder", config), decoder(w / "decoder", config) {}
    EncoderNetwork encoder;
    DecoderNetwork decoder;
};

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

/// The tensors of model.safetensors, or of the first file in a folder that has none.
struct Found {
    std::string where;
    const StoredTensors* tensors = nullptr;
};

std::optional<Found> find(const Checkpoint& checkpoint) {
    if (!checkpoint.hasText("config.json")) return std::nullopt;
    const nlohmann::json config = checkpoint.json("config.json");
    if (!config.is_object() || config.value("format", nlohmann::json()) != kFormat) return std::nullopt;
    std::optional<Found> found;
    for (const Checkpoint::File& file : checkpoint.files()) {
        const bool usual = file.path == "model.safetensors";
        for (const char* section : {"", "state_dict"}) {
            const auto it = file.sections.find(section);
            if (it != file.sections.end() && (usual || !found)) found = Found{file.path.string(), &it->second};
        }
    }
    return found;
}

class TesseraAutoencoder final : public Model {
public:
    TesseraAutoencoder(const Checkpoint& checkpoint, const Found& found)
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
        return {{"latents", mean.contiguous()}, {"logvar", logvar.clamp(kLowestLogvar, kHighestLogvar).contiguous()}};
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
    return find(checkpoint) ? std::optional<std::string>("tessera-autoencoder config") : std::nullopt;
}

std::unique_ptr<Model> open(const Checkpoint& checkpoint) {
    const auto found = find(checkpoint);
    TESSERA_ASSERT(found.has_value());
    return std::make_unique<TesseraAutoencoder>(checkpoint, *found);
}

}  // namespace

TesseraAutoencoderConfig TesseraAutoencoderConfig::detect(const Checkpoint& checkpoint) {
    const ConfigReader config(checkpoint.json("config.json"), "config.json");
    constexpr int kWidest = 1 << 16, kDeepest = 256;
    const auto two = [&](const std::string& key, int low, int high) -> std::array<int, 2> {
        const std::vector<int> values = config.integers(key, {}, low, high);
        if (values.size() != 2) config.refuse(key + " should be a list of two whole numbers");
        return {values[0], values[1]};
    };
    TesseraAutoencoderConfig result;
    if (const int version = config.integer("version", 0, 1 << 30); version != 1) {
        throw Failure(ErrorCode::Unsupported, "this " + std::string(kFormat) + " has version " + std::to_string(version) + ", and Tessera reads version 1",
                      "config.json", "update Tessera");
    }
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
