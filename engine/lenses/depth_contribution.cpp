// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>

#include <ATen/ATen.h>

#include "lenses/code_planes.h"
#include "lenses/lens.h"
#include "lenses/lens_drawing.h"
#include "local/stage_planner.h"

namespace tessera {
namespace {

std::vector<StagePlanPtr> inputs(const Query& query, StagePlanner& planner) {
    const ParameterSet preprocessing = preprocessingOf(query.parameters);
    const StagePlanPtr latents = planner.latents(query.cell, preprocessing), codes = planner.codes(query.cell, latents), input = planner.inputIfAny(query.cell, preprocessing);
    const int depth = depthOf(query);
    const StagePlanPtr without = planner.decodedCodes(query.cell, codes, {.last = depth}), with = planner.decodedCodes(query.cell, codes, {.last = depth + 1});
    return {with,
            without,
            planner.comparison(input, with, ComparisonDepth::Quick),
            planner.comparison(input, without, ComparisonDepth::Quick),
            latents,
            planner.quantized(query.cell, codes, {.last = depth + 1}),
            planner.quantized(query.cell, codes, {.last = depth})};
}

double leftOf(const at::Tensor& latents, const at::Tensor& explained) {
    const double all = latents.to(at::kDouble).square().sum().item<double>();
    return all > 0 ? (latents - explained).to(at::kDouble).square().sum().item<double>() / all : 0;
}

std::optional<double> psnrOf(const StageValue& comparison) {
    for (const Measure& measure : comparison.as<PixelComparison>().measures) {
        if (measure.name == "psnr") return measure.value;
    }
    return std::nullopt;
}

Picture draw(const Query& query, std::span<const StageValue> values, StageContext&) {
    const DecodedPixels& with = values[0].as<DecodedPixels>();
    const auto after = std::get<SharedArray<float>>(with.image.samples()).span(), before = std::get<SharedArray<float>>(values[1].as<DecodedPixels>().image.samples()).span();
    std::vector<float> change(after.size());
    for (std::size_t i = 0; i < change.size(); ++i) change[i] = after[i] - before[i];
    Picture picture = placed(Image(with.image.width(), with.image.height(), 3, SharedArray<float>(std::move(change))), with.origin);
    picture.precision = with.precision;
    picture.notes = with.notes;
    noteCrop(picture, with.origin);
    picture.mapping = FieldMapping::Signed;
    const int depth = depthOf(query);
    const std::string name = "depth " + std::to_string(depth + 1);
    double reach = 0;
    const Image& image = picture.image;
    for (int y = 0; y < image.height(); ++y) {
        for (int x = 0; x < image.width(); ++x) reach = std::max(reach, std::abs((double(image.at(x, y, 0)) + image.at(x, y, 1) + image.at(x, y, 2)) / 3));
    }
    if (reach == 0) reach = 1;
    picture.legend = Legend{-reach, reach, ColourMap::RedWhiteBlue, Unit::None, name};
    picture.summary += ", " + name;

    const at::Tensor& latents = values[4].as<TensorStage>().tensors->at("latents");
    const double share = leftOf(latents, values[6].as<TensorStage>().tensors->at("latents")) - leftOf(latents, values[5].as<TensorStage>().tensors->at("latents"));
    picture.measures.push_back({"energy_share", share, Unit::Share, "of the latents' mean square that " + name + " explains"});
    const std::optional<double> own = psnrOf(values[2]), previous = psnrOf(values[3]);
    if (own && previous) picture.measures.push_back({"psnr_gain", *own - *previous, Unit::Decibels, "PSNR of depths 1 to " + std::to_string(depth + 1) + " over that of the depths before"});
    return picture;
}

}  // namespace

extern const Lens kDepthContributionLens{
    .name = "depth_contribution",
    .help = "What one depth's codes change in the decoded picture, darker or brighter",
    .needs = {"encode", "quantize", "decode"},
    .parameters = withPreprocessing({depthParameter("Which depth, coarse to fine; the depths before it count, those after it do not")}),
    .inputs = inputs,
    .draw = draw,
};

}  // namespace tessera
