// SPDX-License-Identifier: Apache-2.0
#include "families/tessera_mini_networks.h"

#include <cmath>

#include "families/shared_space.h"
#include "layers/in_place.h"

namespace tessera {
namespace {

using at::Tensor;

constexpr double kEpsilon = 1e-6;
constexpr double kRotaryBase = 100;  // the slowest angle turns once in some 400 tokens

struct Span {
    std::int64_t begin, end;            ///< of a window
    std::int64_t keptBegin, keptEnd;    ///< of what is taken from it
};

/// Windows of at most `window` that overlap; each place is taken from the window in which it lies deepest.
std::vector<Span> spansOf(std::int64_t length, std::int64_t window, std::int64_t overlap) {
    std::vector<Span> spans;
    if (length <= window) return {{0, length, 0, length}};
    const std::int64_t count = (length - overlap + window - overlap - 1) / (window - overlap);
    for (std::int64_t i = 0; i < count; ++i) {
        const std::int64_t begin = i * (length - window) / (count - 1);
        spans.push_back({begin, begin + window, begin, begin + window});
        if (i > 0) spans[static_cast<std::size_t>(i)].keptBegin = spans[static_cast<std::size_t>(i) - 1].keptEnd = (begin + spans[static_cast<std::size_t>(i) - 1].end) / 2;
    }
    return spans;
}

}  // namespace

RotaryGrid::RotaryGrid(std::int64_t rows, std::int64_t columns, std::int64_t channels, const at::TensorOptions& options) {
    const std::int64_t count = channels / 4;
    const Tensor speeds = at::exp(at::arange(count, options) * (-std::log(kRotaryBase) / static_cast<double>(count)));
    const auto along = [&](const Tensor& places, at::IntArrayRef shape) { return (places.unsqueeze(-1) * speeds).expand(shape); };
    const Tensor byRow = along(at::arange(rows, options).unsqueeze(1), {rows, columns, count}), byColumn = along(at::arange(columns, options).unsqueeze(0), {rows, columns, count});
    const Tensor angles = at::cat({byRow, byColumn}, 2).flatten(0, 1);  // [N, channels/2]
    m_cosines = angles.cos();
    m_sines = angles.sin();
}

Tensor RotaryGrid::turned(const Tensor& x) const {
    const auto halves = x.chunk(2, -1);
    const Tensor cosines = m_cosines.to(x.scalar_type()), sines = m_sines.to(x.scalar_type());
    return at::cat({halves[0] * cosines - halves[1] * sines, halves[0] * sines + halves[1] * cosines}, -1);
}

RotaryBlock::RotaryBlock(const Weights& w, const TesseraMiniConfig::Stack& stack)
    : m_heads(stack.heads),
      m_norm1(w / "norm1", stack.width, kEpsilon),
      m_queryKeyValue(w / "attn" / "qkv", {.in = stack.width, .out = 3 * stack.width}),
      m_out(w / "attn" / "proj", {.in = stack.width, .out = stack.width}),
      m_norm2(w / "norm2", stack.width, kEpsilon),
      m_mlp(w, "mlp.fc1", "mlp.fc2", {.width = stack.width, .hidden = stack.hidden, .gelu = Gelu::Tanh}) {}

Tensor RotaryBlock::operator()(const Tensor& x, const RotaryGrid& grid, ForwardPass& pass) const {
    const double batch = static_cast<double>(x.size(0)), tokens = static_cast<double>(x.size(1));
    const auto parts = m_queryKeyValue(m_norm1(x, m_queryKeyValue.inputType())).unflatten(-1, {3, m_heads, -1}).permute({2, 0, 3, 1, 4}).unbind(0);  // [B,heads,N,c] each
    const Tensor attended = at::scaled_dot_product_attention(grid.turned(parts[0]), grid.turned(parts[1]), parts[2]);
    Tensor y = x + m_out(headsSideBySide(attended));
    pass.did(0);
    y = addedInPlace(y, m_mlp(m_norm2(y, m_mlp.inputType())));
    pass.did(flops(tokens) * batch);
    return y;
}

double RotaryBlock::flops(double tokens) const {
    return m_queryKeyValue.flops(tokens) + attentionFlops(tokens, tokens, m_out.shape().in) + m_out.flops(tokens) + m_mlp.flops(tokens);
}

TokenStack::TokenStack(const Weights& w, int in, int out, const TesseraMiniConfig::Stack& stack)
    : m_width(stack.width), m_heads(stack.heads), m_in(w / "in", {.in = in, .out = stack.width}), m_norm(w / "norm", stack.width, kEpsilon), m_out(w / "out", {.in = stack.width, .out = out}) {
    for (int i = 0; i < stack.layers; ++i) m_blocks.emplace_back(w / "blocks" / std::to_string(i), stack);
}

Tensor TokenStack::ofWindow(const Tensor& map, ForwardPass& pass) const {
    const std::int64_t rows = map.size(2), columns = map.size(3);
    const RotaryGrid grid(rows, columns, m_width / m_heads, map.options());
    Tensor x = m_in(tokensOfMap(map)).to(at::kFloat);
    for (const RotaryBlock& block : m_blocks) x = block(x, grid, pass);
    return mapOfTokens(m_out(m_norm(x, m_out.inputType())).to(at::kFloat), rows, columns);
}

Tensor TokenStack::operator()(const Tensor& map, ForwardPass& pass) const {
    const std::int64_t rows = map.size(2), columns = map.size(3);
    if (rows <= kWindow && columns <= kWindow) return ofWindow(map, pass);
    pass.note("Tokens see one another within windows of " + std::to_string(kWindow) + " x " + std::to_string(kWindow) + ": the picture has " + std::to_string(columns) + " x " + std::to_string(rows) + ".");
    Tensor result = at::empty({map.size(0), m_out.shape().out, rows, columns}, map.options());
    for (const Span& row : spansOf(rows, kWindow, kOverlap)) {
        for (const Span& column : spansOf(columns, kWindow, kOverlap)) {
            const Tensor seen = ofWindow(map.slice(2, row.begin, row.end).slice(3, column.begin, column.end), pass);
            const Tensor kept = seen.slice(2, row.keptBegin - row.begin, row.keptEnd - row.begin).slice(3, column.keptBegin - column.begin, column.keptEnd - column.begin);
            result.slice(2, row.keptBegin, row.keptEnd).slice(3, column.keptBegin, column.keptEnd).copy_(kept);
        }
    }
    return result;
}

double TokenStack::flops(double rows, double columns) const {
    const double tokens = rows * columns, seen = std::min(rows, double(kWindow)) * std::min(columns, double(kWindow));
    const double blocks = m_blocks.empty() ? 0.0 : static_cast<double>(m_blocks.size()) * m_blocks.front().flops(seen) * tokens / std::max(1.0, seen);
    return m_in.flops(tokens) + blocks + m_out.flops(tokens);
}

TesseraMiniNetworks::Folding::Folding(const Weights& w, const Config& config) : patch(config.patch), scale(w.take("scale", {config.autoencoder.latentChannels})) {
    if (scale.defined()) scale = scale.view({1, -1, 1, 1});
}

Tensor TesseraMiniNetworks::Folding::tokens(const Tensor& latents) const { return at::pixel_unshuffle(latents * scale, patch); }
Tensor TesseraMiniNetworks::Folding::latents(const Tensor& tokens) const { return at::pixel_shuffle(tokens, patch) / scale; }

Tensor TesseraMiniNetworks::Encoder::operator()(const Tensor& latents, ForwardPass& pass) const {
    pass.begin("encoding, tokens");
    const Tensor tokens = folding.tokens(latents);
    return tokens + stack(tokens, pass);
}

Tensor TesseraMiniNetworks::Decoder::operator()(const Tensor& tokens, ForwardPass& pass) const {
    pass.begin("decoding, tokens");
    return folding.latents(tokens + stack(tokens, pass));
}

Tensor TesseraMiniNetworks::codebooks(const Weights& w, const Config& config) { return w.take("quantizer.codebooks", {config.depths, config.codebookSize, config.tokenDim()}); }

TesseraMiniNetworks::SharedSpace::SharedSpace(const Weights& w, const Config& config)
    : stack(w / "semantic", config.tokenDim(), config.embedding, config.semantic),
      logitScale(w.take("logit_scale", {})),
      logitBias(w.take("logit_bias", {})),
      text(w / "text", config.text) {}

}  // namespace tessera
