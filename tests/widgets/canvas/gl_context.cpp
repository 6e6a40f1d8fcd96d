// SPDX-License-Identifier: Apache-2.0
#include "widgets/canvas/gl_context.h"

#include <cstddef>
#include <stdexcept>

#define GLFW_INCLUDE_NONE
#include <GLFW/glfw3.h>

namespace tessera::test {

GlContext::GlContext() {
    if (!glfwInit()) throw std::runtime_error("no display; run the test under packaging/with-display");
    glfwWindowHint(GLFW_VISIBLE, GLFW_FALSE);
    glfwWindowHint(GLFW_CONTEXT_VERSION_MAJOR, 3);
    glfwWindowHint(GLFW_CONTEXT_VERSION_MINOR, 3);
    glfwWindowHint(GLFW_OPENGL_PROFILE, GLFW_OPENGL_CORE_PROFILE);
    m_window = glfwCreateWindow(64, 64, "tessera", nullptr, nullptr);
    if (!m_window) throw std::runtime_error("no OpenGL 3.3 core context; run the test under packaging/with-display");
    makeCurrent();
}

GlContext::~GlContext() {
    glfwDestroyWindow(m_window);  // the library stays up: other contexts may live
}

void GlContext::makeCurrent() {
    glfwMakeContextCurrent(m_window);
}

std::array<int, 3> Frame::at(int x, int y) const {
    const std::size_t index = (static_cast<std::size_t>(y) * static_cast<std::size_t>(width) + static_cast<std::size_t>(x)) * 4;
    return {rgba.at(index), rgba.at(index + 1), rgba.at(index + 2)};
}

int Frame::alphaAt(int x, int y) const {
    return rgba.at((static_cast<std::size_t>(y) * static_cast<std::size_t>(width) + static_cast<std::size_t>(x)) * 4 + 3);
}

Target::Target(int width, int height) : m_width(width), m_height(height) {
    glGenTextures(1, &m_texture);
    glBindTexture(GL_TEXTURE_2D, m_texture);
    glTexImage2D(GL_TEXTURE_2D, 0, GL_RGBA8, width, height, 0, GL_RGBA, GL_UNSIGNED_BYTE, nullptr);
    glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_MAX_LEVEL, 0);
    glBindTexture(GL_TEXTURE_2D, 0);
    glGenFramebuffers(1, &m_framebuffer);
    bind();
    glFramebufferTexture2D(GL_FRAMEBUFFER, GL_COLOR_ATTACHMENT0, GL_TEXTURE_2D, m_texture, 0);
    glClearColor(0.2F, 0.9F, 0.1F, 0.3F);
    glClear(GL_COLOR_BUFFER_BIT);
}

Target::~Target() {
    glDeleteFramebuffers(1, &m_framebuffer);
    glDeleteTextures(1, &m_texture);
}

void Target::bind() {
    glBindFramebuffer(GL_FRAMEBUFFER, m_framebuffer);
}

Frame Target::read() {
    Frame frame{m_width, m_height, std::vector<std::uint8_t>(static_cast<std::size_t>(m_width) * static_cast<std::size_t>(m_height) * 4)};
    const std::size_t row = static_cast<std::size_t>(m_width) * 4;
    glBindFramebuffer(GL_READ_FRAMEBUFFER, m_framebuffer);
    for (int y = 0; y < m_height; ++y) {
        glReadPixels(0, m_height - 1 - y, m_width, 1, GL_RGBA, GL_UNSIGNED_BYTE, frame.rgba.data() + static_cast<std::size_t>(y) * row);
    }
    return frame;
}

}  // namespace tessera::test
