// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <algorithm>
#include <vector>

namespace tessera::ui {

/// Who looks at something that is only computed while somebody does.
class Watchers {
public:
    /// True if it was the first to come or the last to go.
    bool set(const void* watcher, bool watching) {
        const bool had = any();
        std::erase(m_watchers, watcher);
        if (watching) m_watchers.push_back(watcher);
        return had != any();
    }
    bool any() const { return !m_watchers.empty(); }

private:
    std::vector<const void*> m_watchers;
};

}  // namespace tessera::ui
