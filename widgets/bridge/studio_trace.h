// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string_view>

namespace tessera::ui {

/// Appends {"event": ..., "ms": ...} to the file that TESSERA_STUDIO_TRACE names; does nothing without it. Milliseconds of a
/// monotonic clock. Events: process_start (from the kernel's own record of the process), first_frame, engine_ready, drop,
/// preview_swapped, reconstruction_swapped, cancel_pressed, cancel_answered. Any thread.
void traceEvent(std::string_view event);

}  // namespace tessera::ui
