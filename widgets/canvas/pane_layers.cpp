// SPDX-License-Identifier: Apache-2.0
#include "canvas/pane_layers.h"

#include <algorithm>
#include <cmath>

namespace tessera::canvas {

Rect onWholePixels(const Rect& rect) {
    const float left = std::round(rect.x), top = std::round(rect.y);
    return {left, top, std::round(rect.x + rect.width) - left, std::round(rect.y + rect.height) - top};
}

float wipePosition(const Pane& pane) {
    const Rect body = onWholePixels(pane.body);
    const float share = std::clamp(pane.share, 0.0F, 1.0F);
    return pane.wipeLine == WipeLine::Upright ? std::round(body.x + share * body.width) : std::round(body.y + share * body.height);
}

bool isDifference(const Pane& pane, const PanePlacement& otherPlacement) {
    return pane.compare == Compare::Difference && otherPlacement.visible();
}

std::vector<Layer> layersOf(const Pane& pane, const PanePlacement& placement, const PanePlacement& otherPlacement) {
    std::vector<Layer> layers;
    if (placement.visible()) layers.push_back({pane.picture.get(), &pane.look, placement, pane.body});
    if (!otherPlacement.visible() || (pane.compare != Compare::Wipe && pane.compare != Compare::Onion)) return layers;
    Layer second{pane.other.get(), &pane.otherLook, otherPlacement, pane.body};
    if (pane.compare == Compare::Onion) {
        second.opacity = std::clamp(pane.share, 0.0F, 1.0F);
    } else {
        const float line = wipePosition(pane);
        const auto divide = [&](float Rect::*start, float Rect::*length) {
            const float end = pane.body.*start + pane.body.*length;
            if (!layers.empty()) layers.front().clip.*length = std::max(0.0F, line - pane.body.*start);
            second.clip.*start = line;
            second.clip.*length = std::max(0.0F, end - line);
        };
        if (pane.wipeLine == WipeLine::Upright) divide(&Rect::x, &Rect::width);
        if (pane.wipeLine == WipeLine::Level) divide(&Rect::y, &Rect::height);
    }
    layers.push_back(second);
    return layers;
}

}  // namespace tessera::canvas
