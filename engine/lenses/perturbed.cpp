// SPDX-License-Identifier: Apache-2.0
#include <cmath>
#include <limits>

#include <ATen/ATen.h>
#include <ATen/CPUGeneratorImpl.h>

#include "core/error.h"
#include "lenses/code_planes.h"
#include "lenses/derived_stage.h"
#include "lenses/lens.h"
#include "lenses/lens_drawing.h"
#include "lenses/token_field.h"
#include "local/stage_planner.h"

namespace tessera {
namespace {

constexpr std::int64_t kVersion = 1;

/// Standard normal float32 from the CPU generator, whatever the device is, so that a seed means the same noise everywhere.
at::Tensor seededNormal(at::IntArrayRef shape, std::uint64_t seed) {
    at::Generator generator = at::detail::createCPUGenerator(seed);
    return at::randn(shape, generator, at::TensorOptions().dtype(at::kFloat));
}

/// 0 <= u < 1 by the seed alone (SplitMix64), so that the strength drawn says nothing of the noise.
double seededUniform(std::uint64_t seed) {
    std::uint64_t z = seed + 0x9e3779b97f4a7c15U;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9U;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebU;
    return static_cast<double>((z ^ (z >> 31)) >> 11) * 0x1p-53;
}

struct Noise {
    double strength = 0;
    std::int64_t seed = 0;
    bool relative = false;  ///< to each token's RMS
    bool drawn = false;
};

Noise noiseOf(const ParameterSet& parameters) {
    const auto text = [&](const char* name) { return std::get<std::string>(parameters.at(name)); };
    Noise noise{.strength = std::get<double>(parameters.at("strength")), .seed = std::get<std::int64_t>(parameters.at("seed"))};
    noise.relative = text("scale") == "token_rms";
    noise.drawn = text("draw") == "as_trained";
    if (noise.drawn) noise.strength = std::get<double>(parameters.at("tau")) * seededUniform(static_cast<std::uint64_t>(noise.seed));
    return noise;
}

/// TensorStage "latents": mean + strength * noise(seed), in units of the unscaled latents or of each token's root mean square; "snr_db".
StageValue perturbed(const TensorStage& from, const Noise& by) {
    TensorStage stage = from;
    const at::Tensor mean = stage.tensors->at("latents");  // [1,C,h,w]
    at::Tensor noise = seededNormal(mean.sizes(), static_cast<std::uint64_t>(by.seed)).to(mean.device());
    if (by.relative) noise = noise * mean.square().mean(1, true).sqrt();
    TensorsByName tensors{{"latents", mean + by.strength * noise}};
    const double signal = mean.square().mean().item<double>(), disturbance = by.strength * by.strength * noise.square().mean().item<double>();
    tensors["snr_db"] = at::scalar_tensor(disturbance > 0 ? 10 * std::log10(signal / disturbance) : std::numeric_limits<double>::infinity(), at::kDouble);
    const std::size_t bytes = tensors["latents"].nbytes();
    stage.tensors = std::make_shared<const TensorsByName>(std::move(tensors));
    return StageValue::make(std::move(stage), bytes);
}

bool showsFlips(const Query& query) {
    return std::get<std::string>(query.parameters.at("show")) == "flips";
}

std::vector<StagePlanPtr> inputs(const Query& query, StagePlanner& planner) {
    const ParameterSet preprocessing = preprocessingOf(query.parameters);
    const StagePlanPtr latents = planner.latents(query.cell, preprocessing);
    const Noise noise = noiseOf(query.parameters);
    Hasher key;
    key.add("perturbed").add(kVersion).add(latents->key).add(Value(noise.strength)).add(noise.seed);
    if (noise.relative) key.add("token_rms");
    const StagePlanPtr stage = derivedStage(
        "perturbed", key.finish(), {latents}, [noise](std::span<const StageValue> values, StageContext&) { return perturbed(values[0].as<TensorStage>(), noise); }, 0.1);
    if (planner.model(query.cell).codes.depths() == 0) {
        if (showsFlips(query)) throw Failure(ErrorCode::Unsupported, "this model has no codes that could flip", "lens perturbed", "use show=picture, or choose a model that quantizes");
        const StagePlanPtr decoded = planner.decoded(query.cell, stage);
        return {stage, decoded, planner.comparison(planner.input(query.cell, preprocessing), decoded, ComparisonDepth::Quick)};
    }
    const StagePlanPtr clean = planner.codes(query.cell, latents), noisy = planner.codes(query.cell, stage);
    if (showsFlips(query)) return {stage, clean, noisy};
    const StagePlanPtr decoded = planner.decodedCodes(query.cell, noisy, {});
    return {stage, decoded, planner.comparison(planner.input(query.cell, preprocessing), decoded, ComparisonDepth::Quick), clean, noisy};
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
    .help = "What the decoder makes of the latents with noise added; codes are searched again",
    .needs = {"encode", "decode"},
    .parameters = withPreprocessing({
        {.name = "strength", .initial = 0.25, .low = 0.0, .high = 100.0, .unit = Unit::LatentUnits, .help = "Standard deviation of the noise, in units of the unscaled latents"},
        {.name = "seed", .initial = std::int64_t(0), .low = std::int64_t(0), .high = std::int64_t(0xffffffff), .help = "The same seed gives the same noise on every device"},
        {.name = "scale", .initial = std::string("absolute"), .low = {}, .high = {}, .help = "Whether strength is absolute or relative to each token's root mean square",
         .choices = {"absolute", "token_rms"}},
        {.name = "draw", .initial = std::string("fixed"), .low = {}, .high = {}, .help = "The strength as given, or as decoders are trained: one drawn from U(0, tau) by the seed",
         .choices = {"fixed", "as_trained"}},
        {.name = "show", .initial = std::string("picture"), .low = {}, .high = {}, .help = "The decoded picture or, of a model with codes, where noise makes them flip", .choices = {"picture", "flips"}},
        {.name = "tau", .initial = 0.8, .low = 0.0, .high = 100.0, .help = "Largest strength that draw=as_trained draws"},
    }),
    .inputs = inputs,
    .draw = draw,
};

}  // namespace tessera
