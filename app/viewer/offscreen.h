// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <tessera/image.h>

namespace tessera::viewer {

/// A framebuffer out of sight, bound while it lives. A hidden window's own one holds no pixels that could be read.
class Offscreen {
public:
    Offscreen(int width, int height);
    ~Offscreen();
    Offscreen(const Offscreen&) = delete;
    Offscreen& operator=(const Offscreen&) = delete;

    /// What it holds, as RGB.
    Image read() const;

private:
    int m_width, m_height;
    unsigned m_framebuffer = 0, m_texture = 0;
};

}  // namespace tessera::viewer
