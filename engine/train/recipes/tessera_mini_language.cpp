// SPDX-License-Identifier: Apache-2.0
// The language model of Tessera's own unified tokenizer: codes for words, words for codes; spec: engine/train/training.md, section 13.
#include <algorithm>

#include <nlohmann/json.hpp>

#include "core/error.h"
#include "device/torch_bridge.h"
#include "families/tessera_mini_language.h"
#include "train/frozen_tokens.h"
#include "train/kept_codes.h"
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
        const std::vector<std::string> chosen = oneTextEach(texts, draws, m_names);
        std::vector<std::vector<std::int64_t>> pieces;
        for (const std::string& text : chosen) pieces.push_back(piecesOf(text));
        batch.merge(samples(pieces, draws));
        if (!m_kept) return;
        m_kept->draw(batch, draws);
        if (m_learnt < 1) batch["kept.chosen"] = draws.uniform({m_keeping.drawn, m_tokensOfPicture}) < m_learnt;
        batch["kept.pieces"] = m_kept->pieces(texts, [this](const std::string& text) { return piecesOf(text); });
        for (auto& [name, tensor] : samples(m_kept->texts(batch, m_names), draws)) batch["kept." + name] = tensor;
    }

    /// Held-out figures are of the pictures themselves.
    void settle(TensorsByName& batch) const override {
        std::erase_if(batch, [](const auto& each) { return each.first.starts_with("kept."); });
    }

    void begin(const std::function<TensorsByName()>& next, bool, DeviceLane& lane) override {
        if (!m_kept) return;
        for (std::int64_t have = 0; have < m_keeping.pictures;) {
            ForwardPass pass(lane, 0);
            const TensorsByName batch = next();
            m_kept->fill(coded(batch.at("image"), {lane.device(), lane.precision()}, pass).codes, batch.at("kept.pieces"), have);
            have += batch.at("image").size(0);
        }
    }

    Terms losses(const TensorsByName& batch, DeviceLane& lane) override {
        ForwardPass pass(lane, 0);
        const Placement placement{lane.device(), lane.precision()};
        const bool kept = batch.contains("kept.into");
        const auto named = [&](const char* name) { return batch.at(kept ? "kept." + std::string(name) : name); };
        auto [codes, sums] = coded(batch.at("image"), placement, pass);
        if (kept) {
            const Tensor drawn = m_kept->codes(batch);
            m_kept->put(codes, batch);
            codes = drawn;
            sums = m_tokens.sums(drawn);
        }
        const TesseraMiniLanguage language(m_parameters.weights("", placement) / TesseraMiniLanguage::kScope, config());
        const LanguageTerms terms = languageLosses({language.words.llama, language.depth, [&](const Tensor& x) { return language.words.projected(x); }},
                                                   {.ids = named("input_ids"), .labels = named("labels"), .lengths = named("lengths"), .codes = codes, .sums = sums, .chosen = batch.contains("kept.chosen") ? batch.at("kept.chosen") : Tensor()}, pass);
        return termsOf(terms, {{"codes", codes}});
    }

private:
    TesseraMiniLanguageTrainee(const nlohmann::json& settings, const Checkpoint& checkpoint, const std::string& model, Parameters& parameters)
        : m_parameters(parameters), m_tokens(checkpoint, parameters), m_mix{.captions = numberOf(settings, "captions"), .dropping = numberOf(settings, "condition_dropout")}, m_names(numberOf(settings, "names")), m_learnt(numberOf(settings, "learnt", 1)) {
        if (!config().language) throw Failure(ErrorCode::Mismatch, "this tessera-mini has no language model", model, "make one by [model.make]");
        m_prompt.emplace(TextSource{.folder = checkpoint.folder(), .context = config().text.context}, *config().language, config().text.endId);
        m_tokensOfPicture = config().language->side * config().language->side;
        m_longest = std::max<std::int64_t>(0, config().language->llama.positions - m_tokensOfPicture - std::ssize(m_prompt->caption()));  // a caption has as many marks as a drawing
        m_keeping = KeptSettings::read(settings, config().downsample());
        if (!(m_learnt > 0 && m_learnt <= 1)) throw Failure(ErrorCode::Invalid, "a step cannot learn the codes of that share of the tokens", "settings.learnt", "write a number above 0, 1 for all of them");
        if (m_learnt < 1 && m_keeping.pictures == 0) throw Failure(ErrorCode::Invalid, "a share of the tokens is learnt of kept pictures", "settings.learnt", "give kept, or leave it out");
        if (m_keeping.pictures == 0) return;
        if (m_keeping.side != side()) throw Failure(ErrorCode::Invalid, "a language model learns from whole pictures of its own side", "settings.kept_side", "write kept_side = " + std::to_string(side()));
        m_kept.emplace(m_keeping, m_tokensOfPicture, config().language->depth.depths, m_longest, parameters);
    }

    /// As many of a text's pieces as there is room for. Letters that the vocabulary has nothing for are learnt as such: no reason to leave a picture out.
    std::vector<std::int64_t> piecesOf(const std::string& text) const {
        std::vector<std::int64_t> pieces = m_prompt->words().pieces(text);
        pieces.resize(std::min(pieces.size(), static_cast<std::size_t>(m_longest)));
        return pieces;
    }

    /// One for each picture of which these are a text's pieces.
    TensorsByName samples(const std::vector<std::vector<std::int64_t>>& pieces, Draws& draws) const {
        return languageSamples(std::ssize(pieces), m_mix, draws, [&](const LanguagePart& part) {
            LanguageSample sample;
            if (part.goal == LanguageGoal::Caption) {
                sample.given(m_prompt->caption());
                sample.learnt(pieces[part.first]);
            } else {
                sample.given(m_prompt->drawingOf(part.goal == LanguageGoal::Drawing ? pieces[part.first] : std::vector<std::int64_t>()));
                sample.learnt({LanguageSamples::kPicture, m_prompt->pictureEnd()});
            }
            // Behind a picture without words a caption could follow as well.
            if (part.goal != LanguageGoal::AnyDrawing) sample.learnt(m_prompt->ends());
            return sample;
        });
    }
    /// Of the depths that it draws.
    FrozenTokens::Coded coded(const Tensor& images, const Placement& placement, ForwardPass& pass) const {
        const FrozenTokens::Coded all = m_tokens.coded(images, placement, pass);
        return {all.codes.slice(2, 0, config().language->depth.depths), all.sums.slice(2, 0, config().language->depth.depths)};
    }
    const TesseraMiniConfig& config() const { return m_tokens.config(); }

    Parameters& m_parameters;
    FrozenTokens m_tokens;
    LanguageMix m_mix;
    double m_names, m_learnt;
    std::optional<TesseraMiniPrompt> m_prompt;
    std::int64_t m_tokensOfPicture = 0;
    std::int64_t m_longest = 0;  ///< pieces of a text
    KeptSettings m_keeping;
    std::optional<KeptCodes> m_kept;
};

constexpr int kWidest = 1 << 16, kLongest = 1 << 16, kMostDepths = 64;

/// Ids that no text gets.
struct Marks {
    const char *key, *piece;
};
constexpr Marks kMarks[]{{"start", "[CLS]"}, {"picture_start", "[unused1]"}, {"picture_end", "[unused2]"}};

void writeConfigs(NewModel& model, const std::filesystem::path& from) {
    const ConfigReader make = model.table({"tokenizer", "words", "side", "depths", "text", "layers", "width", "heads", "hidden", "depth", "guidance", "temperature"});
    copyTokenizerConfigs(model, from);
    nlohmann::json config = model.config("config.json");
    const int side = make.integer("side", 1, 1 << 10);
    nlohmann::json& language = config["language"] = {{"side", side}, {"positions", side * side + make.integer("text", 4, kLongest - side * side)}};
    for (const char* key : {"layers", "width", "heads", "hidden"}) language[key] = make.integer(key, 1, kWidest);
    for (const char* key : {"guidance", "temperature"}) {
        if (make.has(key)) language[key] = make.number(key, 1);
    }
    if (make.has("depths")) language["depths"] = make.integer("depths", 1, kMostDepths);
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

extern const Recipe kTesseraMiniLanguageRecipe{.name = "tessera_mini_language", .make = makeTrainee<TesseraMiniLanguageTrainee>, .create = create, .settings = {"captions", "condition_dropout", "names", "kept", "kept_side", "drawn", "learnt"}};

}  // namespace tessera::train
