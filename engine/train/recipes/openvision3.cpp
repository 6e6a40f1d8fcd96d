// SPDX-License-Identifier: Apache-2.0
// OpenVision 3: one encoder for reconstruction and for understanding; spec: engine/train/training.md, section 4.
#include <algorithm>
#include <cmath>
#include <optional>

#include <nlohmann/json.hpp>

#include "core/error.h"
#include "families/openvision3.h"
#include "families/shared_space.h"
#include "train/frozen_vae.h"
#include "train/losses.h"
#include "train/new_model.h"
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
          m_caption(numberOf(settings, "weights.caption")),
          m_contrastive(numberOf(settings, "weights.contrastive", 1)) {
        m_squaredLatents = wordOf(settings, "latent_loss", {"l1", "l2"}) == "l2";
        m_file = detectOpenVision3(Checkpoint::open(model));
        if (!m_file.encoder.text || !m_file.decoder || !m_file.captions) {
            throw Failure(ErrorCode::Mismatch, "this OpenVision 3 lacks its decoder, its text tower or its text decoder", model, "give one in the complete layout");
        }
        parameters.add("encoder.", m_file.encoder.tensors, m_file.encoder.where);
        parameters.add("decoder.", m_file.decoder->tensors, m_file.decoder->where);
        parameters.add("text_decoder.", m_file.captions->tensors, m_file.captions->where);
        m_vae.emplace(m_file.vae);
        m_vae->add(parameters);
        if (m_reconstruction > 0 && m_perceptual > 0) m_features = addPerceptual(model, parameters);
    }

    bool trains(std::string_view name) const override { return name.starts_with("encoder.") || name.starts_with("decoder.") || name.starts_with("text_decoder."); }
    int side() const override { return m_file.height > 0 ? m_file.height : m_file.encoder.vision.height * m_vae->downsample(); }
    int multiple() const override { return m_vae->downsample() * m_file.encoder.vision.patch; }
    bool resizes() const override { return true; }
    void settle(TensorsByName& batch) const override {
        if (const auto uniforms = batch.find("uniforms"); uniforms != batch.end()) uniforms->second.zero_();  // tokens without noise
    }

    void complete(TensorsByName& batch, const std::vector<std::vector<std::string>>& texts, Draws& draws) const override {
        const ClipVisionShape vision = sized(batch.at("image"));
        const std::int64_t count = batch.at("image").size(0);
        if (m_reconstruction > 0) {
            batch["uniforms"] = draws.uniform({count});
            batch["noise"] = draws.normal({count, std::int64_t(vision.rows()) * vision.columns(), vision.dim});
        }
        if (understands()) {
            const std::vector<std::string> chosen = oneTextEach(texts, draws);
            batch["text_ids"] = m_file.encoder.words.ids(chosen);
            batch["caption_ids"] = captionIds(chosen);
        }
    }

    Terms losses(const TensorsByName& batch, DeviceLane& lane) override {
        const Placement placement{lane.device(), lane.precision()};
        ForwardPass pass(lane, 0);
        const Tensor x = (2 * batch.at("image") - 1).contiguous(at::MemoryFormat::ChannelsLast);
        const ClipVisionShape shape = sized(x);
        const Resized resized = resizedTo(shape);
        const Weights encoder = Weights::inTraining(resized.encoder, m_file.encoder.where, placement), decoder = Weights::inTraining(resized.decoder, m_file.decoder->where, placement);
        const ClipVision vision(encoder, shape);
        const Tensor z = m_vae->latents(x, m_parameters, placement, pass);
        const ClipVision::Result seen = vision(z, pass);
        const Tensor tokens = vision.tokens(seen);  // [B,N,D]
        Terms terms{.between = {{"latents", z}, {"tokens", tokens}}};
        Tensor total;
        const auto add = [&total](const Tensor& term) { total = total.defined() ? total + term : term; };
        if (m_reconstruction > 0) add(m_reconstruction * reconstruction(batch, x, z, tokens, decoder, placement, pass, terms));
        if (understands()) add(m_understanding * understanding(batch, encoder, vision, seen, tokens, placement, pass, terms));
        if (!total.defined()) throw Failure(ErrorCode::Invalid, "no branch has a weight: there is nothing to train for", "weights", "give rec or und a weight");
        terms.total = total;
        return terms;
    }

    void afterStep() override { clampLogScale(m_parameters.at("encoder.logit_scale")); }

private:
    bool understands() const { return m_understanding > 0 && (m_contrastive > 0 || m_caption > 0); }

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

    /// The encoder's sizes for such pictures [B,3,H,W].
    ClipVisionShape sized(const Tensor& pictures) const {
        ClipVisionShape shape = m_file.encoder.vision;
        shape.height = static_cast<int>(pictures.size(2)) / m_vae->downsample();
        shape.width = static_cast<int>(pictures.size(3)) / m_vae->downsample();
        return shape;
    }

    struct Resized {
        TensorsByName encoder, decoder;  ///< by the names of their files
    };
    /// Both with positions for another grid, as open_clip resizes them (bicubic, antialiased); gradients reach the whole table.
    Resized resizedTo(const ClipVisionShape& shape) const {
        const ClipVisionShape& whole = m_file.encoder.vision;
        Resized tensors{m_parameters.components().at("encoder.").tensors, m_parameters.components().at("decoder.").tensors};
        if (shape.height == whole.height && shape.width == whole.width) return tensors;
        const auto onGrid = [&](const Tensor& table) {  // [N,D]
            const Tensor map = table.t().unflatten(1, {whole.rows(), whole.columns()}).unsqueeze(0);
            return at::_upsample_bicubic2d_aa(map.contiguous(), {shape.rows(), shape.columns()}, false).squeeze(0).flatten(1).t();
        };
        Tensor& positions = tensors.encoder.at(tensors.encoder.contains("visual.positional_embedding") ? "visual.positional_embedding" : "positional_embedding");
        positions = at::cat({positions.slice(0, 0, 1), onGrid(positions.slice(0, 1))});  // the class token's stays
        Tensor& decoders = tensors.decoder.at("pos_embed");
        decoders = onGrid(decoders.squeeze(0)).unsqueeze(0);
        return tensors;
    }

    Tensor reconstruction(const TensorsByName& batch, const Tensor& x, const Tensor& z, const Tensor& tokens, const Weights& decoderWeights, const Placement& placement, ForwardPass& pass, Terms& terms) const {
        const Tensor strength = m_tau * batch.at("uniforms");  // [B]
        const Tensor noisy = tokens + strength.view({-1, 1, 1}) * batch.at("noise");
        const ClipVisionShape vision = sized(x);
        TokenDecoder::Shape shape = m_file.decoder->shape;
        shape.rows = vision.rows();
        shape.columns = vision.columns();
        const TokenDecoder decoder(decoderWeights, shape);
        const Tensor decoded = decoder(mapOfTokens(noisy, shape.rows, shape.columns), pass);  // [B,c,h,w]
        const Tensor y = m_vae->decoded(decoded, m_parameters, placement, pass);
        const Tensor image = (y - x).abs().mean(), off = decoded - z;
        const Tensor latent = m_squaredLatents ? off.square().mean() : off.abs().mean();
        terms.losses.insert({{"image", image}, {"latent", latent}});
        terms.between.insert({{"decoded_latents", decoded}, {"reconstruction", (y + 1) / 2}});
        const Tensor sum = image + m_latent * latent;
        if (m_features.empty()) return sum;
        const Tensor perceptual = PerceptualLoss(m_parameters.weights("perceptual.", placement), m_features)(y, x);
        terms.losses["perceptual"] = perceptual;
        return sum + m_perceptual * perceptual;
    }

    Tensor understanding(const TensorsByName& batch, const Weights& encoder, const ClipVision& vision, const ClipVision::Result& seen, const Tensor& tokens, const Placement& placement, ForwardPass& pass,
                         Terms& terms) const {
        Tensor sum;
        if (m_contrastive > 0) {
            const ClipText text(ClipTraits::textScope(encoder), *m_file.encoder.text);
            const Tensor images = ofUnitLength(vision.pooled(seen)), texts = ofUnitLength(text(batch.at("text_ids"), pass));
            const Tensor logits = pairLogits(images, texts, m_parameters.at("encoder.logit_scale"));
            const Tensor contrastive = terms.losses["contrastive"] = infoNce(logits);
            terms.between.insert({{"image_embedding", images}, {"text_embedding", texts}, {"logits_per_image", logits}});
            sum = m_contrastive * contrastive;
        }
        if (m_caption > 0) {
            const CaptionDecoder captions(m_parameters.weights("text_decoder.", placement), m_file.captions->shape);
            const Tensor& ids = batch.at("caption_ids");
            CaptionDecoder::State state = captions.look(tokens, pass);
            const Tensor said = captions.read(ids.slice(1, 0, -1), state, pass);  // [B,T-1,V]
            const Tensor caption = terms.losses["caption"] = crossEntropy(said, ids.slice(1, 1), m_file.captions->shape.padding);
            terms.between["caption_logits"] = said;
            sum = sum.defined() ? sum + m_caption * caption : m_caption * caption;
        }
        return sum;
    }

    Parameters& m_parameters;
    double m_tau, m_reconstruction, m_understanding, m_latent, m_perceptual, m_caption, m_contrastive;
    bool m_squaredLatents = false;
    OpenVision3File m_file;
    std::optional<FrozenVae> m_vae;
    std::vector<PerceptualLoss::Layer> m_features;  ///< none: they have no weight
};

constexpr int kWidest = 1 << 14, kDeepest = 128, kPatch = 2;
constexpr const char* kEncoderConfig = "encoder/open_clip_config.json";

/// By [model.make]: side, vae, vocabulary, width, layers, heads, embed, and below text, decoder, captions their width, layers, heads, context.
void writeConfigs(NewModel& model) {
    const ConfigReader table = model.table({"side", "vae", "vocabulary", "width", "layers", "heads", "embed", "text", "decoder", "captions", "perceptual"});
    const std::filesystem::path vaeFolder = model.path("vae");
    if (vaeFolder.empty()) table.refuse("model.make.vae names the folder of the autoencoder below, and is not there");
    const FrozenVae vae(vaeFolder);
    model.takeOver(vaeFolder, "vae");
    const int side = table.integer("side", 1, kWidest), width = table.integer("width", 1, kWidest), heads = table.integer("heads", 1, kWidest), grid = side / vae.downsample();
    if (side % (vae.downsample() * kPatch) != 0) table.refuse("model.make.side is no multiple of " + std::to_string(vae.downsample() * kPatch));
    table.checkHeads(heads, width);
    const auto part = [&](const char* name) {
        const ConfigReader reader = model.table({"width", "layers", "heads", "context"}, name);
        reader.checkHeads(reader.integer("heads", 1, kWidest), reader.integer("width", 1, kWidest));
        return reader;
    };
    const ConfigReader text = part("text"), decoder = part("decoder"), captions = part("captions");
    const auto layers = [](const ConfigReader& reader) { return reader.integer("layers", 1, kDeepest); };
    const std::vector<std::string> pieces = model.vocabulary();
    model.copy(model.path("vocabulary"), "encoder/vocab.txt");
    model.write("openvision3.json", {{"format", "openvision3-complete"},
                                     {"version", 1},
                                     {"vae", "vae"},
                                     {"encoder", "encoder"},
                                     {"decoder", "decoder"},
                                     {"text_decoder", "text_decoder"},
                                     {"noise", {{"distribution", "uniform"}, {"tau", numberOf(model.settings(), "tau")}, {"applied_to", "tokens"}}},
                                     {"image_size", {side, side}}});
    model.write(kEncoderConfig, {{"model_cfg",
                                  {{"embed_dim", table.integer("embed", width, 1, kWidest)},
                                   {"vision_cfg",
                                    {{"image_size", {grid, grid}},
                                     {"layers", layers(table)},
                                     {"width", width},
                                     {"patch_size", kPatch},
                                     {"in_channels", vae.latentChannels()},
                                     {"no_ln_pre", true},
                                     {"pool_type", "avg"},
                                     {"final_ln_after_pool", true},
                                     {"norm_kwargs", {{"eps", 1e-6}}},
                                     {"head_width", width / heads},
                                     {"output_tokens", true},
                                     {"mlp_ratio", 4.0}}},
                                   {"text_cfg",
                                    {{"context_length", text.integer("context", 4, kWidest)},
                                     {"vocab_size", pieces.size()},
                                     {"pool_type", "last"},
                                     {"no_causal_mask", true},
                                     {"act_kwargs", {{"approximate", "tanh"}}},
                                     {"norm_kwargs", {{"eps", 1e-6}}},
                                     {"width", text.integer("width", 1, kWidest)},
                                     {"heads", text.integer("heads", 1, kWidest)},
                                     {"layers", layers(text)}}}}},
                                 {"preprocess_cfg", {{"mean", {0.485, 0.456, 0.406}}, {"std", {0.229, 0.224, 0.225}}}}});
    model.write("decoder/config.json", {{"model_type", "openvision3_decoder"},
                                        {"in_dim", width},
                                        {"embed_dim", decoder.integer("width", 1, kWidest)},
                                        {"depth", layers(decoder)},
                                        {"num_heads", decoder.integer("heads", 1, kWidest)},
                                        {"mlp_ratio", 4.0},
                                        {"patch_size", 1},
                                        {"grid_size", {grid / kPatch, grid / kPatch}},
                                        {"upsample", kPatch},
                                        {"latent_channels", vae.latentChannels()},
                                        {"layer_norm_eps", 1e-6},
                                        {"hidden_act", "gelu"}});
    model.write("text_decoder/config.json", {{"model_type", "openvision3_text_decoder"},
                                             {"vocab_size", pieces.size()},
                                             {"in_dim", width},
                                             {"context_length", captions.integer("context", 3, kWidest)},
                                             {"width", captions.integer("width", 1, kWidest)},
                                             {"layers", layers(captions)},
                                             {"heads", captions.integer("heads", 1, kWidest)},
                                             {"mlp_ratio", 4.0},
                                             {"hidden_act", "gelu_pytorch_tanh"},
                                             {"layer_norm_eps", 1e-6},
                                             {"bos_token_id", 1},
                                             {"eos_token_id", 2},
                                             {"pad_token_id", 0}});
    makePerceptual(model, table.integers("perceptual", {}, 1, kWidest));
}

void create(NewModel& model) {
    if (!model.hasConfigs()) writeConfigs(model);
    else makePerceptual(model, {});
    const FrozenVae vae(model.folder() / "vae");
    // What a config cannot say by itself is read off tensors, which are not there yet.
    const OpenClipFolder folder{.config = kEncoderConfig, .where = kEncoderConfig, .tensors = {{"token_embedding.weight", {}}}, .channels = vae.latentChannels(), .openVision = true};
    const ClipModel::File encoder = detectOpenClip(Checkpoint::open(model.folder()), folder);
    const auto write = [&](const std::string& file, const auto& layers, int blocks, const std::map<std::string, double>& fixed) {
        const Weights wanted = Weights::wanted();
        layers(wanted);
        writeTensors(model.folder() / file, newTensors(wanted.wantedShapes(), model.draws(), blocks, fixed));
    };
    write("encoder/open_clip_model.safetensors", [&](const Weights& w) {
        ClipVision(w / "visual", encoder.vision);
        ClipText(w, *encoder.text);
        w.take("logit_scale", {});
    }, encoder.vision.layers, {{"logit_scale", std::log(1 / 0.07)}});
    const std::string decoder = "decoder/config.json", captions = "text_decoder/config.json";
    const TokenDecoder::Shape decoderShape = openVision3DecoderShape(model.config(decoder), decoder, encoder.vision);
    write("decoder/model.safetensors", [&](const Weights& w) { TokenDecoder(w, decoderShape); }, decoderShape.layers, {});
    const CaptionDecoder::Shape captionShape = openVision3CaptionShape(model.config(captions), captions, encoder.vision);
    write("text_decoder/model.safetensors", [&](const Weights& w) { CaptionDecoder(w, captionShape); }, 2 * captionShape.layers, {});
}

}  // namespace

extern const Recipe kOpenVision3Recipe{.name = "openvision3",
                                       .make = makeTrainee<OpenVision3Trainee>,
                                       .create = create,
                                       .settings = {"tau", "latent_loss", "weights.rec", "weights.und", "weights.latent", "weights.perceptual", "weights.caption", "weights.contrastive"}};

}  // namespace tessera::train
