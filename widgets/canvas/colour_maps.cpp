// SPDX-License-Identifier: Apache-2.0
#include "canvas/colour_maps.h"

#include <array>
#include <cstdint>
#include <vector>

#include <tessera/colour_map.h>

namespace tessera::canvas {

ColourMapTexture::ColourMapTexture() {
    constexpr std::array kMaps = {ColourMap::Grey, ColourMap::Magma, ColourMap::Viridis, ColourMap::Cividis, ColourMap::RedWhiteBlue};
    std::vector<std::uint8_t> texels(kMaps.size() * 256 * 4, 255);
    for (const ColourMap map : kMaps) {
        std::uint8_t* texel = texels.data() + static_cast<std::size_t>(rowOf(map)) * 256 * 4;
        for (const auto& entry : colourEntries(map)) {
            texel[0] = entry[0], texel[1] = entry[1], texel[2] = entry[2];
            texel += 4;
        }
    }
    glBindBuffer(GL_PIXEL_UNPACK_BUFFER, 0);
    glBindTexture(GL_TEXTURE_2D, m_texture.name());
    glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_MAX_LEVEL, 0);
    glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_MIN_FILTER, GL_NEAREST);
    glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_MAG_FILTER, GL_NEAREST);
    glTexImage2D(GL_TEXTURE_2D, 0, GL_RGBA8, 256, kMaps.size(), 0, GL_RGBA, GL_UNSIGNED_BYTE, texels.data());
}

void ColourMapTexture::bind(GLuint unit) const {
    glActiveTexture(GL_TEXTURE0 + unit);
    glBindTexture(GL_TEXTURE_2D, m_texture.name());
    glActiveTexture(GL_TEXTURE0);
}

}  // namespace tessera::canvas
