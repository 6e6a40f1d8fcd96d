// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include <ATen/ATen.h>

#include "local/stage_values.h"

namespace tessera {

/// What brings both sides to multiples of `multiple`.
Margins marginsFor(int width, int height, int multiple);
/// image [B,3,H,W] with its last column and row repeated over the margins; channels-last.
at::Tensor padded(const at::Tensor& image, const Margins& margins);
/// The H x W pixels at the top left: what padded() was given. Shares the memory.
at::Tensor cropped(const at::Tensor& image, std::int64_t height, std::int64_t width);
/// "padded to 264 × 200 px for the model by repeating the edge, and cropped back".
std::string noteOf(const Margins& margins, const Image& image);

}  // namespace tessera
