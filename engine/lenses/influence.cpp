// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>

#include <ATen/ATen.h>
#include <ATen/CPUGeneratorImpl.h>

#include "core/error.h"
#include "device/torch_bridge.h"
#include "lenses/code_planes.h"
#include "lenses/derived_stage.h"
#include "lenses/lens.h"
#include "lenses/lens_drawing.h"
#include "lenses/token_field.h"
#include "local/margins.h"
#include "local/stage_planner.h"

namespace tessera {
namespace {

constexpr std::int64_t kVersion = 2;
constexpr std::int64_t kBatch = 8;             ///< decodes at once
constexpr double kReachShare = 0.99;           ///< of the squared change that lies within a token's reach
constexpr double kVisible = 1.0 / 255;

struct Push {
    double strength = 1;
    std::int64_t seed = 0;
    bool everyToken = false;
    std::int64_t row = -1, column = -1;
};

/// The same direction for every token of fold x fold latents: [C,fold,fold], of root mean square `length`.
at::Tensor pushed(const at::Tensor& latents, const Push& push, std::int64_t fold) {
    at::Generator generator = at::detail::createCPUGenerator(static_cast<std::uint64_t>(push.seed));
    at::Tensor direction = at::randn({latents.size(1), fold, fold}, generator, at::TensorOptions().dtype(at::kFloat));
    const double length = push.strength * latents.square().mean().sqrt().item<double>();
    return (direction / direction.square().mean().sqrt() * length).to(latents.device());
}

/// Radius in pixels around the middle of a token's cell that holds kReachShare of the squared change [3,H,W].
double reachOf(const at::Tensor& change, double middleX, double middleY) {
    const at::Tensor squares = change.square().sum(0).to(at::kCPU, at::kDouble).contiguous();  // [H,W]
    const auto values = squares.accessor<double, 2>();
    std::vector<double> rings(static_cast<std::size_t>(std::hypot(squares.size(0), squares.size(1))) + 2);
    double all = 0;
    for (std::int64_t y = 0; y < squares.size(0); ++y) {
        for (std::int64_t x = 0; x < squares.size(1); ++x) {
            rings[static_cast<std::size_t>(std::hypot(x + 0.5 - middleX, y + 0.5 - middleY))] += values[y][x];
            all += values[y][x];
        }
    }
    double within = 0;
    for (std::size_t radius = 0; radius < rings.size(); ++radius) {
        within += rings[radius];
        if (all > 0 && within >= kReachShare * all) return static_cast<double>(radius + 1);
    }
    return 0;
}

/// TensorStage: "change" [3,H,W] and "reach" [1] of one token, or "reach" [h,w] of all.
StageValue influenceOf(const TensorStage& from, const Push& push, const TokenPlace& place, std::int64_t fold, const DecodeCall& call, StageContext& context) {
    const c10::InferenceMode inference;
    const at::Tensor& latents = from.tensors->at("latents");  // [1,C,h,w]
    const std::int64_t h = latents.size(2) / fold, w = latents.size(3) / fold;  // of tokens
    const at::Tensor clean = call.decode(latents, context), delta = pushed(latents, push, fold);
    const auto token = [fold](const at::Tensor& map, std::int64_t row, std::int64_t column) { return map.narrow(1, row * fold, fold).narrow(2, column * fold, fold); };  // of [C,H,W]
    const double cellHeight = double(clean.size(2)) / h, cellWidth = double(clean.size(3)) / w;
    TensorsByName tensors;
    if (push.everyToken) {
        at::Tensor reach = at::empty({h, w}, at::kFloat);
        auto cells = reach.accessor<float, 2>();
        for (std::int64_t begin = 0; begin < h * w; begin += kBatch) {
            context.checkStopped();
            context.report(double(begin) / double(h * w), "tokens moved");
            const std::int64_t count = std::min(kBatch, h * w - begin);
            at::Tensor moved = latents.repeat({count, 1, 1, 1});
            for (std::int64_t i = 0; i < count; ++i) token(moved[i], (begin + i) / w, (begin + i) % w).add_(delta);
            const at::Tensor change = call.decode(moved, context) - clean;
            for (std::int64_t i = 0; i < count; ++i) {
                const std::int64_t row = (begin + i) / w, column = (begin + i) % w;
                cells[row][column] = static_cast<float>(reachOf(change[i], (column + 0.5) * cellWidth, (row + 0.5) * cellHeight));
            }
        }
        tensors["reach"] = reach;
    } else {
        at::Tensor moved = latents.clone();
        token(moved[0], place.row, place.column).add_(delta);
        const at::Tensor change = (call.decode(moved, context) - clean)[0];
        tensors["change"] = change;
        tensors["reach"] = at::full({1}, reachOf(change, (place.column + 0.5) * cellWidth, (place.row + 0.5) * cellHeight), at::kFloat);
    }
    TensorStage stage = from;
    std::size_t bytes = 0;
    for (const auto& [name, tensor] : tensors) bytes += tensor.nbytes();
    stage.tensors = std::make_shared<const TensorsByName>(std::move(tensors));
    stage.precision = "fp32";
    return StageValue::make(std::move(stage), bytes);
}

Push pushOf(const Query& query) {
    const ParameterSet& given = query.parameters;
    return {.strength = std::get<double>(given.at("strength")),
            .seed = std::get<std::int64_t>(given.at("seed")),
            .everyToken = std::get<std::string>(given.at("show")) == "reach",
            .row = std::get<std::int64_t>(given.at("row")),
            .column = std::get<std::int64_t>(given.at("column"))};
}

std::vector<StagePlanPtr> inputs(const Query& query, StagePlanner& planner) {
    StagePlanPtr latents = planner.latents(query.cell, preprocessingOf(query.parameters));
    if (planner.model(query.cell).codes.depths() > 0) latents = planner.quantized(query.cell, planner.codes(query.cell, latents), {});
    const DecodeCall call = planner.decodeCall(query.cell);
    const Push push = pushOf(query);
    const std::int64_t fold = foldOf(planner.model(query.cell));
    Hasher key;
    key.add("influence").add(kVersion).add(latents->key).add(call.key).add(Value(push.strength)).add(push.seed).add(fold);
    if (!push.everyToken) key.add(push.row).add(push.column);
    return {derivedStage("influence", key.finish(), {latents}, [=](std::span<const StageValue> values, StageContext& context) {
        const TensorStage& stage = values[0].as<TensorStage>();
        const at::Tensor& grid = stage.tensors->at("latents");
        const TokenPlace place = push.everyToken ? TokenPlace{} : tokenPlace(query, grid.size(2) / fold, grid.size(3) / fold);
        return influenceOf(stage, push, place, fold, call, context);
    }, push.everyToken ? 50 : 6)};
}

Picture draw(const Query& query, std::span<const StageValue> values, StageContext&) {
    const TensorStage& stage = values[0].as<TensorStage>();
    const at::Tensor& reach = stage.tensors->at("reach");
    const char* what = "radius in pixels that holds 99 % of the squared change";
    if (pushOf(query).everyToken) {
        Picture picture = tokenField(reach, stage, {.label = "reach", .unit = Unit::Pixels});
        picture.measures.push_back({"reach", reach.mean().item<double>(), Unit::Pixels, std::string(what) + ", mean over all tokens"});
        return picture;
    }
    const at::Tensor& change = stage.tensors->at("change");
    const at::Tensor size = cropped(change.unsqueeze(0), stage.origin.image.height(), stage.origin.image.width());
    const at::Tensor magnitude = size[0].abs().mean(0).to(at::kCPU, at::kFloat).contiguous();  // [H,W]
    std::vector<float> field(magnitude.const_data_ptr<float>(), magnitude.const_data_ptr<float>() + magnitude.numel());
    const double most = std::max(1e-6, double(*std::ranges::max_element(field)));
    const auto seen = static_cast<double>(std::ranges::count_if(field, [](float value) { return value > kVisible; }));
    const auto pixels = static_cast<double>(field.size());
    Picture picture = placed(Image(static_cast<int>(magnitude.size(1)), static_cast<int>(magnitude.size(0)), 1, SharedArray<float>(std::move(field))), stage.origin);
    picture.precision = stage.precision;
    picture.notes = stage.notes;
    noteCrop(picture, stage.origin);
    picture.mapping = FieldMapping::Scalar;
    picture.legend = Legend{0, most, ColourMap::Magma, Unit::None, "change"};
    picture.measures.push_back({"reach", reach.item<double>(), Unit::Pixels, what});
    picture.measures.push_back({"changed", seen / pixels, Unit::Share, "pixels that change by more than 1/255"});
    picture.measures.push_back({"max", most, Unit::None, "largest mean change of a pixel's channels"});
    return picture;
}

}  // namespace

extern const Lens kInfluenceLens{
    .name = "influence",
    .help = "Which pixels move when one token moves, or how far every token reaches",
    .needs = {"encode", "decode", "compute"},
    .parameters = [] {
        std::vector<ParameterSpec> specs = withPreprocessing(tokenParameters());
        specs.push_back({.name = "show", .initial = std::string("pixels"), .low = {}, .high = {}, .help = "The pixels that one token moves, or the reach of every token, which takes a decode for each", .choices = {"pixels", "reach"}});
        specs.push_back({.name = "strength", .initial = 1.0, .low = 0.001, .high = 100.0, .help = "How far the token is moved, in root mean squares of all tokens"});
        specs.push_back({.name = "seed", .initial = std::int64_t(0), .low = std::int64_t(0), .high = std::int64_t(0xffffffff), .help = "Draws the direction"});
        return specs;
    }(),
    .inputs = inputs,
    .draw = draw,
};

}  // namespace tessera
