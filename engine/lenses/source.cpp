// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "image/image_file.h"
#include "lenses/lens.h"
#include "lenses/lens_drawing.h"
#include "local/stage_planner.h"

namespace tessera {
namespace {

std::int64_t sideOf(const Query& query) {
    return std::get<std::int64_t>(query.parameters.at("side"));
}

std::vector<StagePlanPtr> inputs(const Query& query, StagePlanner& planner) {
    return {planner.source(query.cell, static_cast<int>(sideOf(query)))};
}

Picture draw(const Query& query, std::span<const StageValue> values, StageContext&) {
    const DecodedImage& decoded = values[0].as<DecodedImage>();
    Image image = decoded.image;
    const int longer = std::max(image.width(), image.height()), side = static_cast<int>(sideOf(query));
    if (side > 0 && longer > side) {
        const auto reduced = [&](int length) { return std::max(1, static_cast<int>(std::int64_t(length) * side / longer)); };
        image = resample(image, {0, 0, double(image.width()), double(image.height())}, reduced(image.width()), reduced(image.height()), Filter::Box).toU8Rgb();
    }
    ModelInput whole{.crop = {0, 0, double(decoded.fullWidth), double(decoded.fullHeight)}, .sourceWidth = decoded.fullWidth, .sourceHeight = decoded.fullHeight};
    Picture picture = placed(std::move(image), whole);
    picture.summary = sizeText(decoded.fullWidth, decoded.fullHeight);
    for (const std::string& note : decoded.notes) picture.notes.push_back({Note::Kind::Information, note});
    return picture;
}

}  // namespace

extern const Lens kSourceLens{
    .name = "source",
    .help = "The file itself, upright and in sRGB, before any model",
    .needs = {},
    .parameters = {{.name = "side", .initial = std::int64_t(0), .low = std::int64_t(0), .high = std::int64_t(65535), .unit = Unit::Pixels,
                    .help = "Longest side it is reduced to; 0 keeps all pixels"}},
    .inputs = inputs,
    .draw = draw,
};

}  // namespace tessera
