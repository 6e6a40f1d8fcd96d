// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <deque>
#include <map>
#include <optional>

#include "workspace/columns.h"

namespace tessera::ui {

/// How long the cells of a board will still take, told by those that were finished since it was last idle. Each lens is counted by itself:
/// its cells cost alike, and rows bring a cell of every lens by turns.
class WorkEstimate {
public:
    using Time = std::chrono::steady_clock::time_point;

    void finished(LensColumnId lens, Time when);
    void clear();

    int done() const { return m_done; }
    /// `open`: cells under way of each lens. Nothing before three cells of one of these lenses were finished.
    std::optional<double> secondsLeft(const std::map<LensColumnId, int>& open, Time now) const;

private:
    std::map<LensColumnId, std::deque<Time>> m_ends;  ///< the last few, the oldest first
    int m_done = 0;
};

}  // namespace tessera::ui
