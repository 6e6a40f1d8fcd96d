// SPDX-License-Identifier: Apache-2.0
#include "families/openvision3.h"

#include <ATen/ATen.h>

#include "core/error.h"
#include "device/device_lane.h"
#include "families/autoencoder_kl.h"
#include "families/next_token.h"
#include "families/part_folder.h"
#include "families/shared_space.h"
#include "families/tessera_autoencoder.h"
#include "layers/placed_networks.h"

namespace tessera {
namespace {

using at::Tensor;

/// A caption, token by token.
class Caption final : public Telling {
public:
    Caption(const CaptionDecoder& network, const TextSource& words, const Tensor& tokens, const DescribeRequest& request, DeviceLane& lane)
        : m_network(network), m_words(words), m_next(request), m_most(std::min(request.maxTokens, network.shape().context - 1)) {
        ForwardPass pass(lane, 0);
        m_state = network.look(tokens.narrow(0, 0, 1), pass);
        m_last = at::full({1, 1}, network.shape().begin, at::TensorOptions().dtype(at::kLong).device(tokens.device()));
    }

    bool step(DeviceLane& lane) override {
        const c10::InferenceMode inference;
        ForwardPass pass(lane, 0);
        const Tensor logits = m_network.read(m_last, m_state, pass).select(1, -1).select(0, 0);  // [V]
        const std::int64_t id = m_next.pick(logits);
        ++m_said.tokens;
        m_said.finished = id == m_network.shape().end;
        if (m_said.finished) return false;
        m_ids.push_back(id);
        m_said.text = m_words.text(m_ids);
        m_last = at::full_like(m_last, id);
        return m_said.tokens < m_most;
    }
    const Description& said() const override { return m_said; }

private:
    const CaptionDecoder& m_network;
    const TextSource& m_words;
    NextToken m_next;
    int m_most;
    CaptionDecoder::State m_state;
    Tensor m_last;  ///< [1,1]
    std::vector<std::int64_t> m_ids;
    Description m_said;
};

class OpenVision3 final : public Model {
public:
    OpenVision3(OpenVision3File file, std::string layout) : m_file(std::move(file)), m_layout(std::move(layout)), m_vae(openVae(m_file.vae)), m_plan(planned()) {
        m_capabilities.encode = &m_encoder;
        if (m_file.decoder) m_capabilities.decode = &m_decoder;
        if (m_file.encoder.text) m_capabilities.text = &m_tower;
        if (m_file.captions) m_capabilities.describe = &m_describer;
        if (m_file.flow) {
            if (vision().rows() != vision().columns()) throw Failure(ErrorCode::Unsupported, "a flow makes squares, and these tokens are " + std::to_string(vision().rows()) + " x " + std::to_string(vision().columns()), m_file.flow->config, "leave the generator out");
            m_generator = std::make_unique<FlowGenerator>(*m_file.flow, FlowGenerator::Latents{.channels = vision().dim, .grid = vision().rows()}, m_file.encoder.text ? m_file.encoder.text->features : 0,
                                                          [this](const std::string& prompt, DeviceLane& lane) { return ofUnitLength(embedText(m_file.encoder.words.ids({prompt}), lane)); });
            m_parameters += m_generator->parameters();
            m_capabilities.generate = m_generator.get();
        }
    }

    const Capabilities& capabilities() const override { return m_capabilities; }

    ModelInfo describe() const override {
        ModelInfo info;
        info.family = kOpenVision3.name;
        info.layout = m_layout;
        info.downsample = m_vaeInfo.downsample * vision().patch;
        info.latentChannels = vision().dim;
        info.inputSide = height() == width() ? static_cast<int>(height()) : 0;
        info.takesWhole = true;
        info.shape = "f" + std::to_string(info.downsample) + " d" + std::to_string(info.latentChannels);
        info.parameters = m_parameters + m_vaeInfo.parameters;
        info.capabilities = {"encode"};
        if (m_capabilities.decode) info.capabilities.push_back("decode");
        if (m_capabilities.text) {
            info.capabilities.push_back("text");
            info.denseMethods = m_tower.denseMethods();
        }
        if (m_capabilities.describe) info.capabilities.push_back("describe");
        if (m_capabilities.generate) info.capabilities.push_back("generate");
        info.ignoredTensors = m_ignored;
        return info;
    }

    TensorsByName parityExtras(const TensorsByName& inputs, const TensorsByName& computed, DeviceLane& lane) const override {
        const c10::InferenceMode inference;
        const bool reads = m_file.encoder.text.has_value();
        if (!computed.contains("out.tokens")) return sharedSpaceParity(m_tower, inputs, nullptr, lane, reads);
        const TensorsByName encoded = encodedAmong(computed);
        TensorsByName out = sharedSpaceParity(m_tower, inputs, &encoded, lane, reads);
        out["out.latents"] = encoded.at("vae_latents");
        if (const auto heat = out.find("out.heatmap.plain"); heat != out.end()) out["out.heatmap"] = heat->second;
        if (m_file.decoder) addNoisy(inputs, computed, lane, out);
        if (m_file.captions) addCaptions(inputs, encoded.at("tokens"), lane, out);
        if (m_generator) out.merge(m_generator->parity(inputs, m_decoder, lane));
        return out;
    }

private:
    struct EncoderNetwork {
        EncoderNetwork(const Weights& w, const ClipModel::File& file) : vision(w, file.vision) {
            if (file.text) logits = takeLogits(w);
        }
        ClipVision vision;
        TextTower::Logits logits;
    };
    struct Plan {
        EncoderNetwork encoder;
        std::optional<ClipText> text;
        std::optional<TokenDecoder> decoder;
        std::optional<CaptionDecoder> captions;
    };

    struct EncoderPart final : Encoder {
        explicit EncoderPart(const OpenVision3& model) : model(model) {}
        TensorsByName encode(const Tensor& image, DeviceLane& lane) const override { return model.encode(image, lane); }
        std::uint64_t flops(int height, int width) const override {
            return model.m_vae->capabilities().encode->flops(height, width) + static_cast<std::uint64_t>(model.m_plan.encoder.vision.flops());
        }
        const OpenVision3& model;
    };
    struct DecoderPart final : Decoder {
        explicit DecoderPart(const OpenVision3& model) : model(model) {}
        Tensor decode(const Tensor& tokens, DeviceLane& lane) const override { return model.decode(tokens, lane); }
        std::uint64_t flops(int height, int width) const override {
            return model.m_vae->capabilities().decode->flops(height, width) + static_cast<std::uint64_t>(model.m_plan.decoder->flops());
        }
        const OpenVision3& model;
    };
    struct TowerPart final : TextTower {
        explicit TowerPart(const OpenVision3& model) : model(model) {}
        Tensor ids(const std::vector<std::string>& texts) const override { return model.m_file.encoder.words.ids(texts); }
        Tensor embedText(const Tensor& ids, DeviceLane& lane) const override { return model.embedText(ids, lane); }
        Tensor embedImage(const TensorsByName& encoded, DeviceLane& lane) const override {
            const c10::InferenceMode inference;
            return model.encoderOn(lane).vision.pooled(ClipTraits::resultOf(encoded));
        }
        std::vector<std::string> denseMethods() const override { return {"plain", "maskclip", "value_only"}; }
        Tensor dense(const TensorsByName& encoded, std::string_view method, DeviceLane& lane) const override {
            const c10::InferenceMode inference;
            return model.encoderOn(lane).vision.dense(ClipTraits::resultOf(encoded), method).unflatten(1, {model.vision().rows(), model.vision().columns()});
        }
        Logits logits(DeviceLane& lane) const override { return model.encoderOn(lane).logits; }
        const OpenVision3& model;
    };
    struct DescriberPart final : Describer {
        explicit DescriberPart(const OpenVision3& model) : model(model) {}
        bool takesQuestions() const override { return false; }
        std::unique_ptr<Telling> begin(const TensorsByName& encoded, const DescribeRequest& request, DeviceLane& lane) const override {
            const c10::InferenceMode inference;
            return std::make_unique<Caption>(model.captionsOn(lane), model.m_file.encoder.words, encodedTensor(encoded, "tokens"), request, lane);
        }
        const OpenVision3& model;
    };

    const ClipVisionShape& vision() const { return m_file.encoder.vision; }
    std::int64_t height() const { return std::int64_t(vision().height) * m_vaeInfo.downsample; }
    std::int64_t width() const { return std::int64_t(vision().width) * m_vaeInfo.downsample; }

    TensorsByName encode(const Tensor& image, DeviceLane& lane) const {
        const c10::InferenceMode inference;
        if (image.dim() != 4 || image.size(0) == 0 || image.size(1) != 3 || image.size(2) != height() || image.size(3) != width()) {
            throw Failure(ErrorCode::Mismatch, "a picture tensor of shape " + textOfShape(image.sizes().vec()) + " does not fit this encoder", "image",
                          "give [B, 3, " + std::to_string(height()) + ", " + std::to_string(width()) + "]");
        }
        const Tensor latents = m_vae->capabilities().encode->encode(image, lane).at("latents") * m_scaling;
        const ClipVision& network = encoderOn(lane).vision;
        ForwardPass pass(lane, network.flops() * static_cast<double>(image.size(0)));
        const ClipVision::Result result = network(latents, pass);
        TensorsByName tensors = ClipTraits::tensorsOf(result);
        const Tensor tokens = tensors["tokens"] = network.tokens(result);
        const std::int64_t patches = std::int64_t(vision().rows()) * vision().columns();
        tensors["latents"] = mapOfTokens(tokens.slice(1, tokens.size(1) - patches), vision().rows(), vision().columns());
        tensors["vae_latents"] = latents;
        return tensors;
    }

    Tensor decode(const Tensor& tokens, DeviceLane& lane) const {
        const c10::InferenceMode inference;
        return m_vae->capabilities().decode->decode(decodedLatents(tokens, lane) / m_scaling, lane);
    }

    /// [B,D,h,w] to [B,c,H/8,W/8], scaled as the encoder's.
    Tensor decodedLatents(const Tensor& tokens, DeviceLane& lane) const {
        const c10::InferenceMode inference;
        const TokenDecoder& network = m_decoders.on(lane, [&](const Placement& placement) {
            return TokenDecoder(Weights::load(m_file.decoder->tensors, m_file.decoder->where, placement), m_file.decoder->shape);
        });
        ForwardPass pass(lane, network.flops() * static_cast<double>(tokens.size(0)));
        return network(tokens.to(lane.device(), at::kFloat), pass);
    }

    Tensor embedText(const Tensor& ids, DeviceLane& lane) const {
        const c10::InferenceMode inference;
        const ClipText& text = m_texts.on(lane, [&](const Placement& placement) { return ClipText(ClipTraits::textScope(encoderWeights(placement)), *m_file.encoder.text); });
        ForwardPass pass(lane, text.flops(static_cast<double>(ids.size(0)), static_cast<double>(ids.size(-1))));
        return text(ids.to(lane.device()), pass);
    }

    /// What golden cases hold of tokens with noise: there the reconstruction is the noisy one.
    void addNoisy(const TensorsByName& inputs, const TensorsByName& computed, DeviceLane& lane, TensorsByName& out) const {
        const Tensor& clean = computed.at("out.latents");  // [B,D,h,w]
        const auto noise = inputs.find("in.noise"), strength = inputs.find("in.noise_strength"), strengths = inputs.find("in.strengths");
        if (noise == inputs.end() || noise->second.numel() != clean.numel()) return;
        const Tensor map = noise->second.dim() == 3 ? mapOfTokens(noise->second, vision().rows(), vision().columns()) : noise->second;
        if (strength != inputs.end()) {
            const Tensor noisy = clean + strength->second.reshape({-1, 1, 1, 1}) * map;
            out["out.tokens.noisy"] = tokensOfMap(noisy);
            out["out.decoded_latents"] = decodedLatents(noisy, lane);
            out["out.reconstruction"] = computed.at("out.reconstruction.noisy");
        }
        for (std::int64_t i = 0; strengths != inputs.end() && i < strengths->second.numel(); ++i) {
            out["out.decoded_latents.strength." + std::to_string(i)] = decodedLatents(clean + strengths->second[i] * map, lane);
        }
    }

    void addCaptions(const TensorsByName& inputs, const Tensor& tokens, DeviceLane& lane, TensorsByName& out) const {
        ForwardPass pass(lane, 0);
        const CaptionDecoder& network = captionsOn(lane);
        if (const auto given = inputs.find("in.caption_ids"); given != inputs.end()) {
            CaptionDecoder::State state = network.look(tokens, pass);
            const Tensor ids = given->second, targets = ids.slice(1, 1);
            const Tensor logits = out["out.caption_logits"] = network.read(ids.slice(1, 0, ids.size(1) - 1), state, pass);  // [B,T-1,V]
            const Tensor counted = (targets != network.shape().padding).to(at::kFloat);
            const Tensor losses = -at::log_softmax(logits, -1).gather(-1, targets.unsqueeze(-1)).squeeze(-1) * counted;  // [B,T-1]
            out["out.caption_loss"] = (losses.sum() / counted.sum()).reshape({1});
            out["out.caption_loss_per_image"] = losses.sum(1) / counted.sum(1);
        }
        const auto most = inputs.find("in.max_new_tokens");
        const std::int64_t count = most == inputs.end() ? network.shape().context - 1 : most->second.item<std::int64_t>();
        out["out.caption_ids"] = network.likeliest(tokens, count, pass);
    }

    std::unique_ptr<Model> openVae(const std::filesystem::path& path) {
        const Checkpoint checkpoint = Checkpoint::open(path);
        const auto file = findAutoencoderKl(checkpoint);
        if (!file && !findTesseraAutoencoder(checkpoint)) {
            throw Failure(ErrorCode::Mismatch, "the VAE of this OpenVision 3 is neither an AutoencoderKL nor Tessera's own autoencoder", path.string(), "put the FLUX.1 VAE there, as diffusers keeps it");
        }
        std::unique_ptr<Model> vae = openedIn(path, [&] {
            if (!file) {  // its latents are of unit variance as they are
                m_layout += "-tessera";
                return kTesseraAutoencoder.open(checkpoint);
            }
            m_scaling = detectAutoencoderKl(checkpoint, *file).scalingFactor.value_or(kFluxScaling);
            return kAutoencoderKl.open(checkpoint);
        });
        m_vaeInfo = vae->describe();
        if (m_vaeInfo.latentChannels != vision().channels) {
            throw Failure(ErrorCode::Mismatch, "the VAE gives " + std::to_string(m_vaeInfo.latentChannels) + " channels and the encoder takes " + std::to_string(vision().channels), path.string(),
                          "put the VAE there that the encoder was trained on");
        }
        if ((m_file.height > 0 && m_file.height != height()) || (m_file.width > 0 && m_file.width != width())) {
            throw Failure(ErrorCode::Mismatch, "image_size says " + std::to_string(m_file.height) + " x " + std::to_string(m_file.width) + " where VAE and encoder take " + std::to_string(height()) + " x " +
                          std::to_string(width()), m_file.encoder.where, "check that openvision3.json belongs to these weights");
        }
        return vae;
    }

    Plan planned() {
        const ClipModel::File& encoder = m_file.encoder;
        const Weights weights = Weights::check(encoder.tensors, encoder.where);
        Plan plan{.encoder = EncoderNetwork(weights, encoder), .text = {}, .decoder = {}, .captions = {}};
        if (encoder.text) plan.text.emplace(ClipTraits::textScope(weights), *encoder.text);
        m_ignored = weights.finish(encoder.ignorable);
        m_parameters = weights.parameters();
        if (m_file.decoder) {
            const Weights w = Weights::check(m_file.decoder->tensors, m_file.decoder->where);
            plan.decoder.emplace(w, m_file.decoder->shape);
            w.finish();
            m_parameters += w.parameters();
        }
        if (m_file.captions) {
            const Weights w = Weights::check(m_file.captions->tensors, m_file.captions->where);
            plan.captions.emplace(w, m_file.captions->shape);
            w.finish();
            m_parameters += w.parameters();
        }
        return plan;
    }

    Weights encoderWeights(const Placement& placement) const { return Weights::load(m_file.encoder.tensors, m_file.encoder.where, placement); }
    const EncoderNetwork& encoderOn(const DeviceLane& lane) const {
        return m_encoders.on(lane, [&](const Placement& placement) { return EncoderNetwork(encoderWeights(placement), m_file.encoder); });
    }
    const CaptionDecoder& captionsOn(const DeviceLane& lane) const {
        return m_captions.on(lane, [&](const Placement& placement) {
            return CaptionDecoder(Weights::load(m_file.captions->tensors, m_file.captions->where, placement), m_file.captions->shape);
        });
    }

    OpenVision3File m_file;
    std::string m_layout;
    double m_scaling = 1;
    ModelInfo m_vaeInfo;
    std::unique_ptr<Model> m_vae;
    std::vector<std::string> m_ignored;
    std::int64_t m_parameters = 0;
    Plan m_plan;  ///< sizes without tensors
    // Apart, so that a part that nobody uses takes no memory.
    PlacedNetworks<EncoderNetwork> m_encoders;
    PlacedNetworks<ClipText> m_texts;
    PlacedNetworks<TokenDecoder> m_decoders;
    PlacedNetworks<CaptionDecoder> m_captions;
    EncoderPart m_encoder{*this};
    DecoderPart m_decoder{*this};
    TowerPart m_tower{*this};
    DescriberPart m_describer{*this};
    std::unique_ptr<FlowGenerator> m_generator;
    Capabilities m_capabilities;
};

std::optional<std::string> recognise(const Checkpoint& checkpoint) {
    const auto found = findOpenVision3(checkpoint);
    return found ? std::optional<std::string>(*found == "complete" ? "OpenVision 3 manifest" : "open_clip config of an encoder of latents") : std::nullopt;
}

std::unique_ptr<Model> open(const Checkpoint& checkpoint) {
    return std::make_unique<OpenVision3>(detectOpenVision3(checkpoint), *findOpenVision3(checkpoint));
}

}  // namespace

const ModelFamily kOpenVision3{.name = "openvision3", .recognise = recognise, .open = open};

}  // namespace tessera
