// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <epoxy/gl.h>
#include <memory>
#include <vector>

struct GLFWwindow;

namespace tessera::test {

/// An OpenGL 3.3 core context of a hidden window; current from its making on. Throws std::runtime_error where there is no display.
class GlContext {
public:
    GlContext();
    ~GlContext();
    GlContext(const GlContext&) = delete;
    GlContext& operator=(const GlContext&) = delete;
    void makeCurrent();

private:
    GLFWwindow* m_window = nullptr;
};

/// What a framebuffer holds, top row first.
struct Frame {
    int width = 0, height = 0;
    std::vector<std::uint8_t> rgba;
    std::array<int, 3> at(int x, int y) const;
    int alphaAt(int x, int y) const;
    bool operator==(const Frame&) const = default;
};

/// A framebuffer that is not number 0, as a toolkit's widget has it; bound from its making on, filled with a colour nobody draws.
class Target {
public:
    Target(int width, int height);
    ~Target();
    Target(const Target&) = delete;
    Target& operator=(const Target&) = delete;
    int width() const { return m_width; }
    int height() const { return m_height; }
    void bind();
    Frame read();

private:
    int m_width, m_height;
    GLuint m_framebuffer = 0, m_texture = 0;
};

}  // namespace tessera::test
