// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <cmath>
#include <cstdio>

#include <ATen/ATen.h>

#include "core/error.h"
#include "lenses/latent_planes.h"
#include "lenses/lens.h"
#include "lenses/lens_drawing.h"
#include "local/stage_planner.h"

namespace tessera {
namespace {

constexpr std::int64_t kVersion = 1;
constexpr std::size_t kComponents = 3;
constexpr double kDeviations = 2.5;  // from mid grey to black or to full colour
/// Less of the variance than this is rounding: such a component is drawn as mid grey.
constexpr double kLeastShare = 1e-12;

/// The first principal components of one picture's latents.
struct LatentComponents {
    int height = 0, width = 0, channels = 0;
    std::vector<float> scores;  ///< (row, column, component), in standard deviations of the component
    std::array<double, kComponents> share{}, deviation{};
};

/// Basis of the channels by falling variance, from the covariance over all positions.
StageValue components(std::span<const StageValue> values, StageContext& context) {
    const at::Tensor& latents = values[0].as<TensorStage>().tensors->at("latents");
    if (latents.dim() != 4 || latents.size(0) != 1) throw Failure(ErrorCode::Unsupported, "these latents are no stack of planes", c10::str(latents.sizes()));
    const std::int64_t channels = latents.size(1), positions = latents.size(2) * latents.size(3);
    at::Tensor x = latents.detach().to(at::kCPU, at::kDouble).reshape({channels, positions});  // [C,N]
    if (!x.isfinite().all().item<bool>()) throw Failure(ErrorCode::Unsupported, "the latents hold NaN or infinity", {}, "open the model in fp32");
    x = x - x.mean(1, true);
    context.checkStopped();
    const auto [variances, vectors] = at::linalg_eigh(x.matmul(x.t()) / positions);  // [C] rising, [C,C] columns
    context.checkStopped();
    LatentComponents result{static_cast<int>(latents.size(2)), static_cast<int>(latents.size(3)), static_cast<int>(channels), {}, {}, {}};
    result.scores.resize(static_cast<std::size_t>(positions) * kComponents);
    const double total = variances.clamp_min(0).sum().item<double>();
    for (std::size_t k = 0; k < kComponents && static_cast<std::int64_t>(k) < channels; ++k) {
        const std::int64_t column = channels - 1 - static_cast<std::int64_t>(k);
        const double variance = std::max(0.0, variances[column].item<double>());
        if (!(variance > total * kLeastShare)) continue;
        result.share[k] = variance / total;
        result.deviation[k] = std::sqrt(variance);
        // An eigenvector has no sign of its own: its largest entry, the first among equals, is positive.
        const at::Tensor vector = vectors.select(1, column);
        const double sign = vector[vector.abs().argmax().item<std::int64_t>()].item<double>() < 0 ? -1 : 1;
        const at::Tensor scores = vector.matmul(x).mul(sign / result.deviation[k]).to(at::kFloat).contiguous();
        const float* from = scores.const_data_ptr<float>();
        for (std::size_t i = 0; i < static_cast<std::size_t>(positions); ++i) result.scores[i * kComponents + k] = from[i];
    }
    const std::size_t bytes = result.scores.size() * sizeof(float);
    return StageValue::make(std::move(result), bytes);
}

std::vector<StagePlanPtr> inputs(const Query& query, StagePlanner& planner) {
    const StagePlanPtr latents = planner.latents(query.cell, preprocessingOf(query.parameters));
    auto stage = std::make_shared<StagePlan>();
    stage->key = Hasher().add("latent components").add(kVersion).add(latents->key).finish();
    stage->name = "components";
    stage->weight = 0.5;
    stage->parents = {latents};
    stage->run = components;
    return {latents, stage};
}

std::string percent(double share) {
    char text[32];
    std::snprintf(text, sizeof text, "%.1f", 100 * share);
    return text;
}

Picture draw(const Query&, std::span<const StageValue> values, StageContext&) {
    const LatentComponents& found = values[1].as<LatentComponents>();
    std::vector<float> rgb(found.scores.size());
    for (std::size_t i = 0; i < rgb.size(); ++i) rgb[i] = 0.5F + found.scores[i] / static_cast<float>(2 * kDeviations);
    Picture picture = placedLatents(Image(found.width, found.height, 3, SharedArray<float>(std::move(rgb))), values[0].as<TensorStage>());
    const auto& share = found.share;
    picture.summary = std::to_string(found.width) + " × " + std::to_string(found.height) + " × " + std::to_string(found.channels) + " latents, " +
                      percent(share[0] + share[1] + share[2]) + " % of variance (" + percent(share[0]) + " + " + percent(share[1]) + " + " +
                      percent(share[2]) + ")";
    addNote(picture, "red, green and blue are this picture's own first three principal components, each from -2.5 to +2.5 of its standard deviations; "
                     "mid grey is the mean");
    picture.table.columns = {{"component", Unit::None, "1 is the one of largest variance"},
                             {"share", Unit::Share, "of the variance over all channels"},
                             {"deviation", Unit::LatentUnits, "standard deviation over all positions"}};
    for (std::size_t k = 0; k < kComponents; ++k) {
        picture.measures.push_back({"variance_" + std::to_string(k + 1), share[k], Unit::Share, "of the latents' variance, in component " + std::to_string(k + 1)});
        picture.table.values.insert(picture.table.values.end(), {static_cast<double>(k + 1), share[k], found.deviation[k]});
    }
    return picture;
}

}  // namespace

extern const Lens kLatentPcaLens{
    .name = "latent_pca",
    .help = "The first three principal components of the latents as red, green and blue",
    .needs = {"encode"},
    .parameters = preprocessingParameters(),
    .inputs = inputs,
    .draw = draw,
};

}  // namespace tessera
