// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <vector>

#include <tessera/image.h>

#include "canvas/gl_objects.h"

namespace tessera::canvas {

/// What the texels of a picture mean.
enum class TexelKind {
    Colour,  ///< the samples themselves: 8 or 16 bits normalised, float as 16-bit float
    Field,   ///< 32-bit float: the four numbers of tessera::FieldValues, so that averaging them stays honest
};

/// Rectangle of a picture in its own texture. Textures overlap so that filtering sees the neighbours.
struct TextureTile {
    GlTexture texture;
    int x = 0, y = 0, width = 0, height = 0;           ///< shown from this tile, in pixels of the picture
    int textureX = 0, textureY = 0;                    ///< pixel of the picture at the texture's corner
    int textureWidth = 0, textureHeight = 0;
};

/// A picture on the device.
struct PictureTexture {
    std::vector<TextureTile> tiles;
    std::size_t bytes = 0;  ///< of the device, smaller levels included once they are made
    bool hasAlpha = false;
    bool mipmapped = false;
    void makeMipmaps();
};

/// Sends a picture to the device, in tiles where a side is longer than `largestSide`. Throws DrawingFailure if the device has no room.
PictureTexture uploadPicture(const Image& image, TexelKind kind, int largestSide);

}  // namespace tessera::canvas
