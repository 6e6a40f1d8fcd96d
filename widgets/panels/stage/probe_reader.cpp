// SPDX-License-Identifier: GPL-3.0-or-later
#include "panels/stage/probe_reader.h"

#include <cmath>

#include "canvas/camera.h"
#include "canvas/value_lines.h"
#include "workspace/difference_kind.h"

namespace tessera::ui {

std::optional<StageProbe> readProbe(const canvas::Canvas& canvas, int pane, int column, float x, float y, const std::vector<ProbedColumn>& columns) {
    const auto pointed = canvas.probe(x, y);
    if (!pointed || pointed->pane != pane) return std::nullopt;
    const canvas::Pane& pointedPane = canvas.panes()[pane];
    StageProbe probe{.column = column, .x = pointed->x, .y = pointed->y, .difference = pointed->difference};
    const canvas::PanePlacement placement = canvas::CameraMaths(canvas.panes(), canvas.camera()).placement(pane);
    const Picture::Region region = canvas::regionOf(*pointedPane.picture);
    probe.sourceX = region.x + placement.pictureX(x) * region.width / placement.width;
    probe.sourceY = region.y + placement.pictureY(y) * region.height / placement.height;
    for (const ProbedColumn& each : columns) {
        StageProbe::Value value{.name = each.name, .lens = each.lens, .sweep = each.sweep, .model = each.model, .mapping = each.look.mapping};
        // A difference of pixels has none, whatever way it is shown.
        if (each.picture && each.picture->legend && value.mapping == each.picture->mapping) value.unit = each.picture->legend->unit;
        if (each.picture && !each.picture->image.empty()) {
            const Image& image = each.picture->image;
            const Picture::Region covered = canvas::regionOf(*each.picture);
            const double px = (probe.sourceX - covered.x) * image.width() / covered.width, py = (probe.sourceY - covered.y) * image.height() / covered.height;
            value.x = static_cast<int>(std::floor(px));
            value.y = static_cast<int>(std::floor(py));
            value.present = value.x >= 0 && value.y >= 0 && value.x < image.width() && value.y < image.height();
        }
        if (value.present) {
            const Image& image = each.picture->image;
            for (int c = 0; c < image.channels(); ++c) value.samples.push_back(image.at(value.x, value.y, c));
            value.value = fieldValue(image, value.mapping, value.x, value.y);
            value.readings = canvas::readingsAt(*each.picture, value.x, value.y);
            value.shown = each.picture->readings.shown;
            if (!value.readings.empty()) {
                for (const std::string& name : each.picture->readings.names) value.readingNames << QString::fromStdString(name);
            }
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
