// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>

#include <ATen/ATen.h>

#include "core/error.h"
#include "lenses/derived_stage.h"
#include "lenses/lens.h"
#include "lenses/lens_drawing.h"
#include "local/stage_planner.h"

namespace tessera {
namespace {

constexpr std::int64_t kVersion = 1;
/// Tokens closer than this to one direction, or to opposite ones, have no arc of their own: they go straight.
constexpr double kLeastSine = 1e-4;

/// Each token turned from a's direction to b's by `amount` of the angle between them, its length in proportion; [1,C,h,w].
at::Tensor along(const at::Tensor& a, const at::Tensor& b, double amount) {
    const at::Tensor lengthA = a.norm(2, {1}, true), lengthB = b.norm(2, {1}, true);  // [1,1,h,w]
    const at::Tensor cosine = ((a * b).sum(1, true) / (lengthA * lengthB).clamp_min(1e-30)).clamp(-1, 1);
    const at::Tensor angle = cosine.acos(), sine = angle.sin();
    const at::Tensor turned = (a / lengthA.clamp_min(1e-30)) * ((1 - amount) * angle).sin() / sine + (b / lengthB.clamp_min(1e-30)) * (amount * angle).sin() / sine;
    const at::Tensor arc = turned * (lengthA * (1 - amount) + lengthB * amount);
    return at::where(sine > kLeastSine, arc, a * (1 - amount) + b * amount);
}

std::string sizeOf(const at::Tensor& latents) {
    return std::to_string(latents.size(3)) + " x " + std::to_string(latents.size(2));
}

StageValue blended(const TensorStage& own, const TensorStage& other, double amount, bool spherical) {
    const at::Tensor &a = own.tensors->at("latents"), &b = other.tensors->at("latents");
    if (a.sizes() != b.sizes()) {
        throw Failure(ErrorCode::Mismatch, "the two pictures have latents of different sizes, " + sizeOf(a) + " and " + sizeOf(b), "lens blend",
                      "cut both to one shape with crop=square and a size above 0, such as size=256");
    }
    TensorStage stage = own;
    const at::Tensor distance = (a - b).to(at::kDouble).square().mean().sqrt();
    const at::Tensor cosine = at::cosine_similarity(a.to(at::kDouble), b.to(at::kDouble), 1).mean();
    // The ends are the very latents: their pictures are the two reconstructions bit for bit.
    TensorsByName tensors{{"latents", amount == 0 ? a : amount == 1 ? b : spherical ? along(a, b, amount) : a * (1 - amount) + b * amount},
                          {"distance", distance},
                          {"cosine", cosine}};
    const std::size_t bytes = tensors["latents"].nbytes();
    for (const Note& note : other.notes) {
        if (note.kind == Note::Kind::Warning) stage.notes.push_back({note.kind, "the other cell: " + note.text});
    }
    stage.tensors = std::make_shared<const TensorsByName>(std::move(tensors));
    return StageValue::make(std::move(stage), bytes);
}

std::vector<StagePlanPtr> inputs(const Query& query, StagePlanner& planner) {
    const CellRef& other = query.others.front();
    if (other.model != query.cell.model) {
        throw Failure(ErrorCode::Invalid, "the other cell has another model, and latents of two models have no path between them", "lens blend", "name a cell of " + planner.model(query.cell).name);
    }
    const ParameterSet preprocessing = preprocessingOf(query.parameters);
    const StagePlanPtr own = planner.latents(query.cell, preprocessing), theirs = planner.latents(other, preprocessing);
    const double amount = std::get<double>(query.parameters.at("amount"));
    const bool spherical = std::get<std::string>(query.parameters.at("path")) == "spherical";
    Hasher key;
    key.add("blended").add(kVersion).add(own->key).add(theirs->key).add(Value(amount)).add(spherical && amount > 0 && amount < 1);
    const StagePlanPtr stage = derivedStage(
        "blended", key.finish(), {own, theirs},
        [=](std::span<const StageValue> values, StageContext&) { return blended(values[0].as<TensorStage>(), values[1].as<TensorStage>(), amount, spherical); }, 0.1);
    return {planner.decoded(query.cell, stage), stage};
}

Picture draw(const Query&, std::span<const StageValue> values, StageContext&) {
    Picture picture = placedPixels(values[0].as<DecodedPixels>());
    const TensorsByName& found = *values[1].as<TensorStage>().tensors;
    picture.measures.push_back({"distance", found.at("distance").item<double>(), Unit::LatentUnits, "root mean square of the difference between the two pictures' latents"});
    picture.measures.push_back({"cosine", found.at("cosine").item<double>(), Unit::None, "between the two pictures' tokens at one place, mean over all places"});
    return picture;
}

}  // namespace

extern const Lens kBlendLens{
    .name = "blend",
    .help = "What the decoder makes of tokens on the path from this picture's to another's",
    .needs = {"encode", "decode", "compute"},
    .parameters = withPreprocessing({
        {.name = "amount", .initial = 0.5, .low = 0.0, .high = 1.0, .unit = Unit::Share, .help = "How far along the path: 0 is this picture, 1 the other one"},
        {.name = "path", .initial = std::string("linear"), .low = {}, .high = {}, .help = "Straight, or on the arc between the two tokens' directions", .choices = {"linear", "spherical"}},
    }),
    .inputs = inputs,
    .draw = draw,
    .others = Others::Required,
};

}  // namespace tessera
