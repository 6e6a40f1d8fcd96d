// SPDX-License-Identifier: Apache-2.0
#include "offscreen.h"

#include <algorithm>
#include <epoxy/gl.h>
#include <vector>

namespace tessera::viewer {

Offscreen::Offscreen(int width, int height) : m_width(width), m_height(height) {
    glGenTextures(1, &m_texture);
    glBindTexture(GL_TEXTURE_2D, m_texture);
    glTexImage2D(GL_TEXTURE_2D, 0, GL_RGBA8, width, height, 0, GL_RGBA, GL_UNSIGNED_BYTE, nullptr);
    glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_MAX_LEVEL, 0);
    glBindTexture(GL_TEXTURE_2D, 0);
    glGenFramebuffers(1, &m_framebuffer);
    glBindFramebuffer(GL_FRAMEBUFFER, m_framebuffer);
    glFramebufferTexture2D(GL_FRAMEBUFFER, GL_COLOR_ATTACHMENT0, GL_TEXTURE_2D, m_texture, 0);
}

Offscreen::~Offscreen() {
    glBindFramebuffer(GL_FRAMEBUFFER, 0);
    glDeleteFramebuffers(1, &m_framebuffer);
    glDeleteTextures(1, &m_texture);
}

Image Offscreen::read() const {
    const std::size_t row = static_cast<std::size_t>(m_width) * 3;
    std::vector<std::uint8_t> upwards(row * static_cast<std::size_t>(m_height)), pixels(upwards.size());
    glBindFramebuffer(GL_READ_FRAMEBUFFER, m_framebuffer);
    glPixelStorei(GL_PACK_ALIGNMENT, 1);
    glReadPixels(0, 0, m_width, m_height, GL_RGB, GL_UNSIGNED_BYTE, upwards.data());
    glPixelStorei(GL_PACK_ALIGNMENT, 4);
    for (std::size_t y = 0; y < static_cast<std::size_t>(m_height); ++y) {
        std::copy_n(upwards.end() - static_cast<std::ptrdiff_t>((y + 1) * row), row, pixels.begin() + static_cast<std::ptrdiff_t>(y * row));
    }
    return Image(m_width, m_height, 3, SharedArray<std::uint8_t>(std::move(pixels)));
}

}  // namespace tessera::viewer
