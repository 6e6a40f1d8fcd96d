// SPDX-License-Identifier: Apache-2.0
#include "families/siglip_vision.h"

#include <string>

namespace tessera {

using at::Tensor;

std::vector<TransformerBlock> siglipBlocks(const Weights& w, int first, int last, TransformerBlock::Shape shape) {
    std::vector<TransformerBlock> blocks;
    for (int i = first; i < last; ++i) blocks.emplace_back(w / ("encoder.layers." + std::to_string(i)), kTransformersBlock, shape);
    return blocks;
}

TransformerBlock::Shape blockOf(const SiglipVisionShape& shape) {
    return {.width = shape.width, .heads = shape.heads, .hidden = shape.hidden, .epsilon = shape.epsilon, .gelu = Gelu::Tanh};
}

SiglipPatches::SiglipPatches(const Weights& w, const SiglipVisionShape& shape)
    : m_patch(w / "embeddings.patch_embedding", {.in = 3, .out = shape.width, .kernel = shape.patch, .stride = shape.patch, .padding = Padding::None}),
      m_positions((w / "embeddings.position_embedding").take("weight", {std::int64_t(shape.grid()) * shape.grid(), shape.width})) {}

Tensor SiglipPatches::operator()(Activation x, ForwardPass& pass) const {
    const Tensor map = m_patch(std::move(x), pass).whole();  // [B,C,h,w]
    return map.to(at::kFloat).permute({0, 2, 3, 1}).flatten(1, 2) + m_positions;  // [B,L,C]
}

SiglipPooling::SiglipPooling(const Weights& w, const SiglipVisionShape& shape)
    : m_normOut(w / "post_layernorm", shape.width, shape.epsilon),
      m_probe((w / "head").take("probe", {1, 1, shape.width})),
      m_attention(w / "head.attention", kTorchHeads, shape.width, shape.heads),
      m_norm(w / "head.layernorm", shape.width, shape.epsilon),
      m_mlp(w / "head.mlp", "fc1", "fc2", {.width = shape.width, .hidden = shape.hidden, .gelu = Gelu::Tanh}) {}

Tensor SiglipPooling::operator()(const Tensor& tokens, ForwardPass& pass) const {
    const Tensor normal = m_normOut(tokens, m_attention.inputType());
    const Tensor pooled = m_attention(m_probe.expand({tokens.size(0), 1, -1}), normal).to(at::kFloat);  // [B,1,C]
    const Tensor result = pooled + m_mlp(m_norm(pooled, m_mlp.inputType()));
    pass.did(flops(static_cast<double>(tokens.size(1))) * static_cast<double>(tokens.size(0)));
    return result.squeeze(1);
}

}  // namespace tessera
