// SPDX-License-Identifier: Apache-2.0
#include "canvas/pixel_values.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <string>

#include "canvas/look_maths.h"
#include "canvas/value_lines.h"

namespace tessera::canvas {
namespace {

constexpr float kLargestText = 13;  // logical pixels
constexpr int kSmallestText = 8;    // device pixels
constexpr int kMargin = 2;          // device pixels between a number and the edge of its pixel

/// True if black is hard to read on a colour.
bool isDark(const std::array<float, 3>& colour) {
    const auto light = [&](std::size_t c) { return std::pow(std::clamp(colour[c], 0.0F, 1.0F), 2.2F); };
    // 0.18 is where black and white have equal contrast.
    return 0.2126F * light(0) + 0.7152F * light(1) + 0.0722F * light(2) < 0.18F;
}

/// Writes `linesAt(x, y)` into every pixel that reaches into `clip`, `lines` of them at most, legible on `colourOf(x, y)`.
template <typename LinesAt, typename ColourOf>
void addLines(TextPainter& text, const PanePlacement& placement, const Rect& clip, float pixelRatio, int lines, const LinesAt& linesAt,
              const ColourOf& colourOf) {
    const double cell = std::min(placement.scaleX, placement.scaleY);
    if (cell < kValuesFrom) return;
    const double wanted = std::min<double>(kLargestText * pixelRatio, cell / std::max(4, lines + 1));
    const int size = std::max(kSmallestText, static_cast<int>(wanted));
    const GlyphSheet& sheet = text.sheet(size);
    const int lineHeight = size + size / 6;
    const int left = std::max(0, static_cast<int>(std::floor(placement.pictureX(clip.x))));
    const int top = std::max(0, static_cast<int>(std::floor(placement.pictureY(clip.y))));
    const int right = std::min(placement.width, static_cast<int>(std::ceil(placement.pictureX(clip.x + clip.width))));
    const int bottom = std::min(placement.height, static_cast<int>(std::ceil(placement.pictureY(clip.y + clip.height))));
    for (int y = top; y < bottom; ++y) {
        const double middleY = placement.originY + placement.scaleY * (y + 0.5);
        for (int x = left; x < right; ++x) {
            const double middleX = placement.originX + placement.scaleX * (x + 0.5);
            const bool light = isDark(colourOf(x, y));
            double pen = middleY + (sheet.digitHeight() - lineHeight * (lines - 1)) / 2.0;
            for (const std::string& line : linesAt(x, y)) {
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

}  // namespace

void addPixelValues(TextPainter& text, const Layer& layer, float pixelRatio) {
    const Image& image = layer.picture->image;
    const PaneLook& look = *layer.look;
    const bool several = look.mapping == FieldMapping::Colour && layer.picture->readings.empty();
    addLines(
        text, layer.placement, layer.clip, pixelRatio, several ? image.channels() : 1, [&](int x, int y) { return valueLines(*layer.picture, x, y, look); },
        [&](int x, int y) { return colourAt(image, x, y, look); });
}

void addDifferenceValues(TextPainter& text, const Pane& pane, const PanePlacement& placement, const PanePlacement& otherPlacement, float pixelRatio) {
    if (placement != otherPlacement) return;
    const auto valueAt = [&](int x, int y) {
        return differenceOf(pane.picture->image, x, y, pane.look.mapping, pane.other->image, x, y, pane.otherLook.mapping, pane.differenceLook.mapping);
    };
    addLines(
        text, placement, pane.body, pixelRatio, 1, [&](int x, int y) { return std::array{valueLine(valueAt(x, y), pane.differenceLook)}; },
        [&](int x, int y) { return colourOfValue(valueAt(x, y), pane.differenceLook); });
}

}  // namespace tessera::canvas
