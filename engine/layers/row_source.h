// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "layers/activation.h"

namespace tessera {

class GroupNorm;

/// An activation as a convolution reads it: as it is, or normalised on the way. Statistics of a norm are of the whole map, whatever part is read.
class RowSource {
public:
    RowSource(Activation x) : m_x(std::move(x)) {}                       // NOLINT(google-explicit-constructor)
    RowSource(at::Tensor x) : m_x(Activation(std::move(x))) {}           // NOLINT(google-explicit-constructor)
    /// `norm` must outlive the source. `over`: nobody else reads x, its memory may be written.
    RowSource(Activation x, const GroupNorm& norm, bool silu, bool over);

    const Activation& map() const { return m_x; }
    /// All rows, of any type where there is no norm, else of `type`. Ends the source.
    at::Tensor whole(at::ScalarType type);
    /// [B,C,rows,w + zeroColumns] channels-last of `type`; rows outside the map are zeros, and so are columns beyond it. Must not be written.
    at::Tensor rows(Rows wanted, at::ScalarType type, std::int64_t zeroColumns = 0);
    /// Rows above are not asked for any more.
    void releaseAbove(std::int64_t row) { m_x.releaseAbove(row); }

private:
    Activation m_x;
    const GroupNorm* m_norm = nullptr;
    bool m_silu = false, m_over = false;
    at::Tensor m_scale, m_shift;  ///< [B,C] float32, once rows were asked for
};

}  // namespace tessera
