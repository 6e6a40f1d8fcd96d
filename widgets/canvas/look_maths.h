// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <optional>

#include "canvas/pane.h"

namespace tessera::canvas {

/// The way from a value to its place on the colour map, as the shaders go it: with u = (value * gain - low) * slope the place is
/// start + u, or start + sign(u) * log(1 + curve * |u|) * logScale where curve is not 0. Clamp it to 0..1.
struct MapScale {
    double gain = 1, low = 0, start = 0, slope = 1;
    double curve = 0, logScale = 0;
};
MapScale scaleOf(const PaneLook& look);

/// Where a value (before gain) lies on the map of a field's look: 0 at its low end, 1 at its high end, outside beyond them. NaN stays NaN.
double placeOf(double value, const PaneLook& look);
/// The value (before gain) at a place on the map: what a colour bar writes there. NaN where gain is 0 or the bar has no length.
double valueAtPlace(double place, const PaneLook& look);

/// How far outside the brush a luminance still counts as inside: the powers of the encoding give no exact numbers.
inline constexpr float kBrushMargin = 1e-4F;

/// What light sRGB samples give, sRGB-encoded; grey or RGB, negative samples count as 0. 1 sample or more.
float luminanceOf(std::array<float, 3> rgb);
/// The value of a pixel as PaneLook states it: of a field, or the luminance of a colour.
float valueOf(const Image& image, int x, int y, FieldMapping mapping);

/// The colour that a pixel is drawn in at 100 %, 0..1, without stripes, checkerboard and veil: the shaders' twin.
std::array<float, 3> colourAt(const Image& image, int x, int y, const PaneLook& look);
/// The same of a value of a field or of a difference.
std::array<float, 3> colourOfValue(float value, const PaneLook& look);

/// Does a value below or above the ends of the map, or a channel outside 0..1 after exposure, call for stripes?
struct Clipped {
    bool below = false, above = false;
    bool operator==(const Clipped&) const = default;
};
Clipped clippedAt(const Image& image, int x, int y, const PaneLook& look);

/// picture - other of two pixels, each with its own picture's mapping, as `difference` takes it: Absolute, Signed or Squared; before gain.
/// NaN where either holds none.
float differenceOf(const Image& picture, int x, int y, FieldMapping mapping, const Image& other, int otherX, int otherY, FieldMapping otherMapping,
                   FieldMapping difference);

}  // namespace tessera::canvas
