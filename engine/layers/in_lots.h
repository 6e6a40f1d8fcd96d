// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include <ATen/ATen.h>

namespace tessera {

/// layer(x) of rows x [N,C], always so many rows at a time, the last lot filled up: libraries sum otherwise over one row, a few, or many, and what is made of a row should not hang on those beside it.
template <typename Layer>
at::Tensor inLots(const at::Tensor& x, const Layer& layer) {
    constexpr std::int64_t kLot = 16;
    std::vector<at::Tensor> parts;
    for (std::int64_t begin = 0; begin < x.size(0); begin += kLot) {
        const std::int64_t count = std::min(kLot, x.size(0) - begin);
        at::Tensor lot = x.narrow(0, begin, count);
        if (count < kLot) lot = at::cat({lot, lot.narrow(0, 0, 1).expand({kLot - count, x.size(1)})});
        parts.push_back(layer(lot).narrow(0, 0, count));
    }
    return parts.size() == 1 ? parts.front() : at::cat(parts);
}

}  // namespace tessera
