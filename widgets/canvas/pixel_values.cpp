// SPDX-License-Identifier: Apache-2.0
#include "canvas/pixel_values.h"

#include <algorithm>
#include <array>
#include <cmath>

#include <tessera/colour_map.h>

#include "canvas/value_lines.h"

namespace tessera::canvas {
namespace {

constexpr float kLargestText = 13;  // logical pixels
constexpr int kSmallestText = 8;    // device pixels
constexpr int kMargin = 2;          // device pixels between a number and the edge of its pixel

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
