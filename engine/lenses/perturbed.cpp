// SPDX-License-Identifier: Apache-2.0
#include <ATen/ATen.h>

#include "lenses/lens.h"
#include "lenses/lens_drawing.h"
#include "local/stage_planner.h"

namespace tessera {
namespace {

std::vector<StagePlanPtr> inputs(const Query& query, StagePlanner& planner) {
    const ParameterSet preprocessing = preprocessingOf(query.parameters);
    const StagePlanPtr perturbed = planner.perturbed(query.cell, query.parameters);
    const StagePlanPtr decoded = planner.decoded(query.cell, perturbed);
    return {decoded, planner.comparison(planner.input(query.cell, preprocessing), decoded, ComparisonDepth::Quick), perturbed};
}

Picture draw(const Query&, std::span<const StageValue> values, StageContext&) {
    const DecodedPixels& decoded = values[0].as<DecodedPixels>();
    Picture picture = placed(decoded.image, decoded.origin);
    picture.precision = decoded.precision;
    picture.notes = decoded.notes;
    picture.measures = values[1].as<PixelComparison>().measures;
    const double snr = values[2].as<TensorStage>().tensors->at("snr_db").item<double>();
    picture.measures.push_back({"snr", snr, Unit::Decibels, "mean square of the latents over that of the noise"});
    return picture;
}

}  // namespace

extern const Lens kPerturbedLens{
    .name = "perturbed",
    .help = "What the decoder makes of the latents with noise added",
    .needs = {"encode", "decode"},
    .parameters = withPreprocessing({
        {.name = "strength", .initial = 0.25, .low = 0.0, .high = 100.0, .unit = Unit::LatentUnits, .help = "Standard deviation of the noise, in units of the unscaled latents"},
        {.name = "seed", .initial = std::int64_t(0), .low = std::int64_t(0), .high = std::int64_t(0xffffffff), .help = "The same seed gives the same noise on every device"},
    }),
    .inputs = inputs,
    .draw = draw,
};

}  // namespace tessera
