// SPDX-License-Identifier: Apache-2.0
#include "quantize/codebook_quantizer.h"

#include <mutex>
#include <utility>

#include "core/error.h"
#include "device/device_lane.h"
#include "layers/weights.h"
#include "quantize/beam_search.h"
#include "quantize/token_facts.h"

namespace tessera {
namespace {

constexpr double kSmallestNorm = 1e-12;

at::Tensor unit(const at::Tensor& vectors) {
    return vectors / vectors.norm(2, {-1}, true).clamp_min(kSmallestNorm);
}

bool same(const at::Tensor& a, const at::Tensor& b) {
    return a.const_data_ptr() == b.const_data_ptr() && a.sizes() == b.sizes() && a.strides() == b.strides();
}

}  // namespace

struct CodebookQuantizer::Prepared {
    std::once_flag once;
    std::vector<std::unique_ptr<const PreparedCodebook>> codebooks;
    std::vector<const PreparedCodebook*> depths;
};

CodebookQuantizer::CodebookQuantizer(QuantizerOptions options, std::vector<at::Tensor> codebooks)
    : m_options(std::move(options)), m_codebooks(std::move(codebooks)), m_prepared(std::make_shared<Prepared>()) {
    TESSERA_ASSERT(static_cast<int>(m_codebooks.size()) == m_options.layout.depths());
    if (!m_options.unitLength) return;
    const std::vector<at::Tensor> given = m_codebooks;
    for (std::size_t i = 0; i < given.size(); ++i) m_codebooks[i] = i > 0 && same(given[i], given[i - 1]) ? m_codebooks[i - 1] : unit(given[i]);
}

const std::vector<const PreparedCodebook*>& CodebookQuantizer::prepared() const {
    std::call_once(m_prepared->once, [this] {
        for (std::size_t i = 0; i < m_codebooks.size(); ++i) {
            if (i == 0 || !same(m_codebooks[i], m_codebooks[i - 1])) m_prepared->codebooks.push_back(std::make_unique<PreparedCodebook>(m_codebooks[i]));
            m_prepared->depths.push_back(m_prepared->codebooks.back().get());
        }
    });
    return m_prepared->depths;
}

at::Tensor CodebookQuantizer::folded(const at::Tensor& latents) const {
    const int r = m_options.foldRows, c = m_options.foldColumns;
    const std::int64_t b = latents.size(0), channels = latents.size(1), rows = latents.size(2) / r, columns = latents.size(3) / c;
    const at::Tensor split = latents.reshape({b, channels, rows, r, columns, c}).permute({0, 2, 4, 3, 5, 1});  // [B,rows,columns,r,c,C]
    return split.reshape({b, rows, columns, r * c * channels});
}

at::Tensor CodebookQuantizer::unfolded(const at::Tensor& vectors) const {
    const int r = m_options.foldRows, c = m_options.foldColumns;
    const std::int64_t b = vectors.size(0), rows = vectors.size(1), columns = vectors.size(2), channels = vectors.size(3) / (r * c);
    const at::Tensor split = vectors.reshape({b, rows, columns, r, c, channels}).permute({0, 5, 1, 3, 2, 4});  // [B,C,rows,r,columns,c]
    return split.reshape({b, channels, rows * r, columns * c}).contiguous();
}

void CodebookQuantizer::checkLatents(const at::Tensor& latents) const {
    const CodeLayout& layout = m_options.layout;
    const std::int64_t width = std::int64_t(layout.codewordDim) * (layout.kind == CodeLayout::Kind::Product ? layout.depths() : 1);
    const int r = m_options.foldRows, c = m_options.foldColumns;
    if (latents.dim() != 4 || latents.numel() == 0 || latents.size(1) * r * c != width) {
        throw Failure(ErrorCode::Mismatch, "latents of shape " + textOfShape(latents.sizes().vec()) + " do not fit this quantizer", "latents", "give [B, " + std::to_string(width / (r * c)) + ", h, w]");
    }
    if (latents.size(2) % r == 0 && latents.size(3) % c == 0) return;
    throw Failure(ErrorCode::Mismatch, "latents of " + std::to_string(latents.size(3)) + " x " + std::to_string(latents.size(2)) + " cells do not part into tokens of " + std::to_string(c) + " x " + std::to_string(r), "latents",
                  "give as many columns and rows as are multiples of these");
}

at::Tensor CodebookQuantizer::quantize(const at::Tensor& latents, DeviceLane& lane) const {
    const c10::InferenceMode inference;
    checkLatents(latents);
    const at::Tensor grid = folded(latents.to(lane.device(), at::kFloat));  // [B,rows,columns,width]
    return searched(grid.reshape({-1, grid.size(3)}), lane).reshape({grid.size(0), grid.size(1), grid.size(2), m_options.layout.depths()});
}

at::Tensor CodebookQuantizer::searched(const at::Tensor& vectors, DeviceLane& lane) const {
    const CodeLayout& layout = m_options.layout;
    const bool product = layout.kind == CodeLayout::Kind::Product;
    if (m_options.beam > 1 && !product && !m_options.unitLength) {
        const at::Tensor codes = beamCodes(vectors, m_codebooks, m_options.beam, [&lane] { return lane.stopRequested(); });
        lane.checkStopped();
        return codes;
    }
    const std::vector<const PreparedCodebook*>& codebooks = prepared();
    if (!product && !m_options.unitLength) return residualCodes(vectors, codebooks, lane);
    at::Tensor rest = vectors;
    std::vector<at::Tensor> codes;
    for (int depth = 0; depth < layout.depths(); ++depth) {
        at::Tensor each = product ? vectors.narrow(1, std::int64_t(depth) * layout.codewordDim, layout.codewordDim) : rest;
        if (m_options.unitLength) each = unit(each);
        codes.push_back(residualCodes(each, {&codebooks[depth], 1}, lane));  // [N,1]
        if (!product && depth + 1 < layout.depths()) rest = rest - m_codebooks[depth].index_select(0, codes.back().squeeze(1));
    }
    return at::cat(codes, 1);
}

at::Tensor CodebookQuantizer::embed(const at::Tensor& codes, int first, int last, DeviceLane& lane) const {
    const c10::InferenceMode inference;
    const CodeLayout& layout = m_options.layout;
    TESSERA_ASSERT(0 <= first && first <= last && last <= layout.depths());
    const bool product = layout.kind == CodeLayout::Kind::Product;
    const auto suit = [&](std::int64_t depths) { return product ? depths == layout.depths() : depths <= layout.depths(); };
    if (codes.dim() != 4 || !suit(codes.size(3)) || codes.numel() == 0 || codes.is_floating_point()) {
        throw Failure(ErrorCode::Mismatch, "codes of shape " + textOfShape(codes.sizes().vec()) + " do not fit this model", "codes",
                      "give whole numbers [B, rows, columns, " + std::to_string(layout.depths()) + "]");
    }
    const at::Tensor given = codes.to(lane.device(), at::kLong);
    std::vector<at::Tensor> parts;
    at::Tensor sum;
    for (int depth = 0; depth < static_cast<int>(given.size(3)); ++depth) {
        const at::Tensor each = given.select(3, depth).reshape({-1});
        const std::int64_t lowest = each.min().item<std::int64_t>(), highest = each.max().item<std::int64_t>();
        if (lowest < -1 || highest >= layout.codebookSizes[depth]) {
            throw Failure(ErrorCode::Mismatch, "the code " + std::to_string(lowest < -1 ? lowest : highest) + " at depth " + std::to_string(depth + 1) + " is not in the codebook", "codes",
                          "use 0 to " + std::to_string(layout.codebookSizes[depth] - 1) + ", or -1 for none");
        }
        const bool counts = first <= depth && depth < last;
        if (!counts && !product) continue;
        at::Tensor words = m_codebooks[depth].index_select(0, each.clamp_min(0));
        if (!counts) words.zero_();
        if (lowest < 0) words.mul_((each >= 0).unsqueeze(1));
        if (product) {
            parts.push_back(words);
        } else {
            sum = sum.defined() ? sum + words : words;
        }
    }
    if (product) sum = at::cat(parts, 1);
    if (!sum.defined()) sum = at::zeros({given.numel() / given.size(3), layout.codewordDim}, m_codebooks[0].options());
    return unfolded(sum.reshape({given.size(0), given.size(1), given.size(2), sum.size(1)}));
}

TensorsByName CodebookQuantizer::facts(const at::Tensor& latents, const at::Tensor& codes, DeviceLane& lane) const {
    const c10::InferenceMode inference;
    checkLatents(latents);
    const CodeLayout& layout = m_options.layout;
    const at::Tensor grid = folded(latents.to(lane.device(), at::kFloat));  // [B,rows,columns,W]
    at::Tensor vectors = grid.reshape({-1, grid.size(3)}).contiguous();
    // Each part that is searched has unit length; a plain or residual quantizer has one.
    if (m_options.unitLength) vectors = unit(vectors.reshape({-1, layout.codewordDim})).reshape(vectors.sizes());
    TensorsByName facts = tokenFacts(vectors, m_codebooks, layout, codes.to(lane.device(), at::kLong).reshape({-1, layout.depths()}), lane);
    for (auto& [name, tensor] : facts) {
        std::vector<std::int64_t> shape{grid.size(0), grid.size(1), grid.size(2)};
        if (tensor.dim() == 2) shape.push_back(tensor.size(1));
        tensor = tensor.reshape(shape);
    }
    return facts;
}

const at::Tensor& CodebookQuantizer::codebook(int depth) const {
    return m_codebooks.at(depth);
}

}  // namespace tessera
