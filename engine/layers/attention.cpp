// SPDX-License-Identifier: Apache-2.0
#include "layers/attention.h"

#include <algorithm>
#include <string>

#include "layers/attention_windows.h"
#include "layers/convolution.h"

namespace tessera {
namespace {

constexpr double kPiece = 1e11;  ///< FLOPs between two looks at whether to stop: half a second on two cores

}  // namespace

AttentionBlock::Projection::Projection(const Weights& w, int channels)
    : weight(w.take("weight", {channels, channels}, {channels, channels, 1, 1})), bias(w.take("bias", {channels})) {
    if (w.checking()) return;
    weight = weight.to(computeType(w.placement(), channels, channels));
    bias = bias.to(weight.scalar_type());
}

at::Tensor AttentionBlock::Projection::operator()(const at::Tensor& tokens) const {
    return at::linear(tokens, weight, bias);
}

AttentionBlock::AttentionBlock(const Weights& w, const AttentionNames& names, int channels, int groups, double epsilon)
    : m_channels(channels),
      m_training(w.training()),
      m_norm(w / names.norm, channels, groups, epsilon),
      m_query(w / names.query, channels),
      m_key(w / names.key, channels),
      m_value(w / names.value, channels),
      m_out(w / names.out, channels) {
    if (!w.checking()) m_type = computeType(w.placement(), channels, channels);
}

at::Tensor AttentionBlock::attended(const at::Tensor& from, const at::Tensor& key, const at::Tensor& value) const {
    const auto oneHead = [](const at::Tensor& each) { return each.unsqueeze(1); };  // [B,1,N,C]
    return m_out(at::scaled_dot_product_attention(oneHead(m_query(from)), oneHead(key), oneHead(value)).squeeze(1));  // [B,n,C]
}

Activation AttentionBlock::operator()(Activation x, ForwardPass& pass) const {
    at::Tensor whole = std::move(x).whole();
    const std::int64_t batch = whole.size(0), h = whole.size(2), w = whole.size(3);
    const at::Tensor tokens = m_norm(whole, m_type).permute({0, 2, 3, 1}).reshape({batch, h * w, m_channels});  // [B,N,C]
    const double cost = flops(static_cast<double>(h), static_cast<double>(w)) * static_cast<double>(batch);
    if (!m_training && h * w > kMostAttended) {
        inWindows(whole, tokens, pass);
    } else if (!m_training && cost > 2 * kPiece) {
        inPieces(whole, tokens, pass);
    } else {
        const at::Tensor out = attended(tokens, m_key(tokens), m_value(tokens));
        pass.did(cost);
        return whole + out.reshape({batch, h, w, m_channels}).permute({0, 3, 1, 2});  // [B,C,h,w] channels-last
    }
    return whole;
}

void AttentionBlock::inPieces(at::Tensor& x, const at::Tensor& tokens, ForwardPass& pass) const {
    const std::int64_t batch = x.size(0), count = tokens.size(1);
    const at::Tensor key = m_key(tokens), value = m_value(tokens);
    const double perQuery = flopsOf(1, static_cast<double>(count)) * static_cast<double>(batch);
    const auto step = static_cast<std::int64_t>(std::max(256.0, kPiece / perQuery));
    at::Tensor sum = x.permute({0, 2, 3, 1}).view({batch, count, m_channels});
    for (std::int64_t first = 0; first < count; first += step) {
        const std::int64_t queries = std::min(step, count - first);
        sum.narrow(1, first, queries).add_(attended(tokens.narrow(1, first, queries), key, value));
        pass.did(perQuery * static_cast<double>(queries));
    }
}

void AttentionBlock::inWindows(at::Tensor& x, const at::Tensor& tokens, ForwardPass& pass) const {
    const std::int64_t batch = x.size(0), h = x.size(2), w = x.size(3);
    const auto size = [](std::int64_t height, std::int64_t width) { return std::to_string(height) + " × " + std::to_string(width); };
    pass.note("attention in overlapping windows of " + size(std::min(h, kWindowSide), std::min(w, kWindowSide)) + " cells, not over all " + size(h, w) +
              ": that would take too long");
    const at::Tensor map = tokens.view({batch, h, w, m_channels});
    at::Tensor sum = x.permute({0, 2, 3, 1});
    for (const AttentionWindow& rows : attentionWindows(h, kWindowSide, kWindowOverlap)) {
        for (const AttentionWindow& columns : attentionWindows(w, kWindowSide, kWindowOverlap)) {
            const auto part = [&](const at::Tensor& of) { return of.narrow(1, rows.begin, rows.size()).narrow(2, columns.begin, columns.size()); };
            const std::int64_t count = rows.size() * columns.size();
            const at::Tensor inside = part(map).reshape({batch, count, m_channels});
            const at::Tensor key = m_key(inside), value = m_value(inside);
            const auto sharesOf = [](const AttentionWindow& window) { return at::from_blob(const_cast<float*>(window.share.data()), {window.size()}, at::kFloat); };
            const at::Tensor share = at::outer(sharesOf(rows), sharesOf(columns)).reshape({1, count, 1}).to(x.device());
            const double perQuery = flopsOf(1, static_cast<double>(count)) * static_cast<double>(batch);
            const auto step = static_cast<std::int64_t>(std::max(256.0, kPiece / perQuery));
            at::Tensor out = at::empty({batch, count, m_channels}, x.options());
            for (std::int64_t first = 0; first < count; first += step) {
                const std::int64_t queries = std::min(step, count - first);
                out.narrow(1, first, queries).copy_(attended(inside.narrow(1, first, queries), key, value) * share.narrow(1, first, queries));
                pass.did(perQuery * static_cast<double>(queries));
            }
            part(sum).add_(out.view({batch, rows.size(), columns.size(), m_channels}));
        }
    }
}

double AttentionBlock::flopsOf(double queries, double keys) const {
    const double channels = m_channels;
    return 8.0 * queries * channels * channels + 4.0 * queries * keys * channels;
}

double AttentionBlock::flops(double height, double width) const {
    if (height * width <= static_cast<double>(kMostAttended)) return flopsOf(height * width, height * width);
    double sum = 0;
    for (const AttentionWindow& rows : attentionWindows(static_cast<std::int64_t>(height), kWindowSide, kWindowOverlap)) {
        for (const AttentionWindow& columns : attentionWindows(static_cast<std::int64_t>(width), kWindowSide, kWindowOverlap)) {
            const double count = static_cast<double>(rows.size()) * static_cast<double>(columns.size());
            sum += flopsOf(count, count);
        }
    }
    return sum;
}

}  // namespace tessera
