// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include <ATen/ATen.h>

#include "core/error.h"
#include "families/shared_space.h"
#include "lenses/derived_stage.h"
#include "lenses/lens.h"
#include "lenses/lens_drawing.h"
#include "lenses/token_field.h"
#include "local/stage_planner.h"

namespace tessera {
namespace {

constexpr std::int64_t kVersion = 1;

std::int64_t neighboursOf(const Query& query) { return std::get<std::int64_t>(query.parameters.at("neighbours")); }

/// [h,w] tokens of both pictures on the smaller grid: [hw,C] each, float64.
struct TokenPair {
    at::Tensor a, b;
    std::int64_t rows = 0, columns = 0;
};

TokenPair onSmallerGrid(const at::Tensor& first, const at::Tensor& second) {  // [1,C,h,w] each
    const std::int64_t rows = std::min(first.size(2), second.size(2)), columns = std::min(first.size(3), second.size(3));
    const auto tokens = [&](const at::Tensor& map) {
        const at::Tensor wide = map.to(at::kCPU, at::kDouble);
        const at::Tensor fitted = wide.size(2) == rows && wide.size(3) == columns ? wide : at::_adaptive_avg_pool2d(wide, {rows, columns});
        return fitted.squeeze(0).flatten(1).t().contiguous();
    };
    return {tokens(first), tokens(second), rows, columns};
}

/// Linear CKA of centred tokens (Kornblith et al. 2019, arXiv 1905.00414, equation 4): |B^T A|^2 / (|A^T A| |B^T B|), by Gram matrices where tokens are fewer than channels.
double linearCka(at::Tensor a, at::Tensor b) {
    a = a - a.mean(0, true);
    b = b - b.mean(0, true);
    const at::Tensor ka = at::matmul(a, a.t()), kb = at::matmul(b, b.t());  // [hw,hw]
    const double own = ka.norm().item<double>() * kb.norm().item<double>();
    return own > 0 ? (ka * kb).sum().item<double>() / own : 0.0;
}

/// Of every token, the share of its k nearest others by cosine that are the same in both: [hw] (Huh et al. 2024, arXiv 2405.07987, mutual nearest neighbours).
at::Tensor sharedNeighbours(const at::Tensor& a, const at::Tensor& b, std::int64_t k) {
    const auto nearest = [k](const at::Tensor& tokens) {
        const at::Tensor unit = ofUnitLength(tokens);
        at::Tensor cosines = at::matmul(unit, unit.t());
        cosines.fill_diagonal_(-2.0);
        return std::get<1>(cosines.topk(k, 1));  // [hw,k]
    };
    return (nearest(a).unsqueeze(2) == nearest(b).unsqueeze(1)).any(2).to(at::kDouble).mean(1);
}

StagePlanPtr agreement(const Query& query, const StagePlanPtr& first, const StagePlanPtr& second) {
    const std::int64_t neighbours = neighboursOf(query);
    const Hash128 key = Hasher().add(std::string_view("encoder agreement")).add(kVersion).add(first->key).add(second->key).add(neighbours).finish();
    return derivedStage("encoder agreement", key, {first, second}, [neighbours](std::span<const StageValue> values, StageContext&) {
        TensorStage stage = values[0].as<TensorStage>();
        const TokenPair pair = onSmallerGrid(stage.tensors->at("latents"), values[1].as<TensorStage>().tensors->at("latents"));
        const std::int64_t count = pair.a.size(0), k = std::min(neighbours, (count - 1) / 2);  // of all others, all would be shared
        if (k < 1) throw Failure(ErrorCode::Unsupported, "grids of so few tokens have no neighbours to compare", "lens encoder_agreement", "choose models with larger grids");
        const at::Tensor shared = sharedNeighbours(pair.a, pair.b, k);
        TensorsByName tensors{{"shared", shared.reshape({pair.rows, pair.columns})},
                              {"cka", at::scalar_tensor(linearCka(pair.a, pair.b), at::kDouble)},
                              {"neighbours", at::scalar_tensor(k, at::kLong)}};
        stage.tensors = std::make_shared<const TensorsByName>(std::move(tensors));
        return StageValue::make(std::move(stage), shared.nbytes());
    }, 0.5, Lane::Io);
}

std::vector<StagePlanPtr> inputs(const Query& query, StagePlanner& planner) {
    const ParameterSet preprocessing = preprocessingOf(query.parameters);
    if (query.others.front().source != query.cell.source) {
        throw Failure(ErrorCode::Invalid, "two encoders are compared by what they make of the same picture", "lens encoder_agreement", "name another model, and no other picture");
    }
    const StagePlanPtr own = planner.latents(query.cell, preprocessing), other = planner.latents(query.others.front(), preprocessing);
    return {agreement(query, own, other), own, other};
}

Picture draw(const Query& query, std::span<const StageValue> values, StageContext&) {
    const TensorStage& stage = values[0].as<TensorStage>();
    const at::Tensor& shared = stage.tensors->at("shared");
    const auto grid = [](const StageValue& value) {
        const at::Tensor& latents = value.as<TensorStage>().tensors->at("latents");
        return std::to_string(latents.size(3)) + " × " + std::to_string(latents.size(2));
    };
    const std::int64_t k = stage.tensors->at("neighbours").item<std::int64_t>();
    Picture picture = tokenField(shared, stage, {.label = "shared neighbours", .unit = Unit::Share, .range = std::pair(0.0, 1.0)});
    picture.measures.push_back({"cka", stage.tensors->at("cka").item<double>(), Unit::None, "linear centred kernel alignment of the two models' tokens; 1: the same up to rotation and scale"});
    picture.measures.push_back({"mutual_neighbours", shared.mean().item<double>(), Unit::Share, "of each token's " + std::to_string(k) + " nearest others by cosine, those that both models agree on"});
    if (const std::string own = grid(values[1]), other = grid(values[2]); own != other) addNote(picture, "grids of " + own + " and " + other + " tokens, averaged onto the smaller");
    if (k < neighboursOf(query)) addNote(picture, "only " + std::to_string(k) + " neighbours on so small a grid");
    return picture;
}

}  // namespace

extern const Lens kEncoderAgreementLens{
    .name = "encoder_agreement",
    .help = "How far two encoders see the same picture alike: linear CKA of their tokens, and at every token the share of nearest neighbours that both agree on",
    .needs = {"encode"},
    .parameters = withPreprocessing({{.name = "neighbours", .initial = std::int64_t(10), .low = std::int64_t(1), .high = std::int64_t(256), .help = "How many nearest tokens are compared"}}),
    .inputs = inputs,
    .draw = draw,
    .others = Others::Required,
};

}  // namespace tessera
