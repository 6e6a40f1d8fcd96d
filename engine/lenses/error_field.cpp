// SPDX-License-Identifier: Apache-2.0
#include "lenses/error_field.h"

#include <algorithm>
#include <cmath>

#include "core/error.h"

namespace tessera {
namespace {

constexpr std::size_t kChannels = 5;

std::span<const float> floatsOf(const Image& image) {
    return std::get<SharedArray<float>>(image.samples()).span();
}

}  // namespace

ParameterSpec differenceKind() {
    return {.name = "kind", .initial = std::string("absolute"), .low = {}, .high = {}, .help = "How the difference is measured",
            .choices = {"absolute", "signed", "squared", "flip", "ssim"}, .display = true};
}

Image errorField(const Image& reference, const Image& image, const Image& flipMap, const Image& ssimMap) {
    const auto a = floatsOf(reference), b = floatsOf(image), flip = floatsOf(flipMap), ssim = floatsOf(ssimMap);
    TESSERA_ASSERT(a.size() == b.size() && a.size() == flip.size() * 3 && flip.size() == ssim.size());
    std::vector<float> field(flip.size() * kChannels);
    for (std::size_t pixel = 0; pixel < flip.size(); ++pixel) {
        // As a viewer shows them: out-of-range output is not an error one can see.
        for (std::size_t c = 0; c < 3; ++c) field[pixel * kChannels + c] = std::clamp(b[pixel * 3 + c], 0.f, 1.f) - std::clamp(a[pixel * 3 + c], 0.f, 1.f);
        field[pixel * kChannels + 3] = flip[pixel];
        field[pixel * kChannels + 4] = 1 - ssim[pixel];
    }
    return Image(reference.width(), reference.height(), kChannels, SharedArray<float>(std::move(field)));
}

void addErrorMeasures(Picture& picture) {
    double sum = 0, largest = 0;
    const auto samples = floatsOf(picture.image);
    for (std::size_t i = 0; i < samples.size(); i += kChannels) {
        const double error = (std::abs(samples[i]) + std::abs(samples[i + 1]) + std::abs(samples[i + 2])) / 3;
        sum += error;
        largest = std::max(largest, error);
    }
    picture.measures.push_back({"mean_error", sum / static_cast<double>(samples.size() / kChannels), Unit::None, "mean of |error| over pixels and channels, 0..1"});
    picture.measures.push_back({"max_error", largest, Unit::None, "largest |error| of a pixel, mean over its channels, 0..1"});
}

void presentDifference(const Query& query, Picture& picture) {
    const std::string& kind = std::get<std::string>(query.parameters.at("kind"));
    if (kind == "signed") {
        picture.mapping = FieldMapping::Signed;
        picture.legend = Legend{-0.25, 0.25, ColourMap::RedWhiteBlue, Unit::None, "signed"};
    } else if (kind == "squared") {
        picture.mapping = FieldMapping::Squared;
        picture.legend = Legend{0, 0.05, ColourMap::Magma, Unit::None, "squared"};
    } else if (kind == "flip") {
        picture.mapping = FieldMapping::Flip;
        picture.legend = Legend{0, 1, ColourMap::Magma, Unit::None, "FLIP"};
    } else if (kind == "ssim") {
        picture.mapping = FieldMapping::Ssim;
        picture.legend = Legend{0, 1, ColourMap::Magma, Unit::None, "1 − SSIM"};
    } else {
        picture.mapping = FieldMapping::Absolute;
        picture.legend = Legend{0, 0.25, ColourMap::Magma, Unit::None, "abs"};
    }
}

Image cutOut(const Image& image, int x, int y, int width, int height) {
    TESSERA_ASSERT(x >= 0 && y >= 0 && width > 0 && height > 0 && x + width <= image.width() && y + height <= image.height());
    if (width == image.width() && height == image.height()) return image;
    const auto from = floatsOf(image);
    std::vector<float> samples;
    samples.reserve(static_cast<std::size_t>(width) * static_cast<std::size_t>(height) * 3);
    for (int row = y; row < y + height; ++row) {
        const auto line = from.subspan((static_cast<std::size_t>(row) * static_cast<std::size_t>(image.width()) + static_cast<std::size_t>(x)) * 3, static_cast<std::size_t>(width) * 3);
        samples.insert(samples.end(), line.begin(), line.end());
    }
    return Image(width, height, 3, SharedArray<float>(std::move(samples)));
}

}  // namespace tessera
