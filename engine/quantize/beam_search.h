// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <vector>

#include <ATen/ATen.h>

namespace tessera {

/// Codes [N,D] int64 of vectors [N,C] float32 by residual codebooks (D) of [K,C] on the same device: at every depth the `beam` prefixes that leave least of a vector go on, and
/// of the last ones the best counts. What is left of a vector after all depths is smaller than by taking the nearest codeword at each; a prefix alone may leave more. Beam
/// search for residual codes: arXiv 1606.07109 and others. Distances are of float32: codes of near ties may differ from device to device.
/// `beam`: 1..kWidestBeam. `stopped` is asked between blocks, from any thread; once it is true the codes are incomplete.
constexpr int kWidestBeam = 64;
at::Tensor beamCodes(const at::Tensor& vectors, const std::vector<at::Tensor>& codebooks, int beam, const std::function<bool()>& stopped = {});
/// The same by LibTorch's operations alone: what devices other than the CPU do.
at::Tensor beamCodesByTensors(const at::Tensor& vectors, const std::vector<at::Tensor>& codebooks, int beam, const std::function<bool()>& stopped = {});

}  // namespace tessera
