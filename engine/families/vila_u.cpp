// SPDX-License-Identifier: Apache-2.0
#include "families/vila_u.h"

#include <cmath>
#include <cstring>

#include <ATen/ATen.h>

#include "core/error.h"
#include "device/device_lane.h"
#include "families/codebook_part.h"
#include "families/llama_answer.h"
#include "families/shared_space.h"
#include "families/text_source.h"
#include "families/vila_u_drawing.h"
#include "families/vila_u_known_codes.h"
#include "families/vila_u_language.h"
#include "families/vila_u_networks.h"
#include "families/vila_u_parity.h"
#include "layers/placed_networks.h"

namespace tessera {
namespace {

using at::Tensor;
using EncoderNetwork = VilaUNetworks::Encoder;
using DecoderNetwork = VilaUNetworks::Decoder;
using SharedSpace = VilaUNetworks::SharedSpace;

constexpr const char* kTower = VilaUNetworks::kTower;

/// Codewords of every depth, float32 [K,C]; upstream stores one row more, which pads and is never a code.
struct Codebooks {
    Codebooks(const Weights& w, const VilaUConfig& config) {
        for (int depth = 0; depth < config.depths; ++depth) {
            const Weights book = w / ("quantizer.codebooks." + std::to_string(depth));
            // A shared one is stored once, or under every depth's name.
            const bool copy = config.sharedCodebook && depth > 0;
            if (copy && !(w.checking() && book.holds("weight"))) continue;
            const Tensor stored = book.take("weight", {config.codebookSize + 1, config.vision.width});
            if (!w.checking()) books.push_back(stored.narrow(0, 0, config.codebookSize));
        }
        if (!w.checking()) books.resize(static_cast<std::size_t>(config.depths), books.front());
    }
    std::vector<Tensor> books;
};

/// All of it, to check and to count.
struct Network {
    Network(const Weights& all, const VilaUConfig& config)
        : encoder(all / kTower, config),
          decoder(all / kTower, config),
          codebooks(all / kTower, config),
          shared(all / kTower, config),
          depth(VilaUNetworks::depthTransformer(all, config)) {}
    EncoderNetwork encoder;
    DecoderNetwork decoder;
    Codebooks codebooks;
    SharedSpace shared;
    std::optional<VilaUDepth> depth;
};

class VilaU final : public Model, public Int8Weights {
public:
    VilaU(const Checkpoint& checkpoint, const VilaUFile& file)
        : m_config(detectVilaU(checkpoint, file)),
          m_where(file.where),
          m_tensors(*file.tensors),
          m_language(detectVilaULanguage(checkpoint, file, m_config)),
          m_layout(layoutOf(m_config)),
          m_plan(planned()),
          m_languagePlan(plannedLanguage()),
          m_words{.folder = checkpoint.folder() / file.folder, .context = m_config.text.context, .padded = true} {
        m_capabilities.encode = &m_encoder;
        m_capabilities.quantize = &m_quantizer;
        m_capabilities.decode = &m_decoder;
        m_capabilities.text = &m_tower;
        if (m_language) m_capabilities.describe = &m_describer;
        if (draws()) m_capabilities.generate = &m_generator;
    }

    const Capabilities& capabilities() const override { return m_capabilities; }
    const CodeLayout& codeLayout() const { return m_layout; }
    const CodebookQuantizer& quantizerOn(const DeviceLane& lane) const {
        const c10::InferenceMode inference;
        return m_quantizers.on(lane, [&](const Placement& placement) { return CodebookQuantizer({.layout = m_layout}, Codebooks(loaded(placement), m_config).books); });
    }

    void keepInt8() override {
        if (!m_language) throw Failure(ErrorCode::Unsupported, "this vision tower stands alone: there is no language model whose weights could be kept as int8", m_where, "open it without int8, or the whole release");
        m_language->llama.int8Weights = true;
    }
    Difference differenceFromWhole(DeviceLane& lane) const override {
        const c10::InferenceMode inference;
        VilaULanguageFile file = *m_language;
        file.llama.int8Weights = false;
        const VilaULanguage whole = language({lane.device(), lane.precision()}, file);
        const VilaUDrawing::Networks networks = networksOn(lane);
        VilaUDrawing::Task task = taskOf("a red apple on a wooden table", false);
        giveCodes(task);
        return differenceOfCodes({whole, networks.depth, networks.codes}, networks, task, lane);
    }

    ModelInfo describe() const override {
        ModelInfo info;
        info.family = kVilaU.name;
        info.layout = m_language ? "whole release" : "vision tower";
        info.downsample = m_config.vision.patch;
        info.latentChannels = m_config.vision.width;
        info.inputSide = m_config.vision.imageSide;
        info.codes = m_layout;
        info.shape = "f" + std::to_string(info.downsample) + " c" + std::to_string(info.latentChannels);
        info.parameters = m_parameters;
        info.capabilities = {"encode", "quantize", "decode", "text"};
        if (m_language) {
            info.capabilities.push_back("describe");
            info.takesWhole = m_language->squeezes;
            info.takesQuestions = true;
            info.picturesTogether = picturesTogether();
            info.clipFrames = m_language->clipFrames;
        }
        if (draws()) {
            info.capabilities.push_back("generate");
        }
        info.denseMethods = m_tower.denseMethods();
        info.ignoredTensors = m_ignored;
        return info;
    }

    TensorsByName parityExtras(const TensorsByName& inputs, const TensorsByName& computed, DeviceLane& lane) const override {
        const c10::InferenceMode inference;
        TensorsByName out;
        const auto latents = computed.find("out.latents"), quantized = computed.find("out.quantized"), ids = inputs.find("in.input_ids");
        if (latents != computed.end() && quantized != computed.end()) {
            const Tensor straight = latents->second + (quantized->second - latents->second);  // as upstream rounds it
            out["out.quantized_straight_through"] = straight;
            out["out.llm_features"] = tokensOfMap(straight);
            out["out.image_embedding"] = ofUnitLength(imageFeatures(latents->second, lane));
            out["out.image_embedding.quantized"] = ofUnitLength(imageFeatures(quantized->second, lane));
        }
        // In a whole release ids are those of the language model, not of SigLIP's texts.
        if (ids != inputs.end() && !m_language) out["out.text_embedding"] = ofUnitLength(textFeatures(ids->second, lane));
        if (out.contains("out.text_embedding") && out.contains("out.image_embedding")) {
            const SharedSpace& shared = sharedOn(lane);
            const Tensor cosines = at::matmul(out.at("out.image_embedding"), out.at("out.text_embedding").t());  // [B,T]
            out["out.logits_per_image"] = cosines * at::exp(shared.logitScale) + shared.logitBias;
        }
        if (const auto pixels = inputs.find("in.image_u8"); pixels != inputs.end()) out["out.pixel_values"] = vilaUPixels(pixels->second, m_config.vision.imageSide);
        if (m_language && ids != inputs.end() && quantized != computed.end()) out.merge(vilaUAnswerParity(languageOn(lane), inputs, tokensOfMap(quantized->second), lane));
        if (draws() && ids != inputs.end() && inputs.contains("in.positions")) {
            TensorsByName drawn = vilaUDrawingParity(networksOn(lane), emptyTask(), inputs, lane);
            const Tensor sums = m_quantizer.embed(drawn.at("out.generated_codes"), 0, m_config.depths, lane);
            drawn["out.reconstruction"] = decode(sums, lane);
            out.merge(drawn);
        }
        return out;
    }

private:
    struct EncoderPart final : Encoder {
        explicit EncoderPart(const VilaU& model) : model(model) {}
        TensorsByName encode(const Tensor& image, DeviceLane& lane) const override { return model.encode(image, lane); }
        std::uint64_t flops(int height, int) const override { return static_cast<std::uint64_t>(model.m_plan.encoder.flops(height, model.tokens())); }
        const VilaU& model;
    };
    struct DecoderPart final : Decoder {
        explicit DecoderPart(const VilaU& model) : model(model) {}
        Tensor decode(const Tensor& latents, DeviceLane& lane) const override { return model.decode(latents, lane); }
        std::uint64_t flops(int, int) const override { return static_cast<std::uint64_t>(model.m_plan.decoder.flops(model.m_config.vision.grid())); }
        const VilaU& model;
    };

    /// Latents meet texts before they have codes, as SigLIP was trained.
    struct TowerPart final : TextTower {
        explicit TowerPart(const VilaU& model) : model(model) {}
        Tensor ids(const std::vector<std::string>& texts) const override { return model.m_words.ids(texts); }
        Tensor embedText(const Tensor& ids, DeviceLane& lane) const override {
            const c10::InferenceMode inference;
            return model.textFeatures(ids, lane);
        }
        Tensor embedImage(const TensorsByName& encoded, DeviceLane& lane) const override {
            const c10::InferenceMode inference;
            return model.imageFeatures(encoded.at("latents"), lane);
        }
        std::vector<std::string> denseMethods() const override { return SiglipVision::denseMethods(); }
        Tensor dense(const TensorsByName& encoded, std::string_view method, DeviceLane& lane) const override {
            const c10::InferenceMode inference;
            return model.dense(encoded.at("latents"), method, lane);
        }
        Logits logits(DeviceLane& lane) const override {
            const SharedSpace& shared = model.sharedOn(lane);
            return {.scale = std::exp(shared.logitScale.item<double>()), .bias = shared.logitBias.item<double>(), .independent = true};
        }
        const VilaU& model;
    };

    struct DescriberPart final : Describer {
        explicit DescriberPart(const VilaU& model) : model(model) {}
        bool takesQuestions() const override { return true; }
        int picturesTogether() const override { return model.picturesTogether(); }
        std::unique_ptr<Telling> begin(const TensorsByName& encoded, const DescribeRequest& request, DeviceLane& lane) const override { return model.answer(encoded, request, lane); }
        const VilaU& model;
    };
    struct GeneratorPart final : Generator {
        explicit GeneratorPart(const VilaU& model) : model(model) {}
        DrawingInfo info() const override { return {.frames = kDrawnFrames}; }
        std::unique_ptr<Drawing> begin(const GenerateRequest& request, const DrawingStart&, DeviceLane& lane) const override { return model.drawing(request, lane); }
        Tensor logProbability(const WordInfluenceRequest& request, std::string_view prompt, DeviceLane& lane) const override { return model.logProbability(request, prompt, lane); }
        std::uint64_t bytesPerPosition(const DeviceLane& lane) const override {
            const auto words = model.m_languagePlan->llama.weights(), others = model.m_languagePlan->projectorWeights() + model.m_config.depths * model.m_plan.depth->weights();
            const std::int64_t width = lane.precision() == Precision::Fp32 ? 4 : 2;
            return static_cast<std::uint64_t>(words * (model.m_language->llama.int8Weights ? 1 : width) + others * width);
        }
        std::uint64_t flopsPerPosition(bool guided) const override { return static_cast<std::uint64_t>((guided ? 2 : 1) * (model.m_languagePlan->llama.flops(1) + model.m_plan.depth->flops())); }
        const VilaU& model;
    };

    static constexpr int kDrawnFrames = 8;

    bool draws() const { return m_language && m_config.depthTransformer; }
    int tokensOfPicture() const { return m_config.vision.grid() * m_config.vision.grid(); }
    int picturesTogether() const { return std::max(1, m_language->llama.positions / (tokensOfPicture() + 1)); }

    std::unique_ptr<Telling> answer(const TensorsByName& encoded, const DescribeRequest& request, DeviceLane& lane) const {
        const c10::InferenceMode inference;
        const Tensor& latents = encodedTensor(encoded, "latents");
        // Refused before anything is loaded for it.
        const std::vector<std::int64_t> ids = m_language->prompt.question(request.question, static_cast<int>(latents.size(0)));
        checkAnswerFits(m_language->llama, static_cast<std::int64_t>(ids.size()) + latents.size(0) * (tokensOfPicture() - 1), request.maxTokens);
        DeviceLane exact = lane.in(Precision::Fp32);
        const Tensor sums = m_quantizer.embed(m_quantizer.quantize(latents, exact), 0, m_config.depths, exact);
        const VilaULanguage& language = languageOn(lane);
        return std::make_unique<LlamaAnswer>(language.llama, LlamaAnswer::Words{m_language->prompt.words(), m_language->ends}, language.woven(ids, tokensOfMap(sums)), request, lane);
    }

    VilaUDrawing::Task emptyTask() const {
        const int grid = m_config.vision.grid();
        return {.with = {}, .without = {}, .rows = grid, .columns = grid, .depths = m_config.depths, .codebookSize = m_config.codebookSize, .seeds = {}, .given = {}, .rule = {}};
    }
    VilaUDrawing::Networks networksOn(DeviceLane& lane) const {
        const DeviceLane exact = lane.in(Precision::Fp32);
        const VilaUDepth& depth = m_depths.on(lane, [&](const Placement& placement) { return *VilaUNetworks::depthTransformer(Weights::load(m_tensors, m_where, placement), m_config); });
        return {languageOn(lane), depth, quantizerOn(exact)};
    }
    VilaUDrawing::Task taskOf(std::string_view prompt, bool video) const {
        VilaUDrawing::Task task = emptyTask();
        task.with = m_language->prompt.drawing(std::string(prompt), video);
        task.frames = video ? kDrawnFrames : 1;
        return task;
    }
    Tensor logProbability(const WordInfluenceRequest& request, std::string_view prompt, DeviceLane& lane) const {
        VilaUDrawing::Task task = taskOf(prompt, request.video);
        task.given = request.codes;
        return logProbabilityOfCodes(networksOn(lane), task, lane);
    }
    std::unique_ptr<Drawing> drawing(const GenerateRequest& request, DeviceLane& lane) const {
        const c10::InferenceMode inference;
        VilaUDrawing::Task task = taskOf(request.prompt, request.video);
        if (request.guidance != 1) task.without = m_language->prompt.drawing({}, request.video);
        task.follow(request);
        task.check(m_language->llama.positions);
        return std::make_unique<VilaUDrawing>(networksOn(lane), std::move(task));
    }

    TensorsByName encode(const Tensor& image, DeviceLane& lane) const {
        const c10::InferenceMode inference;
        const std::int64_t side = m_config.vision.imageSide;
        if (image.dim() != 4 || image.size(0) == 0 || image.size(1) != 3 || image.size(2) != side || image.size(3) != side) {
            throw Failure(ErrorCode::Mismatch, "a picture tensor of shape " + textOfShape(image.sizes().vec()) + " does not fit this encoder", "image",
                          "give [B, 3, " + std::to_string(side) + ", " + std::to_string(side) + "]");
        }
        const EncoderNetwork& network = m_encoders.on(lane, [&](const Placement& placement) { return EncoderNetwork(loaded(placement), m_config); });
        ForwardPass pass(lane, network.flops(static_cast<double>(side), tokens()) * static_cast<double>(image.size(0)));
        const Tensor x = ((image.to(lane.device()) - 0.5) / 0.5).contiguous(at::MemoryFormat::ChannelsLast);
        return {{"latents", mapOfTokens(network(x, pass), m_config.vision.grid(), m_config.vision.grid())}};
    }

    Tensor decode(const Tensor& latents, DeviceLane& lane) const {
        const c10::InferenceMode inference;
        const std::int64_t grid = m_config.vision.grid();
        if (latents.dim() != 4 || latents.size(0) == 0 || latents.size(1) != m_config.vision.width || latents.size(2) != grid || latents.size(3) != grid) {
            throw Failure(ErrorCode::Mismatch, "latents of shape " + textOfShape(latents.sizes().vec()) + " do not fit this decoder", "latents",
                          "give [B, " + std::to_string(m_config.vision.width) + ", " + std::to_string(grid) + ", " + std::to_string(grid) + "]");
        }
        const DecoderNetwork& network = m_decoders.on(lane, [&](const Placement& placement) { return DecoderNetwork(loaded(placement), m_config); });
        ForwardPass pass(lane, network.flops(m_config.vision.grid()) * static_cast<double>(latents.size(0)));
        return pixelOutput(network(latents.to(lane.device(), at::kFloat), pass));
    }

    /// What SigLIP makes of latents, or of what codes stand for [B,C,g,g]: [B,C], not normalised.
    Tensor imageFeatures(const Tensor& latents, DeviceLane& lane) const {
        const SharedSpace& shared = sharedOn(lane);
        ForwardPass pass(lane, (shared.last.flops(tokens()) + shared.pooling.flops(tokens())) * static_cast<double>(latents.size(0)));
        return shared.pooling(shared.last(tokensOfMap(latents), pass), pass);
    }

    /// Token by token: [B,g,g,C] of unit length.
    Tensor dense(const Tensor& latents, std::string_view method, DeviceLane& lane) const {
        const SharedSpace& shared = sharedOn(lane);
        ForwardPass pass(lane, shared.last.flops(tokens()) * static_cast<double>(latents.size(0)));
        const Tensor last = shared.last(tokensOfMap(latents), pass);  // [B,L,C]
        return ofUnitLength(method == "plain" ? shared.pooling.normed(last) : shared.pooling.ofEach(last)).unflatten(1, {latents.size(2), latents.size(3)});
    }

    /// [T,C], not normalised.
    Tensor textFeatures(const Tensor& ids, DeviceLane& lane) const {
        const SharedSpace& shared = sharedOn(lane);
        ForwardPass pass(lane, shared.text.flops(static_cast<double>(ids.size(0)), static_cast<double>(ids.size(-1))));
        return shared.text(ids.to(lane.device()), pass);
    }

    double tokens() const { return static_cast<double>(m_config.vision.grid()) * m_config.vision.grid(); }

    static CodeLayout layoutOf(const VilaUConfig& config) {
        return {.kind = CodeLayout::Kind::Residual,
                .codebookSizes = std::vector<int>(static_cast<std::size_t>(config.depths), config.codebookSize),
                .codewordDim = config.vision.width,
                .pixelsPerCell = config.vision.patch,
                .shared = config.sharedCodebook};
    }

    Network planned() {
        const Weights weights = Weights::check(m_tensors, m_where);
        Network network(weights, m_config);
        std::vector<std::string> ignorable{"rqvaesiglip.quantizer.codebooks.*.cluster_size_ema", "rqvaesiglip.quantizer.codebooks.*.embed_ema"};  // of training
        if ((weights / kTower).holds("logit_scale")) ignorable.insert(ignorable.end(), {"rqvaesiglip.siglip_model.logit_scale", "rqvaesiglip.siglip_model.logit_bias"});
        m_ignored = weights.finish(ignorable);
        for (const auto& [name, tensor] : m_tensors) {
            if (!m_language && name.starts_with("rqtransformer.")) m_ignored.push_back(name);  // draws codes for a language model
        }
        if (m_config.sharedCodebook) checkShared();
        m_parameters = weights.parameters();
        return network;
    }

    std::optional<VilaULanguage> plannedLanguage() {
        if (!m_language) return std::nullopt;
        const Weights language = Weights::check(m_language->tensors, m_language->where), projector = Weights::check(m_language->projector, m_language->projectorWhere);
        VilaULanguage plan(language, projector, *m_language);
        for (const std::string& name : language.finish({"*rotary_emb.inv_freq"})) m_ignored.push_back("llm: " + name);
        projector.finish();
        m_parameters += language.parameters() + projector.parameters();
        return plan;
    }

    /// The copies of a shared codebook are one.
    void checkShared() const {
        const auto nameOf = [](int depth) { return "rqvaesiglip.quantizer.codebooks." + std::to_string(depth) + ".weight"; };
        const HostTensor first = m_tensors.at(nameOf(0)).toHost();
        for (int depth = 1; depth < m_config.depths; ++depth) {
            const auto other = m_tensors.find(nameOf(depth));
            if (other == m_tensors.end()) continue;
            const HostTensor copy = other->second.toHost();
            if (copy.type == first.type && std::memcmp(copy.bytes.data(), first.bytes.data(), first.bytes.size()) == 0) continue;
            throw Failure(ErrorCode::Mismatch, "the config says that all depths share one codebook, but " + nameOf(0) + " and " + nameOf(depth) + " differ", m_where,
                          "check that config.json belongs to these weights: shared_codebook");
        }
    }

    Weights loaded(const Placement& placement) const { return Weights::load(m_tensors, m_where, placement) / kTower; }
    const VilaULanguage& languageOn(const DeviceLane& lane) const {
        return m_languages.on(lane, [&](const Placement& placement) { return language(placement, *m_language); });
    }
    static VilaULanguage language(const Placement& placement, const VilaULanguageFile& file) {
        return VilaULanguage(Weights::load(file.tensors, file.where, placement), Weights::load(file.projector, file.projectorWhere, placement), file);
    }
    const SharedSpace& sharedOn(const DeviceLane& lane) const {
        return m_sharedSpaces.on(lane, [&](const Placement& placement) { return SharedSpace(loaded(placement), m_config); });
    }

    VilaUConfig m_config;
    std::string m_where;
    StoredTensors m_tensors;
    std::optional<VilaULanguageFile> m_language;  ///< none: the tower stands alone
    CodeLayout m_layout;
    std::vector<std::string> m_ignored;
    std::int64_t m_parameters = 0;
    Network m_plan;  ///< sizes without tensors
    std::optional<VilaULanguage> m_languagePlan;
    // Apart, so that a part that nobody uses takes no memory.
    PlacedNetworks<EncoderNetwork> m_encoders;
    PlacedNetworks<CodebookQuantizer> m_quantizers;
    PlacedNetworks<DecoderNetwork> m_decoders;
    PlacedNetworks<SharedSpace> m_sharedSpaces;
    PlacedNetworks<VilaUDepth> m_depths;
    PlacedNetworks<VilaULanguage> m_languages;
    EncoderPart m_encoder{*this};
    CodebookPart<VilaU> m_quantizer{*this};
    DecoderPart m_decoder{*this};
    TextSource m_words;
    TowerPart m_tower{*this};
    DescriberPart m_describer{*this};
    GeneratorPart m_generator{*this};
    Capabilities m_capabilities;
};

std::optional<std::string> recognise(const Checkpoint& checkpoint) {
    return findVilaU(checkpoint) ? std::optional<std::string>("VILA-U vision tower config") : std::nullopt;
}

std::unique_ptr<Model> open(const Checkpoint& checkpoint) {
    const auto file = findVilaU(checkpoint);
    TESSERA_ASSERT(file.has_value());
    return std::make_unique<VilaU>(checkpoint, *file);
}

}  // namespace

const ModelFamily kVilaU{.name = "vila_u", .recognise = recognise, .open = open};

}  // namespace tessera
