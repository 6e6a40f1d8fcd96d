// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "canvas/camera.h"

namespace tessera::canvas {

/// One of the pictures that a pane draws, and where.
struct Layer {
    const Picture* picture = nullptr;
    const PaneLook* look = nullptr;
    PanePlacement placement;
    Rect clip;  ///< device pixels; drawn inside it only
    float opacity = 1;
};

/// The pictures of a pane in the order they are drawn: one, or two in a wipe and an onion. Two of equal rank in a difference, which
/// is one drawing of both: see isDifference().
std::vector<Layer> layersOf(const Pane& pane, const PanePlacement& placement, const PanePlacement& otherPlacement);

/// True if the pane shows what its two pictures differ by.
bool isDifference(const Pane& pane, const PanePlacement& otherPlacement);

/// Position of a wipe's line in device pixels, on a whole one: x if it is upright, y if it is level.
float wipePosition(const Pane& pane);

/// Edges on whole device pixels; bodies of one size stay of one size.
Rect onWholePixels(const Rect& rect);

}  // namespace tessera::canvas
