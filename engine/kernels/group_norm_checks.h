// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <stdexcept>

#include "kernels/group_norm.h"

namespace tessera::kernels {

/// What kernel and twin both demand of their arguments.
template <typename In, typename Out, typename Floats>
void checkGroupNorm(const In& x, const Floats& weight, const Floats& bias, const GroupNormOptions& options, const Out& y) {
    if (x.batch < 1 || x.positions < 1 || x.channels < 1) throw std::invalid_argument("group norm: empty activations");
    if (options.groups < 1 || x.channels % options.groups != 0) throw std::invalid_argument("group norm: channels do not fall into equal groups");
    if (weight.size != x.channels || bias.size != x.channels) throw std::invalid_argument("group norm: one weight and one bias per channel");
    if (y.element != x.element || y.batch != x.batch || y.positions != x.positions || y.channels != x.channels) {
        throw std::invalid_argument("group norm: the result has another shape or type than the activations");
    }
}

}  // namespace tessera::kernels
