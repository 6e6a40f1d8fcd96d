// SPDX-License-Identifier: Apache-2.0
#include "local/model_input.h"

#include <algorithm>
#include <cmath>

namespace tessera {
namespace {

/// The part of a picture, and the size it is resampled to.
struct Cut {
    CropBox crop;
    int width = 0, height = 0;
};

Cut cutOf(int width, int height, std::int64_t size, bool square) {
    const int shorter = std::min(width, height);
    const double scale = size == 0 ? 1.0 : static_cast<double>(size) / shorter;
    const auto scaled = [scale](int side) { return std::max(1, static_cast<int>(std::lround(side * scale))); };
    if (!square) return {{0, 0, static_cast<double>(width), static_cast<double>(height)}, scaled(width), scaled(height)};
    const auto start = [&](int side) {
        const double middle = (side - shorter) / 2.0;
        return size == 0 ? std::floor(middle) : middle;  // a picture in its own size is only cut
    };
    return {{start(width), start(height), static_cast<double>(shorter), static_cast<double>(shorter)}, scaled(shorter), scaled(shorter)};
}

}  // namespace

ModelInput modelInput(const DecodedImage& decoded, std::int64_t size, const std::string& crop) {
    Cut cut = cutOf(decoded.fullWidth, decoded.fullHeight, size, crop == "square");
    if (crop == "squeezed") cut.width = cut.height = static_cast<int>(size);
    // A scaled decode covers the same picture with fewer pixels.
    const double sx = static_cast<double>(decoded.image.width()) / decoded.fullWidth, sy = static_cast<double>(decoded.image.height()) / decoded.fullHeight;
    const CropBox box{cut.crop.x * sx, cut.crop.y * sy, cut.crop.width * sx, cut.crop.height * sy};
    ModelInput input;
    input.image = resample(decoded.image, box, cut.width, cut.height, Filter::Bicubic);
    input.crop = cut.crop;
    input.sourceWidth = decoded.fullWidth;
    input.sourceHeight = decoded.fullHeight;
    std::vector<std::string> notes = decoded.notes;
    if (cut.width != cut.crop.width || cut.height != cut.crop.height) notes.push_back("resized with an antialiased bicubic filter");
    for (const std::string& note : notes) input.notes.push_back({Note::Kind::Information, note});
    return input;
}

}  // namespace tessera
