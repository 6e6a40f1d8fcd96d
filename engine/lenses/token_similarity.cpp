// SPDX-License-Identifier: Apache-2.0
#include <ATen/ATen.h>

#include "core/error.h"
#include "lenses/code_planes.h"
#include "lenses/lens.h"
#include "lenses/lens_drawing.h"
#include "lenses/token_field.h"
#include "local/stage_planner.h"

namespace tessera {
namespace {

std::vector<StagePlanPtr> inputs(const Query& query, StagePlanner& planner) {
    const ParameterSet preprocessing = preprocessingOf(query.parameters);
    std::vector<StagePlanPtr> stages{tokenVectors(query.cell, planner.latents(query.cell, preprocessing), planner)};
    if (!query.others.empty()) {
        needSameWeights(query, query.others.front(), planner);
        stages.push_back(tokenVectors(query.others.front(), planner.latents(query.others.front(), preprocessing), planner));
    }
    return stages;
}

Picture draw(const Query& query, std::span<const StageValue> values, StageContext&) {
    const TensorStage& stage = values[0].as<TensorStage>();
    const at::Tensor& tokens = stage.tensors->at("latents");                        // [1,C,h,w]
    const at::Tensor& from = values.back().as<TensorStage>().tensors->at("latents");  // the other picture's, if there is one
    const TokenPlace place = tokenPlace(query, from.size(2), from.size(3));
    const at::Tensor chosen = from.select(3, place.column).select(2, place.row).reshape({1, -1, 1, 1});
    const at::Tensor cosine = at::cosine_similarity(tokens, chosen, 1).squeeze(0).clamp(-1, 1);  // [h,w]; rounding puts some beyond
    Picture picture = tokenField(cosine, stage, {.label = "cosine", .range = std::pair(-1.0, 1.0)});
    picture.summary += ", like row " + std::to_string(place.row) + ", column " + std::to_string(place.column) + (values.size() > 1 ? " of the other picture" : "");
    picture.measures.push_back({"mean", cosine.mean().item<double>(), Unit::None, "cosine between the token and all tokens"});
    picture.measures.push_back({"max", cosine.max().item<double>(), Unit::None, values.size() > 1 ? "the most alike token here" : "the token itself"});
    return picture;
}

}  // namespace

extern const Lens kTokenSimilarityLens{
    .name = "token_similarity",
    .help = "How alike every token is to one of them, or to one of another picture",
    .needs = {"encode"},
    .parameters = withPreprocessing(tokenParameters()),
    .inputs = inputs,
    .draw = draw,
    .others = Others::Reference,
};

}  // namespace tessera
