// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <stdexcept>

#include "arguments.h"

namespace tessera::viewer {

/// Why there is no window, as a sentence.
struct NoWindow : std::runtime_error {
    using std::runtime_error::runtime_error;
};

/// The one window: GLFW's events, the board under a camera, a frame when something changed.
class Window {
public:
    /// Throws NoWindow.
    explicit Window(Arguments arguments);
    ~Window();

    /// Until it is closed, or the screenshot is written. The program's exit code.
    int run();

private:
    struct Private;
    std::unique_ptr<Private> d;
};

}  // namespace tessera::viewer
