// SPDX-License-Identifier: Apache-2.0
#include "families/clip_text.h"

#include "core/error.h"
#include "families/text_ids.h"

namespace tessera {
namespace {

constexpr int kMlpFactor = 4;

bool openClip(const ClipText::Shape& shape) { return shape.naming == ClipNaming::OpenClip; }

Weights towerOf(const Weights& w, const ClipText::Shape& shape) { return openClip(shape) ? w : w / "text_model"; }

}  // namespace

ClipText::ClipText(const Weights& weights, Shape shape)
    : m_shape(shape),
      m_blocks(clipBlocks(towerOf(weights, shape), shape.naming, shape.layers,
                          {.width = shape.width,
                           .heads = shape.heads,
                           .hidden = shape.hidden > 0 ? shape.hidden : kMlpFactor * shape.width,
                           .epsilon = shape.epsilon,
                           .gelu = shape.gelu,
                           .causal = shape.causal})),
      m_normOut(towerOf(weights, shape) / (openClip(shape) ? "ln_final" : "final_layer_norm"), shape.width, shape.epsilon),
      m_projection(clipProjection(weights, shape.naming, "text_projection", "text_projection.weight", shape.width, shape.features)) {
    const Weights w = towerOf(weights, shape);
    m_tokens = w.take(openClip(shape) ? "token_embedding.weight" : "embeddings.token_embedding.weight", {shape.vocabulary, shape.width});
    m_positions = w.take(openClip(shape) ? "positional_embedding" : "embeddings.position_embedding.weight", {shape.context, shape.width});
}

at::Tensor ClipText::operator()(const at::Tensor& given, ForwardPass& pass) const {
    checkTextIds(given, m_shape.vocabulary, m_shape.context);
    if (m_shape.wholeContext && given.size(1) != m_shape.context) {
        throw Failure(ErrorCode::Mismatch, "texts of " + std::to_string(given.size(1)) + " ids do not fit this model", "input_ids", "pad them to " + std::to_string(m_shape.context));
    }
    // Where no position looks ahead, what follows the longest text's end changes nothing.
    const at::Tensor ids = m_shape.causal && m_shape.pool != Pool::Last ? given.narrow(1, 0, endsOf(given).max().item<std::int64_t>() + 1) : given;
    at::Tensor x = at::embedding(m_tokens, ids) + m_positions.narrow(0, 0, ids.size(1));  // [T,L,W]
    for (std::size_t i = 0; i < m_blocks.size(); ++i) {
        pass.begin("reading text, block " + std::to_string(i + 1));
        x = m_blocks[i](x, pass);
    }
    return at::matmul(m_normOut(pooled(x, ids), at::kFloat), m_projection);  // [T,E]
}

at::Tensor ClipText::endsOf(const at::Tensor& ids) const {
    // argmax gives the first of equals.
    return m_shape.pool == Pool::LargestId ? ids.argmax(1) : (ids == m_shape.endId).to(at::kInt).argmax(1);
}

at::Tensor ClipText::pooled(const at::Tensor& x, const at::Tensor& ids) const {
    if (m_shape.pool == Pool::Last) return x.select(1, -1);
    const at::Tensor end = endsOf(ids);
    return x.index({at::arange(ids.size(0), end.options()), end});  // [T,W]
}

double ClipText::flops(double texts, double length) const {
    return m_blocks.empty() ? 0.0 : texts * static_cast<double>(m_blocks.size()) * m_blocks.front().flops(length);
}

}  // namespace tessera
