// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "canvas/camera.h"
#include "canvas/text_painter.h"

namespace tessera::canvas {

/// Device pixels per pixel of the picture from which its values are printed.
inline constexpr double kValuesFrom = 48;

/// Adds the values of all visible pixels of a pane, if they are large enough. Reaches over the body's edge: clip to it.
void addPixelValues(TextPainter& text, const Pane& pane, const PanePlacement& placement, float pixelRatio);

}  // namespace tessera::canvas
