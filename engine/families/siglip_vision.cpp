// SPDX-License-Identifier: Apache-2.0
#include "families/siglip_vision.h"

#include <string>

#include "core/error.h"
#include "families/shared_space.h"

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

Tensor SiglipPooling::ofEach(const Tensor& tokens) const {
    const Tensor each = m_attention.ofEach(m_normOut(tokens, m_attention.inputType())).to(at::kFloat);  // [B,L,C]
    return each + m_mlp(m_norm(each, m_mlp.inputType()));
}

SiglipVision::SiglipVision(const Weights& w, const SiglipVisionShape& shape)
    : m_shape(shape), m_patches(w, shape), m_blocks(siglipBlocks(w, 0, shape.layers, blockOf(shape))), m_pooling(w, shape) {}

SiglipVision::Result SiglipVision::operator()(const Tensor& x, ForwardPass& pass) const {
    const bool fits = x.dim() == 4 && x.size(0) > 0 && x.size(1) == 3 && x.size(2) == m_shape.imageSide && x.size(3) == m_shape.imageSide;
    if (!fits) {
        const std::string side = std::to_string(m_shape.imageSide);
        throw Failure(ErrorCode::Mismatch, "a tensor of shape " + textOfShape(x.sizes().vec()) + " does not fit this vision tower", "image", "give [B, 3, " + side + ", " + side + "]");
    }
    pass.begin("encoding, patches");
    Tensor tokens = m_patches(x.contiguous(at::MemoryFormat::ChannelsLast), pass);
    for (std::size_t i = 0; i < m_blocks.size(); ++i) {
        pass.begin("encoding, block " + std::to_string(i + 1));
        tokens = m_blocks[i](tokens, pass);
    }
    return {tokens};
}

Tensor SiglipVision::dense(const Result& result, std::string_view method) const {
    TESSERA_ASSERT(method == "plain" || method == "map_value");
    const Tensor x = method == "plain" ? m_pooling.normed(result.after) : m_pooling.ofEach(result.after);
    return ofUnitLength(x);
}

double SiglipVision::flops() const {
    const double tokens = static_cast<double>(m_shape.grid()) * m_shape.grid();
    return m_patches.flops(m_shape.imageSide, m_shape.imageSide) + static_cast<double>(m_blocks.size()) * (m_blocks.empty() ? 0.0 : m_blocks.front().flops(tokens));
}

}  // namespace tessera
