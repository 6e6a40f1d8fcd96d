// SPDX-License-Identifier: Apache-2.0
#include "families/maskgit_network.h"

#include "core/error.h"

namespace tessera {

using at::Tensor;

namespace {

constexpr int kMostDepths = 64, kMostCodewords = 1 << 20, kLargestSide = 1 << 10, kWidest = 1 << 16, kDeepest = 256, kMostClasses = 1 << 20, kMostSteps = 1000;

/// Numbers of the sampler that the config asks for where nobody asks for others.
void readSampling(const ConfigReader& config, MaskGitConfig& result) {
    if (!config.has("sampling")) return;
    const ConfigReader sampling = config.below("sampling");
    result.steps = sampling.integer("steps", result.steps, 1, kMostSteps);
    result.temperature = sampling.number("choice_temperature", result.temperature);
    result.guidance = sampling.number("guidance", result.guidance);
    constexpr double kMost = 100;
    if (!(result.temperature >= 0 && result.temperature <= kMost)) sampling.refuse(sampling.nameOf("choice_temperature") + " should be from 0 to 100");
    if (!(result.guidance >= 0 && result.guidance <= kMost)) sampling.refuse(sampling.nameOf("guidance") + " should be from 0 to 100");
    const std::string name = sampling.text("schedule", "cosine");
    const auto schedule = MaskSchedule::named(name);
    if (!schedule) sampling.refuse(sampling.nameOf("schedule") + " is \"" + name + "\", and Tessera knows cosine, uniform and powers such as pow2");
    result.schedule = *schedule;
}

}  // namespace

MaskGitConfig MaskGitConfig::read(const ConfigReader& config) {
    if (const int version = config.integer("version", 0, 1 << 30); version != 1) {
        throw Failure(ErrorCode::Unsupported, "this tessera_masked_grid has version " + std::to_string(version) + ", and Tessera reads version 1", config.file(), "update Tessera");
    }
    MaskGitConfig result;
    result.codebookSize = config.integer("codebook_size", 1, kMostCodewords);
    result.depths = config.integer("depths", 1, 1, kMostDepths);
    const std::vector<int> grid = config.integersEach("grid_size", 2, 1, kLargestSide);
    result.rows = grid[0];
    result.columns = grid[1];
    result.width = config.integer("hidden_size", 1, kWidest);
    result.layers = config.integer("num_layers", 1, kDeepest);
    result.heads = config.integer("num_heads", 1, kWidest);
    config.checkHeads(result.heads, result.width);
    result.hidden = config.integer("intermediate_size", 1, kWidest);
    config.expect("hidden_act", "gelu");
    result.epsilon = config.positive("layer_norm_eps", result.epsilon);
    result.classes = config.integer("num_classes", 0, 0, kMostClasses);
    result.textDim = config.integer("text_dim", 0, 0, kWidest);
    if (result.classes > 0 && result.textDim > 0) config.refuse("num_classes and text_dim are both there, and it should follow one of them");
    result.classNames = config.texts("class_names", {});
    if (!result.classNames.empty() && result.classNames.size() != static_cast<std::size_t>(result.classes)) {
        config.refuse("class_names names " + std::to_string(result.classNames.size()) + " classes, and num_classes is " + std::to_string(result.classes));
    }
    result.tokenizer = config.text("tokenizer", {});
    if (result.depths > 1) {
        const ConfigReader depth = config.below("depth");
        result.depth = VilaUDepth::Shape{.codes = result.codebookSize, .codewordDim = result.width, .languageWidth = result.width, .width = depth.integer("width", 1, kWidest), .layers = depth.integer("layers", 1, kDeepest), .heads = depth.integer("heads", 1, kWidest), .depths = result.depths};
        depth.checkHeads(result.depth->heads, result.depth->width);
    }
    readSampling(config, result);
    return result;
}

MaskGitNetwork::MaskGitNetwork(const Weights& w, const MaskGitConfig& config)
    : m_config(config),
      m_table(w.take("token_embedding.weight", {config.ids(), config.width})),
      m_places(w.take("pos_embed", {1, (config.told() ? 1 : 0) + config.positions(), config.width})),
      m_norm(w / "norm", config.width, config.epsilon),
      m_dense(w / "head.dense", {.in = config.width, .out = config.width}),
      m_headNorm(w / "head.norm", config.width, config.epsilon) {
    if (config.textDim > 0) m_text.emplace(w / "text_projection", Linear::Shape{.in = config.textDim, .out = config.width});
    const TransformerBlock::Shape block{.width = config.width, .heads = config.heads, .hidden = config.hidden, .epsilon = config.epsilon};
    for (int i = 0; i < config.layers; ++i) m_blocks.emplace_back(w / ("blocks." + std::to_string(i)), kTimmBlock, block);
    if (config.depth) {
        m_depth.emplace(w / "depth", *config.depth);
    } else {
        // The table's own rows: what a code looks like is also how it is recognised.
        const LinearTensors tied{m_table, w.take("head.bias", {config.codebookSize})};
        m_classifier.emplace(w, Linear::Shape{.in = config.width, .out = config.codebookSize}, LinearTensors{tied.rows(0, config.codebookSize).weight, tied.bias});
    }
}

/// Rows of the table, [...] to [...,W].
Tensor MaskGitNetwork::table(const Tensor& ids) const { return at::embedding(m_table, ids.to(m_table.device(), at::kLong)); }

Tensor MaskGitNetwork::vectors(const Tensor& codes, int depth) const { return table(codes + static_cast<std::int64_t>(depth) * m_config.codebookSize); }

// Without a class it is told the mask, whose id is next to the last class's.
Tensor MaskGitNetwork::ofClasses(const Tensor& classes) const { return table(classes + static_cast<std::int64_t>(m_config.depths) * m_config.codebookSize).unsqueeze(1); }

Tensor MaskGitNetwork::ofTexts(const Tensor& texts) const { return (*m_text)(texts).to(at::kFloat).unsqueeze(1); }

Tensor MaskGitNetwork::ofNone(std::int64_t batch) const {
    if (m_config.textDim > 0) return ofTexts(at::zeros({batch, m_config.textDim}, m_table.options()));
    return m_config.classes > 0 ? ofClasses(at::full({batch}, m_config.classes, m_table.options().dtype(at::kLong))) : Tensor();
}

Tensor MaskGitNetwork::hidden(const Tensor& codes, const Tensor& condition, ForwardPass& pass) const {
    const Tensor masked = (codes < 0).any(2);  // [B,L]
    const Tensor firsts = at::arange(m_config.depths, codes.options()) * m_config.codebookSize;
    const Tensor known = table(codes.clamp_min(0) + firsts).sum(2);  // [B,L,W]
    const Tensor mask = m_table[m_config.maskId()];
    Tensor x = at::where(masked.unsqueeze(2), mask, known);
    if (condition.defined()) x = at::cat({condition, x}, 1);
    x = x + m_places;
    if (watch) watch("embed", x);
    for (std::size_t i = 0; i < m_blocks.size(); ++i) {
        x = m_blocks[i](x, pass);
        if (watch) watch("block" + std::to_string(i), x);
    }
    x = m_norm(x, at::kFloat);
    if (watch) watch("norm", x);
    return condition.defined() ? x.slice(1, 1) : x;
}

Tensor MaskGitNetwork::head(const Tensor& hidden) const { return m_headNorm(m_dense.withGelu(hidden, Gelu::Exact), at::kFloat); }

Tensor MaskGitNetwork::logits(const Tensor& head) const { return (*m_classifier)(head).to(at::kFloat); }

double MaskGitNetwork::flops() const {
    const double positions = m_config.positions();
    double all = m_dense.flops(positions);
    for (const TransformerBlock& block : m_blocks) all += block.flops(positions + (m_config.told() ? 1 : 0));
    return all + (m_depth ? m_depth->flops() * positions : m_classifier->flops(positions));
}

}  // namespace tessera
