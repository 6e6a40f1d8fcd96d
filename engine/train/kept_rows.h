// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <utility>

#include <ATen/ATen.h>

#include "train/several_texts.h"

namespace tessera::train {

/// What was made of the pictures that came last, a row each, for steps that learn from more of them than they make anew.
class KeptRows {
public:
    /// The rows' memory, which a checkpoint keeps: [count,...].
    explicit KeptRows(at::Tensor rows) : m_rows(std::move(rows)) {}

    std::int64_t count() const { return m_rows.size(0); }
    const at::Tensor& rows() const { return m_rows; }
    /// places [n] in [0,1) as rows [n].
    at::Tensor chosen(const at::Tensor& places) const { return wholeBelow(places, count()); }
    void put(const at::Tensor& rows, const at::Tensor& places) { m_rows.index_copy_(0, chosen(places), rows); }
    /// In the rows from `first` on; what is too many is left out.
    void fill(const at::Tensor& rows, std::int64_t first) {
        const std::int64_t held = std::min(rows.size(0), count() - first);
        m_rows.narrow(0, first, held).copy_(rows.narrow(0, 0, held));
    }

private:
    at::Tensor m_rows;
};

}  // namespace tessera::train
