// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include <ATen/ATen.h>

#include "device/device_lane.h"
#include "families/model_family.h"

namespace tessera {

/// What a search knew of each vector. All [N,D] but "norm" [N]; float32 but "second_code" int64:
/// - "norm": its length, "code_norm": that of the codeword, 0 for no code;
/// - "residual": what is left after each depth with the given codes (Product: of that depth's own part);
/// - "nearest", "second": from what the depths before left to the nearest and second nearest codeword; "second_code": which that is. Infinity and -1 in a codebook of one.
///
/// vectors [N,W] and codebooks [K,codewordDim] as the search takes them, the vectors' parts of unit length already where the model wants that; codes [N,D] int64, -1 for none.
/// Distances in blocks of at most some 16 MiB.
TensorsByName tokenFacts(const at::Tensor& vectors, const std::vector<at::Tensor>& codebooks, const CodeLayout& layout, const at::Tensor& codes, DeviceLane& lane);

}  // namespace tessera
