// SPDX-License-Identifier: Apache-2.0
// tessera-viewer: pictures, models and lenses side by side, without Qt.
#include <cstdio>

#include "overlay/event_trace.h"
#include "window.h"

int main(int argc, char** argv) {
    using namespace tessera;
    overlay::EventTrace("TESSERA_VIEWER_TRACE")("process_start");
    auto parsed = viewer::parsedArguments(argc, argv);
    if (const auto* end = std::get_if<viewer::EndAtOnce>(&parsed)) {
        std::fputs(end->text.c_str(), end->exitCode == 0 ? stdout : stderr);
        return end->exitCode;
    }
    try {
        viewer::Window window(std::get<viewer::Arguments>(std::move(parsed)));
        return window.run();
    } catch (const viewer::NoWindow& reason) {
        std::fprintf(stderr, "tessera-viewer: %s\n", reason.what());
        return 1;
    }
}
