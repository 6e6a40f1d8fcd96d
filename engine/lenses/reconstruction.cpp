// SPDX-License-Identifier: Apache-2.0
#include "lenses/lens.h"
#include "lenses/lens_drawing.h"
#include "lenses/through.h"

namespace tessera {
namespace {

std::vector<StagePlanPtr> inputs(const Query& query, StagePlanner& planner) {
    const StagePlanPtr decoded = decodedThrough(query, planner, planner.latents(query.cell, preprocessingOf(query.parameters)));
    return {decoded, planner.comparison(planner.inputIfAny(query.cell, preprocessingOf(query.parameters)), decoded, ComparisonDepth::Quick)};
}

Picture draw(const Query&, std::span<const StageValue> values, StageContext&) {
    Picture picture = placedPixels(values[0].as<DecodedPixels>());
    picture.measures = values[1].as<PixelComparison>().measures;
    return picture;
}

}  // namespace

extern const Lens kReconstructionLens{
    .name = "reconstruction",
    .help = "What the model's decoder makes of what its encoder kept",
    .needs = {"encode", "decode"},
    .parameters = withPreprocessing({throughParameter()}),
    .inputs = inputs,
    .draw = draw,
};

}  // namespace tessera
