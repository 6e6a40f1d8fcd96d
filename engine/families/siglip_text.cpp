// SPDX-License-Identifier: Apache-2.0
#include "families/siglip_text.h"

#include <string>

#include "families/siglip_vision.h"
#include "families/text_ids.h"

namespace tessera {

SiglipText::SiglipText(const Weights& w, Shape shape)
    : m_shape(shape),
      m_tokens((w / "embeddings.token_embedding").take("weight", {shape.vocabulary, shape.width})),
      m_positions((w / "embeddings.position_embedding").take("weight", {shape.context, shape.width})),
      m_blocks(siglipBlocks(w, 0, shape.layers, {.width = shape.width, .heads = shape.heads, .hidden = shape.hidden, .epsilon = shape.epsilon, .gelu = Gelu::Tanh})),
      m_normOut(w / "final_layer_norm", shape.width, shape.epsilon),
      m_head(w / "head", {.in = shape.width, .out = shape.features}) {}

at::Tensor SiglipText::operator()(const at::Tensor& ids, ForwardPass& pass) const {
    checkTextIds(ids, m_shape.vocabulary, m_shape.context);
    at::Tensor x = at::embedding(m_tokens, ids) + m_positions.narrow(0, 0, ids.size(1));  // [T,L,W]
    for (std::size_t i = 0; i < m_blocks.size(); ++i) {
        pass.begin("reading text, block " + std::to_string(i + 1));
        x = m_blocks[i](x, pass);
    }
    return m_head(m_normOut(x.select(1, -1), m_head.inputType())).to(at::kFloat);  // [T,E]
}

double SiglipText::flops(double texts, double length) const {
    return m_blocks.empty() ? 0.0 : texts * static_cast<double>(m_blocks.size()) * m_blocks.front().flops(length);
}

}  // namespace tessera
