// SPDX-License-Identifier: Apache-2.0
#include "lenses/code_planes.h"
#include "lenses/lens.h"
#include "lenses/lens_drawing.h"
#include "local/stage_planner.h"

#include <cmath>

#include <ATen/ATen.h>

namespace tessera {
namespace {

std::vector<StagePlanPtr> inputs(const Query& query, StagePlanner& planner) {
    const ParameterSet preprocessing = preprocessingOf(query.parameters);
    const StagePlanPtr codes = planner.codes(query.cell, planner.latents(query.cell, preprocessing));
    const StagePlanPtr decoded = planner.decodedCodes(query.cell, codes, {.last = depthOf(query) + 1});
    const StagePlanPtr input = planner.input(query.cell, preprocessing);
    return {decoded, planner.comparison(input, decoded, ComparisonDepth::Quick), codes, planner.codebooks(query.cell)};
}

Picture draw(const Query& query, std::span<const StageValue> values, StageContext&) {
    Picture picture = placedPixels(values[0].as<DecodedPixels>());
    picture.measures = values[1].as<PixelComparison>().measures;
    const CodePlanes planes = codePlanes(values[2].as<TensorStage>());
    const TensorsByName& books = *values[3].as<TensorStage>().tensors;
    const int depth = depthOf(query);
    double bits = 0;
    for (int d = 0; d <= depth; ++d) {
        const auto book = books.find("codebook." + std::to_string(d));
        bits += std::log2(double((book == books.end() ? books.at("codebook.0") : book->second).size(0)));
    }
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
