// SPDX-License-Identifier: Apache-2.0
#include <ATen/ATen.h>

#include "core/error.h"
#include "lenses/code_planes.h"
#include "lenses/lens.h"
#include "lenses/lens_drawing.h"
#include "lenses/noise.h"
#include "lenses/through.h"
#include "lenses/token_field.h"

namespace tessera {
namespace {

bool showsFlips(const Query& query) {
    return std::get<std::string>(query.parameters.at("show")) == "flips";
}

std::vector<StagePlanPtr> inputs(const Query& query, StagePlanner& planner) {
    const ParameterSet preprocessing = preprocessingOf(query.parameters);
    const StagePlanPtr latents = planner.latents(query.cell, preprocessing);
    const StagePlanPtr stage = noisyLatents(latents, noiseOf(query.parameters));
    if (planner.model(query.cell).codes.depths() == 0 || (isContinuous(query) && !showsFlips(query))) {
        if (showsFlips(query)) throw Failure(ErrorCode::Unsupported, "this model has no codes that could flip", "lens perturbed", "use show=picture, or choose a model that quantizes");
        const StagePlanPtr decoded = decodedThrough(query, planner, stage);
        return {stage, decoded, planner.comparison(planner.inputIfAny(query.cell, preprocessing), decoded, ComparisonDepth::Quick)};
    }
    const StagePlanPtr clean = planner.codes(query.cell, latents), noisy = planner.codes(query.cell, stage);
    if (showsFlips(query)) return {stage, clean, noisy};
    const StagePlanPtr decoded = planner.decodedCodes(query.cell, noisy, {});
    return {stage, decoded, planner.comparison(planner.inputIfAny(query.cell, preprocessing), decoded, ComparisonDepth::Quick), clean, noisy};
}

/// [rows,columns,D], true where the noise gives another code.
at::Tensor flipsOf(const TensorStage& clean, const TensorStage& noisy) {
    return (clean.tensors->at("codes") != noisy.tensors->at("codes")).squeeze(0);
}

void addFlipMeasures(Picture& picture, const at::Tensor& flips) {
    picture.measures.push_back({"flipped", flips.to(at::kDouble).mean().item<double>(), Unit::Share, "codes of all depths that the noise changes"});
    if (flips.size(2) > 1) picture.measures.push_back({"flipped_first", flips.select(2, 0).to(at::kDouble).mean().item<double>(), Unit::Share, "codes of depth 1 that the noise changes"});
}

/// At how many depths each cell's code flips.
Picture drawnFlips(std::span<const StageValue> values) {
    const at::Tensor flips = flipsOf(values[1].as<TensorStage>(), values[2].as<TensorStage>());
    const CodePlanes codes = codePlanes(values[2].as<TensorStage>());
    const double depths = codes.depths;
    Picture picture = tokenField(flips.to(at::kFloat).sum(2), values[2].as<TensorStage>(), {.label = "flipped depths", .map = ColourMap::Magma, .range = std::pair(0.0, depths)});
    picture.summary = sizeText(codes) + ", flipped by noise";
    addFlipMeasures(picture, flips);
    return picture;
}

Picture draw(const Query& query, std::span<const StageValue> values, StageContext&) {
    const bool flips = showsFlips(query);
    Picture picture = flips ? drawnFlips(values) : placedPixels(values[1].as<DecodedPixels>());
    if (!flips) picture.measures = values[2].as<PixelComparison>().measures;
    const double snr = values[0].as<TensorStage>().tensors->at("snr_db").item<double>();
    picture.measures.push_back({"snr", snr, Unit::Decibels, "mean square of the latents over that of the noise"});
    if (const Noise noise = noiseOf(query.parameters); noise.drawn) {
        picture.measures.push_back({"strength", noise.strength, noise.relative ? Unit::None : Unit::LatentUnits, "drawn from U(0, tau) by the seed"});
    }
    if (values.size() > 3 && !flips) addFlipMeasures(picture, flipsOf(values[3].as<TensorStage>(), values[4].as<TensorStage>()));
    return picture;
}

}  // namespace

extern const Lens kPerturbedLens{
    .name = "perturbed",
    .help = "What the decoder makes of the latents with noise added; codes are searched again, unless they are passed by",
    .needs = {"encode", "decode", "compute"},
    .parameters = withPreprocessing({
        {.name = "strength", .initial = 0.25, .low = 0.0, .high = 100.0, .unit = Unit::LatentUnits, .help = "Standard deviation of the noise, in units of the unscaled latents"},
        {.name = "seed", .initial = std::int64_t(0), .low = std::int64_t(0), .high = std::int64_t(0xffffffff), .help = "The same seed gives the same noise on every device"},
        {.name = "scale", .initial = std::string("absolute"), .low = {}, .high = {}, .help = "Whether strength is absolute or relative to each token's root mean square",
         .choices = {"absolute", "token_rms"}},
        {.name = "draw", .initial = std::string("fixed"), .low = {}, .high = {}, .help = "The strength as given, or as decoders are trained: one drawn from U(0, tau) by the seed",
         .choices = {"fixed", "as_trained"}},
        {.name = "show", .initial = std::string("picture"), .low = {}, .high = {}, .help = "The decoded picture or, of a model with codes, where noise makes them flip", .choices = {"picture", "flips"}, .countedBy = "depths"},
        throughParameter(),
        {.name = "tau", .initial = 0.8, .low = 0.0, .high = 100.0, .help = "Largest strength that draw=as_trained draws"},
    }),
    .inputs = inputs,
    .draw = draw,
};

}  // namespace tessera
