// SPDX-License-Identifier: Apache-2.0
#include "train/moving_codebooks.h"

#include <c10/core/GradMode.h>

namespace tessera::train {

using at::Tensor;

void MovingCodebooks::fit(Tensor vectors, const Tensor& picks) {
    const c10::NoGradGuard still;
    const double share = static_cast<double>(m_tensors.codewords.size(1)) / static_cast<double>(vectors.size(0));
    for (std::int64_t depth = 0; depth < m_tensors.codewords.size(0); ++depth) {
        const Centres centres = kMeans(vectors, picks[depth]);
        m_tensors.codewords[depth].copy_(centres.rows);
        m_tensors.counts[depth].copy_(centres.counts * share);
        m_tensors.sums[depth].copy_(centres.rows * m_tensors.counts[depth].unsqueeze(1));
        vectors = vectors - centres.rows.index_select(0, nearestRows(vectors, centres.rows));
    }
}

const ResidualCodes& MovingCodebooks::find(const Tensor& vectors) {
    m_found = residualCodes(vectors, m_tensors.codewords.unbind(0), m_settings.beam);
    return m_found;
}

void MovingCodebooks::move(const Tensor& picks) {
    const c10::NoGradGuard still;
    const std::int64_t count = m_tensors.codewords.size(1), rows = m_found.codes.size(0);
    const double share = static_cast<double>(count) / static_cast<double>(rows);  // counts are of as many vectors as there are codewords: 1 is the even share
    for (std::int64_t depth = 0; depth < m_tensors.codewords.size(0); ++depth) {
        const Tensor& residuals = m_found.residuals[static_cast<std::size_t>(depth)];
        const Tensor codes = m_found.codes.select(1, depth);
        Tensor words = m_tensors.codewords[depth], counts = m_tensors.counts[depth], sums = m_tensors.sums[depth];
        counts.mul_(m_settings.keep).add_(at::bincount(codes, {}, count).to(at::kFloat), (1 - m_settings.keep) * share);
        sums.mul_(m_settings.keep).add_(at::zeros_like(sums).index_add_(0, codes, residuals), (1 - m_settings.keep) * share);
        words.copy_(sums / counts.clamp_min(1e-5).unsqueeze(1));
        const Tensor dead = (counts < m_settings.least).nonzero().flatten();
        if (dead.numel() == 0) continue;
        const Tensor from = (picks[depth].index_select(0, dead) * static_cast<double>(rows)).to(at::kLong);
        const Tensor fresh = residuals.index_select(0, from);
        words.index_copy_(0, dead, fresh);
        counts.index_fill_(0, dead, 1);
        sums.index_copy_(0, dead, fresh);
    }
}

}  // namespace tessera::train
