// SPDX-License-Identifier: Apache-2.0
// The language model of Tessera's own unified tokenizer: codes for words, words for codes; spec: engine/train/training.md, section 13.
#include <c10/core/GradMode.h>
#include <nlohmann/json.hpp>

#include "core/error.h"
#include "device/torch_bridge.h"
#include "families/tessera_mini_language.h"
#include "families/tessera_mini_networks.h"
#include "train/k_means.h"
#include "train/language_losses.h"
#include "train/language_samples.h"
#include "train/new_model.h"
#include "train/recipe.h"
#include "train/text_batch.h"

namespace tessera::train {
namespace {

using at::Tensor;

class TesseraMiniLanguageTrainee final : public Trainee {
public:
    TesseraMiniLanguageTrainee(const nlohmann::json& settings, const std::string& model, Parameters& parameters)
        : m_parameters(parameters), m_mix{.captions = numberOf(settings, "captions"), .dropping = numberOf(settings, "condition_dropout")}, m_names(numberOf(settings, "names")) {
        const Checkpoint checkpoint = Checkpoint::open(model);
        if (!isTesseraMini(checkpoint)) throw Failure(ErrorCode::Mismatch, "this is no tessera-mini", model, "give a folder with its config.json and model.safetensors");
        m_config = TesseraMiniConfig::detect(checkpoint);
        if (!m_config.language) throw Failure(ErrorCode::Mismatch, "this tessera-mini has no language model", model, "make one by [model.make]");
        m_prompt.emplace(TextSource{.folder = checkpoint.folder(), .context = m_config.text.context}, *m_config.language, m_config.text.endId);
        const TesseraAutoencoderFile file = tesseraMiniFile(checkpoint);
        parameters.add("", *file.tensors, file.where);
    }

    bool trains(std::string_view name) const override { return name.starts_with("language."); }
    int side() const override { return m_config.language->side * m_config.downsample(); }

    void complete(TensorsByName& batch, const std::vector<std::vector<std::string>>& texts, Draws& draws) const override {
        addLanguageSamples(batch, oneTextEach(texts, draws, m_names), m_mix, draws, [this](const std::string& text, bool caption) {
            LanguageSample sample;
            if (caption) {
                sample.given(m_prompt->caption());
                sample.learnt(m_prompt->words().pieces(text));
            } else {
                sample.given(m_prompt->drawing(text));
                sample.learnt({LanguageSamples::kPicture, m_prompt->pictureEnd()});
            }
            sample.learnt(m_prompt->ends());
            return sample;
        });
    }

    Terms losses(const TensorsByName& batch, DeviceLane& lane) override {
        ForwardPass pass(lane, 0);
        const Weights w = m_parameters.weights("", {lane.device(), lane.precision()});
        const auto [codes, sums] = coded(batch.at("image"), w, pass);
        const TesseraMiniLanguage language(w / TesseraMiniLanguage::kScope, m_config);
        const LanguageTerms terms = languageLosses({language.words.llama, language.depth, [&](const Tensor& x) { return language.words.projected(x); }},
                                                   {batch.at("input_ids"), batch.at("labels"), batch.at("lengths"), codes, sums}, pass);
        return termsOf(terms, {{"codes", codes}});
    }

private:
    using Networks = TesseraMiniNetworks;

    /// Codes [n,N,D] of pictures, and the sums of their codewords [n,N,D,T], depth after depth.
    std::pair<Tensor, Tensor> coded(const Tensor& images, const Weights& w, ForwardPass& pass) const {
        const c10::NoGradGuard still;
        const TesseraAutoencoderNetworks::Encoder autoencoder(w / "autoencoder" / "encoder", m_config.autoencoder);
        const Networks::Encoder encoder(w, m_config);
        const Tensor tokens = encoder(autoencoder((2 * images - 1).contiguous(at::MemoryFormat::ChannelsLast), pass).first, pass).permute({0, 2, 3, 1});  // [n,h,w,T]
        const ResidualCodes found = residualCodes(tokens.reshape({-1, m_config.tokenDim()}), m_parameters.at("quantizer.codebooks").unbind(0));
        const auto byPicture = [&](const Tensor& all) { return all.unflatten(0, {images.size(0), -1}); };
        return {byPicture(found.codes), byPicture(at::stack(found.sums, 1))};
    }

    Parameters& m_parameters;
    LanguageMix m_mix;
    double m_names;
    TesseraMiniConfig m_config;
    std::optional<TesseraMiniPrompt> m_prompt;
};

constexpr int kWidest = 1 << 16, kLongest = 1 << 16;

/// Ids that no text gets.
struct Marks {
    const char *key, *piece;
};
constexpr Marks kMarks[]{{"start", "[CLS]"}, {"picture_start", "[unused1]"}, {"picture_end", "[unused2]"}};

void writeConfigs(NewModel& model, const std::filesystem::path& from) {
    const ConfigReader make = model.table({"tokenizer", "words", "side", "text", "layers", "width", "heads", "hidden", "depth"});
    for (const auto& each : std::filesystem::directory_iterator(from)) {
        if (each.is_regular_file() && each.path().extension() == ".json") model.copy(each.path(), each.path().filename().string());
    }
    if (const std::filesystem::path words = model.path("words"); !words.empty()) model.copy(words, "words.txt");
    nlohmann::json config = model.config("config.json");
    const int side = make.integer("side", 1, 1 << 10);
    nlohmann::json& language = config["language"] = {{"side", side}, {"positions", side * side + make.integer("text", 4, kLongest - side * side)}};
    for (const char* key : {"layers", "width", "heads", "hidden"}) language[key] = make.integer(key, 1, kWidest);
    const ConfigReader depth = model.table({"layers", "width", "heads"}, "depth");
    for (const char* key : {"layers", "width", "heads"}) language["depth"][key] = depth.integer(key, 1, kWidest);
    const TextSource words{.folder = model.folder(), .context = 1};
    for (const Marks& mark : kMarks) {
        const auto id = words.idOf(mark.piece);
        if (!id) make.refuse("the tokenizer's vocabulary has no " + std::string(mark.piece));
        language[mark.key] = *id;
    }
    model.write("config.json", config);
}

void create(NewModel& model) {
    if (model.hasConfigs()) throw Failure(ErrorCode::Unsupported, "a language model is made anew beside a trained tokenizer, not with it", "model.fresh", "name the tokenizer in [model.make]");
    const std::filesystem::path from = model.path("tokenizer");
    if (from.empty()) throw Failure(ErrorCode::Invalid, "model.make.tokenizer names the trained tessera-mini that the language model is for, and is not there", "model.make", "name it");
    if (!std::filesystem::is_directory(from)) throw Failure(ErrorCode::NotFound, "the trained tessera-mini is not there", from.string(), "train resources/recipes/tessera_mini.toml first");
    writeConfigs(model, from);
    const TesseraMiniConfig config = TesseraMiniConfig::read(ConfigReader(model.config("config.json"), (model.folder() / "config.json").string()));
    const Weights wanted = Weights::wanted();
    TesseraMiniLanguage(wanted / TesseraMiniLanguage::kScope, config);
    TensorsByName tensors = newTensors(wanted.wantedShapes(), model.draws(), config.language->llama.layers);
    const Checkpoint tokenizer = Checkpoint::open(from);
    for (const auto& [name, stored] : *tesseraMiniFile(tokenizer).tensors) {
        if (!name.starts_with("language.")) tensors[name] = tensorFromStored(stored).to(at::kFloat);
    }
    writeTensors(model.folder() / "model.safetensors", tensors);
}

}  // namespace

extern const Recipe kTesseraMiniLanguageRecipe{.name = "tessera_mini_language", .make = makeTrainee<TesseraMiniLanguageTrainee>, .create = create, .settings = {"captions", "condition_dropout", "names"}};

}  // namespace tessera::train
