// SPDX-License-Identifier: Apache-2.0
// A flow from noise to continuous tokens; spec: engine/train/training.md, section 15.
#include <numbers>

#include <nlohmann/json.hpp>

#include "checkpoint/yaml_text.h"
#include "core/error.h"
#include "device/torch_bridge.h"
#include "families/flow_generator.h"
#include "train/frozen_tokens.h"
#include "train/new_model.h"
#include "train/recipe.h"
#include "train/text_batch.h"

namespace tessera::train {
namespace {

using at::Tensor;

const std::string kFolder = "flow_generator", kStatistics = "flow_statistics.";
constexpr double kLast = 0.999;  // of the noise's time, upstream's

/// The config of a flow that lies alone, as RAE's training has it.
FlowGeneratorFile flowAlone(const Checkpoint& checkpoint) {
    for (const std::string& path : checkpoint.textFiles()) {
        if (!path.ends_with(".yaml") && !path.ends_with(".yml")) continue;
        const nlohmann::json config = parseYaml(checkpoint.text(path), path);
        if (config.is_object() && config.contains("stage_2")) return FlowGeneratorFile::read(checkpoint, ConfigReader(config, path), "");
    }
    throw Failure(ErrorCode::Mismatch, "this is neither a tessera-mini nor a flow with a config that has a stage_2", checkpoint.path().string(), "give one of them");
}

class RaeFlow final : public Trainee {
public:
    RaeFlow(const nlohmann::json& settings, const std::string& model, Parameters& parameters) : RaeFlow(settings, Checkpoint::open(model), model, parameters) {}

    // Places, frequencies and angles are what they are.
    bool trains(std::string_view name) const override {
        return name.starts_with(m_prefix) && !name.ends_with("pos_embed") && !name.ends_with("t_embedder.W") && name.find("_rope.freqs_") == std::string_view::npos;
    }
    int side() const override { return m_tokens ? m_shape.grid * m_tokens->config().downsample() : 0; }

    void complete(TensorsByName& batch, const std::vector<std::vector<std::string>>& texts, Draws& draws) const override {
        if (!m_tokens) throw Failure(ErrorCode::Unsupported, "this flow has no tokenizer that makes latents of pictures", "model.start", "give a tessera-mini with a " + kFolder + " in it");
        const auto count = static_cast<std::int64_t>(texts.size());
        batch["noise"] = draws.normal({count, m_shape.channels, m_shape.grid, m_shape.grid});
        batch["time_uniforms"] = draws.uniform({count});
        batch["drop_uniforms"] = draws.uniform({count});
        batch["text_ids"] = m_words.ids(oneTextEach(texts, draws, m_names));
    }
    void settle(TensorsByName& batch) const override {
        const std::int64_t count = batch.at("time_uniforms").numel();
        batch["time_uniforms"] = (at::arange(count, at::kFloat) + 0.5) / count;
        batch["drop_uniforms"] = at::ones({count});
    }

    /// Latents have mean 0 and variance 1 in every channel, by pictures of the run.
    void begin(const std::function<TensorsByName()>& next, bool fresh, DeviceLane& lane) override {
        if (!fresh || !m_tokens) return;
        Tensor sum, squares;
        for (int i = 0; i < m_statisticsBatches; ++i) {
            ForwardPass pass(lane, 0);
            const Tensor tokens = m_tokens->tokens(next().at("image"), {lane.device(), Precision::Fp32}, pass).to(at::kDouble);
            const Tensor mean = tokens.mean({0, 2, 3}), square = tokens.square().mean({0, 2, 3});
            sum = i == 0 ? mean : sum + mean;
            squares = i == 0 ? square : squares + square;
        }
        const Tensor mean = sum / m_statisticsBatches, variance = (squares / m_statisticsBatches - mean.square()).clamp_min(0);
        m_parameters.at(kStatistics + "mean").copy_(mean.view({-1, 1, 1}));
        m_parameters.at(kStatistics + "var").copy_(variance.view({-1, 1, 1}));
    }

    Terms losses(const TensorsByName& batch, DeviceLane& lane) override {
        const Placement placement{lane.device(), lane.precision()};
        ForwardPass pass(lane, 0);
        const FlowTransformer network(m_parameters.weights(m_prefix, placement), m_shape);
        const Tensor latents = m_tokens ? normalised(m_tokens->tokens(batch.at("image"), placement, pass)) : batch.at("latents"), noise = batch.at("noise").to(latents.device());
        const Tensor times = timesOf(batch.at("time_uniforms").to(latents.device()));
        const Tensor at = times.view({-1, 1, 1, 1}), between = (1 - at) * latents + at * noise;
        TensorsByName stages{{"t", times}, {"x_t", between}};
        const Tensor velocity = stages["velocity"] = network(between, times, told(network, batch, placement, pass, stages), pass);
        const Tensor each = stages["loss_per_sample"] = (velocity - (noise - latents)).square().mean({1, 2, 3});
        const Tensor loss = each.mean();
        return {.losses = {{"velocity", loss}}, .total = loss, .between = std::move(stages), .figures = {}};
    }

private:
    RaeFlow(const nlohmann::json& settings, const Checkpoint& checkpoint, const std::string& model, Parameters& parameters)
        : m_parameters(parameters),
          m_dropping(numberOf(settings, "condition_dropout", numberOf(settings, "model.class_dropout_prob", 0.1))),
          m_names(numberOf(settings, "names", 0)),
          m_statisticsBatches(std::max(1, static_cast<int>(numberOf(settings, "statistics_batches", 64)))) {
        if (isTesseraMini(checkpoint)) {
            m_tokens.emplace(checkpoint, parameters);
            m_prefix = kFolder + ".";
            m_words = {.folder = checkpoint.folder(), .context = m_tokens->config().text.context};
        }
        const auto besides = m_tokens ? FlowGeneratorFile::besides(checkpoint, kFolder) : flowAlone(checkpoint);
        if (!besides) throw Failure(ErrorCode::Mismatch, "this tessera-mini has no " + kFolder, model, "make one by [model.make]");
        m_shape = besides->network.shape;
        m_epsilon = besides->epsilon;
        m_shift = besides->path.shift;
        parameters.add(m_prefix, besides->network.part.tensors, besides->network.part.where);
        if (m_tokens) fit(*besides, model);
        readTimes(settings);
    }

    /// Throws Failure where the tokenizer is another one than the flow is for.
    void fit(const FlowGeneratorFile& file, const std::string& model) {
        const TesseraMiniConfig& tokens = m_tokens->config();
        const auto refuse = [&](const std::string& what) { throw Failure(ErrorCode::Mismatch, what, model, "make the " + kFolder + " anew by [model.make]"); };
        if (m_shape.channels != tokens.tokenDim()) refuse("the flow takes " + std::to_string(m_shape.channels) + " channels, and the tokens have " + std::to_string(tokens.tokenDim()));
        if (m_shape.textWidth != tokens.embedding) refuse("the flow follows texts of " + std::to_string(m_shape.textWidth) + " numbers, and the tokenizer's have " + std::to_string(tokens.embedding));
        if (!file.statistics) refuse("the flow has no file of statistics");
        m_parameters.add(kStatistics, file.statistics->tensors, file.statistics->where);
        m_parameters.measure(kStatistics);
        const std::vector<std::int64_t> shape{m_shape.channels, m_shape.grid, m_shape.grid};
        for (const char* name : {"mean", "var"}) {
            if (!m_parameters.holds(kStatistics + name) || m_parameters.at(kStatistics + name).sizes() != at::IntArrayRef(shape)) refuse("the flow's statistics are no mean and var of its latents");
        }
    }

    void readTimes(const nlohmann::json& settings) {
        if (settings.contains("time_dist_shift_dim")) m_shift = std::sqrt(numberOf(settings, "time_dist_shift_dim") / numberOf(settings, "time_dist_shift_base"));
        if (!(m_shift > 0) || !std::isfinite(m_shift)) throw Failure(ErrorCode::Invalid, "the recipe's time_dist_shift_dim and time_dist_shift_base give no shift", "settings", "write positive numbers");
        const nlohmann::json kind = settings.value("time_dist_type", nlohmann::json("uniform"));
        const std::string word = kind.is_string() ? kind.get<std::string>() : std::string();
        if (word == "uniform") return;
        double mean = 0, deviation = 1;
        int end = 0;
        if (std::sscanf(word.c_str(), "logit-normal_%lf_%lf%n", &mean, &deviation, &end) != 2 || static_cast<std::size_t>(end) != word.size() || !(deviation > 0)) {
            throw Failure(ErrorCode::Invalid, "the recipe's time_dist_type is " + kind.dump() + ", which is not known", "settings", "use uniform, or logit-normal_0_1 with a mean and a deviation of your own");
        }
        m_normal = {mean, deviation};
    }

    /// Of uniform numbers [B].
    Tensor timesOf(const Tensor& uniforms) const {
        Tensor times = kLast * uniforms;
        if (m_normal) {
            const auto [mean, deviation] = *m_normal;
            const double most = 0.5 * std::erfc(-(std::log(kLast / (1 - kLast)) - mean) / deviation / std::numbers::sqrt2);
            times = at::sigmoid(mean + deviation * at::special_ndtri(uniforms.to(at::kDouble) * most)).clamp(0, kLast).to(at::kFloat);
        }
        return m_shift * times / (1 + (m_shift - 1) * times);
    }

    Tensor normalised(const Tensor& tokens) const {
        const FlowStatistics statistics{.mean = m_parameters.at(kStatistics + "mean").to(tokens.device()), .deviation = (m_parameters.at(kStatistics + "var") + m_epsilon).sqrt().to(tokens.device())};
        return statistics.normalised(tokens.to(at::kFloat));
    }

    /// The conditions [B,width], of nothing where they are dropped.
    Tensor told(const FlowTransformer& network, const TensorsByName& batch, const Placement& placement, ForwardPass& pass, TensorsByName& stages) const {
        const Tensor dropped = batch.at("drop_uniforms").to(placement.device) < m_dropping;
        if (m_shape.textWidth == 0) {
            const Tensor labels = batch.at("labels").to(placement.device);
            return network.condition(stages["labels"] = m_shape.nullClass ? labels.masked_fill(dropped, m_shape.classes) : labels);
        }
        const Tensor all = network.condition(m_tokens->texts(batch.at("text_ids").to(placement.device), placement, pass));
        return m_shape.nullClass ? at::where(dropped.unsqueeze(1), network.unconditional(), all) : all;
    }

    Parameters& m_parameters;
    double m_dropping, m_names;
    int m_statisticsBatches;
    std::optional<FrozenTokens> m_tokens;  ///< of a model that has its tokenizer with it
    std::string m_prefix;
    TextSource m_words;
    FlowTransformerShape m_shape;
    double m_epsilon = 0, m_shift = 1;
    std::optional<std::pair<double, double>> m_normal;  ///< mean and deviation of the times' logits; none: uniform
};

constexpr int kWidest = 1 << 16;

FlowTransformerShape shapeOf(const NewModel& model, const ConfigReader& make, const TesseraMiniConfig& tokens) {
    FlowTransformerShape shape{.channels = tokens.tokenDim(), .grid = make.integer("side", 1, 512), .width = make.integer("width", 1, kWidest), .layers = make.integer("layers", 1, 256), .heads = make.integer("heads", 1, kWidest)};
    shape.mlpRatio = make.positive("mlp_ratio", 4);
    shape.textWidth = tokens.embedding;
    if (!make.has("head")) return shape;
    const ConfigReader head = model.table({"layers", "width", "heads"}, "head");
    shape.headLayers = head.integer("layers", 1, 256);
    shape.headWidth = head.integer("width", 1, kWidest);
    shape.headHeads = head.integer("heads", 1, kWidest);
    return shape;
}

nlohmann::json configOf(const FlowTransformerShape& shape, const ConfigReader& make) {
    const int numbers = shape.channels * shape.grid * shape.grid;
    nlohmann::json stage = shape.section();
    stage["ckpt"] = "model.safetensors";
    return {{"tokenizer", ".."},
            {"stage_2", stage},
            {"statistics", "statistics.safetensors"},
            {"transport", {{"params", {{"path_type", "Linear"}, {"prediction", "velocity"}}}}},
            {"sampler", {{"mode", "ODE"}, {"params", {{"sampling_method", "euler"}, {"num_steps", make.integer("steps", 50, 1, 1000) + 1}}}}},
            {"guidance", {{"method", "cfg"}, {"scale", make.positive("guidance", 3)}, {"t_min", 0.0}, {"t_max", 1.0}}},
            {"misc", {{"time_dist_shift_dim", numbers}, {"time_dist_shift_base", std::min(numbers, make.integer("shift_base", 4096, 1, 1 << 24))}}}};
}

/// Sines and cosines of rows and columns [1,g*g,W], as MAE's: half of the channels for each.
Tensor placesOf(int grid, std::int64_t width) {
    const std::int64_t quarter = width / 4;
    const Tensor frequencies = at::pow(10000.0, at::arange(quarter, at::kDouble) / (-static_cast<double>(quarter)));
    const Tensor angles = at::outer(at::arange(grid, at::kDouble), frequencies);  // [g,W/4]
    const Tensor waves = at::cat({angles.sin(), angles.cos()}, 1);                // [g,W/2]
    const std::int64_t half = waves.size(1);
    return at::cat({waves.unsqueeze(0).expand({grid, grid, half}), waves.unsqueeze(1).expand({grid, grid, half})}, 2).flatten(0, 1).unsqueeze(0).to(at::kFloat);
}

void create(NewModel& model) {
    Parameters frozen;
    const FrozenTokens tokens = takeTokenizer(model, kFolder, frozen);
    const ConfigReader make = model.table({"tokenizer", "words", "side", "layers", "width", "heads", "mlp_ratio", "head", "steps", "guidance", "shift_base"});
    const std::string file = kFolder + "/config.json";
    model.write(file, configOf(shapeOf(model, make, tokens.config()), make));
    const FlowTransformerShape shape = FlowTransformerShape::read(ConfigReader(model.config(file), (model.folder() / file).string()).below("stage_2"));
    const Weights wanted = Weights::wanted();
    const FlowTransformer plan(wanted, shape);
    // What modulates the blocks, and the end, begin as nothing [U]: the first velocities are 0.
    std::map<std::string, double> fixed{{"final_layer.linear.weight", 0}};
    for (const auto& [name, sides] : wanted.wantedShapes()) {
        if (name.ends_with("adaLN_modulation.1.weight")) fixed[name] = 0;
    }
    TensorsByName tensors = newTensors(wanted.wantedShapes(), model.draws(), shape.layers + shape.headLayers, fixed);
    tensors["t_embedder.W"] = model.draws().normal({tensors.at("t_embedder.W").size(0)});
    if (tensors.contains("pos_embed")) tensors["pos_embed"] = placesOf(shape.grid, shape.width);
    writeTensors(model.folder() / kFolder / "model.safetensors", tensors);
    const std::vector<std::int64_t> places{shape.channels, shape.grid, shape.grid};
    writeTensors(model.folder() / kFolder / "statistics.safetensors", {{"mean", at::zeros(places)}, {"var", at::ones(places)}});
}

}  // namespace

extern const Recipe kRaeFlowRecipe{.name = "rae_flow", .make = makeTrainee<RaeFlow>, .create = create, .settings = {"condition_dropout", "names", "statistics_batches", "time_dist_type", "time_dist_shift_dim", "time_dist_shift_base"}};

}  // namespace tessera::train
