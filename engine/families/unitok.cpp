// SPDX-License-Identifier: Apache-2.0
#include "families/unitok.h"

#include <algorithm>
#include <cmath>

#include <ATen/ATen.h>

#include "core/error.h"
#include "device/device_lane.h"
#include "families/clip_text.h"
#include "families/codebook_part.h"
#include "families/shared_space.h"
#include "families/text_source.h"
#include "families/vitamin.h"
#include "layers/placed_networks.h"

namespace tessera {
namespace {

using at::Tensor;

constexpr double kProjectionEpsilon = 1e-5, kEpsilon = 1e-6;
constexpr int kDownsample = VitaminShape::kDownsample;

VitaminShape vitaminOf(const UnitokConfig& config) {
    return {.fine = config.fineWidth,
            .middle = config.middleWidth,
            .width = config.width,
            .depth = config.depth,
            .heads = config.heads,
            .fineBlocks = config.fineBlocks,
            .middleBlocks = config.middleBlocks,
            .upMiddleBlocks = config.upMiddleBlocks,
            .upFineBlocks = config.upFineBlocks};
}

/// Attention that changes the width of tokens: narrowed by the mean over the heads, widened by heads side by side.
struct AttentionProjection {
    AttentionProjection(const Weights& w, int in, int out)
        : heads(std::max(in, out) / std::min(in, out)),
          narrows(in > out),
          norm1(w / "norm1", in, kProjectionEpsilon),
          // Upstream's keys have no bias; zeros are stored in its place.
          queryKeyValue(w / "attn", {.in = in, .out = 3 * std::max(in, out)}, {{"qkv.weight"}, {"q_bias", "zero_k_bias", "v_bias"}}),
          attentionOut(w / "attn" / "proj", {.in = out, .out = out}),
          norm3(w / "norm3", in, kProjectionEpsilon),
          straight(w / "proj", {.in = in, .out = out}),
          norm2(w / "norm2", out, kProjectionEpsilon),
          mlp(w / "mlp", out) {}

    Tensor operator()(const Tensor& x) const {  // [B,N,in] to [B,N,out] float32
        const auto parts = queryKeyValue(norm1(x, queryKeyValue.inputType())).chunk(3, -1);
        const Tensor perHead = attendedByHeads(parts[0], parts[1], parts[2], heads);  // [B,heads,N,min(in,out)]
        const Tensor attended = narrows ? perHead.mean(1) : headsSideBySide(perHead);
        const Tensor y = straight(norm3(x, straight.inputType())).to(at::kFloat) + attentionOut(attended);
        return y + mlp(norm2(y, at::kFloat));
    }
    double flops(double tokens) const {
        return queryKeyValue.flops(tokens) + attentionFlops(tokens, tokens, queryKeyValue.shape().out / 3) + attentionOut.flops(tokens) + straight.flops(tokens) + mlp.flops(tokens);
    }

    int heads;
    bool narrows;
    LayerNorm norm1;
    Linear queryKeyValue, attentionOut;
    LayerNorm norm3;
    Linear straight;
    LayerNorm norm2;
    GatedMlp mlp;
};

/// Between the tokens of a network and those that have codes.
struct Projection {
    Projection(const Weights& w, int in, int out, bool byAttention) {
        if (byAttention) attention.emplace(w, in, out);
        else linear.emplace(w, Linear::Shape{.in = in, .out = out});
    }
    Tensor operator()(const Tensor& x, ForwardPass& pass) const {
        const Tensor y = attention ? (*attention)(x) : (*linear)(x).to(at::kFloat);
        pass.did(flops(static_cast<double>(x.size(1))) * static_cast<double>(x.size(0)));
        return y;
    }
    double flops(double tokens) const { return attention ? attention->flops(tokens) : linear->flops(tokens); }

    std::optional<AttentionProjection> attention;
    std::optional<Linear> linear;
};

struct EncoderNetwork {
    EncoderNetwork(const Weights& w, const UnitokConfig& config)
        : vitamin(w / "encoder", vitaminOf(config)), projection(w / "quant_proj", config.width, config.latentChannels, config.attentionProjections) {}
    double flops(double height, double width) const { return vitamin.flops(height, width) + projection.flops(height * width / (kDownsample * kDownsample)); }

    VitaminEncoder vitamin;
    Projection projection;
};

struct DecoderNetwork {
    DecoderNetwork(const Weights& w, const UnitokConfig& config)
        : projection(w / "post_quant_proj", config.latentChannels, config.width, config.attentionProjections), vitamin(w / "decoder", vitaminOf(config)) {}
    double flops(double height, double width) const { return projection.flops(height * width) + vitamin.flops(height, width); }  // of the grid

    Projection projection;
    VitaminDecoder vitamin;
};

/// The codewords as they are stored, float32 [K,codewordDim] each; tensors below "codebooks".
struct Codebooks {
    Codebooks(const Weights& w, const UnitokConfig& config) {
        for (int i = 0; i < config.codebooks; ++i) books.push_back((w / std::to_string(i) / "codebook").take("weight", {config.codebookSize, config.codewordDim()}));
    }
    std::vector<Tensor> books;
};

/// What joins pictures and texts.
struct SharedSpace {
    SharedSpace(const Weights& w, const UnitokConfig& config)
        : norm(w / "fc_norm", config.width, kEpsilon),
          projection(w / "projection", {.in = config.width, .out = config.embedding}),
          logitScale(w.take("logit_scale", {})),
          text(w / "text_encoder", {.vocabulary = config.textVocabulary,
                                    .context = config.textContext,
                                    .width = config.textWidth,
                                    .heads = config.textHeads,
                                    .layers = config.textLayers,
                                    .features = config.embedding}) {}

    LayerNorm norm;
    Linear projection;
    Tensor logitScale;
    ClipText text;
};

/// All of it, to check and to count.
struct Network {
    Network(const Weights& w, const UnitokConfig& config) : encoder(w, config), decoder(w, config), codebooks(w / "quantizer.codebooks", config), shared(w, config) {}
    EncoderNetwork encoder;
    DecoderNetwork decoder;
    Codebooks codebooks;
    SharedSpace shared;
};

class Unitok final : public Model {
public:
    Unitok(const UnitokFile& file, const std::filesystem::path& folder)
        : m_config(detectUnitok(file)),
          m_where(file.where),
          m_tensors(below(file)),
          m_layout(layoutOf(m_config)),
          m_plan(planned()),
          m_words{.folder = folder, .rules = "open_clip", .context = m_config.textContext, .padded = true} {
        m_capabilities.encode = &m_encoder;
        m_capabilities.quantize = &m_quantizer;
        m_capabilities.decode = &m_decoder;
        m_capabilities.text = &m_tower;
    }

    const Capabilities& capabilities() const override { return m_capabilities; }
    const CodeLayout& codeLayout() const { return m_layout; }
    const CodebookQuantizer& quantizerOn(const DeviceLane& lane) const {
        const c10::InferenceMode inference;
        return m_quantizers.on(lane, [&](const Placement& placement) {
            return CodebookQuantizer({.layout = m_layout, .unitLength = true}, Codebooks(loaded(placement) / "quantizer.codebooks", m_config).books);
        });
    }

    ModelInfo describe() const override {
        ModelInfo info;
        info.family = kUnitok.name;
        info.layout = m_config.model;
        info.downsample = kDownsample;
        info.latentChannels = m_config.latentChannels;
        info.inputSide = m_config.imageSide;
        info.codes = m_layout;
        info.shape = "f" + std::to_string(kDownsample) + " c" + std::to_string(m_config.latentChannels);
        info.parameters = m_parameters;
        info.capabilities = {"encode", "quantize", "decode", "text"};
        info.denseMethods = m_tower.denseMethods();
        info.ignoredTensors = m_ignored;
        return info;
    }

    TensorsByName parityExtras(const TensorsByName& inputs, const TensorsByName& computed, DeviceLane& lane) const override {
        const c10::InferenceMode inference;
        TensorsByName out;
        const auto quantized = computed.find("out.quantized"), ids = inputs.find("in.input_ids");
        if (quantized != computed.end()) {
            out["out.image_features"] = imageFeatures(quantized->second, lane);
            out["out.image_embedding"] = ofUnitLength(out.at("out.image_features"));
        }
        if (ids != inputs.end()) {
            out["out.text_features"] = textFeatures(ids->second, lane);
            out["out.text_embedding"] = ofUnitLength(out.at("out.text_features"));
        }
        if (out.size() == 4) {
            const Tensor cosines = at::matmul(out.at("out.image_embedding"), out.at("out.text_embedding").t());  // [B,T]
            out["out.logits_per_image"] = cosines * at::exp(sharedOn(lane).logitScale);
        }
        return out;
    }

private:
    struct EncoderPart final : Encoder {
        explicit EncoderPart(const Unitok& model) : model(model) {}
        TensorsByName encode(const Tensor& image, DeviceLane& lane) const override { return model.encode(image, lane); }
        std::uint64_t flops(int height, int width) const override { return static_cast<std::uint64_t>(model.m_plan.encoder.flops(height, width)); }
        const Unitok& model;
    };
    struct DecoderPart final : Decoder {
        explicit DecoderPart(const Unitok& model) : model(model) {}
        Tensor decode(const Tensor& latents, DeviceLane& lane) const override { return model.decode(latents, lane); }
        std::uint64_t flops(int height, int width) const override {
            return static_cast<std::uint64_t>(model.m_plan.decoder.flops(static_cast<double>(height) / kDownsample, static_cast<double>(width) / kDownsample));
        }
        const Unitok& model;
    };

    struct TowerPart final : TextTower {
        explicit TowerPart(const Unitok& model) : model(model) {}
        Tensor ids(const std::vector<std::string>& texts) const override { return model.m_words.ids(texts); }
        Tensor embedText(const Tensor& ids, DeviceLane& lane) const override {
            const c10::InferenceMode inference;
            return model.textFeatures(ids, lane);
        }
        Tensor embedImage(const TensorsByName& encoded, DeviceLane& lane) const override {
            const c10::InferenceMode inference;
            return model.imageFeatures(model.quantized(encoded.at("latents"), lane), lane);
        }
        std::vector<std::string> denseMethods() const override { return {"plain"}; }
        Tensor dense(const TensorsByName& encoded, std::string_view, DeviceLane& lane) const override {
            const c10::InferenceMode inference;
            const Tensor& latents = encoded.at("latents");
            return ofUnitLength(model.features(model.projected(model.quantized(latents, lane), lane), lane)).unflatten(1, {latents.size(2), latents.size(3)});
        }
        Logits logits(DeviceLane& lane) const override { return {.scale = std::exp(model.sharedOn(lane).logitScale.item<double>())}; }
        const Unitok& model;
    };

    TensorsByName encode(const Tensor& image, DeviceLane& lane) const {
        const c10::InferenceMode inference;
        const bool fits = image.dim() == 4 && image.numel() > 0 && image.size(1) == 3 && image.size(2) == image.size(3) && image.size(2) % kDownsample == 0;
        if (!fits) {
            throw Failure(ErrorCode::Mismatch, "a picture tensor of shape " + textOfShape(image.sizes().vec()) + " does not fit this encoder", "image",
                          "give [B, 3, H, H] with a side that is a multiple of " + std::to_string(kDownsample));
        }
        const std::int64_t side = image.size(2) / kDownsample;
        const EncoderNetwork& network = m_encoders.on(lane, [&](const Placement& placement) { return EncoderNetwork(loaded(placement), m_config); });
        ForwardPass pass(lane, network.flops(static_cast<double>(image.size(2)), static_cast<double>(image.size(3))) * static_cast<double>(image.size(0)));
        const Tensor tokens = network.vitamin((image.to(lane.device()) * 2 - 1).contiguous(at::MemoryFormat::ChannelsLast), pass);  // [B,hw,C]
        pass.begin("encoding, projection");
        return {{"latents", mapOfTokens(network.projection(tokens, pass), side, side)}, {"tokens", tokens}};
    }

    Tensor decode(const Tensor& latents, DeviceLane& lane) const {
        const c10::InferenceMode inference;
        checkLatents(latents);
        const DecoderNetwork& network = decoderOn(lane);
        ForwardPass pass(lane, network.flops(static_cast<double>(latents.size(2)), static_cast<double>(latents.size(3))) * static_cast<double>(latents.size(0)));
        pass.begin("decoding, projection");
        Tensor tokens = network.projection(tokensOfMap(latents.to(lane.device(), at::kFloat)), pass);  // [B,hw,C]
        return network.vitamin(std::move(tokens), pass).whole().to(at::kFloat).mul_(0.5).add_(0.5);
    }

    /// What the codes of latents [B,V,h,h] stand for, [B,V,h,h]: pictures meet texts behind them.
    Tensor quantized(const Tensor& latents, DeviceLane& lane) const {
        DeviceLane exact = lane.in(Precision::Fp32);
        return m_quantizer.embed(m_quantizer.quantize(latents, exact), 0, m_layout.depths(), exact);
    }

    /// [B,V,h,h] to the decoder's tokens [B,hh,C].
    Tensor projected(const Tensor& quantized, DeviceLane& lane) const {
        const DecoderNetwork& network = decoderOn(lane);
        ForwardPass pass(lane, network.projection.flops(static_cast<double>(quantized.size(2) * quantized.size(3))) * static_cast<double>(quantized.size(0)));
        return network.projection(tokensOfMap(quantized), pass);
    }

    /// Vectors of the decoder's width to those that stand beside texts: [...,E], not normalised.
    Tensor features(const Tensor& x, DeviceLane& lane) const {
        const SharedSpace& shared = sharedOn(lane);
        return shared.projection(shared.norm(x, shared.projection.inputType())).to(at::kFloat);
    }

    /// [B,E] of the mean token after the codes, not normalised.
    Tensor imageFeatures(const Tensor& quantized, DeviceLane& lane) const { return features(projected(quantized, lane).mean(1), lane); }

    /// [T,E], not normalised.
    Tensor textFeatures(const Tensor& ids, DeviceLane& lane) const {
        const SharedSpace& shared = sharedOn(lane);
        ForwardPass pass(lane, shared.text.flops(static_cast<double>(ids.size(0)), static_cast<double>(ids.size(-1))));
        return shared.text(ids.to(lane.device()), pass);
    }

    void checkLatents(const Tensor& latents) const {
        if (latents.dim() == 4 && latents.size(1) == m_config.latentChannels && latents.numel() > 0 && latents.size(2) == latents.size(3)) return;
        throw Failure(ErrorCode::Mismatch, "latents of shape " + textOfShape(latents.sizes().vec()) + " do not fit this decoder", "latents",
                      "give [B, " + std::to_string(m_config.latentChannels) + ", h, h]");
    }

    static CodeLayout layoutOf(const UnitokConfig& config) {
        return {.kind = CodeLayout::Kind::Product,
                .codebookSizes = std::vector<int>(static_cast<std::size_t>(config.codebooks), config.codebookSize),
                .codewordDim = config.codewordDim(),
                .pixelsPerCell = kDownsample};
    }

    static StoredTensors below(const UnitokFile& file) {
        const std::string prefix = UnitokFile::kPrefix;
        StoredTensors tensors;
        for (const auto& [name, tensor] : *file.tensors) {
            if (name.starts_with(prefix)) tensors.emplace(name.substr(prefix.size()), tensor);
        }
        return tensors;
    }

    Network planned() {
        const Weights weights = Weights::check(m_tensors, m_where);
        Network network(weights, m_config);
        m_ignored = weights.finish({"quantizer.codebooks.*.vocab_usage"});  // how often training met each code
        m_parameters = weights.parameters();
        return network;
    }

    Weights loaded(const Placement& placement) const { return Weights::load(m_tensors, m_where, placement); }
    const DecoderNetwork& decoderOn(const DeviceLane& lane) const {
        return m_decoders.on(lane, [&](const Placement& placement) { return DecoderNetwork(loaded(placement), m_config); });
    }
    const SharedSpace& sharedOn(const DeviceLane& lane) const {
        return m_sharedSpaces.on(lane, [&](const Placement& placement) { return SharedSpace(loaded(placement), m_config); });
    }

    UnitokConfig m_config;
    std::string m_where;
    StoredTensors m_tensors;
    CodeLayout m_layout;
    std::vector<std::string> m_ignored;
    std::int64_t m_parameters = 0;
    Network m_plan;  ///< sizes without tensors
    // Apart, so that a part that nobody uses takes no memory.
    PlacedNetworks<EncoderNetwork> m_encoders;
    PlacedNetworks<CodebookQuantizer> m_quantizers;
    PlacedNetworks<DecoderNetwork> m_decoders;
    PlacedNetworks<SharedSpace> m_sharedSpaces;
    EncoderPart m_encoder{*this};
    CodebookPart<Unitok> m_quantizer{*this};
    DecoderPart m_decoder{*this};
    TextSource m_words;
    TowerPart m_tower{*this};
    Capabilities m_capabilities;
};

std::optional<std::string> recognise(const Checkpoint& checkpoint) {
    return findUnitok(checkpoint) ? std::optional<std::string>("UniTok training checkpoint") : std::nullopt;
}

std::unique_ptr<Model> open(const Checkpoint& checkpoint) {
    const auto file = findUnitok(checkpoint);
    TESSERA_ASSERT(file.has_value());
    return std::make_unique<Unitok>(*file, checkpoint.folder());
}

}  // namespace

const ModelFamily kUnitok{.name = "unitok", .recognise = recognise, .open = open};

}  // namespace tessera
