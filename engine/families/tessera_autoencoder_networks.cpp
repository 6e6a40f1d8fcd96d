// SPDX-License-Identifier: Apache-2.0
#include "families/tessera_autoencoder_networks.h"

#include <string>

namespace tessera {
namespace {

using at::Tensor;
using Networks = TesseraAutoencoderNetworks;

Tensor channelsLast(const Tensor& x) { return x.contiguous(at::MemoryFormat::ChannelsLast); }

}  // namespace

Networks::ResidualBlock::ResidualBlock(const Weights& w, int width, const Config& config)
    : norm(w / "norm", width, config.normGroups, config.normEpsilon), conv1(w / "conv1", {.in = width, .out = width}), conv2(w / "conv2", {.in = width, .out = width}) {}

Activation Networks::ResidualBlock::operator()(Activation h, ForwardPass& pass) const {
    Activation y = conv1.withSilu(norm.of(h), pass);
    return conv2.addedTo(std::move(h), std::move(y), pass);
}

Networks::Stage::Stage(const Weights& w, int depth, int width, const Config& config) {
    for (int i = 0; i < depth; ++i) blocks.emplace_back(w / std::to_string(i), width, config);
}

Activation Networks::Stage::operator()(Activation h, ForwardPass& pass) const {
    for (const ResidualBlock& block : blocks) h = block(std::move(h), pass);
    return h;
}

Networks::Encoder::Encoder(const Weights& w, const Config& config)
    : latentChannels(config.latentChannels),
      patch(w / "patch", {.in = 3, .out = config.latentChannels, .kernel = kPatch, .stride = kPatch, .padding = Padding::None}),
      convIn(w / "conv_in", {.in = kPixelChannels, .out = config.widths[0]}),
      stage1(w / "stage1", config.encoderDepths[0], config.widths[0], config),
      down(w / "down", {.in = config.widths[0], .out = config.widths[1], .kernel = 2, .stride = 2, .padding = Padding::None}),
      stage2(w / "stage2", config.encoderDepths[1], config.widths[1], config),
      convOut(w / "conv_out", {.in = config.widths[1], .out = 2 * config.latentChannels}) {}

std::pair<Tensor, Tensor> Networks::Encoder::operator()(Activation x, ForwardPass& pass) const {
    pass.begin("encoding, quarter resolution");
    const Tensor linear = patch(x, pass).whole().to(at::kFloat);
    Activation shuffled = std::move(x).mapped([](const Tensor& rows) { return channelsLast(at::pixel_unshuffle(rows, kUnshuffle)); });
    Activation h = convIn(std::move(shuffled), pass);  // [B,w1,H/4,W/4]
    h = stage1(std::move(h), pass);
    pass.begin("encoding, eighth resolution");
    h = stage2(down(std::move(h), pass), pass);                               // [B,w2,H/8,W/8]
    const Tensor moments = convOut(std::move(h), pass).whole().to(at::kFloat);  // [B,2z,H/8,W/8]
    return {linear + moments.narrow(1, 0, latentChannels), moments.narrow(1, latentChannels, latentChannels)};
}

double Networks::Encoder::flops(double height, double width) const {
    const double h4 = height / 4, w4 = width / 4, h8 = height / 8, w8 = width / 8;
    return patch.flops(height, width) + convIn.flops(h4, w4) + stage1.flops(h4, w4) + down.flops(h4, w4) + stage2.flops(h8, w8) + convOut.flops(h8, w8);
}

Networks::PatchPainter::PatchPainter(const Weights& w, int channels)
    : weight(w.take("weight", {channels, 3, kPatch, kPatch})), bias(w.take("bias", {3})), latentChannels(channels) {}

Tensor Networks::PatchPainter::operator()(const Tensor& z, ForwardPass& pass) const {
    Tensor painted = at::conv_transpose2d(z.to(at::kFloat), weight, bias, kPatch);
    pass.did(flops(static_cast<double>(z.size(2)), static_cast<double>(z.size(3))) * static_cast<double>(z.size(0)));
    return painted;
}

Networks::Decoder::Decoder(const Weights& w, const Config& config)
    : patch(w / "patch", config.latentChannels),
      convIn(w / "conv_in", {.in = config.latentChannels, .out = config.widths[1]}),
      stage2(w / "stage2", config.decoderDepths[0], config.widths[1], config),
      up(w / "up", {.in = config.widths[1], .out = 4 * config.widths[0], .kernel = 1}),
      stage1(w / "stage1", config.decoderDepths[1], config.widths[0], config),
      convOut(w / "conv_out", {.in = config.widths[0], .out = kPixelChannels}) {}

Tensor Networks::Decoder::operator()(const Tensor& z, ForwardPass& pass) const {
    pass.begin("decoding, eighth resolution");
    Activation h = stage2(convIn(z, pass), pass);  // [B,w2,h,w]
    pass.begin("decoding, quarter resolution");
    h = up(std::move(h), pass).mapped([](const Tensor& rows) { return channelsLast(at::pixel_shuffle(rows, 2)); });
    h = convOut(stage1(std::move(h), pass), pass);  // [B,48,2h,2w]
    Tensor picture = patch(z, pass);
    for (std::size_t i = 0; i < h.bands(); ++i) {
        const Rows rows = h.rowsOf(i);
        picture.narrow(2, rows.begin * kUnshuffle, rows.count() * kUnshuffle).add_(at::pixel_shuffle(h.band(i).to(at::kFloat), kUnshuffle));
        h.releaseAbove(rows.end);
    }
    return picture;
}

double Networks::Decoder::flops(double h, double w) const {
    return patch.flops(h, w) + convIn.flops(h, w) + stage2.flops(h, w) + up.flops(h, w) + stage1.flops(2 * h, 2 * w) + convOut.flops(2 * h, 2 * w);
}

}  // namespace tessera
