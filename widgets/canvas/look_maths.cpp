// SPDX-License-Identifier: Apache-2.0
#include "canvas/look_maths.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include <tessera/colour_map.h>

#include "canvas/value_lines.h"

namespace tessera::canvas {
namespace {

constexpr double kLinearShare = 1e-3;  // of the bar next to 0, where the logarithm would have no end
constexpr float kDimmed = 0.25F;       // of a pixel outside the brush
constexpr float kClipMargin = 1e-3F;   // of a channel: what rounding makes of 0 and 1

float linearFromSrgb(float encoded) {
    return encoded <= 0.04045F ? encoded / 12.92F : std::pow((encoded + 0.055F) / 1.055F, 2.4F);
}

float srgbFromLinear(float light) {
    return light <= 0.0031308F ? light * 12.92F : 1.055F * std::pow(light, 1 / 2.4F) - 0.055F;
}

std::array<float, 3> rgbAt(const Image& image, int x, int y) {
    const auto samples = samplesAt(image, x, y);
    std::array<float, 3> rgb{};
    for (std::size_t c = 0; c < 3; ++c) rgb[c] = samples[image.channels() == 1 ? 0 : c];
    return rgb;
}

std::array<float, 3> exposed(std::array<float, 3> rgb, const PaneLook& look) {
    const float factor = std::exp2(look.exposureStops) * look.gain;
    if (factor == 1) return rgb;
    for (float& channel : rgb) {
        if (!std::isnan(channel)) channel = srgbFromLinear(linearFromSrgb(std::clamp(channel, 0.0F, 1e4F)) * factor);
    }
    return rgb;
}

std::array<float, 3> asFraction(const std::array<std::uint8_t, 3>& colour) {
    return {static_cast<float>(colour[0]) / 255.0F, static_cast<float>(colour[1]) / 255.0F, static_cast<float>(colour[2]) / 255.0F};
}

std::array<float, 3> brushed(std::array<float, 3> colour, float value, const PaneLook& look, float margin) {
    if (!look.brush || (value >= look.brush->first - margin && value <= look.brush->second + margin)) return colour;
    for (float& channel : colour) channel *= kDimmed;
    return colour;
}

/// The three numbers of a pixel that a difference is taken of.
std::array<float, 3> compared(const Image& image, int x, int y, FieldMapping mapping) {
    if (mapping != FieldMapping::Colour) {
        const float value = fieldAt(image, x, y, mapping);
        return {value, value, value};
    }
    auto rgb = rgbAt(image, x, y);
    for (float& channel : rgb) {
        if (!std::isnan(channel)) channel = std::clamp(channel, 0.0F, 1.0F);
    }
    return rgb;
}

}  // namespace

MapScale scaleOf(const PaneLook& look) {
    const bool centred = look.mapping == FieldMapping::Signed;
    const double half = std::max(std::abs(look.low), std::abs(look.high));
    const double length = centred ? 2 * half : double{look.high} - look.low;
    const bool step = !(length > 0);  // as positionOf() has it
    MapScale scale{.gain = look.gain, .low = centred ? 0.0 : look.low, .start = centred ? 0.5 : step ? 1.0 : 0.0, .slope = step ? 1e30 : 1 / length};
    if (!look.logarithmic || step) return scale;
    // With curve = high / low - 1 the formula is log(value / low) / log(high / low) exactly.
    const double reach = !centred && look.low > 0 ? double{look.high} / look.low - 1 : 1 / kLinearShare;
    scale.curve = centred ? 2 * reach : reach;
    scale.logScale = (centred ? 0.5 : 1.0) / std::log1p(reach);
    return scale;
}

double placeOf(double value, const PaneLook& look) {
    if (std::isnan(value)) return value;
    const MapScale scale = scaleOf(look);
    const double u = (value * scale.gain - scale.low) * scale.slope;
    if (scale.curve == 0) return scale.start + u;
    return scale.start + std::copysign(std::log1p(scale.curve * std::abs(u)) * scale.logScale, u);
}

double valueAtPlace(double place, const PaneLook& look) {
    const MapScale scale = scaleOf(look);
    if (scale.gain == 0 || scale.slope >= 1e30) return std::numeric_limits<double>::quiet_NaN();
    double u = place - scale.start;
    if (scale.curve != 0) u = std::copysign(std::expm1(std::abs(u) / scale.logScale) / scale.curve, u);
    return (scale.low + u / scale.slope) / scale.gain;
}

float luminanceOf(std::array<float, 3> rgb) {
    for (float& channel : rgb) channel = std::isnan(channel) ? channel : linearFromSrgb(std::clamp(channel, 0.0F, 1e4F));
    return srgbFromLinear(0.2126F * rgb[0] + 0.7152F * rgb[1] + 0.0722F * rgb[2]);
}

float valueOf(const Image& image, int x, int y, FieldMapping mapping) {
    return mapping == FieldMapping::Colour ? luminanceOf(rgbAt(image, x, y)) : fieldAt(image, x, y, mapping);
}

std::array<float, 3> colourAt(const Image& image, int x, int y, const PaneLook& look) {
    if (look.mapping != FieldMapping::Colour) return colourOfValue(fieldAt(image, x, y, look.mapping), look);
    const auto rgb = rgbAt(image, x, y);
    auto colour = exposed(rgb, look);
    for (float& channel : colour) channel = std::clamp(channel, 0.0F, 1.0F);
    if (std::ranges::any_of(rgb, [](float channel) { return std::isnan(channel); })) colour = asFraction(kNotANumberColour);
    return look.brush ? brushed(colour, luminanceOf(rgb), look, kBrushMargin) : colour;
}

std::array<float, 3> colourOfValue(float value, const PaneLook& look) {
    return brushed(asFraction(colourOf(look.map, placeOf(value, look))), value, look, 0);
}

Clipped clippedAt(const Image& image, int x, int y, const PaneLook& look) {
    if (look.mapping != FieldMapping::Colour) {
        const double place = placeOf(fieldAt(image, x, y, look.mapping), look);
        return {place < 0, place > 1};
    }
    const auto own = rgbAt(image, x, y);
    const auto drawn = exposed(own, look);
    return {std::ranges::any_of(own, [](float channel) { return channel < -kClipMargin; }),
            std::ranges::any_of(drawn, [](float channel) { return channel > 1 + kClipMargin; })};
}

float differenceOf(const Image& picture, int x, int y, FieldMapping mapping, const Image& other, int otherX, int otherY, FieldMapping otherMapping,
                   FieldMapping difference) {
    const auto a = compared(picture, x, y, mapping), b = compared(other, otherX, otherY, otherMapping);
    float sum = 0;
    for (std::size_t c = 0; c < 3; ++c) {
        const float error = a[c] - b[c];
        sum += difference == FieldMapping::Signed ? error : difference == FieldMapping::Squared ? error * error : std::abs(error);
    }
    return sum / 3;
}

}  // namespace tessera::canvas
