// SPDX-License-Identifier: Apache-2.0
#include "hud_figures.h"

#include <algorithm>

#include "canvas/value_lines.h"
#include "overlay/resident_memory.h"

namespace tessera::viewer {

void HudFigures::draw(const std::vector<unsigned char>& face, const Board& board, const std::vector<PlacedCell>& cells, const canvas::Canvas& canvas,
                      const std::vector<std::optional<canvas::Probe>>& probes, double frameSeconds, const Frame& frame, float pixelRatio) {
    if (!m_hud.initialised() && !m_failed) m_failed = !m_hud.initialise(face).empty();
    overlay::HudState state;
    state.frameSeconds = frameSeconds;
    if (board.engine()) {
        const EngineStatus status = board.engine()->status();
        state.device = status.device;
        state.memory.cacheBytes = status.cacheBytes;
        state.memory.cacheBudget = status.cacheBudget;
    }
    for (std::size_t i = 0; i < std::min(cells.size(), probes.size()); ++i) {
        const canvas::Pane& pane = canvas.panes()[i];
        if (!probes[i] || !pane.picture) continue;
        state.probes.push_back({board.titleOf(cells[i].column), probes[i]->x, probes[i]->y, canvas::probeLines(*pane.picture, probes[i]->x, probes[i]->y, pane.look)});
    }
    for (std::size_t i = 0; i < canvas.panes().size(); ++i) {
        const auto& picture = canvas.panes()[i].picture;
        if (!picture) continue;
        if (state.zoom == 0) state.zoom = canvas.zoomOf(static_cast<int>(i));
        // The longest way from file to picture tells the most.
        if (picture->timings.size() <= state.stages.size()) continue;
        state.stages.clear();
        for (const StageTiming& timing : picture->timings) state.stages.push_back({timing.stage, timing.seconds, timing.cached});
    }
    const auto statistics = canvas.statistics();
    state.memory.residentBytes = overlay::residentBytes();
    state.memory.textures = statistics.textures;
    state.memory.textureBytes = statistics.textureBytes;
    state.memory.uploads = statistics.uploads;
    m_hud.draw(state, frame.width, frame.height, pixelRatio, {.left = frame.left});
}

}  // namespace tessera::viewer
