// SPDX-License-Identifier: Apache-2.0
// The language model of Tessera's own unified tokenizer: codes for words, words for codes; spec: engine/train/training.md, section 13.
#include <nlohmann/json.hpp>

#include "core/error.h"
#include "device/torch_bridge.h"
#include "families/tessera_mini_language.h"
#include "train/frozen_tokens.h"
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
        : TesseraMiniLanguageTrainee(settings, Checkpoint::open(model), model, parameters) {}

    bool trains(std::string_view name) const override { return name.starts_with("language."); }
    int side() const override { return config().language->side * config().downsample(); }

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
        const Placement placement{lane.device(), lane.precision()};
        const auto [codes, sums] = m_tokens.coded(batch.at("image"), placement, pass);
        const TesseraMiniLanguage language(m_parameters.weights("", placement) / TesseraMiniLanguage::kScope, config());
        const LanguageTerms terms = languageLosses({language.words.llama, language.depth, [&](const Tensor& x) { return language.words.projected(x); }},
                                                   {batch.at("input_ids"), batch.at("labels"), batch.at("lengths"), codes, sums}, pass);
        return termsOf(terms, {{"codes", codes}});
    }

private:
    TesseraMiniLanguageTrainee(const nlohmann::json& settings, const Checkpoint& checkpoint, const std::string& model, Parameters& parameters)
        : m_parameters(parameters), m_tokens(checkpoint, parameters), m_mix{.captions = numberOf(settings, "captions"), .dropping = numberOf(settings, "condition_dropout")}, m_names(numberOf(settings, "names")) {
        if (!config().language) throw Failure(ErrorCode::Mismatch, "this tessera-mini has no language model", model, "make one by [model.make]");
        m_prompt.emplace(TextSource{.folder = checkpoint.folder(), .context = config().text.context}, *config().language, config().text.endId);
    }
    const TesseraMiniConfig& config() const { return m_tokens.config(); }

    Parameters& m_parameters;
    FrozenTokens m_tokens;
    LanguageMix m_mix;
    double m_names;
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
    copyTokenizerConfigs(model, from);
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
    const std::filesystem::path from = tokenizerOf(model);
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
