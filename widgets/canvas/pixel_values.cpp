// SPDX-License-Identifier: Apache-2.0
#include "canvas/pixel_values.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <span>
#include <string_view>

#include <tessera/colour_map.h>

namespace tessera::canvas {
namespace {

constexpr float kLargestText = 13;  // logical pixels
constexpr int kSmallestText = 8;    // device pixels
constexpr int kMargin = 2;          // device pixels between a number and the edge of its pixel

std::string written(float value, int decimals) {
    if (std::isnan(value)) return "NaN";
    if (std::isinf(value)) return value < 0 ? "-inf" : "inf";
    std::array<char, 64> text{};
    const bool long_ = std::abs(value) >= 1e6F;
    const auto end = long_ ? std::to_chars(text.data(), text.data() + text.size(), value, std::chars_format::scientific, 1)
                           : std::to_chars(text.data(), text.data() + text.size(), value, std::chars_format::fixed, decimals);
    std::string result(text.data(), end.ptr);
    // -0.000 is no more than 0.000.
    if (result.front() == '-' && result.find_first_of("123456789") == std::string::npos) result.erase(0, 1);
    return result;
}

/// Three significant digits of the largest number on the bar.
int decimalsFor(const PaneLook& look) {
    const float top = std::max(std::abs(look.low), std::abs(look.high));
    if (!(top > 0) || std::isinf(top)) return 3;
    return std::clamp(3 - static_cast<int>(std::ceil(std::log10(top) - 1e-6F)), 0, 6);
}

/// The samples of one pixel, 0 black to 1 white.
std::array<float, 4> samplesAt(const Image& image, int x, int y) {
    std::array<float, 4> samples{};
    for (int c = 0; c < image.channels(); ++c) samples[static_cast<std::size_t>(c)] = image.at(x, y, c);
    return samples;
}

float fieldAt(const Image& image, int x, int y, FieldMapping mapping) {
    const auto samples = samplesAt(image, x, y);
    return fieldValues(std::span<const float>(samples).first(static_cast<std::size_t>(image.channels()))).of(mapping);
}

/// True if black is hard to read on the pixel as it is drawn.
bool isDark(const Image& image, int x, int y, const PaneLook& look) {
    std::array<float, 3> colour{};
    float gain = 1;
    if (look.mapping == FieldMapping::Colour) {
        const auto samples = samplesAt(image, x, y);
        for (std::size_t c = 0; c < 3; ++c) colour[c] = samples[image.channels() == 1 ? 0 : c];
        gain = std::exp2(look.exposureStops);
    } else {
        const auto mapped = colourOf(look.map, positionOf(fieldAt(image, x, y, look.mapping), look.mapping, look.low, look.high));
        for (std::size_t c = 0; c < 3; ++c) colour[c] = static_cast<float>(mapped[c]) / 255.0F;
    }
    const auto light = [&](std::size_t c) { return std::pow(std::clamp(colour[c], 0.0F, 1.0F), 2.2F) * gain; };
    // 0.18 is where black and white have equal contrast.
    return 0.2126F * light(0) + 0.7152F * light(1) + 0.0722F * light(2) < 0.18F;
}

}  // namespace

std::vector<std::string> valueLines(const Image& image, int x, int y, const PaneLook& look) {
    if (look.mapping != FieldMapping::Colour) return {written(fieldAt(image, x, y, look.mapping), decimalsFor(look))};
    std::vector<std::string> lines;
    for (int c = 0; c < image.channels(); ++c) {
        const float sample = image.at(x, y, c);
        const std::size_t storage = image.samples().index();
        lines.push_back(storage == 0 ? written(sample * 255.0F, 0) : storage == 1 ? written(sample * 65535.0F, 0) : written(sample, 3));
    }
    return lines;
}

void addPixelValues(TextPainter& text, const Pane& pane, const PanePlacement& placement, float pixelRatio) {
    const double cell = std::min(placement.scaleX, placement.scaleY);
    if (cell < kValuesFrom) return;
    const Image& image = pane.picture->image;
    const int lines = pane.look.mapping == FieldMapping::Colour ? image.channels() : 1;
    const double wanted = std::min<double>(kLargestText * pixelRatio, cell / std::max(4, lines + 1));
    const int size = std::max(kSmallestText, static_cast<int>(wanted));
    const GlyphSheet& sheet = text.sheet(size);
    const int lineHeight = size + size / 6;
    const Rect& body = pane.body;
    const int left = std::max(0, static_cast<int>(std::floor(placement.pictureX(body.x))));
    const int top = std::max(0, static_cast<int>(std::floor(placement.pictureY(body.y))));
    const int right = std::min(image.width(), static_cast<int>(std::ceil(placement.pictureX(body.x + body.width))));
    const int bottom = std::min(image.height(), static_cast<int>(std::ceil(placement.pictureY(body.y + body.height))));
    for (int y = top; y < bottom; ++y) {
        const double middleY = placement.originY + placement.scaleY * (y + 0.5);
        for (int x = left; x < right; ++x) {
            const double middleX = placement.originX + placement.scaleX * (x + 0.5);
            const bool light = isDark(image, x, y, pane.look);
            double pen = middleY + (sheet.digitHeight() - lineHeight * (lines - 1)) / 2.0;
            for (const std::string& line : valueLines(image, x, y, pane.look)) {
                const int width = sheet.widthOf(line);
                // A number that is cut off is a wrong number.
                if (width + 2 * kMargin <= placement.scaleX) {
                    text.add(line, size, static_cast<int>(std::lround(middleX - width / 2.0)), static_cast<int>(std::lround(pen)), light);
                }
                pen += lineHeight;
            }
        }
    }
}

}  // namespace tessera::canvas
