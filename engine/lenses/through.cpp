// SPDX-License-Identifier: Apache-2.0
#include "lenses/through.h"

namespace tessera {

ParameterSpec throughParameter() {
    return {.name = "through", .initial = std::string("codes"), .low = {}, .high = {}, .help = "What a model with codes decodes: what its codes stand for, or the latents as they were before",
            .choices = {"codes", "continuous"}, .countedBy = "depths"};
}

bool isContinuous(const Query& query) { return std::get<std::string>(query.parameters.at("through")) == "continuous"; }

StagePlanPtr decodedThrough(const Query& query, StagePlanner& planner, StagePlanPtr latents) {
    return isContinuous(query) ? planner.decodedContinuous(query.cell, std::move(latents)) : planner.decoded(query.cell, std::move(latents));
}

}  // namespace tessera
