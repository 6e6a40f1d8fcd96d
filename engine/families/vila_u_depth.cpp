// SPDX-License-Identifier: Apache-2.0
#include "families/vila_u_depth.h"

#include "core/error.h"
#include "layers/in_lots.h"

namespace tessera {

using at::Tensor;

namespace {

constexpr double kEpsilon = 1e-5;
constexpr int kMlpFactor = 4;
constexpr LinearNames kQueryKeyValue{.weights = {"query.weight", "key.weight", "value.weight"}, .biases = {"query.bias", "key.bias", "value.bias"}};

}  // namespace

VilaUDepth::Block VilaUDepth::block(const Weights& w, int width) {
    return {.norm1 = LayerNorm(w / "ln1", width, kEpsilon),
            .queryKeyValue = Linear(w / "attn", {.in = width, .out = 3 * width}, kQueryKeyValue),
            .out = Linear(w / "attn.proj", {.in = width, .out = width}),
            .norm2 = LayerNorm(w / "ln2", width, kEpsilon),
            .mlp = Mlp(w, "mlp.0", "mlp.2", {.width = width, .hidden = kMlpFactor * width})};
}

VilaUDepth::VilaUDepth(const Weights& w, const Shape& shape)
    : m_shape(shape),
      m_fromCodes(w / "in_mlp_1", {.in = shape.codewordDim, .out = shape.width}),
      m_fromLanguage(w / "in_mlp_2", {.in = shape.languageWidth, .out = shape.width}),
      m_places(w.take("pos_emb_d", {1, shape.depths, shape.width})),
      m_norm(w / "classifier_mlp.layer_norm", shape.width, kEpsilon),
      m_classifier(w / "classifier_mlp.linear", {.in = shape.width, .out = shape.codes}) {
    for (int i = 0; i < shape.layers; ++i) m_blocks.push_back(block(w / ("head_transformer.blocks." + std::to_string(i)), shape.width));
}

VilaUDepth::State VilaUDepth::begin(std::int64_t positions) const {
    State state;
    const auto options = m_places.options().dtype(m_blocks.front().queryKeyValue.inputType());
    for (std::size_t i = 0; i < m_blocks.size(); ++i) state.layers.emplace_back(positions, m_shape.heads, m_shape.depths, m_shape.width / m_shape.heads, options);
    return state;
}

Tensor VilaUDepth::read(Tensor x, State& state, ForwardPass& pass) const {
    const std::int64_t start = state.length(), count = x.size(1);
    TESSERA_ASSERT(start == 0 || count == 1);
    x = x.to(at::kFloat) + m_places.narrow(1, start, count);
    for (std::size_t i = 0; i < m_blocks.size(); ++i) {
        const Block& each = m_blocks[i];
        const auto parts = each.queryKeyValue(each.norm1(x, each.queryKeyValue.inputType())).chunk(3, -1);
        const auto byHeads = [&](const Tensor& part) { return part.unflatten(-1, {m_shape.heads, m_shape.width / m_shape.heads}).transpose(1, 2); };  // [B,heads,L,E/heads]
        const auto [keys, values] = state.layers[i].append(byHeads(parts[1]), byHeads(parts[2]));
        x = x + each.out(headsSideBySide(at::scaled_dot_product_attention(byHeads(parts[0]), keys, values, {}, 0.0, /*is_causal=*/count > 1)));
        x = x + each.mlp(each.norm2(x, each.mlp.inputType()));
    }
    pass.did(flops() * static_cast<double>(x.size(0) * count) / m_shape.depths);
    return m_classifier(m_norm(x, m_classifier.inputType())).to(at::kFloat);
}

Tensor VilaUDepth::first(const Tensor& hidden, State& state, ForwardPass& pass) const { return read(m_fromLanguage(hidden).unsqueeze(1), state, pass).squeeze(1); }

Tensor VilaUDepth::next(const Tensor& sum, State& state, ForwardPass& pass) const { return read(inLots(sum, m_fromCodes).unsqueeze(1), state, pass).squeeze(1); }

Tensor VilaUDepth::all(const Tensor& hidden, const Tensor& sums, ForwardPass& pass) const {
    State state = begin(hidden.size(0));
    return read(at::cat({m_fromLanguage(hidden).unsqueeze(1), m_fromCodes(sums)}, 1), state, pass);
}

double VilaUDepth::flops() const {
    double each = m_classifier.flops(1);
    for (const Block& block : m_blocks) each += block.queryKeyValue.flops(1) + block.out.flops(1) + block.mlp.flops(1);
    return each * m_shape.depths + m_fromLanguage.flops(1) + m_fromCodes.flops(m_shape.depths - 1);
}

std::int64_t VilaUDepth::weights() const { return static_cast<std::int64_t>(flops() / 2 / m_shape.depths); }

}  // namespace tessera
