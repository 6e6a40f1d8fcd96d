// SPDX-License-Identifier: Apache-2.0
#include "quantize/token_facts.h"

#include <algorithm>
#include <limits>

namespace tessera {
namespace {

constexpr std::int64_t kBlockDistances = std::int64_t(1) << 22;

struct Neighbours {
    at::Tensor nearest, second, secondCode;  // [N]
};

/// The two nearest codewords of each vector. Squared distances are taken again from the differences: |x|^2 - 2 x.e + |e|^2 has few digits left where they are close.
Neighbours neighboursOf(const at::Tensor& vectors, const at::Tensor& codebook, DeviceLane& lane) {
    const std::int64_t n = vectors.size(0), k = codebook.size(0), most = std::min<std::int64_t>(2, k);
    const at::Tensor norms = codebook.square().sum(1);
    Neighbours result{at::empty({n}, vectors.options()), at::full({n}, std::numeric_limits<float>::infinity(), vectors.options()), at::full({n}, -1, vectors.options().dtype(at::kLong))};
    const std::int64_t rows = std::clamp<std::int64_t>(kBlockDistances / k, 1, n);
    for (std::int64_t begin = 0; begin < n; begin += rows) {
        lane.checkStopped();
        const std::int64_t count = std::min(rows, n - begin);
        const at::Tensor block = vectors.narrow(0, begin, count);
        const at::Tensor codes = std::get<1>(at::addmm(norms, block, codebook.t(), 1, -2).topk(most, 1, /*largest=*/false));  // [count,most]
        const at::Tensor distances = (codebook.index_select(0, codes.reshape({-1})).reshape({count, most, -1}) - block.unsqueeze(1)).norm(2, {2});
        const auto [sorted, order] = distances.sort(1);
        result.nearest.narrow(0, begin, count).copy_(sorted.select(1, 0));
        if (most < 2) continue;
        result.second.narrow(0, begin, count).copy_(sorted.select(1, 1));
        result.secondCode.narrow(0, begin, count).copy_(codes.gather(1, order).select(1, 1));
    }
    return result;
}

}  // namespace

TensorsByName tokenFacts(const at::Tensor& vectors, const std::vector<at::Tensor>& codebooks, const CodeLayout& layout, const at::Tensor& codes, DeviceLane& lane) {
    const c10::InferenceMode inference;
    const bool product = layout.kind == CodeLayout::Kind::Product;
    std::vector<at::Tensor> codeNorm, residual, nearest, second, secondCode;
    at::Tensor rest = vectors;
    for (int depth = 0; depth < layout.depths(); ++depth) {
        const at::Tensor from = product ? vectors.narrow(1, std::int64_t(depth) * layout.codewordDim, layout.codewordDim).contiguous() : rest;
        const at::Tensor code = codes.select(1, depth);
        const at::Tensor word = codebooks[depth].index_select(0, code.clamp_min(0)) * (code >= 0).unsqueeze(1);
        const Neighbours neighbours = neighboursOf(from, codebooks[depth], lane);
        rest = from - word;
        codeNorm.push_back(word.norm(2, {1}));
        residual.push_back(rest.norm(2, {1}));
        nearest.push_back(neighbours.nearest);
        second.push_back(neighbours.second);
        secondCode.push_back(neighbours.secondCode);
    }
    return {{"norm", vectors.norm(2, {1})},     {"code_norm", at::stack(codeNorm, 1)}, {"residual", at::stack(residual, 1)},
            {"nearest", at::stack(nearest, 1)}, {"second", at::stack(second, 1)},      {"second_code", at::stack(secondCode, 1)}};
}

}  // namespace tessera
