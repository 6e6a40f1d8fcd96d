// SPDX-License-Identifier: Apache-2.0
// VILA-U's vision tower: residual codes of SigLIP's features, for pictures and for words; spec: engine/train/training.md, section 5.
#include <c10/core/GradMode.h>
#include <nlohmann/json.hpp>

#include "core/error.h"
#include "families/shared_space.h"
#include "families/vila_u_networks.h"
#include "train/losses.h"
#include "train/perceptual_part.h"
#include "train/recipe.h"
#include "train/text_batch.h"

namespace tessera::train {
namespace {

using at::Tensor;

constexpr double kSmoothing = 1e-5;  // upstream's: keeps a row that nobody took from being divided by nothing

class VilaUTower final : public Trainee {
public:
    VilaUTower(const nlohmann::json& settings, const std::string& model, Parameters& parameters)
        : m_parameters(parameters),
          m_decay(numberOf(settings, "decay")),
          m_contrastive(numberOf(settings, "weights.contrastive")),
          m_reconstruction(numberOf(settings, "weights.reconstruction")),
          m_perceptual(numberOf(settings, "weights.perceptual")),
          m_commitment(numberOf(settings, "weights.commitment")) {
        m_pairwise = wordOf(settings, "contrastive", {"sigmoid", "softmax"}) == "sigmoid";
        const Checkpoint checkpoint = Checkpoint::open(model);
        const auto file = findVilaU(checkpoint);
        if (!file) throw Failure(ErrorCode::Mismatch, "this is no vision tower of VILA-U", model, "give a folder with vision_tower/ in it");
        m_config = detectVilaU(checkpoint, *file);
        if (m_config.sharedCodebook) throw Failure(ErrorCode::Unsupported, "a codebook that all depths share is not trained yet", model, "give every depth its own");
        m_words = {.folder = checkpoint.folder() / file->folder, .context = m_config.text.context, .padded = true};
        parameters.add("", *file->tensors, file->where);
        m_features = addPerceptual(model, parameters);
    }

    bool trains(std::string_view name) const override {
        if (name.starts_with("rqvaesiglip.siglip_model.vision_model.") || name.starts_with("rqvaesiglip.decoder.") || name.starts_with("rqvaesiglip.post_quant_conv.")) return true;
        return name == logScaleName() || (m_pairwise && name.ends_with(".logit_bias"));
    }
    int side() const override { return m_config.vision.imageSide; }

    void complete(TensorsByName& batch, const std::vector<std::vector<std::string>>& texts, Draws& draws) const override { batch["text_ids"] = m_words.ids(oneTextEach(texts, draws)); }

    Terms losses(const TensorsByName& batch, DeviceLane& lane) override {
        const Placement placement{lane.device(), lane.precision()};
        ForwardPass pass(lane, 0);
        const Weights w = m_parameters.weights("", placement) / VilaUNetworks::kTower;
        const Tensor x = (2 * batch.at("image") - 1).contiguous(at::MemoryFormat::ChannelsLast);
        const VilaUNetworks::Encoder encoder(w, m_config);
        const Tensor features = encoder(x, pass);  // [B,L,C]
        const auto [quantized, commitment] = quantize(features);
        const VilaUNetworks::Decoder decoder(w, m_config);
        const Tensor y = decoder(mapOfTokens(quantized, m_config.vision.grid(), m_config.vision.grid()), pass).whole().to(at::kFloat);
        const Tensor l1 = (y - x).abs().mean();
        const PerceptualLoss network(m_parameters.weights("perceptual.", placement), m_features);
        const Tensor perceptual = network(y, x);

        const VilaUNetworks::SharedSpace shared(w, m_config);
        const Tensor images = ofUnitLength(shared.pooling(shared.last(quantized, pass), pass));
        const Tensor texts = [&] {
            const c10::NoGradGuard still;  // the text tower is frozen
            return ofUnitLength(shared.text(batch.at("text_ids"), pass));
        }();
        const Tensor logits = pairLogits(images, texts, shared.logitScale, m_pairwise ? shared.logitBias : Tensor());
        const Tensor contrastive = m_pairwise ? pairwiseSigmoid(logits) : infoNce(logits);
        return {.losses = {{"contrastive", contrastive}, {"l1", l1}, {"perceptual", perceptual}, {"commitment", commitment}},
                .total = m_contrastive * contrastive + m_reconstruction * (l1 + m_perceptual * perceptual + m_commitment * commitment),
                .between = {{"features", features}, {"codes", m_codes}, {"quantized", quantized}, {"reconstruction", (y + 1) / 2}, {"image_embedding", images}, {"text_embedding", texts},
                            {"logits_per_image", logits}}};
    }

    void afterStep() override {
        if (!m_pairwise) clampLogScale(m_parameters.at(logScaleName()));
        const c10::NoGradGuard still;
        m_state.clear();
        for (int depth = 0; depth < m_config.depths; ++depth) moveCodebook(depth);
    }

    TensorsByName state() const override { return m_state; }

private:
    static std::string bookName(int depth) { return "rqvaesiglip.quantizer.codebooks." + std::to_string(depth) + "."; }
    std::string logScaleName() const { return m_parameters.holds("rqvaesiglip.logit_scale") ? "rqvaesiglip.logit_scale" : "rqvaesiglip.siglip_model.logit_scale"; }
    Tensor rowsOf(int depth) const { return m_parameters.at(bookName(depth) + "weight").narrow(0, 0, m_config.codebookSize); }  // without the padding row

    /// features [B,L,C]: what their codes stand for, with the gradient going to them unchanged, and how far they are from every depth's sum.
    std::pair<Tensor, Tensor> quantize(const Tensor& features) {
        Tensor sum, commitment;
        std::vector<Tensor> codes;
        m_residuals.clear();
        Tensor residual = features.detach();
        for (int depth = 0; depth < m_config.depths; ++depth) {
            const c10::NoGradGuard still;
            const Tensor rows = rowsOf(depth), flat = residual.flatten(0, 1);  // [K,C], [BL,C]
            const Tensor distances = flat.square().sum(1, true) + rows.square().sum(1) - 2 * at::matmul(flat, rows.t());
            const Tensor nearest = distances.argmin(1);
            m_residuals.push_back(flat);
            codes.push_back(nearest);
            const Tensor chosen = at::embedding(rows, nearest).view_as(residual);
            residual = residual - chosen;
            sum = sum.defined() ? sum + chosen : chosen;
            const c10::AutoGradMode again(true);
            const Tensor off = (features - sum).square().mean();
            commitment = commitment.defined() ? commitment + off : off;
        }
        m_codes = at::stack(codes, 1).unflatten(0, {features.size(0), features.size(1)});  // [B,L,D]
        return {features + (sum - features).detach(), commitment / m_config.depths};
    }

    /// Upstream's moving averages, by the residuals and codes of the last pass.
    void moveCodebook(int depth) {
        const std::string book = bookName(depth);
        const Tensor& residuals = m_residuals[static_cast<std::size_t>(depth)];
        const Tensor codes = m_codes.select(2, depth).flatten();
        Tensor sizes = m_parameters.at(book + "cluster_size_ema"), sums = m_parameters.at(book + "embed_ema");
        const std::int64_t count = m_config.codebookSize;
        const Tensor counts = at::bincount(codes, {}, count).to(at::kFloat);
        sizes.mul_(m_decay).add_(counts, 1 - m_decay);
        sums.mul_(m_decay).add_(at::zeros_like(sums).index_add_(0, codes, residuals), 1 - m_decay);
        const Tensor all = sizes.sum();
        const Tensor smoothed = all * (sizes + kSmoothing) / (all + static_cast<double>(count) * kSmoothing);
        rowsOf(depth).copy_(sums / smoothed.unsqueeze(1));
        m_state["codes." + std::to_string(depth)] = codes;
        for (const char* name : {"weight", "cluster_size_ema", "embed_ema"}) m_state[book + name] = m_parameters.at(book + name).clone();
    }

    Parameters& m_parameters;
    double m_decay, m_contrastive, m_reconstruction, m_perceptual, m_commitment;
    bool m_pairwise = true;
    VilaUConfig m_config;
    TextSource m_words;
    std::vector<PerceptualLoss::Layer> m_features;
    std::vector<Tensor> m_residuals;  ///< (D) of [BL,C]: what every depth was given in the last pass
    Tensor m_codes;                   ///< [B,L,D] of the last pass
    TensorsByName m_state;
};

}  // namespace

extern const Recipe kVilaUTowerRecipe{.name = "vila_u_tower", .make = makeTrainee<VilaUTower>};

}  // namespace tessera::train
