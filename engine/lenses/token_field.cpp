// SPDX-License-Identifier: Apache-2.0
#include "lenses/token_field.h"

#include <cmath>

#include <ATen/ATen.h>

#include "lenses/latent_planes.h"

namespace tessera {

Picture tokenField(const at::Tensor& field, const TensorStage& stage, const FieldLook& look) {
    const at::Tensor host = field.to(at::kCPU, at::kFloat).contiguous();
    const int height = static_cast<int>(host.size(0)), width = static_cast<int>(host.size(1));
    std::vector<float> values(host.const_data_ptr<float>(), host.const_data_ptr<float>() + host.numel());
    double low = INFINITY, high = -INFINITY;
    for (const float value : values) {
        if (!std::isfinite(value)) continue;
        low = std::min<double>(low, value);
        high = std::max<double>(high, value);
    }
    if (low > high) low = 0, high = 1;
    if (low == high) high += 1;  // a bar of some length
    if (look.range) std::tie(low, high) = *look.range;
    Picture picture = placedLatents(Image(width, height, 1, SharedArray<float>(std::move(values))), stage);
    picture.summary = std::to_string(width) + " × " + std::to_string(height) + " tokens";
    picture.mapping = FieldMapping::Scalar;
    picture.legend = Legend{low, high, look.map, look.unit, look.label};
    return picture;
}

}  // namespace tessera
