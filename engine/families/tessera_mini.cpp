// SPDX-License-Identifier: Apache-2.0
#include "families/tessera_mini.h"

#include <algorithm>
#include <cmath>

#include <ATen/ATen.h>

#include "core/error.h"
#include "families/codebook_part.h"
#include "families/config_reader.h"
#include "families/shared_space.h"
#include "families/llama_answer.h"
#include "families/tessera_mini_language.h"
#include "families/tessera_mini_networks.h"
#include "families/text_source.h"
#include "families/vila_u_drawing.h"
#include "families/vila_u_known_codes.h"
#include "layers/placed_networks.h"
#include "quantize/beam_search.h"

namespace tessera {
namespace {

using at::Tensor;
using Config = TesseraMiniConfig;
using Networks = TesseraMiniNetworks;

constexpr const char* kFormat = "tessera-mini";
constexpr int kRotaryChannels = 4;  // rows and columns turn pairs of channels

Config::Stack stackOf(const ConfigReader& config, const std::string& key) {
    const ConfigReader stack = config.below(key);
    constexpr int kDeepest = 256, kWidest = 1 << 16;
    const Config::Stack result{.layers = stack.integer("layers", 0, kDeepest), .width = stack.integer("width", 1, kWidest), .heads = stack.integer("heads", 1, kWidest), .hidden = stack.integer("hidden", 1, kWidest)};
    stack.checkHeads(result.heads, result.width);
    if (result.width / result.heads % kRotaryChannels != 0) stack.refuse(stack.nameOf("width") + " should give every head a multiple of 4 channels");
    return result;
}

ClipText::Shape textOf(const ConfigReader& config, int embedding) {
    const ConfigReader text = config.below("text");
    constexpr int kMostIds = 1 << 20, kLongest = 1 << 14, kDeepest = 256, kWidest = 1 << 16;
    const ClipText::Shape shape{.vocabulary = text.integer("vocabulary", 1, kMostIds),
                                .context = text.integer("context", 3, kLongest),
                                .width = text.integer("width", 1, kWidest),
                                .heads = text.integer("heads", 1, kWidest),
                                .layers = text.integer("layers", 0, kDeepest),
                                .hidden = text.integer("hidden", 1, kWidest),
                                .features = embedding,
                                .causal = true,
                                .pool = ClipText::Pool::FirstEnd,
                                .endId = text.integer("end", 0, kMostIds - 1)};
    text.checkHeads(shape.heads, shape.width);
    if (shape.endId >= shape.vocabulary) text.refuse(text.nameOf("end") + " lies outside the vocabulary");
    return shape;
}

Config::Language languageOf(const ConfigReader& config, const Config& model) {
    const ConfigReader language = config.below("language"), depth = language.below("depth");
    constexpr int kLongest = 1 << 16, kDeepest = 256, kWidest = 1 << 16, kLargestSide = 1 << 10;
    const int width = language.integer("width", 1, kWidest), heads = language.integer("heads", 1, kWidest);
    language.checkHeads(heads, width);
    if (width / heads % 2 != 0) language.refuse(language.nameOf("width") + " should give every head an even number of channels");
    Config::Language result{.llama = {.vocabulary = model.text.vocabulary,
                                      .width = width,
                                      .hidden = language.integer("hidden", 1, kWidest),
                                      .layers = language.integer("layers", 1, kDeepest),
                                      .heads = heads,
                                      .keyValueHeads = heads,
                                      .headWidth = width / heads,
                                      .positions = language.integer("positions", 1, kLongest)},
                            .depth = {.codes = model.codebookSize,
                                      .codewordDim = model.tokenDim(),
                                      .languageWidth = width,
                                      .width = depth.integer("width", 1, kWidest),
                                      .layers = depth.integer("layers", 1, kDeepest),
                                      .heads = depth.integer("heads", 1, kWidest),
                                      .depths = language.integer("depths", model.depths, 1, model.depths)},
                            .side = language.integer("side", 1, kLargestSide)};
    depth.checkHeads(result.depth.heads, result.depth.width);
    for (const auto& [name, id] : {std::pair("start", &result.start), std::pair("picture_start", &result.pictureStart), std::pair("picture_end", &result.pictureEnd)}) {
        *id = language.integer(name, 0, model.text.vocabulary - 1);
    }
    result.guidance = language.number("guidance", result.guidance);
    result.temperature = language.number("temperature", result.temperature);
    for (const auto& [name, value] : {std::pair("guidance", result.guidance), std::pair("temperature", result.temperature)}) {
        if (!(value >= 0 && value <= 100)) language.refuse(language.nameOf(name) + " should be 0 to 100");
    }
    if (result.side * result.side >= result.llama.positions) language.refuse(language.nameOf("positions") + " leaves no room for a text beside a picture of " + std::to_string(result.side) + " x " + std::to_string(result.side) + " tokens");
    return result;
}

class TesseraMini final : public Model, public Int8Weights {
    struct EncoderNetwork;
    struct DecoderNetwork;

public:
    explicit TesseraMini(const Checkpoint& checkpoint)
        : m_config(Config::detect(checkpoint)),
          m_layout{.codebookSizes = std::vector<int>(static_cast<std::size_t>(m_config.depths), m_config.codebookSize), .codewordDim = m_config.tokenDim(), .pixelsPerCell = m_config.downsample()},
          m_where(tesseraMiniFile(checkpoint).where),
          m_tensors(*tesseraMiniFile(checkpoint).tensors),
          m_words{.folder = checkpoint.folder(), .context = m_config.text.context},
          m_plan(planned()) {
        if (m_config.language) {
            m_prompt.emplace(m_words, *m_config.language, m_config.text.endId);
            m_capabilities.describe = &m_describer;
            m_capabilities.generate = &m_generator;
        }
        m_capabilities.encode = &m_encoder;
        m_capabilities.quantize = &m_quantizer;
        m_capabilities.decode = &m_decoder;
        m_capabilities.text = &m_tower;
    }

    const Capabilities& capabilities() const override { return m_capabilities; }
    const CodeLayout& codeLayout() const { return m_layout; }
    const CodebookQuantizer& quantizerOn(const DeviceLane& lane) const {
        const c10::InferenceMode inference;
        return m_quantizers.on(lane, [&](const Placement& placement) { return CodebookQuantizer({.layout = m_layout, .beam = m_config.beam}, Networks::codebooks(loaded(placement), m_config).unbind(0)); });
    }

    void keepInt8() override {
        if (!m_config.language) throw Failure(ErrorCode::Unsupported, "this tessera-mini has no language model whose weights could be kept as int8", m_where, "open it without int8");
        m_config.language->llama.int8Weights = true;
    }
    Difference differenceFromWhole(DeviceLane& lane) const override {
        const c10::InferenceMode inference;
        Config config = m_config;
        config.language->llama.int8Weights = false;
        const TesseraMiniLanguage whole(loaded({lane.device(), lane.precision()}) / TesseraMiniLanguage::kScope, config);
        const VilaUDrawing::Networks networks = networksOn(lane);
        VilaUDrawing::Task task = taskOf("red apple");
        giveCodes(task);
        return differenceOfCodes({whole.words, whole.depth, networks.codes}, networks, task, lane);
    }

    ModelInfo describe() const override {
        ModelInfo info;
        info.family = kTesseraMini.name;
        info.layout = "Tessera";
        info.downsample = m_config.downsample();
        info.latentChannels = m_config.tokenDim();
        info.codes = m_layout;
        info.shape = "f" + std::to_string(info.downsample) + " c" + std::to_string(info.latentChannels) + ", " + std::to_string(m_config.depths) + " x " + std::to_string(m_config.codebookSize) + " codes";
        info.parameters = m_parameters;
        info.capabilities = {"encode", "quantize", "decode", "text"};
        if (m_config.language) info.capabilities.insert(info.capabilities.end(), {"describe", "generate"});
        info.denseMethods = m_tower.denseMethods();
        return info;
    }

    TensorsByName parityExtras(const TensorsByName& inputs, const TensorsByName& computed, DeviceLane& lane) const override {
        const c10::InferenceMode inference;
        if (!computed.contains("out.latents")) return sharedSpaceParity(m_tower, inputs, nullptr, lane);
        const TensorsByName encoded = encodedAmong(computed);
        return sharedSpaceParity(m_tower, inputs, &encoded, lane);
    }

private:
    struct EncoderNetwork {
        EncoderNetwork(const Weights& w, const Config& config) : autoencoder(w / "autoencoder" / "encoder", config.autoencoder), tokens(w, config) {}
        double flops(double height, double width, const Config& config) const { return autoencoder.flops(height, width) + tokens.stack.flops(height / config.downsample(), width / config.downsample()); }
        TesseraAutoencoderNetworks::Encoder autoencoder;
        Networks::Encoder tokens;
    };
    struct DecoderNetwork {
        DecoderNetwork(const Weights& w, const Config& config) : autoencoder(w / "autoencoder" / "decoder", config.autoencoder), tokens(w, config) {}
        double flops(double rows, double columns, const Config& config) const { return tokens.stack.flops(rows, columns) + autoencoder.flops(rows * config.patch, columns * config.patch); }
        TesseraAutoencoderNetworks::Decoder autoencoder;
        Networks::Decoder tokens;
    };
    struct Plan {
        EncoderNetwork encoder;
        DecoderNetwork decoder;
        Networks::SharedSpace shared;
        std::optional<TesseraMiniLanguage> language;
    };

    struct EncoderPart final : Encoder {
        explicit EncoderPart(const TesseraMini& model) : model(model) {}
        TensorsByName encode(const Tensor& image, DeviceLane& lane) const override { return model.encode(image, lane); }
        std::uint64_t flops(int height, int width) const override { return static_cast<std::uint64_t>(model.m_plan.encoder.flops(height, width, model.m_config)); }
        const TesseraMini& model;
    };
    struct DecoderPart final : Decoder {
        explicit DecoderPart(const TesseraMini& model) : model(model) {}
        Tensor decode(const Tensor& tokens, DeviceLane& lane) const override { return model.decode(tokens, lane); }
        std::uint64_t flops(int height, int width) const override {
            const double side = model.m_config.downsample();
            return static_cast<std::uint64_t>(model.m_plan.decoder.flops(height / side, width / side, model.m_config));
        }
        const TesseraMini& model;
    };
    struct TowerPart final : TextTower {
        explicit TowerPart(const TesseraMini& model) : model(model) {}
        Tensor ids(const std::vector<std::string>& texts) const override { return model.m_words.ids(texts); }
        Tensor embedText(const Tensor& ids, DeviceLane& lane) const override { return model.embedText(ids, lane); }
        Tensor embedImage(const TensorsByName& encoded, DeviceLane& lane) const override { return Networks::SharedSpace::pooled(model.features(encodedTensor(encoded, "latents"), lane)); }
        std::vector<std::string> denseMethods() const override { return {"tokens"}; }
        Tensor dense(const TensorsByName& encoded, std::string_view, DeviceLane& lane) const override {
            const c10::InferenceMode inference;
            return ofUnitLength(model.features(encodedTensor(encoded, "latents"), lane).permute({0, 2, 3, 1}));
        }
        Logits logits(DeviceLane& lane) const override {
            const Networks::SharedSpace& shared = model.sharedOn(lane);
            return {.scale = std::exp(shared.logitScale.item<double>()), .bias = shared.logitBias.item<double>(), .independent = true};
        }
        const TesseraMini& model;
    };

    struct DescriberPart final : Describer {
        explicit DescriberPart(const TesseraMini& model) : model(model) {}
        bool takesQuestions() const override { return false; }
        std::unique_ptr<Telling> begin(const TensorsByName& encoded, const DescribeRequest& request, DeviceLane& lane) const override { return model.caption(encoded, request, lane); }
        const TesseraMini& model;
    };
    struct GeneratorPart final : Generator {
        explicit GeneratorPart(const TesseraMini& model) : model(model) {}
        DrawingInfo info() const override { return {.guidance = model.m_config.language->guidance, .temperature = model.m_config.language->temperature}; }
        std::unique_ptr<Drawing> begin(const GenerateRequest& request, const DrawingStart&, DeviceLane& lane) const override { return model.drawing(request, lane); }
        Tensor logProbability(const WordInfluenceRequest& request, std::string_view prompt, DeviceLane& lane) const override { return model.logProbability(request, prompt, lane); }
        std::uint64_t bytesPerPosition(const DeviceLane& lane) const override {
            const TesseraMiniLanguage& plan = *model.m_plan.language;
            const std::int64_t width = lane.precision() == Precision::Fp32 ? 4 : 2, words = plan.words.llama.weights();
            return static_cast<std::uint64_t>(words * (model.m_config.language->llama.int8Weights ? 1 : width) + (plan.weightsPerPosition() - words) * width);
        }
        std::uint64_t flopsPerPosition(bool guided) const override { return static_cast<std::uint64_t>((guided ? 2 : 1) * model.m_plan.language->flopsPerPosition()); }
        const TesseraMini& model;
    };

    std::unique_ptr<Telling> caption(const TensorsByName& encoded, const DescribeRequest& request, DeviceLane& lane) const {
        const c10::InferenceMode inference;
        const Tensor& tokens = encodedTensor(encoded, "latents");
        checkTokens(tokens);
        // The language model knows grids of one size.
        const std::int64_t side = m_config.language->side;
        const bool fits = tokens.size(2) == side && tokens.size(3) == side;
        const Tensor resized = fits ? tokens : at::adaptive_avg_pool2d(tokens, {side, side});
        DeviceLane exact = lane.in(Precision::Fp32);
        const Tensor sums = m_quantizer.embed(m_quantizer.quantize(resized, exact), 0, m_config.language->depth.depths, exact);  // [1,T,side,side]
        const TesseraMiniLanguage& language = languageOn(lane);
        const Tensor prompt = language.words.woven(m_prompt->caption(), sums.flatten(2).transpose(1, 2).contiguous());
        // Captions are as short as the texts that it was made for.
        DescribeRequest fitting = request;
        fitting.maxTokens = std::min(request.maxTokens, m_config.language->llama.positions - static_cast<int>(prompt.size(1)));
        return std::make_unique<LlamaAnswer>(language.words.llama, LlamaAnswer::Words{.source = m_words, .ends = m_prompt->ends(), .mayBeNone = false}, prompt, fitting, lane);
    }

    VilaUDrawing::Task taskOf(std::string_view prompt) const {
        const int side = m_config.language->side;
        return {.with = m_prompt->drawing(std::string(prompt)), .without = {}, .rows = side, .columns = side, .depths = m_config.language->depth.depths, .codebookSize = m_config.codebookSize, .seeds = {}, .given = {}, .rule = {}};
    }
    VilaUDrawing::Networks networksOn(DeviceLane& lane) const {
        const DeviceLane exact = lane.in(Precision::Fp32);
        const TesseraMiniLanguage& language = languageOn(lane);
        return {language.words, language.depth, quantizerOn(exact)};
    }
    Tensor logProbability(const WordInfluenceRequest& request, std::string_view prompt, DeviceLane& lane) const {
        VilaUDrawing::Task task = taskOf(prompt);
        task.given = request.codes;
        return logProbabilityOfCodes(networksOn(lane), task, lane);
    }
    std::unique_ptr<Drawing> drawing(const GenerateRequest& request, DeviceLane& lane) const {
        const c10::InferenceMode inference;
        m_prompt->check(request.prompt);
        VilaUDrawing::Task task = taskOf(request.prompt);
        if (request.guidance != 1) task.without = m_prompt->drawing({});
        task.follow(request);
        task.check(m_config.language->llama.positions);
        return std::make_unique<VilaUDrawing>(networksOn(lane), std::move(task));
    }

    TensorsByName encode(const Tensor& image, DeviceLane& lane) const {
        const c10::InferenceMode inference;
        const int side = m_config.downsample();
        if (image.dim() != 4 || image.numel() == 0 || image.size(1) != 3 || image.size(2) % side != 0 || image.size(3) % side != 0) {
            throw Failure(ErrorCode::Mismatch, "a picture tensor of shape " + textOfShape(image.sizes().vec()) + " does not fit this encoder", "image", "give [B, 3, H, W] with sides that are multiples of " + std::to_string(side));
        }
        const EncoderNetwork& network = m_encoders.on(lane, [&](const Placement& placement) { return EncoderNetwork(loaded(placement), m_config); });
        ForwardPass pass(lane, network.flops(static_cast<double>(image.size(2)), static_cast<double>(image.size(3)), m_config) * static_cast<double>(image.size(0)));
        Activation x = Activation::inBands(image.to(lane.device())).mapped([](const Tensor& rows) { return (rows * 2 - 1).contiguous(at::MemoryFormat::ChannelsLast); });
        const Tensor latents = network.autoencoder(std::move(x), pass).first;  // [B,z,H/8,W/8]
        return {{"latents", network.tokens(latents, pass).contiguous()}, {"autoencoder_latents", latents.contiguous()}};
    }

    Tensor decode(const Tensor& tokens, DeviceLane& lane) const {
        const c10::InferenceMode inference;
        checkTokens(tokens);
        const DecoderNetwork& network = m_decoders.on(lane, [&](const Placement& placement) { return DecoderNetwork(loaded(placement), m_config); });
        ForwardPass pass(lane, network.flops(static_cast<double>(tokens.size(2)), static_cast<double>(tokens.size(3)), m_config) * static_cast<double>(tokens.size(0)));
        const Tensor latents = network.tokens(tokens.to(lane.device(), at::kFloat), pass);
        return network.autoencoder(latents.contiguous(at::MemoryFormat::ChannelsLast), pass).mul_(0.5).add_(0.5);
    }

    /// Tokens [B,T,h,w] to vectors beside those of texts, [B,E,h,w], not normalised.
    Tensor features(const Tensor& tokens, DeviceLane& lane) const {
        const c10::InferenceMode inference;
        checkTokens(tokens);
        const Networks::SharedSpace& shared = sharedOn(lane);
        ForwardPass pass(lane, shared.stack.flops(static_cast<double>(tokens.size(2)), static_cast<double>(tokens.size(3))) * static_cast<double>(tokens.size(0)));
        pass.begin("meeting words");
        return shared.dense(tokens.to(lane.device(), at::kFloat), pass);
    }

    Tensor embedText(const Tensor& ids, DeviceLane& lane) const {
        const c10::InferenceMode inference;
        const ClipText& text = sharedOn(lane).text;
        ForwardPass pass(lane, text.flops(static_cast<double>(ids.size(0)), static_cast<double>(ids.size(-1))));
        return text(ids.to(lane.device()), pass);
    }

    void checkTokens(const Tensor& tokens) const {
        if (tokens.dim() == 4 && tokens.size(1) == m_config.tokenDim() && tokens.numel() > 0) return;
        throw Failure(ErrorCode::Mismatch, "tokens of shape " + textOfShape(tokens.sizes().vec()) + " do not fit this model", "latents", "give [B, " + std::to_string(m_config.tokenDim()) + ", h, w]");
    }

    Plan planned() {
        const Weights weights = Weights::check(m_tensors, m_where);
        Plan plan{.encoder = EncoderNetwork(weights, m_config), .decoder = DecoderNetwork(weights, m_config), .shared = Networks::SharedSpace(weights, m_config), .language = {}};
        if (m_config.language) plan.language.emplace(weights / TesseraMiniLanguage::kScope, m_config);
        Networks::codebooks(weights, m_config);
        weights.finish();
        m_parameters = weights.parameters();
        return plan;
    }

    Weights loaded(const Placement& placement) const { return Weights::load(m_tensors, m_where, placement); }
    const Networks::SharedSpace& sharedOn(const DeviceLane& lane) const {
        return m_sharedSpaces.on(lane, [&](const Placement& placement) { return Networks::SharedSpace(loaded(placement), m_config); });
    }
    const TesseraMiniLanguage& languageOn(const DeviceLane& lane) const {
        return m_languages.on(lane, [&](const Placement& placement) { return TesseraMiniLanguage(loaded(placement) / TesseraMiniLanguage::kScope, m_config); });
    }

    Config m_config;
    CodeLayout m_layout;
    std::string m_where;
    StoredTensors m_tensors;
    TextSource m_words;
    std::optional<TesseraMiniPrompt> m_prompt;  ///< of a model that has a language model
    std::int64_t m_parameters = 0;
    Plan m_plan;  ///< sizes without tensors
    PlacedNetworks<EncoderNetwork> m_encoders;
    PlacedNetworks<DecoderNetwork> m_decoders;
    PlacedNetworks<CodebookQuantizer> m_quantizers;
    PlacedNetworks<Networks::SharedSpace> m_sharedSpaces;
    PlacedNetworks<TesseraMiniLanguage> m_languages;
    EncoderPart m_encoder{*this};
    CodebookPart<TesseraMini> m_quantizer{*this};
    DecoderPart m_decoder{*this};
    TowerPart m_tower{*this};
    DescriberPart m_describer{*this};
    GeneratorPart m_generator{*this};
    Capabilities m_capabilities;
};

std::optional<std::string> recognise(const Checkpoint& checkpoint) { return isTesseraMini(checkpoint) ? std::optional<std::string>("tessera-mini config") : std::nullopt; }

std::unique_ptr<Model> open(const Checkpoint& checkpoint) { return std::make_unique<TesseraMini>(checkpoint); }

}  // namespace

bool isTesseraMini(const Checkpoint& checkpoint) {
    if (!checkpoint.hasText("config.json")) return false;
    const nlohmann::json config = checkpoint.json("config.json");
    return config.is_object() && config.value("format", nlohmann::json()) == kFormat;
}

TesseraAutoencoderFile tesseraMiniFile(const Checkpoint& checkpoint) {
    for (const Checkpoint::File& file : checkpoint.files()) {
        const auto tensors = file.sections.find("");
        if (file.path == "model.safetensors" && tensors != file.sections.end()) return {.where = file.path.string(), .tensors = &tensors->second};
    }
    throw Failure(ErrorCode::Mismatch, "its model.safetensors is not there", checkpoint.path().string(), "put it beside config.json");
}

TesseraMiniConfig TesseraMiniConfig::detect(const Checkpoint& checkpoint) { return read(ConfigReader(checkpoint.json("config.json"), "config.json")); }

TesseraMiniConfig TesseraMiniConfig::read(const ConfigReader& config) {
    if (const int version = config.integer("version", 0, 1 << 30); version != 1) {
        throw Failure(ErrorCode::Unsupported, "this " + std::string(kFormat) + " has version " + std::to_string(version) + ", and Tessera reads version 1", "config.json", "update Tessera");
    }
    constexpr int kLargestPatch = 16, kMostDepths = 64, kMostCodewords = 1 << 20, kWidest = 1 << 16;
    TesseraMiniConfig result;
    result.autoencoder = TesseraAutoencoderConfig::read(config.below("autoencoder"));
    if (result.autoencoder.depths > 0) config.refuse("autoencoder.quantizer should not be there: this model has codes of its own");
    result.patch = config.integer("patch", 1, kLargestPatch);
    result.encoder = stackOf(config, "encoder");
    result.decoder = stackOf(config, "decoder");
    result.semantic = stackOf(config, "semantic");
    const ConfigReader quantizer = config.below("quantizer");
    result.depths = quantizer.integer("depths", 1, kMostDepths);
    result.codebookSize = quantizer.integer("codebook_size", 1, kMostCodewords);
    if (quantizer.has("beam")) result.beam = quantizer.integer("beam", 1, kWidestBeam);
    result.embedding = config.below("semantic").integer("embedding", 1, kWidest);
    result.text = textOf(config, result.embedding);
    if (config.has("language")) result.language = languageOf(config, result);
    return result;
}

const ModelFamily kTesseraMini{.name = "tessera_mini", .recognise = recognise, .open = open};

}  // namespace tessera
