// SPDX-License-Identifier: Apache-2.0
#include "quantize/nearest_code.h"

namespace tessera {

at::Tensor nearestCodes(const at::Tensor& vectors, const at::Tensor& codebook, DeviceLane& lane) {
    constexpr std::int64_t kRows = 256;
    const at::Tensor norms = codebook.square().sum(1);  // [K]
    at::Tensor codes = at::empty({vectors.size(0)}, vectors.options().dtype(at::kLong));
    for (std::int64_t begin = 0; begin < vectors.size(0); begin += kRows) {
        lane.checkStopped();
        const std::int64_t count = std::min(kRows, vectors.size(0) - begin);
        codes.narrow(0, begin, count).copy_(at::addmm(norms, vectors.narrow(0, begin, count), codebook.t(), 1, -2).argmin(1));
    }
    return codes;
}

}  // namespace tessera
