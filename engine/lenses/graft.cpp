// SPDX-License-Identifier: Apache-2.0
#include <ATen/ATen.h>

#include "core/error.h"
#include "lenses/code_planes.h"
#include "lenses/derived_stage.h"
#include "lenses/lens.h"
#include "lenses/lens_drawing.h"
#include "local/stage_planner.h"

namespace tessera {
namespace {

constexpr std::int64_t kVersion = 1;

/// TensorStage "codes": depths up to `depth` of the own picture, those after it of the other one.
StageValue grafted(const TensorStage& own, const TensorStage& other, int depth) {
    const at::Tensor &coarse = own.tensors->at("codes"), &fine = other.tensors->at("codes");
    if (coarse.sizes() != fine.sizes()) {
        throw Failure(ErrorCode::Mismatch, "the two pictures have grids of different sizes, " + std::to_string(coarse.size(2)) + " x " + std::to_string(coarse.size(1)) + " and " +
                      std::to_string(fine.size(2)) + " x " + std::to_string(fine.size(1)), "lens graft", "cut both to one shape with crop=square and a size above 0, such as size=256");
    }
    TensorStage stage = own;
    at::Tensor codes = coarse.clone();
    codes.slice(3, depth + 1).copy_(fine.slice(3, depth + 1));
    const std::size_t bytes = codes.nbytes();
    stage.tensors = std::make_shared<const TensorsByName>(TensorsByName{{"codes", codes}});
    return StageValue::make(std::move(stage), bytes);
}

std::vector<StagePlanPtr> inputs(const Query& query, StagePlanner& planner) {
    const CellRef& other = query.others.front();
    needSameWeights(query, other, planner);
    const ParameterSet preprocessing = preprocessingOf(query.parameters);
    const StagePlanPtr own = planner.codes(query.cell, planner.latents(query.cell, preprocessing)), theirs = planner.codes(other, planner.latents(other, preprocessing));
    const int depth = depthOf(query);
    const Hash128 key = Hasher().add("grafted").add(kVersion).add(own->key).add(theirs->key).add(std::int64_t(depth)).finish();
    const StagePlanPtr codes = derivedStage(
        "grafted", key, {own, theirs}, [depth](std::span<const StageValue> values, StageContext&) { return grafted(values[0].as<TensorStage>(), values[1].as<TensorStage>(), depth); }, 0.1);
    return {planner.decodedCodes(query.cell, codes, {})};
}

Picture draw(const Query& query, std::span<const StageValue> values, StageContext&) {
    Picture picture = placedPixels(values[0].as<DecodedPixels>());
    const int depth = depthOf(query) + 1;
    picture.summary += ", depth 1 to " + std::to_string(depth) + " of its own";
    addNote(picture, "depths after " + std::to_string(depth) + " are the other picture's");
    return picture;
}

}  // namespace

extern const Lens kGraftLens{
    .name = "graft",
    .help = "What the decoder makes of this picture's coarse depths with another's fine ones",
    .needs = {"encode", "quantize", "decode", "compute"},
    .parameters = withPreprocessing({depthParameter("The last depth that is this picture's own")}),
    .inputs = inputs,
    .draw = draw,
    .others = Others::Required,
};

}  // namespace tessera
