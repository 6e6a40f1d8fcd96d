// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <mutex>
#include <span>

#include <ATen/ATen.h>

#include "device/device_lane.h"

namespace tessera {

class KernelCodebook;
class SearchableCodebook;
struct CudaPlugin;

/// A codebook made ready for any number of searches, where the first of them takes place: beside the codewords, which it keeps, a coarse copy of K * D bytes (on a CPU
/// twice that with AMX, four times more where bytes turn out too coarse). Safe from several threads.
class PreparedCodebook {
public:
    /// codebook [K,D] float32, all finite; K and D at least 1, D at most 65536. Its memory must not change any more.
    explicit PreparedCodebook(const at::Tensor& codebook);
    ~PreparedCodebook();

    const at::Tensor& codewords() const { return m_codewords; }
    const SearchableCodebook& onCpu() const;
    /// Where the codewords are; `plugin` is the process's only one.
    const KernelCodebook& forKernel(const CudaPlugin& plugin) const;

private:
    at::Tensor m_codewords;
    mutable std::once_flag m_onceOnCpu, m_onceForKernel;
    mutable std::unique_ptr<const SearchableCodebook> m_onCpu;
    mutable std::unique_ptr<const KernelCodebook> m_forKernel;
};

/// Codes [N,depths] int64 on the vectors' device: at each depth the nearest codeword to what the depths before leave of a vector, the lowest code among equals.
///
/// vectors [N,D] float32, all finite; codebooks [K,D], one for each depth, on the same device. Exact: nearest by squared distances in double
/// (kernels/squared_distance.h), so that the same codes come from every device and number of threads; what is left is a difference in float32. The lane's precision does not matter.
/// On a GPU our own kernel searches, or where it does not apply LibTorch's operations.
/// Throws Cancelled when a stop was asked for, at the latest after one depth of one block; on a GPU no more blocks are queued then.
at::Tensor residualCodes(const at::Tensor& vectors, std::span<const PreparedCodebook* const> codebooks, DeviceLane& lane);

/// codes [N] int64: the nearest codeword of one codebook [K,D], which is prepared for this call alone.
at::Tensor nearestCodes(const at::Tensor& vectors, const at::Tensor& codebook, DeviceLane& lane);

}  // namespace tessera
