// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include <ATen/ATen.h>

#include "families/shared_space.h"
#include "lenses/code_planes.h"
#include "lenses/derived_stage.h"
#include "lenses/lens.h"
#include "lenses/lens_drawing.h"
#include "lenses/token_field.h"
#include "local/stage_planner.h"

namespace tessera {
namespace {

constexpr std::int64_t kVersion = 1;

bool hasPictureVectors(const ModelInfo& model) { return std::ranges::find(model.capabilities, "text") != model.capabilities.end(); }

/// What a picture is told by as a whole: the model's own vector of it, or else the mean of its tokens.
StagePlanPtr wholePicture(const CellRef& cell, const StagePlanPtr& latents, const StagePlanPtr& tokens, StagePlanner& planner) {
    return hasPictureVectors(planner.model(cell)) ? planner.pictureVector(cell, latents) : tokens;
}

at::Tensor vectorOf(const TensorStage& stage) {  // [E] of unit length, float64
    const auto picture = stage.tensors->find("picture");
    const at::Tensor vector = picture != stage.tensors->end() ? picture->second.squeeze(0) : stage.tensors->at("latents").squeeze(0).flatten(1).mean(1);
    return ofUnitLength(vector.to(at::kCPU, at::kDouble));
}

/// Of every token the cosine to the most alike token of the other picture: [h,w].
StagePlanPtr alike(const StagePlanPtr& own, const StagePlanPtr& other) {
    const Hash128 key = Hasher().add(std::string_view("picture similarity")).add(kVersion).add(own->key).add(other->key).finish();
    return derivedStage("picture similarity", key, {own, other}, [](std::span<const StageValue> values, StageContext&) {
        TensorStage stage = values[0].as<TensorStage>();
        const auto unit = [](const StageValue& value) { return ofUnitLength(value.as<TensorStage>().tensors->at("latents").to(at::kFloat).squeeze(0).permute({1, 2, 0})); };
        const at::Tensor tokens = unit(values[0]);                                              // [h,w,C]
        const at::Tensor others = unit(values[1]).flatten(0, 1).t();                            // [C,h'w']
        const at::Tensor best = std::get<0>(at::matmul(tokens, others).max(-1)).contiguous();  // [h,w]
        stage.tensors = std::make_shared<const TensorsByName>(TensorsByName{{"alike", best}});
        return StageValue::make(std::move(stage), best.nbytes());
    });
}

std::vector<StagePlanPtr> inputs(const Query& query, StagePlanner& planner) {
    const ParameterSet preprocessing = preprocessingOf(query.parameters);
    const CellRef& other = query.others.front();
    needSameWeights(query, other, planner);
    const StagePlanPtr ownLatents = planner.latents(query.cell, preprocessing), otherLatents = planner.latents(other, preprocessing);
    const StagePlanPtr ownTokens = tokenVectors(query.cell, ownLatents, planner), otherTokens = tokenVectors(other, otherLatents, planner);
    return {alike(ownTokens, otherTokens), wholePicture(query.cell, ownLatents, ownTokens, planner), wholePicture(other, otherLatents, otherTokens, planner)};
}

Picture draw(const Query&, std::span<const StageValue> values, StageContext&) {
    const TensorStage& stage = values[0].as<TensorStage>();
    const TensorStage& own = values[1].as<TensorStage>();
    const at::Tensor& best = stage.tensors->at("alike");
    const bool pooled = own.tensors->contains("picture");
    Picture picture = tokenField(best, stage, {.label = "cosine to the most alike", .map = ColourMap::Magma});
    picture.summary += ", each against the most alike of the other picture";
    const double cosine = at::dot(vectorOf(own), vectorOf(values[2].as<TensorStage>())).item<double>();
    picture.measures.push_back({"similarity", cosine, Unit::None, pooled ? "cosine between the model's vectors of both pictures" : "cosine between the mean tokens of both pictures"});
    picture.measures.push_back({"mean", best.mean().item<double>(), Unit::None, "over tokens: cosine to the most alike token of the other picture"});
    if (!pooled) addNote(picture, "pictures compared by their mean tokens: the model has no vector for a whole picture");
    return picture;
}

}  // namespace

extern const Lens kPictureSimilarityLens{
    .name = "picture_similarity",
    .help = "How alike a model finds two pictures, and which places of this one the other has too",
    .needs = {"encode"},
    .parameters = withPreprocessing({}),
    .inputs = inputs,
    .draw = draw,
    .others = Others::Required,
};

}  // namespace tessera
