// SPDX-License-Identifier: Apache-2.0
#include "core/sheet_picture.h"

#include <algorithm>
#include <array>
#include <vector>

#include <tessera/colour_map.h>

#include "image/resize.h"

namespace tessera {
namespace {

/// The number that each pixel of a field is drawn from, one channel.
Image valuesOf(const Picture& picture) {
    const Image& image = picture.image;
    const auto channels = static_cast<std::size_t>(image.channels());
    std::vector<float> values;
    values.reserve(static_cast<std::size_t>(image.width()) * static_cast<std::size_t>(image.height()));
    std::array<float, 5> pixel{};
    for (int y = 0; y < image.height(); ++y) {
        for (int x = 0; x < image.width(); ++x) {
            for (int c = 0; c < image.channels(); ++c) pixel[static_cast<std::size_t>(c)] = image.at(x, y, c);
            values.push_back(fieldValues(std::span<const float>(pixel).first(channels)).of(picture.mapping));
        }
    }
    return Image(image.width(), image.height(), 1, SharedArray<float>(std::move(values)));
}

Filter filterFor(const Image& image, int width, int height, Filter reducing) {
    const double factor = std::min(static_cast<double>(width) / image.width(), static_cast<double>(height) / image.height());
    return factor >= 2 ? Filter::Box : factor > 1 ? Filter::Bilinear : reducing;
}

}  // namespace

std::pair<double, double> sourceSize(const Picture& picture) {
    if (picture.region.width > 0 && picture.region.height > 0) return {picture.region.width, picture.region.height};
    return {std::max(1, picture.image.width()), std::max(1, picture.image.height())};
}

Image pictureAtSize(const Picture& picture, int width, int height) {
    const Legend legend = picture.legend.value_or(Legend());
    const Image& image = picture.image;
    if (image.width() == width && image.height() == height) return rendered(picture, picture.mapping, legend);
    const CropBox all{0, 0, static_cast<double>(image.width()), static_cast<double>(image.height())};
    if (picture.mapping == FieldMapping::Colour) {
        return resample(rendered(picture, picture.mapping, legend), all, width, height, filterFor(image, width, height, Filter::Bicubic)).toU8Rgb();
    }
    // A filter without negative lobes: no value that the field does not have.
    const Image resized = resample(valuesOf(picture), all, width, height, filterFor(image, width, height, Filter::Bilinear));
    const auto values = std::get<SharedArray<float>>(resized.samples()).span();
    std::vector<std::uint8_t> rgb;
    rgb.reserve(values.size());
    for (std::size_t i = 0; i < values.size(); i += 3) {
        const auto colour = colourOf(legend.map, positionOf(values[i], picture.mapping, legend.low, legend.high));
        rgb.insert(rgb.end(), colour.begin(), colour.end());
    }
    return Image(width, height, 3, SharedArray<std::uint8_t>(std::move(rgb)));
}

}  // namespace tessera
