// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

#include "image/image_file.h"
#include "local/stage_values.h"

namespace tessera {

/// The part of an upright picture that models are given. `size`: its shorter side, 0 for the picture's own. `crop`: "square", "whole", or "squeezed": the whole picture
/// as a square of that side.
/// Sides are what they come to; a model that cannot take them pads.
ModelInput modelInput(const DecodedImage& decoded, std::int64_t size, const std::string& crop);

}  // namespace tessera
