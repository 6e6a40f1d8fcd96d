// SPDX-License-Identifier: Apache-2.0
#include "families/vitamin.h"

#include <algorithm>
#include <cmath>
#include <string>

namespace tessera {
namespace {

using at::Tensor;

constexpr double kEpsilon = 1e-6;

/// gelu by the error function, in the memory of what a layer just made.
Activation gelu(Activation x) {
    return std::move(x).mapped([](const Tensor& rows) {
        Tensor own = rows;
        return at::gelu_(own);
    });
}

std::vector<VitaminBlock> blocksOf(const Weights& w, const VitaminShape& shape) {
    std::vector<VitaminBlock> blocks;
    for (int i = 0; i < shape.depth; ++i) blocks.emplace_back(w / ("blocks." + std::to_string(i)), shape.width, shape.heads);
    return blocks;
}

/// The first block changes resolution and maybe channels.
std::vector<MbConv> stageOf(const Weights& w, int count, int in, int out, int hidden, MbConv::Resample first) {
    std::vector<MbConv> blocks;
    for (int i = 0; i < count; ++i) {
        blocks.emplace_back(w / std::to_string(i), i == 0 ? in : out, hidden, out, i == 0 ? first : MbConv::Resample::None);
    }
    return blocks;
}

Activation through(const std::vector<MbConv>& stage, Activation x, ForwardPass& pass) {
    for (const MbConv& block : stage) x = block(std::move(x), pass);
    return x;
}

Tensor through(const std::vector<VitaminBlock>& blocks, Tensor x, const std::string& doing, ForwardPass& pass) {
    for (std::size_t i = 0; i < blocks.size(); ++i) {
        pass.begin(doing + ", block " + std::to_string(i + 1));
        x = blocks[i](x, pass);
    }
    return x;
}

double flopsOf(const std::vector<VitaminBlock>& blocks, double tokens) {
    return blocks.empty() ? 0.0 : static_cast<double>(blocks.size()) * blocks.front().flops(tokens);
}

/// Of a stage whose first block takes a map of that size and the others one of another size.
double flopsOf(const std::vector<MbConv>& stage, double height, double width, double laterHeight, double laterWidth) {
    double sum = 0;
    for (std::size_t i = 0; i < stage.size(); ++i) sum += i == 0 ? stage[i].flops(height, width) : stage[i].flops(laterHeight, laterWidth);
    return sum;
}

/// Upstream's make_divisible(4 * channels, 8).
int hiddenOf(int channels) { return std::max(8, (4 * channels + 4) / 8 * 8); }

}  // namespace

GatedMlp::GatedMlp(const Weights& w, int width)
    : m_norm(w / "norm", width, kEpsilon),
      m_gate(w / "w0", {.in = width, .out = 2 * width}),
      m_value(w / "w1", {.in = width, .out = 2 * width}),
      m_out(w / "w2", {.in = 2 * width, .out = width}) {}

Tensor GatedMlp::operator()(const Tensor& x) const {
    const Tensor y = m_norm(x, m_gate.inputType());
    return m_out(m_gate.withGelu(y, Gelu::Tanh).mul_(m_value(y)));
}

VitaminBlock::VitaminBlock(const Weights& w, int width, int heads)
    : m_norm1(w / "norm1", width, kEpsilon),
      m_attention(w / "attn", kTimmHeads, {.width = width, .heads = heads}),
      m_norm2(w / "norm2", width, kEpsilon),
      m_mlp(w / "mlp", width) {}

Tensor VitaminBlock::operator()(const Tensor& x, ForwardPass& pass) const {
    const double batch = static_cast<double>(x.size(0)), tokens = static_cast<double>(x.size(1));
    Tensor y = x + m_attention(m_norm1(x, m_attention.inputType()));
    pass.did(m_attention.flops(tokens) * batch);
    y.add_(m_mlp(m_norm2(y, at::kFloat)));
    pass.did(m_mlp.flops(tokens) * batch);
    return y;
}

MbConv::MbConv(const Weights& w, int in, int hidden, int out, Resample resample)
    : m_resample(resample),
      m_norm(w / "pre_norm", in, kEpsilon),
      m_widen(w / "conv1_1x1", {.in = in, .out = hidden, .kernel = 1}),
      m_depthwise(w / "conv2_kxk", hidden, resample == Resample::Halve ? 2 : 1),
      m_narrow(w / "conv3_1x1", {.in = hidden, .out = out, .kernel = 1}) {
    if (resample == Resample::Halve && in != out) m_expand.emplace(w / "shortcut.expand", Conv2d::Shape{.in = in, .out = out, .kernel = 1});
    if (resample == Resample::Double) {
        m_double.emplace(w / "up.conv", Conv2d::Shape{.in = hidden, .out = hidden});
        m_shortcut.emplace(w / "shortcut.conv", Conv2d::Shape{.in = in, .out = out});
    }
}

Activation MbConv::shortcutOf(Activation x, ForwardPass& pass) const {
    if (m_resample == Resample::Double) return m_shortcut->onDoubled(std::move(x), pass);
    if (m_resample == Resample::None) return x;
    // Zeros beyond the border do not count in the mean.
    Activation halved = at::avg_pool2d(std::move(x).whole(), {3, 3}, {2, 2}, {1, 1}, false, /*count_include_pad=*/false);
    return m_expand ? (*m_expand)(std::move(halved), pass) : halved;
}

Activation MbConv::operator()(Activation x, ForwardPass& pass) const {
    Activation y = gelu(m_widen(m_norm.onChannels(x, m_widen.inputType()), pass));  // [B,hidden,h,w]
    if (m_double) y = m_double->onDoubled(std::move(y), pass);  // [B,hidden,2h,2w]
    y = gelu(m_depthwise(std::move(y).whole(), pass));  // [B,hidden,h',w']
    return m_narrow.addedTo(shortcutOf(std::move(x), pass), std::move(y), pass);
}

double MbConv::flops(double height, double width) const {
    const double factor = m_resample == Resample::Halve ? 0.5 : m_resample == Resample::Double ? 2.0 : 1.0;
    const double h = std::ceil(height * factor), w = std::ceil(width * factor);
    double sum = m_widen.flops(height, width) + m_narrow.flops(h, w);
    sum += m_double ? m_depthwise.flops(h, w) + m_double->flops(h, w) + m_shortcut->flops(h, w) : m_depthwise.flops(height, width);
    return sum + (m_expand ? m_expand->flops(h, w) : 0.0);
}

VitaminEncoder::VitaminEncoder(const Weights& w, const VitaminShape& shape)
    : m_stem1(w / "patch_embed.backbone.stem.conv1", {.in = 3, .out = shape.fine, .stride = 2}),
      m_stemNorm(w / "patch_embed.backbone.stem.norm1", shape.fine, kEpsilon),
      m_stem2(w / "patch_embed.backbone.stem.conv2", {.in = shape.fine, .out = shape.fine}),
      m_poolNorm(w / "patch_embed.backbone.pool.norm", shape.middle, kEpsilon),
      m_pool(w / "patch_embed.backbone.pool.proj", {.in = shape.middle, .out = shape.width, .stride = 2}),
      m_position(w.take("pos_embed", {1, 1, shape.width})),
      m_blocks(blocksOf(w, shape)),
      m_normOut(w / "norm", shape.width, kEpsilon) {
    const Weights stages = w / "patch_embed.backbone.stages";
    m_stages.push_back(stageOf(stages / "0", shape.fineBlocks, shape.fine, shape.fine, hiddenOf(shape.fine), MbConv::Resample::Halve));
    m_stages.push_back(stageOf(stages / "1", shape.middleBlocks, shape.fine, shape.middle, hiddenOf(shape.middle), MbConv::Resample::Halve));
}

Activation VitaminEncoder::toMap(Activation x, ForwardPass& pass) const {
    pass.begin("encoding, half resolution");
    Activation h = m_stem1(std::move(x), pass);  // [B,fine,H/2,W/2]
    h = m_stem2(gelu(m_stemNorm.onChannels(std::move(h), m_stem2.inputType())), pass);
    for (std::size_t i = 0; i < m_stages.size(); ++i) {
        pass.begin(i == 0 ? "encoding, quarter resolution" : "encoding, eighth resolution");
        h = through(m_stages[i], std::move(h), pass);
    }
    return m_pool(m_poolNorm.onChannels(std::move(h), m_pool.inputType()), pass);
}

Tensor VitaminEncoder::operator()(Activation x, ForwardPass& pass) const {
    const Tensor map = toMap(std::move(x), pass).whole();  // [B,width,h,w]
    const Tensor tokens = map.to(at::kFloat).permute({0, 2, 3, 1}).flatten(1, 2);  // [B,hw,width]
    return m_normOut(through(m_blocks, tokens + m_position, "encoding", pass), at::kFloat);
}

double VitaminEncoder::flops(double height, double width) const {
    const auto at = [&](double factor) { return std::pair(height / factor, width / factor); };
    const auto [h2, w2] = at(2);
    const auto [h4, w4] = at(4);
    const auto [h8, w8] = at(8);
    const auto [h16, w16] = at(16);
    return m_stem1.flops(height, width) + m_stem2.flops(h2, w2) + flopsOf(m_stages[0], h2, w2, h4, w4) + flopsOf(m_stages[1], h4, w4, h8, w8) + m_pool.flops(h8, w8) +
           flopsOf(m_blocks, h16 * w16);
}

VitaminDecoder::VitaminDecoder(const Weights& w, const VitaminShape& shape)
    : m_blocks(blocksOf(w, shape)),
      m_normOut(w / "norm", shape.width, kEpsilon),
      m_up1(w / "up_conv1.conv", {.in = shape.width, .out = shape.middle}),
      m_up4(w / "up_conv4.conv1.conv", {.in = shape.fine, .out = shape.fine}),
      m_lastNorm(w / "up_conv4.norm1", shape.fine, kEpsilon),
      m_last(w / "up_conv4.conv2", {.in = shape.fine, .out = 3}) {
    m_stages.push_back(stageOf(w / "up_conv2", shape.upMiddleBlocks, shape.middle, shape.middle, hiddenOf(shape.middle), MbConv::Resample::Double));
    m_stages.push_back(stageOf(w / "up_conv3", shape.upFineBlocks, shape.middle, shape.fine, hiddenOf(shape.fine), MbConv::Resample::Double));
}

Activation VitaminDecoder::operator()(Tensor tokens, ForwardPass& pass) const {
    const std::int64_t batch = tokens.size(0), side = std::llround(std::sqrt(static_cast<double>(tokens.size(1)))), width = tokens.size(2);
    const Tensor normal = m_normOut(through(m_blocks, std::move(tokens), "decoding", pass), m_up1.inputType());
    pass.begin("decoding, eighth resolution");
    Activation h = m_up1.onDoubled(normal.reshape({batch, side, side, width}).permute({0, 3, 1, 2}), pass);  // [B,middle,2s,2s]
    for (std::size_t i = 0; i < m_stages.size(); ++i) {
        pass.begin(i == 0 ? "decoding, quarter resolution" : "decoding, half resolution");
        h = through(m_stages[i], std::move(h), pass);
    }
    pass.begin("decoding, full resolution");
    h = m_up4.onDoubled(std::move(h), pass);  // [B,fine,16s,16s]
    return m_last(gelu(m_lastNorm.onChannels(std::move(h), m_last.inputType())), pass);
}

double VitaminDecoder::flops(double height, double width) const {
    const auto doubled = [&](const Conv2d& conv, double factor) { return conv.flops(height * factor, width * factor); };
    return flopsOf(m_blocks, height * width) + doubled(m_up1, 2) + flopsOf(m_stages[0], 2 * height, 2 * width, 4 * height, 4 * width) +
           flopsOf(m_stages[1], 4 * height, 4 * width, 8 * height, 8 * width) + doubled(m_up4, 16) + doubled(m_last, 16);
}

}  // namespace tessera
