// SPDX-License-Identifier: Apache-2.0
#include <cmath>
#include <map>

#include <ATen/ATen.h>
#include <tessera/code_colour.h>

#include "lenses/code_planes.h"
#include "lenses/latent_planes.h"
#include "lenses/lens.h"
#include "lenses/lens_drawing.h"
#include "local/stage_planner.h"

namespace tessera {
namespace {

std::vector<StagePlanPtr> inputs(const Query& query, StagePlanner& planner) {
    const ParameterSet preprocessing = preprocessingOf(query.parameters);
    std::vector<StagePlanPtr> stages{planner.codes(query.cell, planner.latents(query.cell, preprocessing))};
    if (const StagePlanPtr exact = planner.latentsInFp32(query.cell, preprocessing)) stages.push_back(planner.codes(query.cell, exact));
    return stages;
}

Picture draw(const Query& query, std::span<const StageValue> values, StageContext&) {
    const TensorStage& stage = values[0].as<TensorStage>();
    const CodePlanes planes = codePlanes(stage);
    const int depth = depthOf(query);
    std::vector<std::uint8_t> pixels;
    std::map<std::int64_t, std::int64_t> counts;
    for (int row = 0; row < planes.rows; ++row) {
        for (int column = 0; column < planes.columns; ++column) {
            const std::int64_t code = planes.at(row, column, depth);
            const auto colour = colourOfCode(code);
            pixels.insert(pixels.end(), colour.begin(), colour.end());
            ++counts[code];
        }
    }
    Picture picture = placedLatents(Image(planes.columns, planes.rows, 3, SharedArray<std::uint8_t>(std::move(pixels))), stage);
    picture.summary = sizeText(planes) + ", depth " + std::to_string(depth + 1);
    picture.readings = readingsOf(planes, depth);
    const double cells = double(planes.rows) * planes.columns;
    double entropy = 0;
    for (const auto& [code, count] : counts) entropy -= double(count) / cells * std::log2(double(count) / cells);
    const std::string where = "this picture's codes at depth " + std::to_string(depth + 1);
    picture.measures.push_back({"codes_used", double(counts.size()), Unit::None, "different ones among " + where});
    picture.measures.push_back({"entropy", entropy, Unit::Bits, "of " + where});
    picture.measures.push_back({"perplexity", std::exp2(entropy), Unit::None, "2 to the entropy of " + where});
    if (values.size() > 1) {
        const at::Tensor flips = (stage.tensors->at("codes") != values[1].as<TensorStage>().tensors->at("codes")).select(3, depth);
        picture.measures.push_back({"flipped", flips.to(at::kDouble).mean().item<double>(), Unit::Share, "codes at this depth that the encoder in " + stage.precision + " gives otherwise than in fp32"});
    }
    return picture;
}

}  // namespace

extern const Lens kCodesLens{
    .name = "codes",
    .help = "The codes of one depth, equal ones in equal colours",
    .needs = {"encode", "quantize"},
    .parameters = withPreprocessing({depthParameter("Which depth's codes, coarse to fine")}),
    .inputs = inputs,
    .draw = draw,
};

}  // namespace tessera
