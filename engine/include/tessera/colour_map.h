// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include <tessera/picture.h>

namespace tessera {

/// The 256 entries of a colour map of resources/colormaps, from low to high, 8-bit sRGB.
std::span<const std::array<std::uint8_t, 3>, 256> colourEntries(ColourMap map);

/// "grey", "magma", ...: what the map is called wherever a person reads it.
std::string_view nameOf(ColourMap map);

/// The map's colour at t, 0 low to 1 high, linear between entries and clamped at the ends; NaN is kNotANumberColour.
std::array<std::uint8_t, 3> colourOf(ColourMap map, double t);

/// What a pixel without a number looks like: in no colour map, so that it cannot be taken for a value.
inline constexpr std::array<std::uint8_t, 3> kNotANumberColour = {255, 0, 255};

/// The five numbers that a pixel of a field is drawn from. Averages of these are honest where the samples' own are not:
/// errors of opposite sign cancel, their absolute values do not.
struct FieldValues {
    float absolute = 0;    ///< mean of |sample| over the first three channels
    float signedMean = 0;  ///< mean of the samples of the first three channels
    float squared = 0;     ///< mean of sample^2 over the first three channels
    float scalar = 0;      ///< the fourth channel, or the only one
    float ssim = 0;        ///< the fifth channel
    /// The number that a mapping shows; Colour has none and gives the signed mean.
    float of(FieldMapping mapping) const;
};
/// `pixel` holds the 1, 3, 4 or 5 samples of one pixel.
inline FieldValues fieldValues(std::span<const float> pixel) {
    FieldValues values;
    const std::size_t channels = pixel.size() < 3 ? pixel.size() : 3;
    for (const float sample : pixel.first(channels)) {
        values.absolute += std::abs(sample);
        values.signedMean += sample;
        values.squared += sample * sample;
    }
    const auto count = static_cast<float>(channels);
    values.absolute /= count;
    values.signedMean /= count;
    values.squared /= count;
    values.scalar = pixel.size() >= 4 ? pixel[3] : pixel[0];
    values.ssim = pixel.size() == 5 ? pixel[4] : 0.0F;
    return values;
}

/// Where a value lies on a colour bar: 0 at its low end, 1 at its high end. Signed: 0.5 is 0, and the longer side spans half of the map.
/// A bar without length is a step. NaN stays NaN.
double positionOf(double value, FieldMapping mapping, double low, double high);

/// The picture as the canvas draws it at 100 %: u8 RGB of its own size. Colour ignores the legend and drops alpha, where the
/// canvas shows a checkerboard through it. Pixels without a number have kNotANumberColour.
Image rendered(const Picture& picture, FieldMapping mapping, const Legend& legend);

}  // namespace tessera
