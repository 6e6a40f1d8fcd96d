// SPDX-License-Identifier: Apache-2.0
#include "families/pixel_networks.h"

#include <string>
#include <tuple>

#include "core/error.h"
#include "device/device_lane.h"

namespace tessera {
namespace {

constexpr double kEpsilon = 1e-6;

AttentionNames attentionNames(const PixelNames::Attention& names) { return {names.norm, names.query, names.key, names.value, names.out}; }

AttentionBlock attentionBlock(const Weights& w, const PixelNames& names, int channels, int groups) {
    const bool older = !names.olderAttention.query.empty() && w.holds(names.olderAttention.query) && !w.holds(names.attention.query);
    return AttentionBlock(w, attentionNames(older ? names.olderAttention : names.attention), channels, groups, kEpsilon);
}

}  // namespace

PixelResnetBlock::PixelResnetBlock(const Weights& w, const PixelNames& names, int in, int out, int groups)
    : m_norm1(w / "norm1", in, groups, kEpsilon),
      m_conv1(w / "conv1", {.in = in, .out = out}),
      m_norm2(w / "norm2", out, groups, kEpsilon),
      m_conv2(w / "conv2", {.in = out, .out = out}) {
    if (in != out) m_shortcut.emplace(w / names.shortcut, Conv2d::Shape{.in = in, .out = out, .kernel = 1});
}

Activation PixelResnetBlock::operator()(Activation x, ForwardPass& pass) const {
    Activation y;  // [B,out,h,w]
    if (m_shortcut) {
        RowSource normalised = m_norm1.siluOf(x);
        std::tie(y, x) = Conv2d::together(m_conv1, std::move(normalised), *m_shortcut, std::move(x), pass);
    } else {
        y = m_conv1(m_norm1.siluOf(x), pass);
    }
    return m_conv2.addedTo(std::move(x), m_norm2.finalSiluOf(std::move(y)), pass);
}

double PixelResnetBlock::flops(double h, double w) const {
    return m_conv1.flops(h, w) + m_conv2.flops(h, w) + (m_shortcut ? m_shortcut->flops(h, w) : 0.0);
}

PixelMidBlock::PixelMidBlock(const Weights& w, const PixelNames& names, const PixelShape& shape)
    : m_block1(w / names.mid1, names, shape.widths.back(), shape.widths.back(), shape.normGroups),
      m_block2(w / names.mid2, names, shape.widths.back(), shape.widths.back(), shape.normGroups) {
    if (shape.midAttention) m_attention.emplace(attentionBlock(w / names.midAttention, names, shape.widths.back(), shape.normGroups));
}

Activation PixelMidBlock::operator()(Activation x, ForwardPass& pass) const {
    x = m_block1(std::move(x), pass);
    if (m_attention) x = (*m_attention)(std::move(x), pass);
    return m_block2(std::move(x), pass);
}

double PixelMidBlock::flops(double h, double w) const {
    return m_block1.flops(h, w) + m_block2.flops(h, w) + (m_attention ? m_attention->flops(h, w) : 0.0);
}

Activation PixelLevel::operator()(Activation x, ForwardPass& pass) const {
    for (std::size_t j = 0; j < blocks.size(); ++j) {
        x = blocks[j](std::move(x), pass);
        if (!attentions.empty()) x = attentions[j](std::move(x), pass);
    }
    return x;
}

double PixelLevel::flops(double h, double w) const {
    double sum = 0;
    for (const PixelResnetBlock& block : blocks) sum += block.flops(h, w);
    for (const AttentionBlock& attention : attentions) sum += attention.flops(h, w);
    return sum;
}

PixelEncoder::PixelEncoder(const Weights& w, PixelNaming naming, const PixelShape& shape)
    : m_convIn(w / "conv_in", {.in = 3, .out = shape.stemWidth}),
      m_mid(w, namesOf(naming), shape),
      m_normOut(w / namesOf(naming).lastNorm, shape.widths.back(), shape.normGroups, kEpsilon),
      m_convOut(w / "conv_out", {.in = shape.widths.back(), .out = shape.encoderChannels}) {
    const PixelNames& names = namesOf(naming);
    const int count = static_cast<int>(shape.widths.size());
    int channels = shape.stemWidth;
    for (int i = 0; i < count; ++i) {
        PixelLevel& level = m_levels.emplace_back();
        for (int j = 0; j < shape.encoderBlocks; ++j) {
            level.blocks.emplace_back(w / named(names.down, i, j), names, channels, shape.widths[i], shape.normGroups);
            channels = shape.widths[i];
            if (shape.encoderAttention[i]) level.attentions.push_back(attentionBlock(w / named(names.downAttention, i, j), names, channels, shape.normGroups));
        }
        if (i + 1 == count) continue;
        level.resample.emplace(w / named(names.downsample, i), Conv2d::Shape{.in = channels, .out = channels, .stride = 2, .padding = Padding::BelowRight});
    }
}

Activation PixelEncoder::operator()(Activation x, ForwardPass& pass) const {
    pass.begin("encoding, first convolution");
    Activation h = m_convIn(std::move(x), pass);
    for (std::size_t i = 0; i < m_levels.size(); ++i) {
        pass.begin("encoding, down block " + std::to_string(i + 1));
        h = m_levels[i](std::move(h), pass);
        if (m_levels[i].resample) h = (*m_levels[i].resample)(std::move(h), pass);
    }
    pass.begin("encoding, middle block");
    h = m_mid(std::move(h), pass);
    return m_convOut(m_normOut.finalSiluOf(std::move(h)), pass);
}

double PixelEncoder::flops(int height, int width) const {
    double sum = m_convIn.flops(height, width);
    for (const PixelLevel& level : m_levels) {
        sum += level.flops(height, width);
        if (!level.resample) continue;
        sum += level.resample->flops(height, width);
        height = level.resample->outputSide(height);
        width = level.resample->outputSide(width);
    }
    return sum + m_mid.flops(height, width) + m_convOut.flops(height, width);
}

PixelDecoder::PixelDecoder(const Weights& w, PixelNaming naming, const PixelShape& shape)
    : m_convIn(w / "conv_in", {.in = shape.decoderChannels, .out = shape.widths.back()}),
      m_mid(w, namesOf(naming), shape),
      m_normOut(w / namesOf(naming).lastNorm, shape.widths.front(), shape.normGroups, kEpsilon),
      m_convOut(w / "conv_out", {.in = shape.widths.front(), .out = 3}) {
    const PixelNames& names = namesOf(naming);
    const int count = static_cast<int>(shape.widths.size());
    int channels = shape.widths.back();
    for (int resolution = count - 1; resolution >= 0; --resolution) {
        const int i = names.decoderCountsFromCoarsest ? count - 1 - resolution : resolution;
        PixelLevel& level = m_levels.emplace_back();
        for (int j = 0; j < shape.decoderBlocks; ++j) {
            level.blocks.emplace_back(w / named(names.up, i, j), names, channels, shape.widths[resolution], shape.normGroups);
            channels = shape.widths[resolution];
            if (shape.decoderAttention[resolution]) level.attentions.push_back(attentionBlock(w / named(names.upAttention, i, j), names, channels, shape.normGroups));
        }
        if (resolution > 0) level.resample.emplace(w / named(names.upsample, i), Conv2d::Shape{.in = channels, .out = channels});
    }
}

Activation PixelDecoder::operator()(Activation z, ForwardPass& pass) const {
    pass.begin("decoding, first convolution");
    Activation h = m_convIn(std::move(z), pass);
    pass.begin("decoding, middle block");
    h = m_mid(std::move(h), pass);
    for (std::size_t i = 0; i < m_levels.size(); ++i) {
        pass.begin("decoding, up block " + std::to_string(i + 1));
        h = m_levels[i](std::move(h), pass);
        if (m_levels[i].resample) h = m_levels[i].resample->onDoubled(std::move(h), pass);
    }
    pass.begin("decoding, last convolution");
    return m_convOut(m_normOut.finalSiluOf(std::move(h)), pass);
}

double PixelDecoder::flops(int height, int width) const {
    double sum = m_convIn.flops(height, width) + m_mid.flops(height, width);
    for (const PixelLevel& level : m_levels) {
        sum += level.flops(height, width);
        if (!level.resample) continue;
        height *= 2;
        width *= 2;
        sum += level.resample->flops(height, width);
    }
    return sum + m_convOut.flops(height, width);
}

Activation pixelInput(const at::Tensor& image, const DeviceLane& lane) {
    return Activation::inBands(image.to(lane.device())).mapped([](const at::Tensor& rows) { return (rows * 2 - 1).contiguous(at::MemoryFormat::ChannelsLast); });
}

at::Tensor pixelOutput(Activation x) { return std::move(x).whole().to(at::kFloat).mul_(0.5).add_(0.5); }

void checkPixelInput(const at::Tensor& image, int least) {
    if (image.dim() == 4 && image.size(0) > 0 && image.size(1) == 3 && image.size(2) >= least && image.size(3) >= least) return;
    throw Failure(ErrorCode::Mismatch, "a picture tensor of shape " + textOfShape(image.sizes().vec()) + " does not fit this encoder", "image",
                  "give [B, 3, H, W] with sides of at least " + std::to_string(least));
}

}  // namespace tessera
