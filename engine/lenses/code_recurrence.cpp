// SPDX-License-Identifier: Apache-2.0
#include <ATen/ATen.h>

#include "lenses/code_planes.h"
#include "lenses/lens.h"
#include "lenses/lens_drawing.h"
#include "lenses/token_field.h"
#include "local/stage_planner.h"

namespace tessera {
namespace {

std::vector<StagePlanPtr> inputs(const Query& query, StagePlanner& planner) {
    const ParameterSet preprocessing = preprocessingOf(query.parameters);
    std::vector<StagePlanPtr> stages{planner.codes(query.cell, planner.latents(query.cell, preprocessing))};
    if (!query.others.empty()) {
        const CellRef& other = query.others.front();
        needSameWeights(query, other, planner);
        stages.push_back(planner.codes(other, planner.latents(other, preprocessing)));
    }
    return stages;
}

Picture draw(const Query& query, std::span<const StageValue> values, StageContext&) {
    const TensorStage& stage = values[0].as<TensorStage>();
    const CodePlanes here = codePlanes(stage), from = codePlanes(values.back().as<TensorStage>());
    const TokenPlace place = tokenPlace(query, from.rows, from.columns);
    const bool all = std::get<std::string>(query.parameters.at("match")) == "every_depth";
    const int depth = depthOf(query);
    at::Tensor field = at::zeros({here.rows, here.columns}, at::kFloat);
    auto cells = field.accessor<float, 2>();
    std::int64_t whole = 0;
    for (int row = 0; row < here.rows; ++row) {
        for (int column = 0; column < here.columns; ++column) {
            const auto equal = [&](int d) { return here.at(row, column, d) == from.at(place.row, place.column, d); };
            int count = 0;
            for (int d = all ? 0 : depth; d < (all ? here.depths : depth + 1); ++d) count += equal(d) ? 1 : 0;
            cells[row][column] = static_cast<float>(count);
            whole += count == (all ? here.depths : 1) ? 1 : 0;
        }
    }
    Picture picture = tokenField(field, stage, {.label = all ? "equal depths" : "equal", .map = ColourMap::Magma, .range = std::pair(0.0, all ? double(here.depths) : 1.0)});
    const std::string codes = all ? "codes" : "code " + std::to_string(from.at(place.row, place.column, depth)) + " of depth " + std::to_string(depth + 1);
    picture.summary += ", " + codes + " of row " + std::to_string(place.row) + ", column " + std::to_string(place.column) + (values.size() > 1 ? " of the other picture" : "");
    picture.readings = readingsOf(here, all ? 0 : depth);
    picture.measures.push_back({"count", double(whole), Unit::None, all ? "tokens with the same codes at every depth" : "tokens with the same code at this depth"});
    return picture;
}

}  // namespace

extern const Lens kCodeRecurrenceLens{
    .name = "code_recurrence",
    .help = "Where one token's code occurs, here or in another picture",
    .needs = {"encode", "quantize"},
    .parameters = [] {
        std::vector<ParameterSpec> specs = withPreprocessing(tokenParameters());
        specs.push_back(depthParameter("Which depth's code is looked for"));
        specs.push_back({.name = "match", .initial = std::string("one_depth"), .low = {}, .high = {}, .help = "Equal codes at that depth, or at how many depths the codes are equal", .choices = {"one_depth", "every_depth"}});
        return specs;
    }(),
    .inputs = inputs,
    .draw = draw,
    .others = Others::Reference,
};

}  // namespace tessera
