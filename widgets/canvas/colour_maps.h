// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>

#include <tessera/picture.h>

#include "canvas/gl_objects.h"

namespace tessera::canvas {

/// All colour maps in one texture: 256 entries wide, one row per map.
class ColourMapTexture {
public:
    ColourMapTexture();
    void bind(GLuint unit) const;
    static int rowOf(ColourMap map) { return static_cast<int>(map); }
    static constexpr std::size_t kBytes = std::size_t{256} * 5 * 4;

private:
    GlTexture m_texture;
};

}  // namespace tessera::canvas
