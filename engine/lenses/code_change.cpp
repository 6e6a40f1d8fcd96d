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
    const auto codesAt = [&](int frame) {
        CellRef cell = query.cell;
        cell.frame = frame;
        return planner.codes(cell, planner.latents(cell, preprocessing));
    };
    std::vector<StagePlanPtr> stages{codesAt(query.cell.frame)};
    if (query.cell.frame > 0) stages.push_back(codesAt(query.cell.frame - 1));
    return stages;
}

Picture draw(const Query&, std::span<const StageValue> values, StageContext&) {
    const TensorStage& stage = values[0].as<TensorStage>();
    const at::Tensor& now = stage.tensors->at("codes");  // [1,rows,columns,D]
    const bool first = values.size() == 1;
    const at::Tensor before = first ? now : values[1].as<TensorStage>().tensors->at("codes");
    const at::Tensor changed = (now != before).to(at::kFloat).squeeze(0);  // [rows,columns,D]
    Picture picture = tokenField(changed.mean(-1), stage, {.label = "changed", .unit = Unit::Share, .range = std::pair(0.0, 1.0)});
    const CodePlanes planes = codePlanes(stage);
    picture.summary = sizeText(planes);
    if (first) addNote(picture, "the first frame: there is none before it that its codes could differ from");
    const auto measure = [&](const std::string& name, const at::Tensor& of, const std::string& detail) {
        picture.measures.push_back({name, first ? std::nullopt : std::optional(of.mean().item<double>()), Unit::Share, first ? "of a clip's second frame and those after it" : detail});
    };
    measure("changed", changed, "codes that differ from those of the frame before, over all tokens and depths");
    for (int depth = 0; depth < planes.depths; ++depth) {
        measure("changed_" + std::to_string(depth + 1), changed.select(2, depth), "codes at depth " + std::to_string(depth + 1) + " that differ from those of the frame before");
    }
    return picture;
}

}  // namespace

extern const Lens kCodeChangeLens{
    .name = "code_change",
    .help = "Which codes differ from those of the frame before: their share among a token's depths",
    .needs = {"encode", "quantize"},
    .parameters = preprocessingParameters(),
    .inputs = inputs,
    .draw = draw,
};

}  // namespace tessera
