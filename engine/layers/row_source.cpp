// SPDX-License-Identifier: Apache-2.0
#include "layers/row_source.h"

#include <algorithm>
#include <tuple>

#include "layers/group_norm.h"

namespace tessera {

RowSource::RowSource(Activation x, const GroupNorm& norm, bool silu, bool over) : m_x(std::move(x)), m_norm(&norm), m_silu(silu), m_over(over) {}

at::Tensor RowSource::whole(at::ScalarType type) {
    at::Tensor x = std::move(m_x).whole();
    if (!m_norm) return x;
    if (!m_silu) return (*m_norm)(x, type);
    return m_over ? m_norm->withSiluOver(std::move(x), type) : m_norm->withSilu(x, type);
}

at::Tensor RowSource::rows(Rows wanted, at::ScalarType type, std::int64_t zeroColumns) {
    if (m_norm && !m_scale.defined()) std::tie(m_scale, m_shift) = m_norm->statistics(m_x);
    const std::int64_t begin = std::max<std::int64_t>(wanted.begin, 0), end = std::min(wanted.end, m_x.height());
    const bool inside = begin == wanted.begin && end == wanted.end && zeroColumns == 0;
    if (!m_norm && inside) {
        for (std::size_t i = 0; i < m_x.bands(); ++i) {
            const Rows band = m_x.rowsOf(i);
            if (begin < band.begin || end > band.end) continue;
            return m_x.band(i).narrow(2, begin - band.begin, end - begin).to(type).contiguous(at::MemoryFormat::ChannelsLast);
        }
    }
    const std::int64_t width = m_x.width();
    at::Tensor rows = at::empty({m_x.batch(), m_x.channels(), wanted.count(), width + zeroColumns}, at::TensorOptions().dtype(type).device(m_x.device()),
                                at::MemoryFormat::ChannelsLast);
    if (begin > wanted.begin) rows.narrow(2, 0, begin - wanted.begin).zero_();
    if (end < wanted.end) rows.narrow(2, end - wanted.begin, wanted.end - end).zero_();
    if (zeroColumns > 0) rows.narrow(3, width, zeroColumns).zero_();
    for (std::size_t i = 0; i < m_x.bands(); ++i) {
        const Rows band = m_x.rowsOf(i), part{std::max(begin, band.begin), std::min(end, band.end)};
        if (part.count() <= 0) continue;
        const at::Tensor from = m_x.band(i).narrow(2, part.begin - band.begin, part.count());
        at::Tensor to = rows.narrow(2, part.begin - wanted.begin, part.count()).narrow(3, 0, width);
        if (m_norm) {
            GroupNorm::normalise(from, m_scale, m_shift, m_silu, to);
        } else {
            to.copy_(from);
        }
    }
    return rows;
}

}  // namespace tessera
