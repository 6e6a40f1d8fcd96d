// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <ATen/ATen.h>

namespace tessera {

/// y + z, in y's own memory unless a gradient will be asked for: what is differentiated keeps what it was computed from.
inline at::Tensor addedInPlace(at::Tensor y, const at::Tensor& z) {
    return y.requires_grad() || z.requires_grad() ? y + z : y.add_(z);
}

}  // namespace tessera
