// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>

#include "lenses/lens.h"
#include "lenses/lens_drawing.h"
#include "local/stage_planner.h"

namespace tessera {
namespace {

std::vector<StagePlanPtr> inputs(const Query& query, StagePlanner& planner) {
    const ParameterSet preprocessing = preprocessingOf(query.parameters);
    const StagePlanPtr input = planner.input(query.cell, preprocessing);
    const StagePlanPtr decoded = planner.decoded(query.cell, planner.latents(query.cell, preprocessing));
    return {input, decoded, planner.comparison(input, decoded, ComparisonDepth::Full)};
}

constexpr int kChannels = 5;

/// Five channels: decoded - input of red, green and blue, the FLIP error, 1 - SSIM. All kinds of difference are drawn from these.
Image errorField(const Image& input, const Image& decoded, const PixelComparison& comparison) {
    const auto a = std::get<SharedArray<float>>(input.samples()).span();
    const auto b = std::get<SharedArray<float>>(decoded.samples()).span();
    const auto flip = std::get<SharedArray<float>>(comparison.flipMap.samples()).span();
    const auto ssim = std::get<SharedArray<float>>(comparison.ssimMap.samples()).span();
    std::vector<float> field(flip.size() * kChannels);
    for (std::size_t pixel = 0; pixel < flip.size(); ++pixel) {
        // As a viewer shows them: out-of-range output is not an error one can see.
        for (int c = 0; c < 3; ++c) field[pixel * kChannels + c] = std::clamp(b[pixel * 3 + c], 0.f, 1.f) - std::clamp(a[pixel * 3 + c], 0.f, 1.f);
        field[pixel * kChannels + 3] = flip[pixel];
        field[pixel * kChannels + 4] = 1 - ssim[pixel];
    }
    return Image(input.width(), input.height(), kChannels, SharedArray<float>(std::move(field)));
}

Picture draw(const Query&, std::span<const StageValue> values, StageContext&) {
    const ModelInput& input = values[0].as<ModelInput>();
    const DecodedPixels& decoded = values[1].as<DecodedPixels>();
    const PixelComparison& comparison = values[2].as<PixelComparison>();
    const Image field = errorField(input.image, decoded.image, comparison);
    Picture picture = placed(field, input);
    picture.precision = decoded.precision;
    picture.notes = decoded.notes;
    picture.measures = comparison.measures;
    for (Measure& measure : picture.measures) {
        if (measure.name == "ssim" && measure.value) measure.detail += "; the map's mean but for the 5 px next to its edges, where the window sees mirrored pixels";
    }
    double sum = 0, largest = 0;
    const auto samples = std::get<SharedArray<float>>(field.samples()).span();
    for (std::size_t i = 0; i < samples.size(); i += kChannels) {
        const double error = (std::abs(samples[i]) + std::abs(samples[i + 1]) + std::abs(samples[i + 2])) / 3;
        sum += error;
        largest = std::max(largest, error);
    }
    picture.measures.push_back({"mean_error", sum / (samples.size() / kChannels), Unit::None, "mean of |error| over pixels and channels, 0..1"});
    picture.measures.push_back({"max_error", largest, Unit::None, "largest |error| of a pixel, mean over its channels, 0..1"});
    return picture;
}

void present(const Query& query, Picture& picture) {
    const std::string& kind = std::get<std::string>(query.parameters.at("kind"));
    if (kind == "signed") {
        picture.mapping = FieldMapping::Signed;
        picture.legend = Legend{-0.25, 0.25, ColourMap::RedWhiteBlue, Unit::None, "signed"};
    } else if (kind == "squared") {
        picture.mapping = FieldMapping::Squared;
        picture.legend = Legend{0, 0.05, ColourMap::Magma, Unit::None, "squared"};
    } else if (kind == "flip") {
        picture.mapping = FieldMapping::Flip;
        picture.legend = Legend{0, 1, ColourMap::Magma, Unit::None, "FLIP"};
    } else if (kind == "ssim") {
        picture.mapping = FieldMapping::Ssim;
        picture.legend = Legend{0, 1, ColourMap::Magma, Unit::None, "1 − SSIM"};
    } else {
        picture.mapping = FieldMapping::Absolute;
        picture.legend = Legend{0, 0.25, ColourMap::Magma, Unit::None, "abs"};
    }
}

}  // namespace

extern const Lens kDifferenceLens{
    .name = "difference",
    .help = "Where the reconstruction departs from the input",
    .needs = {"encode", "decode"},
    .parameters = withPreprocessing({
        {.name = "kind", .initial = std::string("absolute"), .low = {}, .high = {}, .help = "How the difference is measured", .choices = {"absolute", "signed", "squared", "flip", "ssim"}, .display = true},
    }),
    .inputs = inputs,
    .draw = draw,
    .present = present,
};

}  // namespace tessera
