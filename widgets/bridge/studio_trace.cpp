// SPDX-License-Identifier: GPL-3.0-or-later
#include "bridge/studio_trace.h"

#include "overlay/event_trace.h"

namespace tessera::ui {

void traceEvent(std::string_view event) {
    static const overlay::EventTrace trace("TESSERA_STUDIO_TRACE");
    trace(event);
}

}  // namespace tessera::ui
