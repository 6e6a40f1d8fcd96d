// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

struct GLFWwindow;

namespace tessera::viewer {

/// GLFW and a window of it with an OpenGL 3.3 core context, current from its making on.
class GlfwWindow {
public:
    /// Throws NoWindow with a sentence where there is no display or no OpenGL 3.3.
    GlfwWindow(int width, int height, bool visible);
    ~GlfwWindow();
    GlfwWindow(const GlfwWindow&) = delete;
    GlfwWindow& operator=(const GlfwWindow&) = delete;

    GLFWwindow* get() const { return m_window; }
    struct Size {
        int width = 0, height = 0;
    };
    Size framebuffer() const;  ///< device pixels
    float scale() const;       ///< device pixels per screen coordinate
    float pixelRatio() const;  ///< device pixels per logical pixel, as the desktop wants it

private:
    GLFWwindow* m_window = nullptr;
};

/// The dark look of the studio, for sizes of `ratio`.
void applyStyle(float ratio);

}  // namespace tessera::viewer
