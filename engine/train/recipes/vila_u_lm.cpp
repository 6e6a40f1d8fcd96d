// SPDX-License-Identifier: Apache-2.0
// VILA-U's language model over a frozen vision tower: next words, and the codes of pictures; spec: engine/train/training.md, section 12.
#include <algorithm>

#include <c10/core/GradMode.h>
#include <nlohmann/json.hpp>

#include "core/error.h"
#include "families/vila_u_language.h"
#include "families/vila_u_networks.h"
#include "train/k_means.h"
#include "train/language_losses.h"
#include "train/language_samples.h"
#include "train/recipe.h"
#include "train/text_batch.h"

namespace tessera::train {
namespace {

using at::Tensor;

const std::string kLanguage = "llm.", kProjector = "mm_projector.", kTower = "vision_tower.";

constexpr std::int64_t kMostTogether = 6;  // pictures of a sample [U data/dataset.py]
constexpr std::int64_t kWordsBeside = 64;  // of each, at most beside it

class VilaULm final : public Trainee {
public:
    VilaULm(const nlohmann::json& settings, const std::string& model, Parameters& parameters)
        : m_parameters(parameters), m_mix{.captions = numberOf(settings, "captions", 0), .dropping = numberOf(settings, "condition_dropout", 0), .interleaved = numberOf(settings, "interleaved", 0)} {
        const Checkpoint checkpoint = Checkpoint::open(model);
        const auto file = findVilaU(checkpoint);
        if (!file) throw Failure(ErrorCode::Mismatch, "this is no VILA-U", model, "give a folder with llm/, mm_projector/ and vision_tower/ in it");
        m_config = detectVilaU(checkpoint, *file);
        if (!m_config.depthTransformer) throw Failure(ErrorCode::Mismatch, "the tower has no depth transformer, which draws codes", model, "give a whole release");
        auto language = detectVilaULanguage(checkpoint, *file, m_config);
        if (!language) throw Failure(ErrorCode::Mismatch, "there is no language model beside the tower", model, "give a folder with llm/ in it");
        m_language = std::move(*language);
        if (!(m_mix.interleaved >= 0 && m_mix.interleaved <= 1)) throw Failure(ErrorCode::Invalid, "that is no share of the captions", "settings.interleaved", "write a number from 0 to 1");
        const std::int64_t tokens = std::int64_t(m_config.vision.grid()) * m_config.vision.grid();
        m_mix.together = std::clamp<std::int64_t>(m_language.llama.positions / (tokens + kWordsBeside), 1, kMostTogether);
        parameters.add(kLanguage, m_language.tensors, m_language.where);
        if (!m_language.projectorNames.empty()) parameters.add(kProjector, m_language.projector, m_language.projectorWhere);
        parameters.add(kTower, *file->tensors, file->where);
    }

    bool trains(std::string_view name) const override { return name.starts_with(kLanguage) || name.starts_with(kProjector) || name.starts_with(kTower + "rqtransformer."); }
    int side() const override { return m_config.vision.imageSide; }

    void complete(TensorsByName& batch, const std::vector<std::vector<std::string>>& texts, Draws& draws) const override {
        const VilaUPrompt& prompt = m_language.prompt;
        const std::int64_t end = m_language.ends.front();
        const std::vector<std::string> chosen = oneTextEach(texts, draws);
        batch.merge(languageSamples(std::ssize(chosen), m_mix, draws, [&](const LanguagePart& part) {
            LanguageSample sample;
            const std::string& text = chosen[part.first];
            if (part.pictures > 1) {
                sample.given(prompt.words().prompt({}));
                for (std::size_t i = part.first; i < part.first + part.pictures; ++i) {
                    sample.given({LanguageSamples::kPicture});
                    sample.learnt(prompt.words().pieces(chosen[i]));
                }
            } else if (part.goal == LanguageGoal::Caption) {
                sample.given(prompt.question({}, 1));
                sample.learnt(prompt.words().pieces(text));
            } else {
                const std::vector<std::int64_t> words = prompt.drawing(part.goal == LanguageGoal::Drawing ? text : std::string(), false);
                sample.given({words.begin(), words.end() - 1});
                sample.learnt({words.back(), LanguageSamples::kPicture, words.back() + 1});
            }
            sample.learnt({end});
            return sample;
        }));
    }

    Terms losses(const TensorsByName& batch, DeviceLane& lane) override {
        const Placement placement{lane.device(), lane.precision()};
        ForwardPass pass(lane, 0);
        const auto [codes, sums] = coded(batch.at("image"), placement, pass);
        const Weights projector = m_parameters.weights(m_language.projectorNames.empty() ? kLanguage : kProjector, placement);
        const VilaULanguage language(m_parameters.weights(kLanguage, placement), projector, m_language);
        const VilaUDepth depth = *VilaUNetworks::depthTransformer(m_parameters.weights(kTower, placement), m_config);
        const LanguageSamples samples{batch.at("input_ids"), batch.at("labels"), batch.at("lengths"), codes, sums};
        const LanguageTerms terms = languageLosses({language.llama, depth, [&](const Tensor& x) { return language.projected(x); }}, samples, pass);
        TensorsByName between{{"codes", codes}, {"packed_sample", packed(samples, codes.size(1))}};
        if (terms.visual.defined()) between.insert({{"visual_hidden", terms.visualHidden}, {"visual_logits", terms.visualLogits}});
        return termsOf(terms, std::move(between));
    }

private:
    /// Codes [n,N,D] of pictures, and the sums of their codewords [n,N,D,C], depth after depth.
    std::pair<Tensor, Tensor> coded(const Tensor& images, const Placement& placement, ForwardPass& pass) const {
        const c10::NoGradGuard still;
        const Weights tower = m_parameters.weights(kTower, placement) / VilaUNetworks::kTower;
        const VilaUNetworks::Encoder encoder(tower, m_config);
        const Tensor features = encoder((2 * images - 1).contiguous(at::MemoryFormat::ChannelsLast), pass);  // [n,N,C]
        std::vector<Tensor> books;
        for (int d = 0; d < m_config.depths; ++d) {
            const std::string book = kTower + "rqvaesiglip.quantizer.codebooks." + std::to_string(m_config.sharedCodebook ? 0 : d) + ".weight";
            books.push_back(m_parameters.at(book).narrow(0, 0, m_config.codebookSize));  // without the padding row
        }
        const ResidualCodes found = residualCodes(features.flatten(0, 1), books);
        const auto byPicture = [&](const Tensor& all) { return all.unflatten(0, {features.size(0), features.size(1)}); };
        return {byPicture(found.codes), byPicture(at::stack(found.sums, 1))};
    }

    Parameters& m_parameters;
    LanguageMix m_mix;
    VilaUConfig m_config;
    VilaULanguageFile m_language;
};

void create(NewModel&) {
    throw Failure(ErrorCode::Unsupported, "this recipe makes no new model", "model", "give a VILA-U as model.start");
}

}  // namespace

extern const Recipe kVilaULmRecipe{.name = "vila_u_lm", .make = makeTrainee<VilaULm>, .create = create, .settings = {"captions", "condition_dropout", "interleaved"}};

}  // namespace tessera::train
