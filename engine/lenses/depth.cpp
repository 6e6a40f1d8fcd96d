// SPDX-License-Identifier: Apache-2.0
#include <cmath>

#include <ATen/ATen.h>

#include "lenses/code_planes.h"
#include "lenses/derived_stage.h"
#include "lenses/lens.h"
#include "lenses/lens_drawing.h"
#include "local/stage_planner.h"

namespace tessera {
namespace {

std::vector<StagePlanPtr> inputs(const Query& query, StagePlanner& planner) {
    const ParameterSet preprocessing = preprocessingOf(query.parameters);
    const StagePlanPtr codes = planner.codes(query.cell, planner.latents(query.cell, preprocessing));
    const StagePlanPtr decoded = planner.decodedCodes(query.cell, codes, {.last = depthOf(query) + 1});
    const StagePlanPtr input = planner.inputIfAny(query.cell, preprocessing);
    double bits = 0;
    const std::vector<int> sizes = planner.model(query.cell).codes.codebookSizes;
    for (int depth = 0; depth <= depthOf(query); ++depth) bits += std::log2(static_cast<double>(sizes[depth]));
    const Hash128 key = Hasher().add("bits per token").add(Value(bits)).finish();
    return {decoded, planner.comparison(input, decoded, ComparisonDepth::Quick), codes,
            derivedStage("bits", key, {}, [bits](std::span<const StageValue>, StageContext&) { return StageValue::make(bits, sizeof bits); }, 0)};
}

Picture draw(const Query& query, std::span<const StageValue> values, StageContext&) {
    Picture picture = placedPixels(values[0].as<DecodedPixels>());
    picture.measures = values[1].as<PixelComparison>().measures;
    const CodePlanes planes = codePlanes(values[2].as<TensorStage>());
    const int depth = depthOf(query);
    const auto bits = values[3].as<double>();
    const Image& image = picture.image;
    const double rate = bits * planes.rows * planes.columns / (double(image.width()) * image.height());
    picture.measures.push_back({"rate", rate, Unit::BitsPerPixel, "log2 of the codebooks' sizes, depths 1 to " + std::to_string(depth + 1) + ", without entropy coding"});
    picture.summary += ", depth 1 to " + std::to_string(depth + 1) + " of " + std::to_string(planes.depths);
    return picture;
}

}  // namespace

extern const Lens kDepthLens{
    .name = "depth",
    .help = "What the decoder makes of the codes up to one depth",
    .needs = {"encode", "quantize", "decode"},
    .parameters = withPreprocessing({depthParameter("The last depth that counts, coarse to fine", InitialDepth::Last)}),
    .inputs = inputs,
    .draw = draw,
};

}  // namespace tessera
