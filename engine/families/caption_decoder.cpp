// SPDX-License-Identifier: Apache-2.0
#include "families/caption_decoder.h"

#include "core/error.h"
#include "families/text_ids.h"

namespace tessera {

using at::Tensor;

namespace {

Tensor byHeads(const Tensor& x, int heads) { return x.unflatten(-1, {heads, x.size(-1) / heads}).transpose(1, 2); }  // [B,heads,L,W/heads]

}  // namespace

CaptionDecoder::SelfBlock CaptionDecoder::selfBlock(const Weights& w, const Shape& shape) {
    const Weights attention = w / "attn";
    return {.norm1 = LayerNorm(w / "ln_1", shape.width, shape.epsilon),
            .queryKeyValue = Linear(attention, {.in = shape.width, .out = 3 * shape.width}, kTorchHeads.queryKeyValue),
            .out = Linear(attention / kTorchHeads.out, {.in = shape.width, .out = shape.width}),
            .norm2 = LayerNorm(w / "ln_2", shape.width, shape.epsilon),
            .mlp = Mlp(w, "mlp.c_fc", "mlp.c_proj", {.width = shape.width, .hidden = shape.hidden, .gelu = Gelu::Tanh})};
}

CaptionDecoder::CrossBlock CaptionDecoder::crossBlock(const Weights& w, const Shape& shape) {
    const Weights attention = w / "attn";
    const LinearTensors all = Linear::take(attention, {.in = shape.width, .out = 3 * shape.width}, kTorchHeads.queryKeyValue);
    return {.norm1 = LayerNorm(w / "ln_1", shape.width, shape.epsilon),
            .normSeen = LayerNorm(w / "ln_1_kv", shape.width, shape.epsilon),
            .query = Linear(attention, {.in = shape.width, .out = shape.width}, all.rows(0, shape.width)),
            .keyValue = Linear(attention, {.in = shape.width, .out = 2 * shape.width}, all.rows(shape.width, 2 * std::int64_t(shape.width))),
            .out = Linear(attention / kTorchHeads.out, {.in = shape.width, .out = shape.width}),
            .norm2 = LayerNorm(w / "ln_2", shape.width, shape.epsilon),
            .mlp = Mlp(w, "mlp.c_fc", "mlp.c_proj", {.width = shape.width, .hidden = shape.hidden, .gelu = Gelu::Tanh})};
}

CaptionDecoder::CaptionDecoder(const Weights& w, const Shape& shape)
    : m_shape(shape),
      m_tokens(w.take("token_embedding.weight", {shape.vocabulary, shape.width})),
      m_positions(w.take("positional_embedding", {shape.context, shape.width})),
      m_imageProjection(w / "image_projection", {.in = shape.tokenDim, .out = shape.width}, LinearNames{.weights = {"weight"}, .biases = {}}),
      m_norm(w / "ln_final", shape.width, shape.epsilon),
      m_projection(w.take("text_projection", {shape.width, shape.vocabulary})) {
    for (int i = 0; i < shape.layers; ++i) {
        m_self.push_back(selfBlock(w / ("resblocks." + std::to_string(i)), shape));
        m_cross.push_back(crossBlock(w / ("cross_attn." + std::to_string(i)), shape));
    }
}

CaptionDecoder::State CaptionDecoder::look(const Tensor& tokens, ForwardPass& pass) const {
    pass.begin("looking at the picture");
    const Tensor seen = m_imageProjection(tokens).to(at::kFloat);  // [B,N,W]
    State state;
    for (std::size_t i = 0; i < m_self.size(); ++i) {
        const CrossBlock& cross = m_cross[i];
        const auto parts = cross.keyValue(cross.normSeen(seen, cross.keyValue.inputType())).chunk(2, -1);
        state.seen.emplace_back(byHeads(parts[0], m_shape.heads).contiguous(), byHeads(parts[1], m_shape.heads).contiguous());
        state.said.emplace_back(tokens.size(0), m_shape.heads, m_shape.context, m_shape.width / m_shape.heads, parts[0].options());
        pass.checkStopped();
    }
    return state;
}

Tensor CaptionDecoder::read(const Tensor& ids, State& state, ForwardPass& pass) const {
    const std::int64_t start = state.length(), count = ids.size(1);
    checkTextIds(ids, m_shape.vocabulary, m_shape.context - static_cast<int>(start));
    TESSERA_ASSERT(start == 0 || count == 1);
    Tensor x = at::embedding(m_tokens, ids) + m_positions.narrow(0, start, count);  // [B,L,W]
    for (std::size_t i = 0; i < m_self.size(); ++i) {
        const SelfBlock& self = m_self[i];
        const auto parts = self.queryKeyValue(self.norm1(x, self.queryKeyValue.inputType())).chunk(3, -1);
        const auto [keys, values] = state.said[i].append(byHeads(parts[1], m_shape.heads), byHeads(parts[2], m_shape.heads));
        x = x + self.out(headsSideBySide(at::scaled_dot_product_attention(byHeads(parts[0], m_shape.heads), keys, values, {}, 0.0, /*is_causal=*/count > 1)));
        x = x + self.mlp(self.norm2(x, self.mlp.inputType()));
        const CrossBlock& cross = m_cross[i];
        const Tensor query = byHeads(cross.query(cross.norm1(x, cross.query.inputType())), m_shape.heads);
        x = x + cross.out(headsSideBySide(at::scaled_dot_product_attention(query, state.seen[i].first, state.seen[i].second)));
        x = x + cross.mlp(cross.norm2(x, cross.mlp.inputType()));
        pass.checkStopped();
    }
    return at::matmul(m_norm(x, at::kFloat), m_projection);  // [B,L,V]
}

Tensor CaptionDecoder::likeliest(const Tensor& tokens, std::int64_t most, ForwardPass& pass) const {
    State state = look(tokens, pass);
    const std::int64_t count = std::min<std::int64_t>(most, m_shape.context - 1);
    Tensor next = at::full({tokens.size(0), 1}, m_shape.begin, at::TensorOptions().dtype(at::kLong).device(tokens.device()));
    Tensor ended = at::zeros_like(next, at::kBool);
    std::vector<Tensor> said{next};
    for (std::int64_t i = 0; i < count; ++i) {
        next = read(next, state, pass).argmax(-1).masked_fill(ended, m_shape.padding);  // [B,1]
        said.push_back(next);
        ended = ended.logical_or(next == m_shape.end);
        if (ended.all().item<bool>()) break;
    }
    return at::cat(said, 1);
}

}  // namespace tessera
