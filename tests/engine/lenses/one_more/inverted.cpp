// SPDX-License-Identifier: Apache-2.0
#include "lenses/lens.h"
#include "lenses/lens_drawing.h"
#include "local/stage_planner.h"

namespace tessera {
namespace {

std::vector<StagePlanPtr> inputs(const Query& query, StagePlanner& planner) {
    return {planner.input(query.cell, preprocessingOf(query.parameters))};
}

Picture draw(const Query& query, std::span<const StageValue> values, StageContext&) {
    const ModelInput& input = values[0].as<ModelInput>();
    const auto amount = static_cast<float>(std::get<double>(query.parameters.at("amount")));
    const auto samples = std::get<SharedArray<float>>(input.image.samples()).span();
    std::vector<float> inverted;
    for (const float sample : samples) inverted.push_back(sample * (1 - amount) + (1 - sample) * amount);
    return placed(Image(input.image.width(), input.image.height(), 3, SharedArray<float>(std::move(inverted))), input);
}

}  // namespace

extern const Lens kInvertedLens{
    .name = "inverted",
    .help = "The input as a negative",
    .needs = {},
    .parameters = withPreprocessing({{.name = "amount", .initial = 1.0, .low = 0.0, .high = 1.0, .unit = Unit::Share, .help = "How much of the negative"}}),
    .inputs = inputs,
    .draw = draw,
};

}  // namespace tessera
