// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <utility>
#include <vector>

#include <tessera/colour_map.h>

#include "core/colour_map_tables.h"
#include "core/error.h"

namespace tessera {
namespace {

/// The samples as they are; a pixel that has none says so.
Image renderedColour(const Image& image) {
    Image plain = image.toU8Rgb();
    const auto* samples = std::get_if<SharedArray<float>>(&image.samples());
    if (!samples || std::ranges::none_of(samples->span(), [](float sample) { return std::isnan(sample); })) return plain;
    const auto drawn = std::get<SharedArray<std::uint8_t>>(plain.samples()).span();
    std::vector<std::uint8_t> rgb(drawn.begin(), drawn.end());
    const auto channels = static_cast<std::size_t>(image.channels());
    for (std::size_t i = 0; i * channels < samples->size(); ++i) {
        const auto pixel = samples->span().subspan(i * channels, std::min<std::size_t>(channels, 3));
        if (std::ranges::any_of(pixel, [](float sample) { return std::isnan(sample); })) {
            std::ranges::copy(kNotANumberColour, rgb.begin() + static_cast<std::ptrdiff_t>(i * 3));
        }
    }
    return Image(image.width(), image.height(), 3, SharedArray<std::uint8_t>(std::move(rgb)));
}

}  // namespace

std::span<const std::array<std::uint8_t, 3>, 256> colourEntries(ColourMap map) {
    switch (map) {
        case ColourMap::Grey: return tables::kGrey;
        case ColourMap::Magma: return tables::kMagma;
        case ColourMap::Viridis: return tables::kViridis;
        case ColourMap::Cividis: return tables::kCividis;
        case ColourMap::RedWhiteBlue: return tables::kRedWhiteBlue;
    }
    return tables::kGrey;
}

std::string_view nameOf(ColourMap map) {
    switch (map) {
        case ColourMap::Grey: return "grey";
        case ColourMap::Magma: return "magma";
        case ColourMap::Viridis: return "viridis";
        case ColourMap::Cividis: return "cividis";
        case ColourMap::RedWhiteBlue: return "red-white-blue";
    }
    return "grey";
}

std::array<std::uint8_t, 3> colourOf(ColourMap map, double t) {
    if (std::isnan(t)) return kNotANumberColour;
    const auto entries = colourEntries(map);
    const double place = std::clamp(t, 0.0, 1.0) * 255.0;
    const auto below = static_cast<std::size_t>(place);
    const auto& a = entries[below];
    const auto& b = entries[std::min<std::size_t>(below + 1, 255)];
    const double weight = place - static_cast<double>(below);
    std::array<std::uint8_t, 3> colour{};
    for (std::size_t c = 0; c < 3; ++c) {
        colour[c] = static_cast<std::uint8_t>(std::lround(a[c] + (b[c] - a[c]) * weight));
    }
    return colour;
}

float FieldValues::of(FieldMapping mapping) const {
    switch (mapping) {
        case FieldMapping::Absolute: return absolute;
        case FieldMapping::Squared: return squared;
        case FieldMapping::Flip:
        case FieldMapping::Scalar: return scalar;
        case FieldMapping::Ssim: return ssim;
        case FieldMapping::Signed:
        case FieldMapping::Colour: return signedMean;
    }
    return signedMean;
}

double positionOf(double value, FieldMapping mapping, double low, double high) {
    if (std::isnan(value)) return value;
    // A bar without length is a step: what lies below its only value is low, the rest is high; signed, 0 stays the middle.
    if (mapping == FieldMapping::Signed) {
        const double half = std::max(std::abs(low), std::abs(high));
        return half > 0 ? 0.5 + value / (2 * half) : (value < 0 ? 0.0 : value > 0 ? 1.0 : 0.5);
    }
    return high > low ? (value - low) / (high - low) : (value < low ? 0.0 : 1.0);
}

Image rendered(const Picture& picture, FieldMapping mapping, const Legend& legend) {
    const Image& image = picture.image;
    if (image.empty()) return {};
    if (mapping == FieldMapping::Colour) return renderedColour(image);
    const auto channels = static_cast<std::size_t>(image.channels());
    const std::size_t pixels = static_cast<std::size_t>(image.width()) * static_cast<std::size_t>(image.height());
    std::vector<std::uint8_t> rgb;
    rgb.reserve(pixels * 3);
    const auto draw = [&](std::span<const float> samples) {
        const double value = fieldValues(samples).of(mapping);
        const auto colour = colourOf(legend.map, positionOf(value, mapping, legend.low, legend.high));
        rgb.insert(rgb.end(), colour.begin(), colour.end());
    };
    if (const auto* samples = std::get_if<SharedArray<float>>(&image.samples())) {
        for (std::size_t i = 0; i < pixels; ++i) draw(samples->span().subspan(i * channels, channels));
    } else {
        std::array<float, 5> pixel{};
        for (int y = 0; y < image.height(); ++y) {
            for (int x = 0; x < image.width(); ++x) {
                for (int c = 0; c < image.channels(); ++c) pixel[static_cast<std::size_t>(c)] = image.at(x, y, c);
                draw(std::span<const float>(pixel).first(channels));
            }
        }
    }
    return Image(image.width(), image.height(), 3, SharedArray<std::uint8_t>(std::move(rgb)));
}

}  // namespace tessera
