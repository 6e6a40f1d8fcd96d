// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

namespace tessera::overlay {

/// Appends {"event": ..., "ms": ...} to the file that an environment variable names; does nothing without it. Milliseconds of a monotonic
/// clock; the event process_start comes from the kernel's own record of the process. Any thread.
class EventTrace {
public:
    explicit EventTrace(const char* variable);
    void operator()(std::string_view event) const;

private:
    int m_file = -1;  ///< stays open until the process ends
};

}  // namespace tessera::overlay
