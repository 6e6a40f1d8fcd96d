// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <vector>

#include "canvas/canvas.h"
#include "panels/stage_probe.h"
#include "workspace/row.h"

namespace tessera::ui {

/// Reads all columns at the place that lies at (x, y) device pixels. Nothing if no picture is there.
std::optional<StageProbe> readProbe(const canvas::Canvas& canvas, const std::vector<Column>& columns, float x, float y);

/// A place of the source that outlives pan and zoom: normalised position in the common region.
struct SourcePlace {
    double x = 0, y = 0;
};
std::optional<SourcePlace> placeAt(const canvas::Canvas& canvas, float x, float y);
/// Device pixels where a column shows it; nothing without a picture there or outside the column's body.
std::optional<std::pair<float, float>> pointOf(const canvas::Canvas& canvas, int pane, SourcePlace place);

}  // namespace tessera::ui
