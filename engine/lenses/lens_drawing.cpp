// SPDX-License-Identifier: Apache-2.0
#include "lenses/lens_drawing.h"

#include <cmath>

#include "local/stage_planner.h"

namespace tessera {

std::string sizeText(int width, int height) {
    return std::to_string(width) + " × " + std::to_string(height) + " px";
}

Picture placed(Image image, const ModelInput& origin) {
    Picture picture;
    picture.summary = sizeText(image.width(), image.height());
    if (origin.margins.any()) {
        picture.summary += ", padded to " + std::to_string(origin.image.width() + origin.margins.right) + " × " + std::to_string(origin.image.height() + origin.margins.below);
    }
    picture.image = std::move(image);
    picture.sourceWidth = origin.sourceWidth;
    picture.sourceHeight = origin.sourceHeight;
    picture.region = {origin.crop.x, origin.crop.y, origin.crop.width, origin.crop.height};
    return picture;
}

void noteCrop(Picture& picture, const ModelInput& origin) {
    const CropBox& crop = origin.crop;
    const auto width = static_cast<int>(std::lround(crop.width)), height = static_cast<int>(std::lround(crop.height));
    if (width == origin.sourceWidth && height == origin.sourceHeight) return;
    addNote(picture, "shows the centre " + sizeText(width, height) + " of the picture's " + sizeText(origin.sourceWidth, origin.sourceHeight));
}

Picture placedPixels(const DecodedPixels& pixels) {
    Picture picture = placed(pixels.image, pixels.origin);
    picture.precision = pixels.precision;
    picture.notes = pixels.notes;
    noteCrop(picture, pixels.origin);
    return picture;
}

void addNote(Picture& picture, std::string text) {
    picture.notes.push_back({Note::Kind::Information, std::move(text)});
}

void addWarning(Picture& picture, std::string text) {
    picture.notes.push_back({Note::Kind::Warning, std::move(text)});
}

std::vector<ParameterSpec> withPreprocessing(std::vector<ParameterSpec> more) {
    std::vector<ParameterSpec> specs = preprocessingParameters();
    specs.insert(specs.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
    return specs;
}

ParameterSet preprocessingOf(const ParameterSet& parameters) {
    ParameterSet result;
    for (const ParameterSpec& spec : preprocessingParameters()) result[spec.name] = parameters.at(spec.name);
    return result;
}

}  // namespace tessera
