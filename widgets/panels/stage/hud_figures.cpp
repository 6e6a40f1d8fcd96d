// SPDX-License-Identifier: GPL-3.0-or-later
#include "panels/stage/hud_figures.h"

#include "canvas/value_lines.h"
#include "overlay/resident_memory.h"

namespace tessera::ui {
namespace {

std::vector<overlay::HudProbe> probesOf(const StageProbe& probe, const std::vector<ProbedColumn>& columns) {
    std::vector<overlay::HudProbe> probes;
    for (std::size_t i = 0; i < probe.values.size() && i < columns.size(); ++i) {
        const StageProbe::Value& value = probe.values[i];
        if (!value.present || !columns[i].picture) continue;
        probes.push_back({value.name.toStdString(), value.x, value.y, canvas::probeLines(*columns[i].picture, value.x, value.y, columns[i].look)});
    }
    return probes;
}

}  // namespace

overlay::HudState hudFigures(const canvas::Canvas& canvas, const std::vector<Column>& columns, const std::vector<const Cell*>& cells,
                             const EngineHost& host, const StageProbe* probe, const std::vector<ProbedColumn>& probed) {
    overlay::HudState state;
    if (const auto& model = host.model()) state.device = model->device + " · " + model->precision;
    if (probe) state.probes = probesOf(*probe, probed);
    for (std::size_t i = 0; i < cells.size(); ++i) {
        if (columns[i].lens != "reconstruction" || !cells[i]->picture) continue;
        for (const StageTiming& timing : cells[i]->picture->timings) state.stages.push_back({timing.stage, timing.seconds, timing.cached});
    }
    if (const auto engine = host.engine()) {
        const EngineStatus status = engine->status();
        state.memory.cacheBytes = status.cacheBytes;
        state.memory.cacheBudget = status.cacheBudget;
    }
    const canvas::Canvas::Statistics statistics = canvas.statistics();
    state.memory.residentBytes = overlay::residentBytes();
    state.memory.textures = statistics.textures;
    state.memory.textureBytes = statistics.textureBytes;
    state.memory.uploads = statistics.uploads;
    return state;
}

}  // namespace tessera::ui
