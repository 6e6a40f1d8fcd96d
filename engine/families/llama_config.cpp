// SPDX-License-Identifier: Apache-2.0
#include "families/llama_config.h"

#include <algorithm>
#include <filesystem>

#include "checkpoint/checkpoint.h"
#include "core/error.h"

namespace tessera {
namespace {

constexpr int kWidest = 1 << 18, kDeepest = 1024, kMostIds = 1 << 24;

void readScaling(const ConfigReader& rope, const std::string& kind, Llama::Shape& shape) {
    if (kind == "default") return;
    if (kind != "linear") {
        throw Failure(ErrorCode::Unsupported, rope.nameOf("type") + " is \"" + kind + "\", and Tessera computes \"linear\" only", rope.file(), "open a model that uses it");
    }
    shape.stretch = rope.positive("factor", 1);
    if (shape.stretch > kWidest) rope.refuse(rope.nameOf("factor") + " is out of range");
}

/// Newer configs keep all of it among "rope_parameters".
void readRotation(const ConfigReader& text, Llama::Shape& shape) {
    if (text.has("rope_parameters")) {
        const ConfigReader rope = text.below("rope_parameters");
        shape.theta = rope.positive("rope_theta", 10000);
        const std::string kind = rope.text("rope_type", "default");
        if (kind != "linear") rope.expect("rope_type", "default");
        readScaling(rope, kind, shape);
        return;
    }
    shape.theta = text.positive("rope_theta", 10000);
    if (!text.has("rope_scaling")) return;
    const ConfigReader rope = text.below("rope_scaling");
    readScaling(rope, rope.text("rope_type", rope.text("type", "default")), shape);
}

}  // namespace

Llama::Shape llamaShapeOf(const ConfigReader& text) {
    text.expect("hidden_act", "silu");
    Llama::Shape shape{.vocabulary = text.integer("vocab_size", 32000, 1, kMostIds),
                       .width = text.integer("hidden_size", 4096, 1, kWidest),
                       .hidden = text.integer("intermediate_size", 11008, 1, kWidest),
                       .layers = text.integer("num_hidden_layers", 32, 1, kDeepest),
                       .heads = text.integer("num_attention_heads", 32, 1, kWidest),
                       .positions = text.integer("max_position_embeddings", 2048, 1, kMostIds),
                       .epsilon = text.positive("rms_norm_eps", 1e-6)};
    readRotation(text, shape);
    shape.positions = static_cast<int>(std::min<double>(kMostIds, shape.positions * std::max(1.0, shape.stretch)));
    shape.keyValueHeads = text.integer("num_key_value_heads", shape.heads, 1, shape.heads);
    shape.headWidth = text.integer("head_dim", shape.width / shape.heads, 1, kWidest);
    if (shape.heads % shape.keyValueHeads != 0) text.refuse(text.nameOf("num_key_value_heads") + " should divide " + std::to_string(shape.heads));
    if (shape.headWidth % 2 != 0 || shape.width % shape.heads != 0) text.refuse(std::to_string(shape.heads) + " heads do not suit " + std::to_string(shape.width) + " channels");
    if (std::int64_t(shape.heads) * shape.headWidth > 8 * kWidest) text.refuse(text.nameOf("head_dim") + " is out of range");
    return shape;
}

std::vector<std::int64_t> answerEnds(const Checkpoint& checkpoint, const std::string& folder) {
    const std::string generation = (std::filesystem::path(folder) / "generation_config.json").string();
    std::vector<std::int64_t> ends{2};
    if (!checkpoint.hasText(generation)) return ends;
    const nlohmann::json config = checkpoint.json(generation);
    const nlohmann::json end = config.is_object() ? config.value("eos_token_id", nlohmann::json()) : nlohmann::json();
    const auto isId = [](const nlohmann::json& each) { return each.is_number_integer(); };
    if (isId(end)) ends = {end.get<std::int64_t>()};
    else if (end.is_array() && !end.empty() && std::ranges::all_of(end, isId)) ends = end.get<std::vector<std::int64_t>>();
    return ends;
}

}  // namespace tessera
