// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "jobs/stage.h"

namespace tessera {

/// A stage that a lens computes from others. `key` holds its name, version, parents' keys and parameters.
inline StagePlanPtr derivedStage(std::string name, Hash128 key, std::vector<StagePlanPtr> parents, std::function<StageValue(std::span<const StageValue>, StageContext&)> run,
                                 double weight = 0.5, Lane lane = Lane::Device) {
    auto stage = std::make_shared<StagePlan>();
    stage->key = key;
    stage->name = std::move(name);
    stage->lane = lane;
    stage->weight = weight;
    stage->parents = std::move(parents);
    stage->run = std::move(run);
    return stage;
}

}  // namespace tessera
