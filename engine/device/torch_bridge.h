// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <exception>
#include <string>

#include <ATen/ATen.h>
#include <tessera/image.h>
#include <tessera/result.h>
#include <tessera/tensor.h>

#include "checkpoint/checkpoint.h"

namespace tessera {

/// Throws Failure(Unsupported) for a type that files do not hold.
at::ScalarType scalarTypeOf(DType type);
DType dtypeOf(at::ScalarType type);

/// Shares the bytes: the tensor must not be written. Its memory lives as long as the tensor.
at::Tensor tensorFromHost(const HostTensor& tensor);
/// Shares the mapped file, strides and all, where byte order and alignment allow; else a copy. Must not be written.
at::Tensor tensorFromStored(const StoredTensor& tensor);
/// Dense row-major copy in host memory, or shared if the tensor is that already.
HostTensor hostFromTensor(const at::Tensor& tensor);

/// [1,3,H,W] float32 in [0,1], channels-last. Shares the pixels of a float RGB image; must not be written.
at::Tensor tensorFromImage(const Image& image);
/// From [1,3,H,W] or [3,H,W] (or one channel), any device and type. Shares the memory of a float32 channels-last tensor on the CPU.
Image imageFromTensor(const at::Tensor& tensor);

/// No NaN and no infinity in it. Integers always are finite.
bool allFinite(const at::Tensor& tensor);

/// What became of a stage that ran on `device`, in one sentence: Failure's own error, c10's first line, out of memory, device lost, cancelled.
Error describeException(std::exception_ptr exception, const std::string& stage, at::Device device = at::kCPU);

}  // namespace tessera
