// SPDX-License-Identifier: Apache-2.0
#include "lenses/lens.h"
#include "lenses/lens_drawing.h"
#include "local/stage_planner.h"

namespace tessera {
namespace {

std::vector<StagePlanPtr> inputs(const Query& query, StagePlanner& planner) {
    return {planner.input(query.cell, query.parameters)};
}

Picture draw(const Query&, std::span<const StageValue> values, StageContext&) {
    const ModelInput& input = values[0].as<ModelInput>();
    Picture picture = placed(input.image, input);
    picture.notes = input.notes;
    noteCrop(picture, input);
    return picture;
}

}  // namespace

extern const Lens kInputLens{
    .name = "input",
    .help = "The pixels that the model is given, after orientation, crop and resize",
    .needs = {},
    .parameters = preprocessingParameters(),
    .inputs = inputs,
    .draw = draw,
    .previews = true,
};

}  // namespace tessera
