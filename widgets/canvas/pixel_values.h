// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "canvas/pane_layers.h"
#include "canvas/text_painter.h"

namespace tessera::canvas {

/// Device pixels per pixel of the picture from which its values are printed.
inline constexpr double kValuesFrom = 48;

/// Adds the values of all visible pixels of a layer, if they are large enough. Reaches over the clip's edge: clip to it.
void addPixelValues(TextPainter& text, const Layer& layer, float pixelRatio);
/// The same of a difference of pictures whose pixels lie on each other; nothing of others.
void addDifferenceValues(TextPainter& text, const Pane& pane, const PanePlacement& placement, const PanePlacement& otherPlacement, float pixelRatio);

}  // namespace tessera::canvas
