// SPDX-License-Identifier: Apache-2.0
#include "families/clip_vision.h"

#include "core/error.h"
#include "families/shared_space.h"

namespace tessera {

using at::Tensor;

namespace {

bool openClip(const ClipVisionShape& shape) { return shape.naming == ClipNaming::OpenClip; }

/// Scope of the tower. Files that hold nothing but the tower name its parts without it.
Weights towerOf(const Weights& w, const ClipVisionShape& shape) {
    if (!openClip(shape)) return w.holds("vision_model") || !w.holds("embeddings.class_embedding") ? w / "vision_model" : w;
    return w.holds("visual") ? w / "visual" : w;
}

TransformerBlock::Shape blockOf(const ClipVisionShape& shape) {
    return {.width = shape.dim, .heads = shape.heads, .hidden = shape.hidden, .epsilon = shape.epsilon, .gelu = shape.gelu};
}

/// The convolution whose stride is its kernel, as one product per patch.
Linear patchLayer(const Weights& w, const ClipVisionShape& shape) {
    const int values = shape.channels * shape.patch * shape.patch;
    const Tensor kernel = w.take("weight", {shape.dim, shape.channels, shape.patch, shape.patch});
    return Linear(w, {.in = values, .out = shape.dim}, LinearTensors{.weight = w.checking() ? kernel : kernel.reshape({shape.dim, values}), .bias = {}});
}

/// [B,C,H,W] to [B,N,C*p*p], patch after patch, row by row.
Tensor patchesOf(const Tensor& x, const ClipVisionShape& shape) {
    const std::int64_t p = shape.patch, rows = shape.rows(), columns = shape.columns();
    const Tensor whole = x.slice(2, 0, rows * p).slice(3, 0, columns * p);
    return whole.unflatten(2, {rows, p}).unflatten(4, {columns, p}).permute({0, 2, 4, 1, 3, 5}).reshape({x.size(0), rows * columns, x.size(1) * p * p});
}

}  // namespace

ClipVision::ClipVision(const Weights& weights, const ClipVisionShape& shape)
    : m_shape(shape),
      m_patch(patchLayer(towerOf(weights, shape) / (openClip(shape) ? "conv1" : "embeddings.patch_embedding"), shape)),
      m_blocks(clipBlocks(towerOf(weights, shape), shape.naming, shape.layers, blockOf(shape))) {
    const Weights w = towerOf(weights, shape);
    m_class = w.take(openClip(shape) ? "class_embedding" : "embeddings.class_embedding", {shape.dim});
    m_positions = w.take(openClip(shape) ? "positional_embedding" : "embeddings.position_embedding.weight", {shape.positions(), shape.dim});
    if (shape.normBefore) m_normIn.emplace(w / (openClip(shape) ? "ln_pre" : "pre_layrnorm"), shape.dim, shape.epsilon);  // upstream's spelling
    if (shape.features == 0) return;
    m_normOut.emplace(w / (openClip(shape) ? "ln_post" : "post_layernorm"), shape.dim, shape.epsilon);
    m_projection = clipProjection(openClip(shape) ? w : weights, shape.naming, "proj", "visual_projection.weight", shape.dim, shape.features);
}

ClipVision::Result ClipVision::operator()(const Tensor& x, ForwardPass& pass) const {
    const bool fits = x.dim() == 4 && x.size(0) > 0 && x.size(1) == m_shape.channels && x.size(2) == m_shape.height && x.size(3) == m_shape.width;
    if (!fits) {
        throw Failure(ErrorCode::Mismatch, "a tensor of shape " + textOfShape(x.sizes().vec()) + " does not fit this vision tower", "image",
                      "give [B, " + std::to_string(m_shape.channels) + ", " + std::to_string(m_shape.height) + ", " + std::to_string(m_shape.width) + "]");
    }
    pass.begin("encoding, patches");
    const Tensor patches = m_patch(patchesOf(x, m_shape)).to(at::kFloat);  // [B,N,D]
    Tensor hidden = at::cat({m_class.expand({x.size(0), 1, -1}), patches}, 1) + m_positions;
    if (m_normIn) hidden = (*m_normIn)(hidden, at::kFloat);
    Result result;
    for (std::size_t i = 0; i < m_blocks.size(); ++i) {
        pass.begin("encoding, block " + std::to_string(i + 1));
        result.before = hidden;
        hidden = m_blocks[i](hidden, pass);
    }
    result.after = hidden;
    return result;
}

Tensor ClipVision::tokens(const Result& result) const {
    if (m_shape.pool == ClipVisionShape::Pool::None) return m_shape.normAfterPool ? result.after : (*m_normOut)(result.after, at::kFloat);
    if (!m_shape.tokensNormed) return result.after;
    const Tensor patches = result.after.slice(1, 1);
    return m_shape.normAfterPool ? patches.contiguous() : (*m_normOut)(patches, at::kFloat);
}

Tensor ClipVision::pooled(const Result& result) const {
    const auto pool = [&](const Tensor& x) {
        switch (m_shape.pool) {
            case ClipVisionShape::Pool::ClassToken: return x.select(1, 0);
            case ClipVisionShape::Pool::Mean: return x.slice(1, 1).mean(1);
            case ClipVisionShape::Pool::None: break;
        }
        return x;
    };
    if (m_shape.normAfterPool) return projected(pool(result.after));
    return at::matmul(pool((*m_normOut)(result.after, at::kFloat)), m_projection);
}

std::vector<std::string> ClipVision::denseMethods() const {
    if (m_shape.pool == ClipVisionShape::Pool::ClassToken) return {"maskclip", "value_only", "plain"};
    return {"plain", "maskclip", "value_only"};
}

Tensor ClipVision::dense(const Result& result, std::string_view method) const {
    const bool plain = method == "plain";
    TESSERA_ASSERT(plain || method == "maskclip" || method == "value_only");
    const Tensor x = plain ? result.after : m_blocks.back().ofItself(result.before, method == "value_only");
    return ofUnitLength(projected(x.slice(1, 1)));
}

double ClipVision::flops() const {
    const auto positions = static_cast<double>(m_shape.positions());
    return m_patch.flops(positions - 1) + (m_blocks.empty() ? 0.0 : static_cast<double>(m_blocks.size()) * m_blocks.front().flops(positions));
}

}  // namespace tessera
