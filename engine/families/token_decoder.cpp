// SPDX-License-Identifier: Apache-2.0
#include "families/token_decoder.h"

#include "core/error.h"

namespace tessera {
namespace {

/// A convolution over single tokens is a product.
LinearTensors embedding(const Weights& w, const TokenDecoder::Shape& shape) {
    const at::Tensor kernel = w.take("weight", {shape.width, shape.tokenDim, 1, 1});
    return {.weight = w.checking() ? kernel : kernel.flatten(1), .bias = w.take("bias", {shape.width})};
}

}  // namespace

TokenDecoder::TokenDecoder(const Weights& w, const Shape& shape)
    : m_shape(shape),
      m_embed(w, {.in = shape.tokenDim, .out = shape.width}, embedding(w / "patch_embed.proj", shape)),
      m_positions(w.take("pos_embed", {1, std::int64_t(shape.rows) * shape.columns, shape.width})),
      m_norm(w / "norm", shape.width, shape.epsilon),
      m_head(w / "head", {.in = shape.width, .out = shape.latents * shape.upsample * shape.upsample}) {
    for (int i = 0; i < shape.layers; ++i) {
        m_blocks.emplace_back(w / ("blocks." + std::to_string(i)), kTimmBlock,
                              TransformerBlock::Shape{.width = shape.width, .heads = shape.heads, .hidden = shape.hidden, .epsilon = shape.epsilon});
    }
}

at::Tensor TokenDecoder::operator()(const at::Tensor& tokens, ForwardPass& pass) const {
    if (tokens.dim() != 4 || tokens.size(0) == 0 || tokens.size(1) != m_shape.tokenDim || tokens.size(2) != m_shape.rows || tokens.size(3) != m_shape.columns) {
        throw Failure(ErrorCode::Mismatch, "tokens of shape " + textOfShape(tokens.sizes().vec()) + " do not fit this decoder", "tokens",
                      "give [B, " + std::to_string(m_shape.tokenDim) + ", " + std::to_string(m_shape.rows) + ", " + std::to_string(m_shape.columns) + "]");
    }
    pass.begin("decoding, tokens");
    at::Tensor x = m_embed(tokens.permute({0, 2, 3, 1}).flatten(1, 2)).to(at::kFloat) + m_positions;  // [B,N,width]
    for (std::size_t i = 0; i < m_blocks.size(); ++i) {
        pass.begin("decoding, block " + std::to_string(i + 1));
        x = m_blocks[i](x, pass);
    }
    const at::Tensor cells = m_head(m_norm(x, m_head.inputType())).to(at::kFloat);  // [B,N,C*u*u]
    return at::pixel_shuffle(cells.transpose(1, 2).unflatten(2, {m_shape.rows, m_shape.columns}), m_shape.upsample).contiguous();
}

double TokenDecoder::flops() const {
    const double tokens = static_cast<double>(m_shape.rows) * m_shape.columns;
    return m_embed.flops(tokens) + m_head.flops(tokens) + static_cast<double>(m_blocks.size()) * (m_blocks.empty() ? 0.0 : m_blocks.front().flops(tokens));
}

}  // namespace tessera
