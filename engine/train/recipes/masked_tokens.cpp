// SPDX-License-Identifier: Apache-2.0
// Grids of codes that are filled in rounds: what is masked is learnt from what is not; spec: engine/train/training.md, section 14.
#include <numbers>

#include <nlohmann/json.hpp>

#include "core/error.h"
#include "device/torch_bridge.h"
#include "families/maskgit.h"
#include "train/frozen_tokens.h"
#include "train/new_model.h"
#include "train/recipe.h"
#include "train/text_batch.h"

namespace tessera::train {
namespace {

using at::Tensor;

constexpr const char* kFolder = "masked_generator";  // inside a tessera-mini

class MaskedTokens final : public Trainee {
public:
    MaskedTokens(const nlohmann::json& settings, const std::string& model, Parameters& parameters) : MaskedTokens(settings, Checkpoint::open(model), model, parameters) {}

    bool trains(std::string_view name) const override { return name.starts_with(m_prefix); }
    int side() const override { return m_tokens ? m_config.columns * m_tokens->config().downsample() : 0; }

    void complete(TensorsByName& batch, const std::vector<std::vector<std::string>>& texts, Draws& draws) const override {
        if (!m_tokens) throw Failure(ErrorCode::Unsupported, "this model has no tokenizer that makes codes of pictures", "model.start", "give a tessera-mini with a " + std::string(kFolder) + " in it");
        const auto count = static_cast<std::int64_t>(texts.size());
        batch["ratio_uniforms"] = draws.uniform({count});
        batch["position_uniforms"] = draws.uniform({count, m_config.positions()});
        batch["drop_uniforms"] = draws.uniform({count});
        if (m_config.textDim > 0) batch["text_ids"] = m_words.ids(oneTextEach(texts, draws, m_names));
    }
    void settle(TensorsByName& batch) const override {
        const std::int64_t count = batch.at("ratio_uniforms").numel();
        batch["ratio_uniforms"] = (at::arange(count, at::kFloat) + 0.5) / count;
        batch["drop_uniforms"] = at::ones({count});
    }

    Terms losses(const TensorsByName& batch, DeviceLane& lane) override {
        const Placement placement{lane.device(), lane.precision()};
        ForwardPass pass(lane, 0);
        const MaskGitNetwork network(m_parameters.weights(m_prefix, placement), m_config);
        const Tensor codes = (m_tokens ? m_tokens->coded(batch.at("image"), placement, pass).codes : batch.at("codes")).reshape({-1, m_config.positions(), m_config.depths}).to(at::kLong);  // [B,N,D]
        const auto [masks, counts] = masksOf(batch.at("ratio_uniforms"), batch.at("position_uniforms"));
        const Tensor hidden = network.hidden(codes.masked_fill(masks.unsqueeze(2), -1), told(network, batch, placement, pass), pass);  // [B,N,W]
        TensorsByName between{{"masks", masks.to(at::kByte).view({-1, m_config.rows, m_config.columns})}, {"masked_count", counts}};
        const Tensor targets = codes.index({masks});  // [M,D]
        Tensor logits;                                // [M,D,K]
        if (m_config.depth) {
            logits = network.depth().all(network.head(hidden.index({masks})), before(network, targets), pass);
        } else {
            const Tensor all = between["logits"] = network.logits(network.head(hidden));
            logits = all.index({masks}).unsqueeze(1);
        }
        const Tensor masked = at::cross_entropy_loss(logits.flatten(0, 1), targets.flatten(), {}, at::Reduction::Mean, -100, m_smoothing);
        const Tensor hits = (logits.detach().argmax(2) == targets).to(at::kFloat);
        return {.losses = {{"masked", masked}}, .total = masked, .between = std::move(between), .figures = {{"codes_hit", hits.mean().item<double>()}, {"codes_hit.0", hits.select(1, 0).mean().item<double>()}}};
    }

private:
    MaskedTokens(const nlohmann::json& settings, const Checkpoint& checkpoint, const std::string& model, Parameters& parameters)
        : m_parameters(parameters), m_dropping(numberOf(settings, "condition_dropout")), m_smoothing(numberOf(settings, "label_smoothing")), m_names(numberOf(settings, "names", 0)) {
        if (!isMaskGit(checkpoint)) {
            m_tokens.emplace(checkpoint, parameters);
            if (!isMaskGit(checkpoint, kFolder)) throw Failure(ErrorCode::Mismatch, "this tessera-mini has no " + std::string(kFolder), model, "make one by [model.make]");
            m_prefix = std::string(kFolder) + ".";
        }
        const MaskGitFile file = MaskGitFile::find(checkpoint, m_tokens ? kFolder : "");
        m_config = file.config;
        parameters.add(m_prefix, *file.tensors, file.where);
        if (m_tokens) fit(model);
        m_words = {.folder = checkpoint.folder(), .context = m_tokens ? m_tokens->config().text.context : 1};
    }

    /// Throws Failure where the tokenizer is another one than the grid is for.
    void fit(const std::string& model) const {
        const TesseraMiniConfig& tokens = m_tokens->config();
        const auto refuse = [&](const std::string& what) { throw Failure(ErrorCode::Mismatch, what, model, "make the " + std::string(kFolder) + " anew by [model.make]"); };
        if (m_config.depths != tokens.depths || m_config.codebookSize != tokens.codebookSize) {
            refuse("the grid is of " + std::to_string(m_config.depths) + " x " + std::to_string(m_config.codebookSize) + " codes, and the tokenizer has " + std::to_string(tokens.depths) + " x " + std::to_string(tokens.codebookSize));
        }
        if (m_config.rows != m_config.columns) refuse("the grid has " + std::to_string(m_config.rows) + " x " + std::to_string(m_config.columns) + " tokens, and pictures that are learnt are square");
        if (m_config.classes > 0) refuse("the grid follows classes, and pictures have texts");
        if (m_config.textDim > 0 && m_config.textDim != tokens.embedding) refuse("the grid follows vectors of " + std::to_string(m_config.textDim) + " numbers, and the tokenizer's texts have " + std::to_string(tokens.embedding));
    }

    /// Which positions [B,N] are masked, and how many of each grid.
    std::pair<Tensor, Tensor> masksOf(const Tensor& ratios, const Tensor& places) const {
        const Tensor shares = at::cos(ratios.to(at::kDouble) * (std::numbers::pi / 2));
        const Tensor counts = at::floor(shares * m_config.positions() + 0.5).clamp_min(1).to(at::kLong);  // [B]
        const Tensor order = std::get<1>(at::sort(places, std::optional<bool>(true), 1, /*descending=*/false));
        const Tensor ranks = std::get<1>(at::sort(order, 1));
        return {ranks < counts.unsqueeze(1), counts};
    }

    /// The condition's rows, without it where it is dropped.
    Tensor told(const MaskGitNetwork& network, const TensorsByName& batch, const Placement& placement, ForwardPass& pass) const {
        if (m_config.classes == 0 && m_config.textDim == 0) return {};
        const Tensor dropped = batch.at("drop_uniforms").to(placement.device) < m_dropping;
        if (m_config.classes > 0) return network.ofClasses(batch.at("class_labels").to(placement.device).masked_fill(dropped, m_config.classes));
        const auto given = batch.find("text_embedding");
        const Tensor texts = given != batch.end() ? given->second : m_tokens->texts(batch.at("text_ids").to(placement.device), placement, pass);
        return network.ofTexts(texts.masked_fill(dropped.unsqueeze(1), 0));
    }

    /// What the depth transformer reads before each depth but the first: [M,D-1,W].
    Tensor before(const MaskGitNetwork& network, const Tensor& codes) const {
        std::vector<Tensor> vectors;
        for (int depth = 0; depth + 1 < m_config.depths; ++depth) vectors.push_back(network.vectors(codes.select(1, depth), depth));
        return at::stack(vectors, 1).cumsum(1);
    }

    Parameters& m_parameters;
    double m_dropping, m_smoothing, m_names;
    std::optional<FrozenTokens> m_tokens;  ///< of a model that has its tokenizer with it
    std::string m_prefix;
    MaskGitConfig m_config;
    TextSource m_words;
};

constexpr int kWidest = 1 << 16;

nlohmann::json configOf(const NewModel& model, const TesseraMiniConfig& tokens) {
    const ConfigReader make = model.table({"tokenizer", "words", "side", "layers", "width", "heads", "hidden", "depth", "texts", "rounds", "choice_temperature", "guidance"});
    const int side = make.integer("side", 1, 1 << 10);
    nlohmann::json config{{"model_type", "tessera_masked_grid"}, {"version", 1}, {"tokenizer", ".."}, {"codebook_size", tokens.codebookSize}, {"grid_size", {side, side}}, {"hidden_act", "gelu"}, {"layer_norm_eps", 1e-6}, {"num_classes", 0}};
    for (const auto& [key, from] : {std::pair("num_layers", "layers"), std::pair("hidden_size", "width"), std::pair("num_heads", "heads"), std::pair("intermediate_size", "hidden")}) config[key] = make.integer(from, 1, kWidest);
    config["text_dim"] = make.flag("texts", true) ? tokens.embedding : 0;
    config["sampling"] = {{"steps", make.integer("rounds", 12, 1, 1000)}, {"choice_temperature", make.number("choice_temperature", 4.5)}, {"schedule", "cosine"}, {"guidance", make.number("guidance", 1)}};
    if (tokens.depths == 1) return config;
    config["depths"] = tokens.depths;
    const ConfigReader depth = model.table({"layers", "width", "heads"}, "depth");
    for (const char* key : {"layers", "width", "heads"}) config["depth"][key] = depth.integer(key, 1, kWidest);
    return config;
}

/// The codes' rows begin as their codewords, turned at random and all of one size on the whole: near codes look alike from the first step. Positions are as large.
void beginFromCodewords(TensorsByName& tensors, const Tensor& books, Draws& draws) {
    constexpr double kDeviation = 0.1;
    Tensor table = tensors.at("token_embedding.weight");
    const Tensor turned = at::matmul(books.flatten(0, 1), draws.normal({books.size(2), table.size(1)}));  // [D*K,W]
    const double scale = std::sqrt(turned.view({books.size(0), -1}).square().mean(1).sum().item<double>());
    table.narrow(0, 0, turned.size(0)).copy_(turned * (kDeviation / std::max(scale, 1e-12)));
    Tensor places = tensors.at("pos_embed");
    places.mul_(kDeviation / places.std().item<double>());
}

void create(NewModel& model) {
    Parameters frozen;
    const FrozenTokens tokens = takeTokenizer(model, kFolder, frozen);
    const std::string file = std::string(kFolder) + "/config.json";
    model.write(file, configOf(model, tokens.config()));
    const MaskGitConfig config = MaskGitConfig::read(ConfigReader(model.config(file), (model.folder() / file).string()));
    const Weights wanted = Weights::wanted();
    MaskGitNetwork(wanted, config);
    TensorsByName tensors = newTensors(wanted.wantedShapes(), model.draws(), config.layers);
    beginFromCodewords(tensors, frozen.at("quantizer.codebooks").to(at::kFloat), model.draws());
    writeTensors(model.folder() / kFolder / "model.safetensors", tensors);
}

}  // namespace

extern const Recipe kMaskedTokensRecipe{.name = "masked_tokens", .make = makeTrainee<MaskedTokens>, .create = create, .settings = {"condition_dropout", "label_smoothing", "names"}};

}  // namespace tessera::train
