// SPDX-License-Identifier: Apache-2.0
#include "families/llama.h"

#include <algorithm>
#include <cmath>
#include <optional>

#include "core/error.h"
#include "families/text_ids.h"
#include "layers/multi_head_attention.h"

namespace tessera {

using at::Tensor;

namespace {

/// One matrix, or several of one input, one below the other.
LanguageLinear matrix(const Weights& w, const LanguageLinear::Parts& parts, int in, const Llama::Shape& shape) {
    int out = 0;
    for (const auto& [name, rows] : parts) out += rows;
    return LanguageLinear(w, {.in = in, .out = out}, parts, shape.int8Weights);
}

/// Turns every pair (x[i], x[i + half]) by its position's angle. x [B,heads,L,headWidth], cosines and sines [L,headWidth/2] or [B,1,L,headWidth/2].
Tensor turned(const Tensor& x, const Tensor& cosines, const Tensor& sines) {
    const auto halves = x.chunk(2, -1);
    return at::cat({halves[0] * cosines - halves[1] * sines, halves[1] * cosines + halves[0] * sines}, -1);
}

/// The same of one token of each sample, in place: x [B,1,heads*headWidth] float32 on the CPU, whose rows may lie apart. Two loops in the place of nine operations on a handful of values.
void turnTokens(const Tensor& x, int heads, const Tensor& cosines, const Tensor& sines) {
    const std::int64_t half = cosines.size(-1), stride = x.stride(0), places = cosines.numel() / half;  // one for all, or each sample's own
    float* values = x.mutable_data_ptr<float>();
    const float *cosine = cosines.const_data_ptr<float>(), *sine = sines.const_data_ptr<float>();
    for (std::int64_t b = 0; b < x.size(0); ++b) {
        const std::int64_t place = places > 1 ? b * half : 0;
        for (int head = 0; head < heads; ++head) {
            float* pair = values + b * stride + head * 2 * half;
            for (std::int64_t i = 0; i < half; ++i) {
                const float first = pair[i], second = pair[i + half], c = cosine[place + i], s = sine[place + i];
                pair[i] = first * c - second * s;
                pair[i + half] = second * c + first * s;
            }
        }
    }
}

}  // namespace

Llama::Layer Llama::layer(const Weights& w, const Shape& shape) {
    const int queries = shape.heads * shape.headWidth, keys = shape.keyValueHeads * shape.headWidth;
    return {.norm1 = RmsNorm(w / "input_layernorm", shape.width, shape.epsilon),
            .queryKeyValue = matrix(w / "self_attn", {{"q_proj.weight", queries}, {"k_proj.weight", keys}, {"v_proj.weight", keys}}, shape.width, shape),
            .out = matrix(w / "self_attn.o_proj", {{"weight", shape.width}}, queries, shape),
            .norm2 = RmsNorm(w / "post_attention_layernorm", shape.width, shape.epsilon),
            .gateUp = matrix(w / "mlp", {{"gate_proj.weight", shape.hidden}, {"up_proj.weight", shape.hidden}}, shape.width, shape),
            .down = matrix(w / "mlp.down_proj", {{"weight", shape.width}}, shape.hidden, shape)};
}

Llama::Llama(const Weights& model, const Weights& head, const Shape& shape)
    : m_shape(shape),
      // The table is read a row at a time: no layer is faster for its being wide.
      m_tokens((model / "embed_tokens").takeAs(Linear::typeOf(model, {.in = shape.width, .out = shape.width}), "weight", {shape.vocabulary, shape.width})),
      m_norm(model / "norm", shape.width, shape.epsilon),
      m_head(matrix(head / "lm_head", {{"weight", shape.vocabulary}}, shape.width, shape)) {
    for (int i = 0; i < shape.layers; ++i) m_layers.push_back(layer(model / ("layers." + std::to_string(i)), shape));
    if (model.checking()) return;
    const Tensor steps = at::arange(0, shape.headWidth, 2, at::kFloat) / static_cast<double>(shape.headWidth);
    m_frequencies = (1.0 / at::pow(at::scalar_tensor(shape.theta, at::kFloat), steps)).to(model.placement().device);
}

Llama::State Llama::begin(std::int64_t batch, std::int64_t positions, const std::vector<std::int64_t>& padding) const {
    State state;
    const auto options = m_tokens.options().dtype(m_layers.empty() ? at::kFloat : m_layers.front().queryKeyValue.inputType());
    for (std::size_t i = 0; i < m_layers.size(); ++i) state.layers.emplace_back(batch, m_shape.keyValueHeads, positions, m_shape.headWidth, options);
    if (std::ranges::any_of(padding, [](std::int64_t each) { return each > 0; })) state.padding = at::tensor(padding, at::kLong).to(m_tokens.device());
    return state;
}

Llama::State Llama::ofRows(const State& state, const std::vector<std::int64_t>& rows, std::int64_t positions) const {
    const Tensor which = at::tensor(rows, at::kLong).to(m_tokens.device());
    State result;
    for (const KeyValueCache& each : state.layers) result.layers.push_back(each.ofRows(which, positions));
    if (state.padding.defined()) result.padding = state.padding.index_select(0, which);
    return result;
}

Tensor Llama::embedded(const Tensor& ids) const {
    checkTextIds(ids, m_shape.vocabulary, m_shape.positions);
    return at::embedding(m_tokens, ids).to(at::kFloat);
}

Llama::Places Llama::placesOf(const State& state, std::int64_t count) const {
    const std::int64_t start = state.length();
    const Tensor& padding = state.padding;
    Tensor positions = at::arange(start, start + count, m_frequencies.options());  // [L]
    if (padding.defined()) positions = (positions - padding.to(at::kFloat).unsqueeze(1)).clamp_min(0).unsqueeze(1);  // [B,1,L]
    if (m_shape.stretch != 1) positions = positions / m_shape.stretch;
    const Tensor angles = positions.unsqueeze(-1) * m_frequencies;
    Places places{angles.cos(), angles.sin(), {}};
    if (!padding.defined()) return places;
    const Tensor keys = at::arange(start + count, padding.options()), queries = keys.slice(0, start).unsqueeze(1);  // [S], [L,1]
    // A query that only fills up sees itself, so that its row is no NaN.
    places.seen = ((keys <= queries) & ((keys >= padding.view({-1, 1, 1, 1})) | (keys == queries)));
    return places;
}

Tensor Llama::attended(const Layer& layer, const Tensor& x, KeyValueCache& cache, const Places& places) const {
    const std::int64_t count = x.size(1), queries = std::int64_t(m_shape.heads) * m_shape.headWidth, keys = std::int64_t(m_shape.keyValueHeads) * m_shape.headWidth;
    Tensor all = layer.queryKeyValue(layer.norm1(x, layer.queryKeyValue.inputType()));
    const auto byHeads = [&](const Tensor& each, int heads) { return each.unflatten(-1, {heads, m_shape.headWidth}).transpose(1, 2); };  // [B,heads,L,headWidth]
    const auto type = all.scalar_type();
    Tensor query, key;
    if (count == 1 && all.is_cpu() && !all.requires_grad()) {
        const Tensor wide = all.to(at::kFloat);
        turnTokens(wide.narrow(-1, 0, queries + keys), m_shape.heads + m_shape.keyValueHeads, places.cosines, places.sines);
        all = wide.to(type);
        query = byHeads(all.narrow(-1, 0, queries), m_shape.heads);
        key = byHeads(all.narrow(-1, queries, keys), m_shape.keyValueHeads);
    } else {
        query = turned(byHeads(all.narrow(-1, 0, queries), m_shape.heads).to(at::kFloat), places.cosines, places.sines).to(type);
        key = turned(byHeads(all.narrow(-1, queries, keys), m_shape.keyValueHeads).to(at::kFloat), places.cosines, places.sines).to(type);
    }
    const auto [seen, values] = cache.append(key, byHeads(all.narrow(-1, queries + keys, keys), m_shape.keyValueHeads));
    const int shared = m_shape.heads / m_shape.keyValueHeads;
    const std::optional<Tensor> given = places.seen.defined() ? std::optional(places.seen) : std::nullopt;
    Tensor heads;
    if (count == 1) {
        // Queries that share a key are rows of one product.
        const Tensor rows = query.reshape({query.size(0), m_shape.keyValueHeads, shared, m_shape.headWidth});
        heads = at::scaled_dot_product_attention(rows, seen, values, given).reshape({query.size(0), m_shape.heads, 1, m_shape.headWidth});
    } else {
        heads = at::scaled_dot_product_attention(query, seen.repeat_interleave(shared, 1), values.repeat_interleave(shared, 1), given, 0.0, /*is_causal=*/!given);
    }
    return layer.out(headsSideBySide(heads));
}

Tensor Llama::read(Tensor x, State& state, ForwardPass& pass) const {
    const std::int64_t start = state.length(), count = x.size(1);
    TESSERA_ASSERT(start == 0 || count == 1);
    const Places places = placesOf(state, count);
    for (std::size_t i = 0; i < m_layers.size(); ++i) {
        const Layer& layer = m_layers[i];
        x = x + attended(layer, x, state.layers[i], places);
        const auto parts = layer.gateUp(layer.norm2(x, layer.gateUp.inputType())).chunk(2, -1);
        x = x + layer.down(at::silu(parts[0]) * parts[1]);
        pass.did(flops(static_cast<double>(count * x.size(0))) / static_cast<double>(m_layers.size()));
    }
    return m_norm(x, at::kFloat);
}

double Llama::flops(double tokens) const {
    double all = 0;
    for (const Layer& each : m_layers) all += each.queryKeyValue.flops(tokens) + each.out.flops(tokens) + each.gateUp.flops(tokens) + each.down.flops(tokens);
    return all;
}

}  // namespace tessera
