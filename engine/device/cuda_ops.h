// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include <ATen/ATen.h>

#include "kernels/group_norm.h"

namespace tessera {

struct CudaPlugin;

// Our own kernels on tensors, through the plugin's table. Everything else runs on LibTorch's.

/// Group norm of a [B,C,h,w] tensor on a CUDA device, weight and bias float32 there. The result has x's type and is channels-last; with
/// `over` it lies in x's own memory where that is channels-last. Nothing if the tensor is elsewhere, or the kernel does not take its type or
/// channels: then use at::group_norm.
std::optional<at::Tensor> groupNormOnCuda(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias, const kernels::GroupNormOptions& options,
                                          bool over = false);

/// Whether a tensor holds no NaN and no infinity; waits for the device. Nothing if the kernel does not take the tensor.
std::optional<bool> allFiniteOnCuda(const at::Tensor& tensor);

/// The table where the nearest-code kernel runs on this device (quantize/device_search.h calls it); null on a CPU and on GPUs before compute capability 8.0.
const CudaPlugin* codeSearchPlugin(at::Device device);

/// What will not go away: nothing while the device works, or is no CUDA device. Remembers it, so that no later engine of this process takes the GPU.
std::optional<std::string> lastingFailure(at::Device device);
/// After an out-of-memory error: gives back what LibTorch keeps for reuse.
void releaseUnusedMemory(at::Device device);

/// Waits until the device has done what it was given; a CPU always has.
void synchronise(at::Device device);
/// Most bytes its tensors held since the last reset; 0 on a CPU.
std::uint64_t peakDeviceBytes(at::Device device);
void resetPeakDeviceBytes(at::Device device);

/// The element type that kernels have for a tensor's.
std::optional<kernels::Element> elementOf(at::ScalarType type);

}  // namespace tessera
