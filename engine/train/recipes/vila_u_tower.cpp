// SPDX-License-Identifier: Apache-2.0
// VILA-U's vision tower: residual codes of SigLIP's features, for pictures and for words; spec: engine/train/training.md, section 5.
#include <c10/core/GradMode.h>
#include <nlohmann/json.hpp>

#include "core/error.h"
#include "device/torch_bridge.h"
#include "families/shared_space.h"
#include "families/siglip_config.h"
#include "families/transformers_folder.h"
#include "families/vila_u_networks.h"
#include "train/held_out_figures.h"
#include "train/k_means.h"
#include "train/losses.h"
#include "train/new_siglip.h"
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
          m_commitment(numberOf(settings, "weights.commitment")),
          m_restartBelow(numberOf(settings, "restart_below", 0)),
          m_startBatches(static_cast<int>(numberOf(settings, "k_means_batches", 0))) {
        if (m_contrastive <= 0 && m_reconstruction <= 0) throw Failure(ErrorCode::Invalid, "no branch has a weight: there is nothing to train for", "weights", "give contrastive or reconstruction a weight");
        m_pairwise = wordOf(settings, "contrastive", {"sigmoid", "softmax"}) == "sigmoid";
        const Checkpoint checkpoint = Checkpoint::open(model);
        const auto file = findVilaU(checkpoint);
        if (!file) throw Failure(ErrorCode::Mismatch, "this is no vision tower of VILA-U", model, "give a folder with vision_tower/ in it");
        m_config = detectVilaU(checkpoint, *file);
        if (m_config.sharedCodebook) throw Failure(ErrorCode::Unsupported, "a codebook that all depths share is not trained yet", model, "give every depth its own");
        m_words = {.folder = checkpoint.folder() / file->folder, .context = m_config.text.context, .padded = true};
        parameters.add("", *file->tensors, file->where);
        if (m_reconstruction > 0 && m_perceptual > 0) m_features = addPerceptual(model, parameters);
    }

    bool trains(std::string_view name) const override {
        if (name.starts_with("rqvaesiglip.siglip_model.vision_model.") || name.starts_with("rqvaesiglip.decoder.") || name.starts_with("rqvaesiglip.post_quant_conv.")) return true;
        return name == logScaleName() || (m_pairwise && name.ends_with(".logit_bias"));
    }
    int side() const override { return m_config.vision.imageSide; }

    void complete(TensorsByName& batch, const std::vector<std::vector<std::string>>& texts, Draws& draws) const override {
        if (m_contrastive > 0) batch["text_ids"] = m_words.ids(oneTextEach(texts, draws));
        if (m_restartBelow > 0 || m_startBatches > 0) batch["picks"] = draws.uniform({m_config.depths, m_config.codebookSize});
    }

    /// Codebooks start as centres, depth after depth, of what the encoder gives of the first batches.
    void begin(const std::function<TensorsByName()>& next, bool, DeviceLane& lane) override {
        if (m_startBatches == 0) return;
        ForwardPass pass(lane, 0);
        const VilaUNetworks::Encoder encoder(m_parameters.weights("", {lane.device(), lane.precision()}) / VilaUNetworks::kTower, m_config);
        std::vector<Tensor> features;
        Tensor picks;  // [D,K]
        for (int i = 0; i < m_startBatches; ++i) {
            const TensorsByName batch = next();
            features.push_back(encoder(scaled(batch), pass).flatten(0, 1));
            picks = batch.at("picks");
        }
        Tensor residual = at::cat(features);  // [N,C]
        for (int depth = 0; depth < m_config.depths; ++depth) {
            const Centres centres = kMeans(residual, picks[depth]);
            const Tensor counts = centres.counts / m_startBatches;
            const std::string book = bookName(depth);
            rowsOf(depth).copy_(centres.rows);
            m_parameters.at(book + "cluster_size_ema").copy_(counts);
            m_parameters.at(book + "embed_ema").copy_(centres.rows * counts.unsqueeze(1));
            residual = residual - at::embedding(centres.rows, nearestRows(residual, centres.rows));
        }
    }

    Terms losses(const TensorsByName& batch, DeviceLane& lane) override {
        const Placement placement{lane.device(), lane.precision()};
        ForwardPass pass(lane, 0);
        const Weights w = m_parameters.weights("", placement) / VilaUNetworks::kTower;
        const VilaUNetworks::Encoder encoder(w, m_config);
        const Tensor x = scaled(batch);
        const Tensor features = encoder(x, pass);  // [B,L,C]
        const auto [quantized, commitment] = quantize(features);
        if (const auto picks = batch.find("picks"); picks != batch.end()) m_picks = picks->second;
        Terms terms{.losses = {}, .total = {}, .between = {{"features", features}, {"codes", m_codes}, {"quantized", quantized}}, .figures = codeFigures(m_codes)};
        if (m_contrastive > 0) terms.total = m_contrastive * understanding(batch, quantized, w, pass, terms);
        if (m_reconstruction > 0) {
            const Tensor sum = m_reconstruction * (reconstruction(x, quantized, w, placement, pass, terms) + m_commitment * (terms.losses["commitment"] = commitment));
            terms.total = terms.total.defined() ? terms.total + sum : sum;
        }
        return terms;
    }

    void afterStep() override {
        if (!m_pairwise) clampLogScale(m_parameters.at(logScaleName()));
        const c10::NoGradGuard still;
        m_state.clear();
        for (int depth = 0; depth < m_config.depths; ++depth) moveCodebook(depth);
    }

    TensorsByName state() const override { return m_state; }

private:
    static Tensor scaled(const TensorsByName& batch) { return (2 * batch.at("image") - 1).contiguous(at::MemoryFormat::ChannelsLast); }

    Tensor reconstruction(const Tensor& x, const Tensor& quantized, const Weights& w, const Placement& placement, ForwardPass& pass, Terms& terms) const {
        const VilaUNetworks::Decoder decoder(w, m_config);
        const Tensor y = decoder(mapOfTokens(quantized, m_config.vision.grid(), m_config.vision.grid()), pass).whole().to(at::kFloat);
        const Tensor l1 = terms.losses["l1"] = (y - x).abs().mean();
        terms.between["reconstruction"] = (y + 1) / 2;
        if (m_features.empty()) return l1;
        const PerceptualLoss network(m_parameters.weights("perceptual.", placement), m_features);
        return l1 + m_perceptual * (terms.losses["perceptual"] = network(y, x));
    }

    Tensor understanding(const TensorsByName& batch, const Tensor& quantized, const Weights& w, ForwardPass& pass, Terms& terms) const {
        const VilaUNetworks::SharedSpace shared(w, m_config);
        const Tensor images = ofUnitLength(shared.pooling(shared.last(quantized, pass), pass));
        const Tensor texts = [&] {
            const c10::NoGradGuard still;  // the text tower is frozen
            return ofUnitLength(shared.text(batch.at("text_ids"), pass));
        }();
        const Tensor logits = pairLogits(images, texts, shared.logitScale, m_pairwise ? shared.logitBias : Tensor());
        terms.between.insert({{"image_embedding", images}, {"text_embedding", texts}, {"logits_per_image", logits}});
        return terms.losses["contrastive"] = m_pairwise ? pairwiseSigmoid(logits) : infoNce(logits);
    }

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
            const Tensor nearest = nearestRows(flat, rows);
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
        if (m_restartBelow > 0) restart(depth, residuals, sizes, sums);
        m_state["codes." + std::to_string(depth)] = codes;
        for (const char* name : {"weight", "cluster_size_ema", "embed_ema"}) m_state[book + name] = m_parameters.at(book + name).clone();
    }

    /// A code that hardly anything took becomes one of the residuals of the last pass.
    void restart(int depth, const Tensor& residuals, Tensor sizes, Tensor sums) {
        const Tensor dead = (sizes < m_restartBelow).nonzero().squeeze(1);  // [n]
        if (dead.numel() == 0) return;
        const Tensor places = (m_picks[depth].index_select(0, dead) * static_cast<double>(residuals.size(0))).to(at::kLong);
        const Tensor rows = residuals.index_select(0, places);
        rowsOf(depth).index_copy_(0, dead, rows);
        sizes.index_fill_(0, dead, 1);
        sums.index_copy_(0, dead, rows);
    }

    Parameters& m_parameters;
    double m_decay, m_contrastive, m_reconstruction, m_perceptual, m_commitment, m_restartBelow;
    int m_startBatches;
    Tensor m_picks;  ///< [D,K] in [0,1), of the last pass: which residuals dead codes become
    bool m_pairwise = true;
    VilaUConfig m_config;
    TextSource m_words;
    std::vector<PerceptualLoss::Layer> m_features;
    std::vector<Tensor> m_residuals;  ///< (D) of [BL,C]: what every depth was given in the last pass
    Tensor m_codes;                   ///< [B,L,D] of the last pass
    TensorsByName m_state;
};

constexpr int kWidest = 1 << 14, kDeepest = 128, kMostCodes = 1 << 20, kMostDepths = 64;
constexpr const char* kTowerConfig = "vision_tower/config.json";
constexpr const char* kTowerTensors = "vision_tower/model.safetensors";
constexpr const char* kSiglip = "google/siglip-tessera";  // as upstream names the SigLIP that a tower is built on
const std::string kSiglipPrefix = "rqvaesiglip.siglip_model.";

/// The folder of the SigLIP that a new tower takes over; empty where all is new.
std::filesystem::path alignedOf(const NewModel& model) {
    if (wordOf({{"init", model.text("init")}}, "init", {"scratch", "aligned", "aligned_text"}) == "scratch") return {};
    const std::filesystem::path folder = model.path("aligned");
    if (folder.empty()) throw Failure(ErrorCode::Invalid, "model.make.aligned names the model of a siglip run, and is not there", "model.make", "name it, or write init = \"scratch\"");
    if (!std::filesystem::is_directory(folder)) throw Failure(ErrorCode::NotFound, "the aligned SigLIP is not there", folder.string(), "train resources/recipes/siglip.toml first, or write init = \"scratch\"");
    return folder;
}

/// By [model.make]; where it takes over an aligned SigLIP, towers and words are as that one's.
void writeConfigs(NewModel& model) {
    const std::vector<std::string> own{"init", "aligned", "depths", "codes", "decoder", "perceptual", "depth_transformer"};
    nlohmann::json siglip;
    if (const std::filesystem::path aligned = alignedOf(model); !aligned.empty()) {
        siglip = Checkpoint::jsonOf(aligned / "config.json");
        for (const char* name : {"tokenizer.json", "tokenizer_config.json"}) model.copy(aligned / name, std::string("vision_tower/") + name);
    } else {
        const std::vector<std::string> pieces = model.vocabulary();
        siglip = newSiglipConfig(model, own, static_cast<int>(pieces.size()));
        model.writeTokenizer("vision_tower", pieces, siglip.at("text_config").at("max_position_embeddings"));
    }
    std::vector<std::string> known = own;
    known.insert(known.end(), kSiglipKeys.begin(), kSiglipKeys.end());
    const ConfigReader table = model.table(known);
    const SiglipVisionShape vision = siglipVisionShape(transformersSection(siglip, "vision_config", "config.json"));
    const ConfigReader decoder = model.table({"channels", "multiples", "blocks", "latents"}, "decoder");
    const std::vector<int> multiples = decoder.integers("multiples", {1, 2, 4}, 1, kWidest);
    const int depths = table.integer("depths", 1, kMostDepths), codes = table.integer("codes", 2, kMostCodes), grid = vision.grid(), coarsest = vision.imageSide >> (multiples.size() - 1);
    if (coarsest << (multiples.size() - 1) != vision.imageSide) decoder.refuse(decoder.nameOf("multiples") + " has too many levels for pictures of " + std::to_string(vision.imageSide) + " px");
    model.write(std::string(kSiglip) + "/config.json", siglip);
    nlohmann::json config{{"model_type", "rqvaesigliptransformer_model"},
                          {"architectures", {"RQVAESIGLIPTransformer"}},
                          {"hidden_size", vision.width},
                          {"torch_dtype", "float32"},
                          {"rqvaesiglip",
                           {{"model_type", "rqvaesiglip_model"},
                            {"embed_dim", vision.width},
                            {"n_embed", codes},
                            {"latent_shape", {grid, grid, vision.width}},
                            {"code_shape", {grid, grid, depths}},
                            {"shared_codebook", false},
                            {"restart_unused_codes", numberOf(model.settings(), "restart_below", 0) > 0},
                            {"decay", numberOf(model.settings(), "decay")},
                            {"latent_loss_weight", numberOf(model.settings(), "weights.commitment")},
                            {"decoder_latent_shape", {coarsest, coarsest}},
                            {"pretrained_model", kSiglip},
                            {"ddconfig",
                             {{"ch", decoder.integer("channels", 32, 1, kWidest)},
                              {"out_ch", 3},
                              {"ch_mult", multiples},
                              {"num_res_blocks", decoder.integer("blocks", 0, 0, 8)},
                              {"attn_resolutions", nlohmann::json::array()},
                              {"dropout", 0.0},
                              {"in_channels", 3},
                              {"resolution", vision.imageSide},
                              {"z_channels", decoder.integer("latents", 1, kWidest)},
                              {"double_z", false}}}}}};
    if (table.has("depth_transformer")) {
        const ConfigReader drawing = model.table({"width", "layers", "heads", "language_width"}, "depth_transformer");
        config["rqtransformer"] = {{"model_type", "rqtransformer_model"},
                                   {"block_size", {grid, grid, depths}},
                                   {"input_embed_dim_1", vision.width},
                                   {"input_embed_dim_2", drawing.integer("language_width", 1, kWidest)},
                                   {"embed_dim", drawing.integer("width", 1, kWidest)},
                                   {"vocab_size", codes},
                                   {"head", {{"n_layer", drawing.integer("layers", 1, kDeepest)}, {"block", {{"n_head", drawing.integer("heads", 1, kWidest)}}}}}};
    }
    model.write(kTowerConfig, config);
    const nlohmann::json size{{"height", vision.imageSide}, {"width", vision.imageSide}}, half{0.5, 0.5, 0.5};
    model.write("vision_tower/preprocessor_config.json", {{"image_processor_type", "CLIPImageProcessor"}, {"crop_size", size}, {"size", size}, {"image_mean", half}, {"image_std", half}});
    makePerceptual(model, table.integers("perceptual", {}, 1, kWidest));
}

/// What an aligned SigLIP gives a new tower: its frozen text tower, and for init = "aligned" all the rest of it.
void takeAligned(NewModel& model, TensorsByName& tensors) {
    const std::filesystem::path folder = alignedOf(model);
    if (folder.empty()) return;
    const Checkpoint checkpoint = Checkpoint::open(folder);
    const auto siglip = findTransformers(checkpoint, "siglip", "vision_model.embeddings.patch_embedding.weight");
    if (!siglip) throw Failure(ErrorCode::Mismatch, "this is no SigLIP as transformers keeps it", folder.string(), "give the model folder of a siglip run");
    for (const auto& [name, stored] : *siglip->tensors) {
        if (model.text("init") == "aligned_text" && !name.starts_with("text_model.")) continue;
        const auto own = tensors.find((name.starts_with("logit_") ? "rqvaesiglip." : kSiglipPrefix) + name);
        if (own != tensors.end()) own->second = tensorFromStored(stored).to(at::kFloat).reshape(own->second.sizes()).clone();
    }
}

void create(NewModel& model) {
    if (!model.hasConfigs()) writeConfigs(model);
    else makePerceptual(model, {});
    const bool pairwise = wordOf(model.settings(), "contrastive", {"sigmoid", "softmax"}) == "sigmoid";
    const std::map<std::string, double> starts = siglipStarts("rqvaesiglip.", pairwise);
    writeTensors(model.folder() / kTowerTensors, newTensors({{"rqvaesiglip.logit_scale", {1}}}, model.draws(), 0, starts));  // a folder without tensors is no checkpoint
    const VilaUConfig config = detectVilaU(Checkpoint::open(model.folder()), {.folder = "vision_tower", .config = kTowerConfig, .where = kTowerTensors});
    const Weights all = Weights::wanted(), tower = all / VilaUNetworks::kTower;
    tower.take("logit_scale", {1});
    tower.take("logit_bias", {1});
    VilaUNetworks::Encoder(tower, config);
    VilaUNetworks::Decoder(tower, config);
    VilaUNetworks::SharedSpace(tower, config);
    VilaUNetworks::depthTransformer(all, config);
    Shapes shapes = all.wantedShapes();
    for (auto& [name, shape] : shapes) {
        if (name.starts_with("rqvaesiglip.decoder.") && shape.size() == 2) shape.insert(shape.end(), {1, 1});  // upstream's attention is of convolutions
    }
    for (int depth = 0; depth < config.depths; ++depth) shapes["rqvaesiglip.quantizer.codebooks." + std::to_string(depth) + ".embed_ema"] = {config.codebookSize, config.vision.width};
    TensorsByName tensors = newTensors(shapes, model.draws(), config.vision.layers, starts);
    for (int depth = 0; depth < config.depths; ++depth) {
        const std::string book = "rqvaesiglip.quantizer.codebooks." + std::to_string(depth) + ".";
        tensors[book + "weight"] = at::cat({tensors.at(book + "embed_ema"), at::zeros({1, config.vision.width})});  // the last row pads
        tensors[book + "cluster_size_ema"] = at::ones({config.codebookSize});
    }
    if (!model.hasConfigs()) takeAligned(model, tensors);
    writeTensors(model.folder() / kTowerTensors, tensors);
}

}  // namespace

extern const Recipe kVilaUTowerRecipe{.name = "vila_u_tower",
                                      .make = makeTrainee<VilaUTower>,
                                      .create = create,
                                      .settings = {"decay", "contrastive", "restart_below", "k_means_batches", "weights.contrastive", "weights.reconstruction", "weights.perceptual", "weights.commitment"}};

}  // namespace tessera::train
