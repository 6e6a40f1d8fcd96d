// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <vector>

#include "bridge/cell_board.h"
#include "bridge/engine_host.h"
#include "canvas/canvas.h"
#include "overlay/hud.h"
#include "panels/stage/probe_reader.h"

namespace tessera::ui {

/// What the HUD over a row of cells says. A cell whose lens is the reconstruction gives the stages.
overlay::HudState hudFigures(const canvas::Canvas& canvas, const std::vector<Column>& columns, const std::vector<const Cell*>& cells,
                             const EngineHost& host, const StageProbe* probe, const std::vector<ProbedColumn>& probed);

}  // namespace tessera::ui
