// SPDX-License-Identifier: Apache-2.0
#include "families/rae_networks.h"

#include <string>

#include "families/shared_space.h"
#include "families/siglip_vision.h"

namespace tessera {
namespace {

using at::Tensor;
using Kind = RaeVisionShape::Kind;

/// transformers' ViT, of which MAE and DINOv2 are kinds.
constexpr MultiHeadNames kVitHeads{{{"attention.query.weight", "attention.key.weight", "attention.value.weight"}, {"attention.query.bias", "attention.key.bias", "attention.value.bias"}}, "output.dense"};
constexpr TransformerBlockNames kVitBlock{"layernorm_before", "attention", kVitHeads, "layernorm_after", "intermediate.dense", "output.dense"};

std::string normOf(Kind kind) { return kind == Kind::Siglip ? "vision_model.post_layernorm" : kind == Kind::Mae ? "vit.layernorm" : "layernorm"; }

}  // namespace

/// x += scale1 attention(norm1(x)); x += scale2 mlp(norm2(x)).
struct Dinov2Block {
    Dinov2Block(const Weights& w, const RaeVisionShape& shape)
        : norm1(w / "norm1", shape.width, shape.epsilon),
          attention(w / "attention", kVitHeads, {.width = shape.width, .heads = shape.heads}),
          scale1((w / "layer_scale1").take("lambda1", {shape.width})),
          norm2(w / "norm2", shape.width, shape.epsilon),
          mlp(w, "mlp.fc1", "mlp.fc2", {.width = shape.width, .hidden = shape.hidden, .gelu = Gelu::Exact}),
          scale2((w / "layer_scale2").take("lambda1", {shape.width})) {}

    Tensor operator()(const Tensor& x, ForwardPass& pass) const {
        const double batch = static_cast<double>(x.size(0)), tokens = static_cast<double>(x.size(1));
        Tensor y = at::addcmul(x, attention(norm1(x, attention.inputType())).to(at::kFloat), scale1);
        pass.did(attention.flops(tokens) * batch);
        y = at::addcmul(y, mlp(norm2(y, mlp.inputType())).to(at::kFloat), scale2);
        pass.did(mlp.flops(tokens) * batch);
        return y;
    }
    double flops(double tokens) const { return attention.flops(tokens) + mlp.flops(tokens); }

    LayerNorm norm1;
    SelfAttention attention;
    Tensor scale1;
    LayerNorm norm2;
    Mlp mlp;
    Tensor scale2;
};

RaeEncoder::RaeEncoder(const Weights& all, const RaeVisionShape& shape)
    : m_shape(shape),
      m_patch(shape.kind == Kind::Siglip ? all / "vision_model.embeddings.patch_embedding"
              : shape.kind == Kind::Mae  ? all / "vit.embeddings.patch_embeddings.projection"
                                         : all / "embeddings.patch_embeddings.projection",
              {.in = 3, .out = shape.width, .kernel = shape.patch, .stride = shape.patch, .padding = Padding::None}) {
    const std::int64_t stored = std::int64_t(shape.imageSide / shape.patch) * (shape.imageSide / shape.patch);
    const Weights w = shape.kind == Kind::Siglip ? all / "vision_model" : shape.kind == Kind::Mae ? all / "vit" : all;
    const Weights embeddings = w / "embeddings";
    if (shape.kind == Kind::Siglip) {
        const Tensor table = (embeddings / "position_embedding").take("weight", {stored, shape.width});
        if (!all.checking()) m_positions = positionsOfPatches(table.unsqueeze(0));
        m_blocks = siglipBlocks(w, 0, shape.layers, {.width = shape.width, .heads = shape.heads, .hidden = shape.hidden, .epsilon = shape.epsilon, .gelu = Gelu::Tanh});
    } else {
        const Tensor table = embeddings.take("position_embeddings", {1, 1 + stored, shape.width}), classToken = embeddings.take("cls_token", {1, 1, shape.width});
        const Tensor registers = shape.registers > 0 ? embeddings.take("register_tokens", {1, shape.registers, shape.width}) : Tensor();
        if (!all.checking()) {
            m_positions = positionsOfPatches(table.slice(1, 1));
            m_before = classToken + table.slice(1, 0, 1);
            if (registers.defined()) m_before = at::cat({m_before, registers}, 1);
        }
        for (int i = 0; i < shape.layers; ++i) {
            const Weights layer = w / ("encoder.layer." + std::to_string(i));
            if (shape.kind == Kind::Dinov2) m_scaled.emplace_back(layer, shape);
            else m_blocks.emplace_back(layer, kVitBlock, TransformerBlock::Shape{.width = shape.width, .heads = shape.heads, .hidden = shape.hidden, .epsilon = shape.epsilon});
        }
    }
    if (shape.affine) m_norm.emplace(all / normOf(shape.kind), shape.width, shape.epsilon);
}

RaeEncoder::RaeEncoder(RaeEncoder&&) noexcept = default;
RaeEncoder::~RaeEncoder() = default;

Tensor RaeEncoder::positionsOfPatches(const Tensor& stored) const {
    const std::int64_t from = m_shape.imageSide / m_shape.patch, to = m_shape.grid();
    if (from == to) return stored;
    const Tensor map = mapOfTokens(stored, from, from);
    // DINOv2 alone smooths what it makes smaller.
    return tokensOfMap(m_shape.kind == Kind::Dinov2 ? at::_upsample_bicubic2d_aa(map, {to, to}, false) : at::upsample_bicubic2d(map, {to, to}, false));
}

Tensor RaeEncoder::operator()(const Tensor& image, ForwardPass& pass) const {
    pass.begin("encoding, patches");
    const Tensor map = m_patch(image.contiguous(at::MemoryFormat::ChannelsLast), pass).whole();  // [B,C,g,g]
    Tensor x = map.to(at::kFloat).permute({0, 2, 3, 1}).flatten(1, 2) + m_positions;            // [B,N,C]
    const std::int64_t before = m_before.defined() ? m_before.size(1) : 0;
    if (before > 0) x = at::cat({m_before.expand({x.size(0), -1, -1}), x}, 1);
    for (int i = 0; i < m_shape.layers; ++i) {
        const auto at = static_cast<std::size_t>(i);
        pass.begin("encoding, block " + std::to_string(i + 1));
        x = m_scaled.empty() ? m_blocks[at](x, pass) : m_scaled[at](x, pass);
    }
    x = m_norm ? (*m_norm)(x, at::kFloat) : at::layer_norm(x, {m_shape.width}, {}, {}, m_shape.epsilon);
    return x.slice(1, before).contiguous();
}

double RaeEncoder::flops() const {
    const double patches = static_cast<double>(m_shape.grid()) * m_shape.grid(), tokens = patches + (m_shape.kind == Kind::Siglip ? 0 : 1 + m_shape.registers);
    double sum = m_patch.flops(m_shape.side, m_shape.side);
    for (const TransformerBlock& block : m_blocks) sum += block.flops(tokens);
    for (const Dinov2Block& block : m_scaled) sum += block.flops(tokens);
    return sum;
}

std::vector<std::string> RaeEncoder::ignorable(const RaeVisionShape& shape) {
    std::vector<std::string> names;
    if (!shape.affine) names.emplace_back(normOf(shape.kind) + ".*");
    const auto add = [&](std::initializer_list<const char*> more) {
        for (const char* each : more) names.emplace_back(each);
    };
    if (shape.kind == Kind::Dinov2) add({"embeddings.mask_token"});
    if (shape.kind == Kind::Mae) add({"decoder.*"});
    if (shape.kind == Kind::Siglip) add({"text_model.*", "logit_scale", "logit_bias", "vision_model.head.*", "*.position_ids"});
    return names;
}

RaeDecoder::RaeDecoder(const Weights& w, const Shape& shape)
    : m_shape(shape),
      m_embed(w / "decoder_embed", {.in = shape.tokenDim, .out = shape.width}),
      m_classToken(w.take("trainable_cls_token", {1, 1, shape.width})),
      m_positions(w.take("decoder_pos_embed", {1, 1 + std::int64_t(shape.grid) * shape.grid, shape.width})),
      m_norm(w / "decoder_norm", shape.width, shape.epsilon),
      m_paint(w / "decoder_pred", {.in = shape.width, .out = shape.patch * shape.patch * 3}) {
    for (int i = 0; i < shape.layers; ++i) {
        m_blocks.emplace_back(w / ("decoder_layers." + std::to_string(i)), kVitBlock, TransformerBlock::Shape{.width = shape.width, .heads = shape.heads, .hidden = shape.hidden, .epsilon = shape.epsilon});
    }
}

Tensor RaeDecoder::operator()(const Tensor& tokens, ForwardPass& pass) const {
    const std::int64_t batch = tokens.size(0), g = m_shape.grid, p = m_shape.patch;
    Tensor x = at::cat({m_classToken.expand({batch, -1, -1}), m_embed(tokens).to(at::kFloat)}, 1) + m_positions;  // [B,N+1,H]
    pass.did(m_embed.flops(static_cast<double>(g * g)) * static_cast<double>(batch));
    for (std::size_t i = 0; i < m_blocks.size(); ++i) {
        pass.begin("decoding, block " + std::to_string(i + 1));
        x = m_blocks[i](x, pass);
    }
    const Tensor painted = m_paint(m_norm(x.slice(1, 1), m_paint.inputType())).to(at::kFloat);  // [B,N,p*p*3]
    pass.did(m_paint.flops(static_cast<double>(g * g)) * static_cast<double>(batch));
    return painted.view({batch, g, g, p, p, 3}).permute({0, 5, 1, 3, 2, 4}).reshape({batch, 3, g * p, g * p});
}

double RaeDecoder::flops() const {
    const double tokens = static_cast<double>(m_shape.grid) * m_shape.grid;
    double sum = m_embed.flops(tokens) + m_paint.flops(tokens);
    for (const TransformerBlock& block : m_blocks) sum += block.flops(tokens + 1);
    return sum;
}

}  // namespace tessera
