// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>

#include <tessera/picture.h>

#include "workspace/row.h"

namespace tessera::ui {

/// Tells the studio's trace when frames with something new in them are on the screen.
class SwapTrace {
public:
    struct Shown {
        RowId row{};
        bool input = false;  ///< a picture of the source, be it a preview
        std::shared_ptr<const Picture> reconstruction;  ///< of the row as it is now; null if it is outdated
    };
    void painted(Shown shown) { m_painted = std::move(shown); }
    /// True with the first frame.
    bool swapped();

private:
    Shown m_painted, m_told;
    bool m_first = true;
};

}  // namespace tessera::ui
