// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <span>

#include <ATen/ATen.h>

#include "device/device_lane.h"

namespace tessera {

class SearchableCodebook;

/// A codebook made ready for any number of searches: on the CPU a coarse copy of K * D bytes (twice that with AMX, four times more where bytes turn out too coarse)
/// beside the codewords, which it keeps.
class PreparedCodebook {
public:
    /// codebook [K,D] float32, all finite; K and D at least 1, D at most 65536. Its memory must not change any more.
    explicit PreparedCodebook(const at::Tensor& codebook);
    ~PreparedCodebook();

    const at::Tensor& codewords() const { return m_codewords; }
    const SearchableCodebook& onCpu() const { return *m_onCpu; }

private:
    at::Tensor m_codewords;
    std::unique_ptr<const SearchableCodebook> m_onCpu;
};

/// Codes [N,depths] int64 on the vectors' device: at each depth the nearest codeword to what the depths before leave of a vector, the lowest code among equals.
///
/// vectors [N,D] float32, all finite; codebooks [K,D], one for each depth, on the same device. Exact: nearest by squared distances in double
/// (kernels/squared_distance.h), so that the same codes come from every device and number of threads; what is left is a difference in float32. The lane's precision does not matter.
/// Throws Cancelled when a stop was asked for, at the latest after one depth of one block.
at::Tensor residualCodes(const at::Tensor& vectors, std::span<const PreparedCodebook* const> codebooks, DeviceLane& lane);

/// codes [N] int64: the nearest codeword of one codebook [K,D], which is prepared for this call alone.
at::Tensor nearestCodes(const at::Tensor& vectors, const at::Tensor& codebook, DeviceLane& lane);

}  // namespace tessera
