// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>

#include <ATen/ATen.h>

#include "device/cuda_plugin.h"
#include "device/device_lane.h"

namespace tessera {

class PreparedCodebook;

/// A codebook [K,D] as the kernel takes it: beside the codewords K * D bytes, padded, and 16 K.
class KernelCodebook {
public:
    /// Codewords are float32, dense, all finite, where the plugin's kernels can read them.
    KernelCodebook(const CudaPlugin& plugin, const at::Tensor& codewords);

    kernels::DeviceCodebook view() const;

private:
    at::Tensor m_codewords, m_mean, m_coarse;
    double m_scale;
};

/// Codes [N,depths] by the plugin's kernel, as residualCodes. The work is queued; below 90 MiB beside vectors and codes.
at::Tensor codesByKernel(const CudaPlugin& plugin, const at::Tensor& vectors, std::span<const KernelCodebook* const> codebooks, const DeviceLane& lane);

/// Codes [N,depths] as residualCodes, by LibTorch's operations alone, on any device: where there is no kernel. At most 64 MiB of scores and of codewords at a time.
///
/// Products in float32 choose sixteen codewords of each vector, whose distances are then taken in double. Vectors for which float32 does not prove that the nearest is
/// among those go to the CPU's search.
at::Tensor codesByTensors(const at::Tensor& vectors, std::span<const PreparedCodebook* const> codebooks, const DeviceLane& lane);

}  // namespace tessera
