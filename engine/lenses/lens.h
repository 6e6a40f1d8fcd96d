// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <tessera/engine.h>

#include "families/model_family.h"
#include "jobs/stage.h"

namespace tessera {

class StagePlanner;

/// What you look at. engine/lenses/<name>.cpp defines one; registry.cpp lists it.
struct Lens {
    std::string_view name;
    std::string_view help;
    std::vector<std::string_view> needs;  ///< capabilities of the model: "encode", "decode"; "compute": its networks run on what nobody recorded
    std::vector<ParameterSpec> parameters;
    /// The stages this lens draws from, asked of the planner, which shares and caches them.
    std::vector<StagePlanPtr> (*inputs)(const Query& query, StagePlanner& planner);
    /// Draws from their values, in the order of `inputs`. Sees no display parameters.
    Picture (*draw)(const Query& query, std::span<const StageValue> values, StageContext& context);
    /// Applies the display parameters to a finished picture (mapping, legend); null if the lens has none.
    void (*present)(const Query& query, Picture& picture) = nullptr;
    Others others = Others::None;  ///< what it does with Query::others; the engine refuses a wrong number of them
    bool previews = false;  ///< a scaled decode of the source gives a useful stand-in
};

const std::vector<const Lens*>& lenses();
const Lens* findLens(std::string_view name);

}  // namespace tessera
