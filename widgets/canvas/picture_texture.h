// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <map>
#include <tuple>

#include "canvas/gl_objects.h"
#include "canvas/picture_texels.h"

namespace tessera::canvas {

/// A part of a level on the device. Textures overlap so that filtering sees the neighbours.
struct TexturePart {
    TexelRect shown;  ///< drawn from this part, in texels of the level
    TexelRect held;   ///< what the texture holds
    GlTexture texture;
    bool finite = true;  ///< no texel is infinite or no number
};

/// A picture on the device, in the sizes and parts that were asked for so far: what a frame does not show costs nothing.
class PictureTexture {
public:
    /// Levels are cut where a side is longer than the device or a quick upload allows.
    PictureTexture(Image image, TexelKind kind, int largestSide);

    const Image& image() const { return m_image; }
    TexelKind kind() const { return m_kind; }
    bool hasAlpha() const { return m_kind == TexelKind::Colour && m_image.channels() == 4; }
    /// The parts of a level that reach into a rectangle of its texels, sent to the device where they are not there.
    /// Throws DrawingFailure if the device has no room.
    std::vector<const TexturePart*> parts(int level, const TexelRect& wanted);

    std::size_t count() const { return m_parts.size(); }
    std::size_t bytes() const { return m_bytes; }

private:
    const TexturePart& part(int level, int column, int row);
    int partLength(int level) const;  ///< texels between the starts of neighbouring parts

    Image m_image;  ///< also keeps the storage alive, so that its address stays its name
    TexelKind m_kind;
    int m_largestSide;
    std::map<std::tuple<int, int, int>, TexturePart> m_parts;  ///< by level, column, row
    std::size_t m_bytes = 0;
};

}  // namespace tessera::canvas
