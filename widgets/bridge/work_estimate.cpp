// SPDX-License-Identifier: GPL-3.0-or-later
#include "bridge/work_estimate.h"

#include <algorithm>

namespace tessera::ui {
namespace {

constexpr std::size_t kEvidence = 3, kMostEnds = 8;

double secondsBetween(WorkEstimate::Time from, WorkEstimate::Time to) {
    return std::chrono::duration<double>(to - from).count();
}

}  // namespace

void WorkEstimate::finished(LensColumnId lens, Time when) {
    ++m_done;
    std::deque<Time>& ends = m_ends[lens];
    ends.push_back(when);
    if (ends.size() > kMostEnds) ends.pop_front();
}

void WorkEstimate::clear() {
    m_ends.clear();
    m_done = 0;
}

std::optional<double> WorkEstimate::secondsLeft(const std::map<LensColumnId, int>& open, Time now) const {
    std::optional<double> longest;
    for (const auto& [lens, count] : open) {
        const auto it = m_ends.find(lens);
        if (count == 0 || it == m_ends.end() || it->second.size() < kEvidence) continue;
        const std::deque<Time>& ends = it->second;
        const double since = secondsBetween(ends.back(), now);
        double each = secondsBetween(ends.front(), ends.back()) / double(ends.size() - 1);
        // One that takes longer than those before tells of the rest as well.
        if (since > each) each = secondsBetween(ends.front(), now) / double(ends.size());
        longest = std::max(longest.value_or(0), count * each - std::min(since, each));
    }
    return longest;
}

}  // namespace tessera::ui
