// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include <ATen/core/Tensor.h>

#include "families/model_family.h"

namespace tessera {

/// An "in.*" tensor of a recorded case; null where there is none.
const at::Tensor* givenInput(const TensorsByName& inputs, std::string_view name);
/// The first number of one; `otherwise` where there is none.
double givenNumber(const TensorsByName& inputs, std::string_view name, double otherwise);

}  // namespace tessera
