// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cstdio>

#include <ATen/ATen.h>

#include "core/error.h"
#include "lenses/derived_stage.h"
#include "lenses/latent_planes.h"
#include "lenses/lens.h"
#include "lenses/lens_drawing.h"
#include "lenses/principal_axes.h"
#include "local/stage_planner.h"

namespace tessera {
namespace {

constexpr std::int64_t kVersion = 2;

/// Sums over the positions of one picture's latents that a basis is made of.
struct LatentMoments {
    std::int64_t positions = 0;
    at::Tensor mean;     ///< [C] float64
    at::Tensor scatter;  ///< [C,C] float64, sum over positions of (z - mean)(z - mean)^T
};

/// Principal components of the latents of one or more pictures, all positions of all of them counting alike.
struct LatentBasis {
    std::size_t cells = 0;
    PrincipalAxes axes;
};

/// One picture's latents along them.
struct LatentScores {
    int height = 0, width = 0;
    at::Tensor scores;  ///< [N,3]
};

at::Tensor channelsByPositions(const StageValue& value) {  // [C,N]
    const TensorStage& stage = value.as<TensorStage>();
    const at::Tensor& latents = stage.tensors->at("latents");
    if (latents.dim() != 4 || latents.size(0) != 1) throw Failure(ErrorCode::Unsupported, "these latents are no stack of planes", c10::str(latents.sizes()));
    at::Tensor x = latents.detach().to(at::kCPU, at::kDouble).reshape({latents.size(1), -1});
    if (!x.isfinite().all().item<bool>()) {
        const bool low = stage.precision == "bf16" || stage.precision == "fp16";
        throw Failure(ErrorCode::Unsupported, "the latents hold NaN or infinity", {}, low ? "open the model in fp32" : "look at their channels one by one: latent_channel");
    }
    return x;
}

StageValue moments(std::span<const StageValue> values, StageContext&) {
    const at::Tensor x = channelsByPositions(values[0]);
    LatentMoments result{x.size(1), x.mean(1), {}};
    const at::Tensor centred = x - result.mean.unsqueeze(1);
    result.scatter = centred.matmul(centred.t());
    const std::size_t bytes = result.mean.nbytes() + result.scatter.nbytes();
    return StageValue::make(std::move(result), bytes);
}

/// Covariance of all positions of all pictures, from their own sums (Chan, Golub and LeVeque 1979), and its leading eigenvectors.
StageValue basis(std::span<const StageValue> values, StageContext& context) {
    std::int64_t positions = 0;
    at::Tensor sum;
    for (const StageValue& value : values) {
        const LatentMoments& each = value.as<LatentMoments>();
        sum = sum.defined() ? sum + each.mean * each.positions : each.mean * each.positions;
        positions += each.positions;
    }
    const at::Tensor mean = values.size() == 1 ? values[0].as<LatentMoments>().mean : sum / positions;
    at::Tensor scatter;
    for (const StageValue& value : values) {
        const LatentMoments& each = value.as<LatentMoments>();
        const at::Tensor off = each.mean - mean;
        const at::Tensor about = each.scatter + at::outer(off, off) * each.positions;
        scatter = scatter.defined() ? scatter + about : about;
    }
    context.checkStopped();
    LatentBasis result{.cells = values.size(), .axes = PrincipalAxes::of(mean, scatter / positions)};
    const std::size_t bytes = result.axes.mean.nbytes() + result.axes.components.nbytes();
    return StageValue::make(std::move(result), bytes);
}

StageValue scores(std::span<const StageValue> values, StageContext&) {
    const at::Tensor& latents = values[0].as<TensorStage>().tensors->at("latents");
    const LatentBasis& found = values[1].as<LatentBasis>();
    LatentScores result{static_cast<int>(latents.size(2)), static_cast<int>(latents.size(3)), found.axes.scores(channelsByPositions(values[0]))};
    const std::size_t bytes = result.scores.nbytes();
    return StageValue::make(std::move(result), bytes);
}

StagePlanPtr momentsOf(const StagePlanPtr& latents) {
    return derivedStage("moments", Hasher().add("latent moments").add(kVersion).add(latents->key).finish(), {latents}, moments, 0.2);
}

/// The same stage whichever of the cells asks, and in whatever order it names the others.
StagePlanPtr basisOf(std::vector<StagePlanPtr> cells) {
    std::ranges::sort(cells, {}, &StagePlan::key);
    const auto repeated = std::ranges::unique(cells, {}, &StagePlan::key);
    cells.erase(repeated.begin(), repeated.end());
    Hasher key;
    key.add("latent basis").add(kVersion);
    for (const StagePlanPtr& cell : cells) key.add(cell->key);
    return derivedStage("basis", key.finish(), std::move(cells), basis, 0.3);
}

bool isShared(const Query& query) {
    return std::get<std::string>(query.parameters.at("basis")) == "shared";
}

std::vector<StagePlanPtr> inputs(const Query& query, StagePlanner& planner) {
    const ParameterSet preprocessing = preprocessingOf(query.parameters);
    const StagePlanPtr latents = planner.latents(query.cell, preprocessing);
    std::vector<StagePlanPtr> cells{momentsOf(latents)};
    for (const CellRef& other : isShared(query) ? query.others : std::vector<CellRef>()) {
        if (other.model != query.cell.model) {
            throw Failure(ErrorCode::Invalid, "a shared basis is one of latents of one model, and a cell of another model is named", "lens latent_pca",
                          "name only cells of " + planner.model(query.cell).name);
        }
        cells.push_back(momentsOf(planner.latents(other, preprocessing)));
    }
    const StagePlanPtr shared = basisOf(std::move(cells));
    return {latents, shared, derivedStage("components", Hasher().add("latent components").add(kVersion).add(latents->key).add(shared->key).finish(), {latents, shared}, scores, 0.3)};
}

std::string percent(double share) {
    char text[32];
    std::snprintf(text, sizeof text, "%.1f", 100 * share);
    return text;
}

Picture draw(const Query& query, std::span<const StageValue> values, StageContext&) {
    const LatentBasis& found = values[1].as<LatentBasis>();
    const LatentScores& own = values[2].as<LatentScores>();
    Picture picture = latentPicture(coloursOfScores(own.scores, own.width, own.height), values[0].as<TensorStage>());
    const auto& share = found.axes.share;
    picture.summary += ", " + percent(share[0] + share[1] + share[2]) + " % of variance (" + percent(share[0]) + " + " + percent(share[1]) + " + " + percent(share[2]) + ")";
    const std::string whose = isShared(query) ? "the first three principal components of " + std::to_string(found.cells) + (found.cells == 1 ? " picture" : " pictures together")
                                              : "this picture's own first three principal components";
    if (isShared(query)) picture.summary += ", shared by " + std::to_string(found.cells);
    addNote(picture, "red, green and blue are " + whose + ", each from -2.5 to +2.5 of its standard deviations; mid grey is the mean");
    picture.table.columns = {{"component", Unit::None, "1 is the one of largest variance"},
                             {"share", Unit::Share, "of the variance over all channels"},
                             {"deviation", Unit::LatentUnits, isShared(query) ? "standard deviation over all positions of all pictures" : "standard deviation over all positions"}};
    for (std::size_t k = 0; k < share.size(); ++k) {
        picture.measures.push_back({"variance_" + std::to_string(k + 1), share[k], Unit::Share, "of the latents' variance, in component " + std::to_string(k + 1)});
        picture.table.values.insert(picture.table.values.end(), {static_cast<double>(k + 1), share[k], found.axes.deviation[k]});
    }
    return picture;
}

}  // namespace

extern const Lens kLatentPcaLens{
    .name = "latent_pca",
    .help = "The first three principal components of the latents as red, green and blue",
    .needs = {"encode"},
    .parameters = withPreprocessing({
        {.name = "basis", .initial = std::string("own"), .low = {}, .high = {}, .help = "Components of this picture alone, or of all named pictures together, so that equal colours are equal latents",
         .choices = {"own", "shared"}},
    }),
    .inputs = inputs,
    .draw = draw,
    .others = Others::Board,
};

}  // namespace tessera
