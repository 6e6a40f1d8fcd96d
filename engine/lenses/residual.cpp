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
    if (planner.model(query.cell).codes.kind != CodeLayout::Kind::Residual) {
        throw Failure(ErrorCode::Unsupported, "this model's depths stand side by side, none of them works on what another left", "lens residual", "choose a residual quantizer");
    }
    const StagePlanPtr latents = planner.latents(query.cell, preprocessingOf(query.parameters));
    const StagePlanPtr codes = planner.codes(query.cell, latents);
    return {latents, planner.quantized(query.cell, codes, {.last = depthOf(query) + 1})};
}

Picture draw(const Query& query, std::span<const StageValue> values, StageContext&) {
    const TensorStage& stage = values[0].as<TensorStage>();
    const at::Tensor &latents = stage.tensors->at("latents"), left = latents - values[1].as<TensorStage>().tensors->at("latents");
    const std::string depth = "depth " + std::to_string(depthOf(query) + 1);
    Picture picture = tokenField(left.norm(2, {1}).squeeze(0), stage, {.label = "residual after " + depth, .unit = Unit::LatentUnits, .map = ColourMap::Magma});
    picture.summary += ", " + depth;
    const double all = latents.to(at::kDouble).square().sum().item<double>();
    if (left.count_nonzero().item<std::int64_t>() == 0) addNote(picture, "nothing is left: the tokens are the sums of their codes");
    if (all > 0) picture.measures.push_back({"left", left.to(at::kDouble).square().sum().item<double>() / all, Unit::Share, "of the latents' mean square that is not explained after " + depth});
    return picture;
}

}  // namespace

extern const Lens kResidualLens{
    .name = "residual",
    .help = "How much of every token is left to explain after one depth",
    .needs = {"encode", "quantize", "compute"},
    .parameters = withPreprocessing({depthParameter("The last depth that counts, coarse to fine", InitialDepth::Last)}),
    .inputs = inputs,
    .draw = draw,
};

}  // namespace tessera
