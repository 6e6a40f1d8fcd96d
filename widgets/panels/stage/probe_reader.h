// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "canvas/canvas.h"
#include "panels/stage_probe.h"

namespace tessera::ui {

/// One column of a row, whether or not it is on the screen.
struct ProbedColumn {
    QString name;
    QString lens, sweep, model;  ///< its parts, as StageProbe::Value has them
    std::shared_ptr<const Picture> picture;  ///< null while there is none
    canvas::PaneLook look;
};

/// A place of the source that outlives pan and zoom: normalised position in the common region.
struct SourcePlace {
    double x = 0, y = 0;
};

/// Reads all columns of a row at the place that lies at (x, y) device pixels of one of its panes. Nothing if no picture is there.
/// `column`: of the pane.
std::optional<StageProbe> readProbe(const canvas::Canvas& canvas, int pane, int column, float x, float y, const std::vector<ProbedColumn>& columns);
std::optional<SourcePlace> placeAt(const canvas::Canvas& canvas, float x, float y);
/// Device pixels where a pane shows it; nothing without a picture there or outside the pane's body.
std::optional<std::pair<float, float>> pointOf(const canvas::Canvas& canvas, int pane, SourcePlace place);

}  // namespace tessera::ui
