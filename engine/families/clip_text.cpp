// SPDX-License-Identifier: Apache-2.0
#include "families/clip_text.h"

#include "families/text_ids.h"

namespace tessera {
namespace {

constexpr double kEpsilon = 1e-5;
constexpr int kMlpFactor = 4;

}  // namespace

ClipText::ClipText(const Weights& w, Shape shape)
    : m_shape(shape),
      m_tokens(w.take("token_embedding.weight", {shape.vocabulary, shape.width})),
      m_positions(w.take("positional_embedding", {shape.context, shape.width})),
      m_normOut(w / "ln_final", shape.width, kEpsilon),
      m_projection(w.take("text_projection", {shape.width, shape.features})) {
    for (int i = 0; i < shape.layers; ++i) {
        m_blocks.emplace_back(w / ("transformer.resblocks." + std::to_string(i)), kOpenClipBlock,
                              TransformerBlock::Shape{.width = shape.width, .heads = shape.heads, .hidden = kMlpFactor * shape.width, .epsilon = kEpsilon, .gelu = shape.gelu, .causal = true});
    }
}

at::Tensor ClipText::operator()(const at::Tensor& ids, ForwardPass& pass) const {
    checkTextIds(ids, m_shape.vocabulary, m_shape.context);
    at::Tensor x = at::embedding(m_tokens, ids) + m_positions.narrow(0, 0, ids.size(1));  // [T,L,W]
    for (std::size_t i = 0; i < m_blocks.size(); ++i) {
        pass.begin("reading text, block " + std::to_string(i + 1));
        x = m_blocks[i](x, pass);
    }
    const at::Tensor end = ids.argmax(1);  // [T], the first of equals
    const at::Tensor last = x.index({at::arange(ids.size(0), end.options()), end});  // [T,W]
    return at::matmul(m_normOut(last, at::kFloat), m_projection);  // [T,E]
}

double ClipText::flops(double texts, double length) const {
    return m_blocks.empty() ? 0.0 : texts * static_cast<double>(m_blocks.size()) * m_blocks.front().flops(length);
}

}  // namespace tessera
