// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include <tessera/engine.h>

#include "canvas/pane.h"

namespace tessera::viewer {

/// What the person asked for at the start.
struct Arguments {
    std::vector<std::string> images;
    std::vector<ModelRequest> models;  ///< none: the first embedded one
    std::vector<std::string> lenses;   ///< NAME[:PARAM=VALUE,...]; none: input and reconstruction
    EngineOptions engine;
    int width = 1280, height = 800;    ///< of the window, screen coordinates
    std::optional<canvas::Camera> view;
    canvas::Compare compare = canvas::Compare::None;
    std::optional<float> share;  ///< where a wipe's line lies, how opaque an onion skin is
    bool panel = true, hud = false;
    std::string screenshot;  ///< PNG to write once everything is answered; the program ends then
};

/// The program ends at once: the text goes to stdout (exit code 0) or stderr.
struct EndAtOnce {
    std::string text;
    int exitCode = 0;
};

std::variant<Arguments, EndAtOnce> parsedArguments(int count, char** arguments);

}  // namespace tessera::viewer
