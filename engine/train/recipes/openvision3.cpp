// SPDX-License-Identifier: Apache-2.0
// OpenVision 3: one encoder for reconstruction and for understanding; spec: engine/train/training.md, section 4.
#include <algorithm>

#include <c10/core/GradMode.h>
#include <nlohmann/json.hpp>

#include "core/error.h"
#include "families/autoencoder_kl_networks.h"
#include "families/openvision3.h"
#include "families/part_folder.h"
#include "families/shared_space.h"
#include "train/losses.h"
#include "train/perceptual_part.h"
#include "train/recipe.h"
#include "train/text_batch.h"

namespace tessera::train {
namespace {

using at::Tensor;

class OpenVision3Trainee final : public Trainee {
public:
    OpenVision3Trainee(const nlohmann::json& settings, const std::string& model, Parameters& parameters)
        : m_parameters(parameters),
          m_tau(numberOf(settings, "tau")),
          m_reconstruction(numberOf(settings, "weights.rec")),
          m_understanding(numberOf(settings, "weights.und")),
          m_latent(numberOf(settings, "weights.latent")),
          m_perceptual(numberOf(settings, "weights.perceptual")),
          m_caption(numberOf(settings, "weights.caption")) {
        m_squaredLatents = wordOf(settings, "latent_loss", {"l1", "l2"}) == "l2";
        m_file = detectOpenVision3(Checkpoint::open(model));
        if (!m_file.encoder.text || !m_file.decoder || !m_file.captions) {
            throw Failure(ErrorCode::Mismatch, "this OpenVision 3 lacks its decoder, its text tower or its text decoder", model, "give one in the complete layout");
        }
        parameters.add("encoder.", m_file.encoder.tensors, m_file.encoder.where);
        parameters.add("decoder.", m_file.decoder->tensors, m_file.decoder->where);
        parameters.add("text_decoder.", m_file.captions->tensors, m_file.captions->where);
        addVae(parameters);
        m_features = addPerceptual(model, parameters);
    }

    bool trains(std::string_view name) const override { return name.starts_with("encoder.") || name.starts_with("decoder.") || name.starts_with("text_decoder."); }
    int side() const override { return m_file.height > 0 ? m_file.height : m_file.encoder.vision.height * m_vae.shape.downsample(); }

    void complete(TensorsByName& batch, const std::vector<std::vector<std::string>>& texts, Draws& draws) const override {
        const ClipVisionShape& vision = m_file.encoder.vision;
        const std::int64_t count = batch.at("image").size(0);
        if (m_reconstruction > 0) {
            batch["uniforms"] = draws.uniform({count});
            batch["noise"] = draws.normal({count, std::int64_t(vision.rows()) * vision.columns(), vision.dim});
        }
        if (m_understanding > 0) {
            const std::vector<std::string> chosen = oneTextEach(texts, draws);
            batch["text_ids"] = m_file.encoder.words.ids(chosen);
            batch["caption_ids"] = captionIds(chosen);
        }
    }

    Terms losses(const TensorsByName& batch, DeviceLane& lane) override {
        const Placement placement{lane.device(), lane.precision()};
        ForwardPass pass(lane, 0);
        const Tensor x = (2 * batch.at("image") - 1).contiguous(at::MemoryFormat::ChannelsLast);
        const Weights encoder = m_parameters.weights("encoder.", placement);
        const ClipVision vision(encoder, m_file.encoder.vision);
        const Tensor z = latentsOf(x, placement, pass);
        const ClipVision::Result seen = vision(z, pass);
        const Tensor tokens = vision.tokens(seen);  // [B,N,D]
        Terms terms{.between = {{"latents", z}, {"tokens", tokens}}};
        Tensor total;
        const auto add = [&total](const Tensor& term) { total = total.defined() ? total + term : term; };
        if (m_reconstruction > 0) add(m_reconstruction * reconstruction(batch, x, z, tokens, placement, pass, terms));
        if (m_understanding > 0) add(m_understanding * understanding(batch, encoder, vision, seen, tokens, placement, pass, terms));
        if (!total.defined()) throw Failure(ErrorCode::Invalid, "both branches have the weight 0: there is nothing to train for", "weights", "give rec or und a weight");
        terms.total = total;
        return terms;
    }

    void afterStep() override { clampLogScale(m_parameters.at("encoder.logit_scale")); }

private:
    /// [B,T]: begin, the words, end, padding; what is too long for the text decoder is cut.
    Tensor captionIds(const std::vector<std::string>& texts) const {
        const CaptionDecoder::Shape& shape = m_file.captions->shape;
        std::vector<std::vector<std::int64_t>> rows;
        std::size_t longest = 0;
        for (const std::string& text : texts) {
            std::vector<std::int64_t>& row = rows.emplace_back(m_file.encoder.words.pieces(text));
            row.resize(std::min(row.size(), static_cast<std::size_t>(shape.context) - 1));
            row.insert(row.begin(), shape.begin);
            row.push_back(shape.end);
            longest = std::max(longest, row.size());
        }
        const Tensor ids = at::full({static_cast<std::int64_t>(rows.size()), static_cast<std::int64_t>(longest)}, shape.padding, at::kLong);
        for (std::size_t i = 0; i < rows.size(); ++i) std::ranges::copy(rows[i], ids.mutable_data_ptr<std::int64_t>() + i * longest);
        return ids;
    }

    void addVae(Parameters& parameters) {
        const Checkpoint checkpoint = Checkpoint::open(m_file.vae);
        const auto file = findAutoencoderKl(checkpoint);
        if (!file || !file->prefix.empty()) throw Failure(ErrorCode::Mismatch, "the VAE of this OpenVision 3 is no AutoencoderKL", m_file.vae.string(), "put the FLUX.1 VAE there, as diffusers keeps it");
        m_vae = openedIn(m_file.vae, [&] { return detectAutoencoderKl(checkpoint, *file); });
        m_scaling = m_vae.scalingFactor.value_or(kFluxScaling);
        parameters.add("vae.", *file->tensors, file->where);
    }

    /// Of the frozen VAE: its mean, scaled.
    Tensor latentsOf(const Tensor& x, const Placement& placement, ForwardPass& pass) const {
        const c10::NoGradGuard still;
        const AutoencoderKlNetworks networks(m_parameters.weights("vae.", placement), m_vae);
        return networks.moments(x, pass).narrow(1, 0, m_vae.latentChannels) * m_scaling;
    }

    Tensor reconstruction(const TensorsByName& batch, const Tensor& x, const Tensor& z, const Tensor& tokens, const Placement& placement, ForwardPass& pass, Terms& terms) const {
        const Tensor strength = m_tau * batch.at("uniforms");  // [B]
        const Tensor noisy = tokens + strength.view({-1, 1, 1}) * batch.at("noise");
        const TokenDecoder decoder(m_parameters.weights("decoder.", placement), m_file.decoder->shape);
        const ClipVisionShape& shape = m_file.encoder.vision;
        const Tensor decoded = decoder(mapOfTokens(noisy, shape.rows(), shape.columns()), pass);  // [B,c,h,w]
        const AutoencoderKlNetworks vae(m_parameters.weights("vae.", placement), m_vae);
        const Tensor y = vae.decoded((decoded / m_scaling).contiguous(at::MemoryFormat::ChannelsLast), pass).whole().to(at::kFloat);
        const Tensor image = (y - x).abs().mean(), off = decoded - z;
        const Tensor latent = m_squaredLatents ? off.square().mean() : off.abs().mean();
        const PerceptualLoss features(m_parameters.weights("perceptual.", placement), m_features);
        const Tensor perceptual = features(y, x);
        terms.losses.insert({{"image", image}, {"latent", latent}, {"perceptual", perceptual}});
        terms.between.insert({{"decoded_latents", decoded}, {"reconstruction", (y + 1) / 2}});
        return image + m_latent * latent + m_perceptual * perceptual;
    }

    Tensor understanding(const TensorsByName& batch, const Weights& encoder, const ClipVision& vision, const ClipVision::Result& seen, const Tensor& tokens, const Placement& placement, ForwardPass& pass,
                         Terms& terms) const {
        const ClipText text(ClipTraits::textScope(encoder), *m_file.encoder.text);
        const Tensor logits = pairLogits(ofUnitLength(vision.pooled(seen)), ofUnitLength(text(batch.at("text_ids"), pass)), m_parameters.at("encoder.logit_scale"));
        const Tensor contrastive = infoNce(logits);
        const CaptionDecoder captions(m_parameters.weights("text_decoder.", placement), m_file.captions->shape);
        const Tensor& ids = batch.at("caption_ids");
        CaptionDecoder::State state = captions.look(tokens, pass);
        const Tensor said = captions.read(ids.slice(1, 0, -1), state, pass);  // [B,T-1,V]
        const Tensor caption = crossEntropy(said, ids.slice(1, 1), m_file.captions->shape.padding);
        terms.losses.insert({{"contrastive", contrastive}, {"caption", caption}});
        terms.between.insert({{"logits_per_image", logits}, {"caption_logits", said}});
        return contrastive + m_caption * caption;
    }

    Parameters& m_parameters;
    double m_tau, m_reconstruction, m_understanding, m_latent, m_perceptual, m_caption;
    bool m_squaredLatents = false;
    OpenVision3File m_file;
    AutoencoderKlConfig m_vae;
    double m_scaling = 1;
    std::vector<PerceptualLoss::Layer> m_features;
};

}  // namespace

extern const Recipe kOpenVision3Recipe{.name = "openvision3", .make = makeTrainee<OpenVision3Trainee>};

}  // namespace tessera::train
