// SPDX-License-Identifier: Apache-2.0
// Contrastive pretraining of an image and a text tower; spec: engine/train/training.md, section 7.
#include <cmath>

#include <nlohmann/json.hpp>

#include "core/error.h"
#include "families/shared_space.h"
#include "families/siglip_config.h"
#include "families/transformers_folder.h"
#include "train/losses.h"
#include "train/new_siglip.h"
#include "train/recipe.h"
#include "train/text_batch.h"

namespace tessera::train {
namespace {

using at::Tensor;

class Siglip final : public Trainee {
public:
    Siglip(const nlohmann::json& settings, const std::string& model, Parameters& parameters) : m_parameters(parameters) {
        m_pairwise = wordOf(settings, "variant", {"sigmoid", "softmax"}) == "sigmoid";
        m_samePositive = wordOf(settings, "positives", {"own", "same_text"}, "own") == "same_text";
        const Checkpoint checkpoint = Checkpoint::open(model);
        const auto folder = findTransformers(checkpoint, "siglip", "vision_model.embeddings.patch_embedding.weight");
        if (!folder) throw Failure(ErrorCode::Mismatch, "this is no SigLIP as transformers keeps it", model, "give a folder with its config.json and model.safetensors");
        const nlohmann::json config = checkpoint.json(folder->config);
        m_vision = siglipVisionShape(transformersSection(config, "vision_config", folder->config));
        m_text = siglipTextShape(transformersSection(config, "text_config", folder->config));
        m_words = {.folder = checkpoint.folder(), .context = m_text.context, .padded = true};
        parameters.add("", *folder->tensors, folder->where);
    }

    bool trains(std::string_view name) const override { return !name.ends_with("position_ids") && (m_pairwise || name != "logit_bias"); }
    int side() const override { return m_vision.imageSide; }

    void complete(TensorsByName& batch, const std::vector<std::vector<std::string>>& texts, Draws& draws) const override { batch["input_ids"] = m_words.ids(oneTextEach(texts, draws)); }

    Terms losses(const TensorsByName& batch, DeviceLane& lane) override {
        const Weights w = m_parameters.weights("", {lane.device(), lane.precision()});
        ForwardPass pass(lane, 0);
        const SiglipVision vision(w / "vision_model", m_vision);
        const SiglipText text(w / "text_model", m_text);
        const Tensor images = ofUnitLength(vision.pooled(vision(2 * batch.at("image") - 1, pass), pass));
        const Tensor texts = ofUnitLength(text(batch.at("input_ids"), pass));
        const Tensor logits = pairLogits(images, texts, m_parameters.at("logit_scale"), m_pairwise ? m_parameters.at("logit_bias") : Tensor());
        const Tensor contrastive = loss(logits, batch.at("input_ids"));
        return {.losses = {{"contrastive", contrastive}}, .total = contrastive, .between = {{"image_embedding", images}, {"text_embedding", texts}, {"logits_per_image", logits}}};
    }

    void afterStep() override {
        if (!m_pairwise) clampLogScale(m_parameters.at("logit_scale"));
    }

private:
    Tensor loss(const Tensor& logits, const Tensor& ids) const {
        if (!m_samePositive) return m_pairwise ? pairwiseSigmoid(logits) : infoNce(logits);
        return m_pairwise ? pairwiseSigmoid(logits, sameTexts(ids)) : infoNce(logits, sameTexts(ids));
    }

    Parameters& m_parameters;
    bool m_pairwise = true, m_samePositive = false;
    SiglipVisionShape m_vision;
    SiglipText::Shape m_text;
    TextSource m_words;
};

void create(NewModel& model) {
    if (!model.hasConfigs()) {
        const std::vector<std::string> pieces = model.vocabulary();
        const nlohmann::json config = newSiglipConfig(model, {}, static_cast<int>(pieces.size()));
        model.write("config.json", config);
        model.write("preprocessor_config.json", siglipPreprocessing(config.at("vision_config").at("image_size")));
        model.writeTokenizer("", pieces, config.at("text_config").at("max_position_embeddings"));
    }
    const nlohmann::json config = model.config("config.json");
    const bool pairwise = wordOf(model.settings(), "variant", {"sigmoid", "softmax"}) == "sigmoid";
    const SiglipVisionShape vision = siglipVisionShape(transformersSection(config, "vision_config", "config.json"));
    const SiglipText::Shape text = siglipTextShape(transformersSection(config, "text_config", "config.json"));
    const Weights wanted = Weights::wanted();
    SiglipVision(wanted / "vision_model", vision);
    SiglipText(wanted / "text_model", text);
    wanted.take("logit_scale", {1});
    wanted.take("logit_bias", {1});
    writeTensors(model.folder() / "model.safetensors", newTensors(wanted.wantedShapes(), model.draws(), vision.layers, siglipStarts("", pairwise)));
}

}  // namespace

extern const Recipe kSiglipRecipe{.name = "siglip", .make = makeTrainee<Siglip>, .create = create, .settings = {"variant", "positives"}};

}  // namespace tessera::train
