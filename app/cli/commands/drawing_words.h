// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include <nlohmann/json.hpp>
#include <tessera/engine.h>

namespace tessera::cli {

/// What a model that draws can be asked for: "pictures of 1000 classes by a flow, 49 steps, samplers euler, heun, dopri5, guidance 1.42 or by its weaker model".
std::string drawingWords(const DrawingInfo& drawing);
nlohmann::json drawingJson(const DrawingInfo& drawing);

}  // namespace tessera::cli
