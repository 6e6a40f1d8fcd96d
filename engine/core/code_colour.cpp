// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>

#include <tessera/code_colour.h>

#include "core/split_mix.h"

namespace tessera {
namespace {

double encoded(double linear) {
    return linear <= 0.0031308 ? 12.92 * linear : 1.055 * std::pow(linear, 1 / 2.4) - 0.055;
}

}  // namespace

std::array<std::uint8_t, 3> colourOfCode(std::int64_t code) {
    if (code < 0) return {128, 128, 128};
    const std::uint64_t bits = splitMix64(static_cast<std::uint64_t>(code));
    const auto share = [bits](int shift) { return static_cast<double>((bits >> shift) & 0xfffff) / 0xfffff; };
    // OKLab, so that no colour stands out for its lightness alone.
    const double hue = 2 * 3.14159265358979323846 * share(0), chroma = 0.07 + 0.11 * share(20), lightness = 0.42 + 0.42 * share(40);
    const double a = chroma * std::cos(hue), b = chroma * std::sin(hue);
    const double l = std::pow(lightness + 0.3963377774 * a + 0.2158037573 * b, 3), m = std::pow(lightness - 0.1055613458 * a - 0.0638541728 * b, 3),
                 s = std::pow(lightness - 0.0894841775 * a - 1.2914855480 * b, 3);
    const std::array<double, 3> linear{4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s, -1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s,
                                       -0.0041960863 * l - 0.7034186147 * m + 1.7076147010 * s};
    std::array<std::uint8_t, 3> colour{};
    for (int i = 0; i < 3; ++i) colour[i] = static_cast<std::uint8_t>(std::lround(255 * encoded(std::clamp(linear[i], 0.0, 1.0))));
    return colour;
}

}  // namespace tessera
