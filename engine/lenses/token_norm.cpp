// SPDX-License-Identifier: Apache-2.0
#include <ATen/ATen.h>

#include "lenses/latent_planes.h"
#include "lenses/lens.h"
#include "lenses/lens_drawing.h"
#include "lenses/token_field.h"
#include "local/stage_planner.h"

namespace tessera {
namespace {

std::vector<StagePlanPtr> inputs(const Query& query, StagePlanner& planner) {
    return {planner.latents(query.cell, preprocessingOf(query.parameters))};
}

Picture draw(const Query&, std::span<const StageValue> values, StageContext&) {
    const TensorStage& stage = values[0].as<TensorStage>();
    const at::Tensor norms = stage.tensors->at("latents").to(at::kFloat).norm(2, {1}).squeeze(0);  // [h,w]
    Picture picture = tokenField(norms, stage, {.label = "norm", .unit = Unit::LatentUnits});
    picture.measures.push_back({"mean", norms.mean().item<double>(), Unit::LatentUnits, "length of a token's vector, over all tokens"});
    return picture;
}

}  // namespace

extern const Lens kTokenNormLens{
    .name = "token_norm",
    .help = "How long every token's vector is",
    .needs = {"encode"},
    .parameters = preprocessingParameters(),
    .inputs = inputs,
    .draw = draw,
};

}  // namespace tessera
