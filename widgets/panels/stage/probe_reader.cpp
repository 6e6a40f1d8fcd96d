// SPDX-License-Identifier: GPL-3.0-or-later
#include "panels/stage/probe_reader.h"

#include "canvas/camera.h"
#include "panels/stage/cell_face.h"
#include "panels/stage/picture_look.h"
#include "workspace/difference_kind.h"

namespace tessera::ui {

std::optional<StageProbe> readProbe(const canvas::Canvas& canvas, const std::vector<Column>& columns, float x, float y) {
    const auto pointed = canvas.probe(x, y);
    const auto& panes = canvas.panes();
    if (!pointed || panes.size() != columns.size()) return std::nullopt;
    StageProbe probe{.column = pointed->pane, .x = pointed->x, .y = pointed->y};
    const canvas::Rect& body = panes[pointed->pane].body;
    const canvas::CameraMaths maths(panes, canvas.camera());
    const canvas::PanePlacement placement = maths.placement(pointed->pane);
    const Picture::Region region = canvas::regionOf(*panes[pointed->pane].picture);
    probe.sourceX = region.x + placement.pictureX(x) * region.width / placement.width;
    probe.sourceY = region.y + placement.pictureY(y) * region.height / placement.height;
    for (std::size_t i = 0; i < panes.size(); ++i) {
        StageProbe::Value value{.name = lensTitle(columns[i].lens), .mapping = panes[i].look.mapping};
        // Bodies are of one size: the same place of each shows the same place of the source.
        const auto there = canvas.probe(x - body.x + panes[i].body.x, y - body.y + panes[i].body.y);
        if (there && there->pane == static_cast<int>(i)) {
            value.present = true;
            value.x = there->x;
            value.y = there->y;
            value.samples = there->samples;
            value.value = fieldValue(panes[i].picture->image, value.mapping, value.x, value.y);
        }
        probe.values.push_back(std::move(value));
    }
    return probe;
}

std::optional<SourcePlace> placeAt(const canvas::Canvas& canvas, float x, float y) {
    const auto pointed = canvas.probe(x, y);
    if (!pointed) return std::nullopt;
    return SourcePlace{pointed->normalX, pointed->normalY};
}

std::optional<std::pair<float, float>> pointOf(const canvas::Canvas& canvas, int pane, SourcePlace place) {
    const canvas::Rect seen = canvas.visibleRegion(pane);
    const canvas::Rect& body = canvas.panes()[pane].body;
    if (seen.width <= 0 || seen.height <= 0) return std::nullopt;
    const canvas::CameraMaths maths(canvas.panes(), canvas.camera());
    // Normal positions are linear in device pixels.
    const double left = maths.normalX(pane, body.x), right = maths.normalX(pane, body.x + body.width);
    const double top = maths.normalY(pane, body.y), bottom = maths.normalY(pane, body.y + body.height);
    if (right <= left || bottom <= top) return std::nullopt;
    const float x = body.x + static_cast<float>((place.x - left) / (right - left)) * body.width;
    const float y = body.y + static_cast<float>((place.y - top) / (bottom - top)) * body.height;
    if (!body.contains(x, y)) return std::nullopt;
    return std::pair{x, y};
}

}  // namespace tessera::ui
