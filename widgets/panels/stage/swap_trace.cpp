// SPDX-License-Identifier: GPL-3.0-or-later
#include "panels/stage/swap_trace.h"

#include "bridge/studio_trace.h"

namespace tessera::ui {

bool SwapTrace::swapped() {
    const bool first = std::exchange(m_first, false);
    if (first) traceEvent("first_frame");
    if (m_painted.row != m_told.row) m_told = {.row = m_painted.row};
    if (m_painted.input && !m_told.input) {
        m_told.input = true;
        traceEvent("preview_swapped");
    }
    if (m_painted.reconstruction && m_painted.reconstruction != m_told.reconstruction) {
        m_told.reconstruction = m_painted.reconstruction;
        traceEvent("reconstruction_swapped");
    }
    return first;
}

}  // namespace tessera::ui
