// SPDX-License-Identifier: Apache-2.0
#include "overlay/event_trace.h"

#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <fcntl.h>
#include <fstream>
#include <optional>
#include <sstream>
#include <string>
#include <unistd.h>

namespace tessera::overlay {
namespace {

// The clock in which the kernel notes when a process began.
double now() {
    timespec time{};
    clock_gettime(CLOCK_BOOTTIME, &time);
    return double(time.tv_sec) * 1e3 + double(time.tv_nsec) / 1e6;
}

/// Field 22 of /proc/self/stat, in clock ticks: rounded down by up to 10 ms.
std::optional<double> processStart() {
    std::ifstream file("/proc/self/stat");
    std::string text((std::istreambuf_iterator<char>(file)), {});
    // The program's name, in parentheses, may hold anything.
    const std::size_t nameEnd = text.rfind(')');
    if (nameEnd == std::string::npos) return std::nullopt;
    std::istringstream fields(text.substr(nameEnd + 1));
    std::string field;
    for (int i = 3; i < 22; ++i) fields >> field;
    double ticks = 0;
    if (!(fields >> ticks)) return std::nullopt;
    return ticks * 1e3 / double(sysconf(_SC_CLK_TCK));
}

}  // namespace

EventTrace::EventTrace(const char* variable) {
    const char* path = std::getenv(variable);
    if (path && *path) m_file = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
}

void EventTrace::operator()(std::string_view event) const {
    if (m_file < 0) return;
    const double ms = event == "process_start" ? processStart().value_or(now()) : now();
    char line[128];
    const int length = std::snprintf(line, sizeof line, "{\"event\": \"%.*s\", \"ms\": %.3f}\n", static_cast<int>(event.size()), event.data(), ms);
    // One write, so that threads do not mix their lines. A full disk costs the trace, not the program.
    if (length > 0 && length < static_cast<int>(sizeof line)) [[maybe_unused]] const auto written = write(m_file, line, static_cast<std::size_t>(length));
}

}  // namespace tessera::overlay
