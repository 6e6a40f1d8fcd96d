// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <utility>

#include <tessera/picture.h>

#include "local/stage_values.h"

namespace at {
class Tensor;
}

namespace tessera {

/// How one number per token is shown.
struct FieldLook {
    std::string label;
    Unit unit = Unit::None;
    ColourMap map = ColourMap::Viridis;
    std::optional<std::pair<double, double>> range{};  ///< of the colour bar; nothing: from the least to the largest number
};

/// Scalar picture of `field` [h,w], a grid over what the stage's encoder was given.
Picture tokenField(const at::Tensor& field, const TensorStage& stage, const FieldLook& look);

}  // namespace tessera
