// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "canvas/camera.h"
#include "canvas/text_painter.h"

namespace tessera::canvas {

/// Device pixels per pixel of the picture from which its values are printed.
inline constexpr double kValuesFrom = 48;

/// What is printed in one pixel, a line each. Colour: every channel, as the storage holds it (8 bits 0..255, 16 bits
/// 0..65535, float 0..1). Fields: the one number that is drawn, with the decimals that the colour bar calls for.
std::vector<std::string> valueLines(const Image& image, int x, int y, const PaneLook& look);

/// Adds the values of all visible pixels of a pane, if they are large enough. Reaches over the body's edge: clip to it.
void addPixelValues(TextPainter& text, const Pane& pane, const PanePlacement& placement, float pixelRatio);

}  // namespace tessera::canvas
