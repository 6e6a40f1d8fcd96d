// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>

#include "core/error.h"
#include "lenses/latent_planes.h"
#include "lenses/lens.h"
#include "lenses/lens_drawing.h"
#include "local/stage_planner.h"

namespace tessera {
namespace {

std::vector<StagePlanPtr> inputs(const Query& query, StagePlanner& planner) {
    return {planner.latents(query.cell, preprocessingOf(query.parameters))};
}

/// Least and largest number; a plane without any, or of equal ones, has a bar of some length too.
std::pair<double, double> rangeOf(std::span<const float> plane) {
    double low = INFINITY, high = -INFINITY;
    for (const float value : plane) {
        if (!std::isfinite(value)) continue;
        low = std::min<double>(low, value);
        high = std::max<double>(high, value);
    }
    if (low > high) return {0, 1};
    return low < high ? std::pair(low, high) : std::pair(low - 0.5, high + 0.5);
}

Picture draw(const Query& query, std::span<const StageValue> values, StageContext&) {
    const TensorStage& stage = values[0].as<TensorStage>();
    const LatentPlanes latents = latentPlanes(stage, "latents").value();
    const auto channel = std::get<std::int64_t>(query.parameters.at("channel"));
    if (channel >= latents.channels) {
        throw Failure(ErrorCode::Invalid, "the model has " + std::to_string(latents.channels) + " latent channels", "channel " + std::to_string(channel),
                      "use 0 to " + std::to_string(latents.channels - 1));
    }
    const std::span<const float> plane = latents.plane(static_cast<int>(channel));
    Picture picture = latentPicture(Image(latents.width, latents.height, 1, SharedArray<float>(std::vector<float>(plane.begin(), plane.end()))), stage);
    picture.summary += ", channel " + std::to_string(channel);
    picture.mapping = FieldMapping::Scalar;
    const auto [low, high] = rangeOf(plane);
    picture.legend = Legend{low, high, ColourMap::Viridis, Unit::LatentUnits, "channel " + std::to_string(channel)};
    return picture;
}

}  // namespace

extern const Lens kLatentChannelLens{
    .name = "latent_channel",
    .help = "One channel of the latents: the posterior's mean, unscaled",
    .needs = {"encode"},
    .parameters = withPreprocessing({
        {.name = "channel", .initial = std::int64_t(0), .low = std::int64_t(0), .high = std::int64_t(4095), .help = "Which channel, counted from 0", .countedBy = "latent_channels"},
    }),
    .inputs = inputs,
    .draw = draw,
};

}  // namespace tessera
