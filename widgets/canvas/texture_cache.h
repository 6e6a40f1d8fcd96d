// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <list>

#include "canvas/picture_texture.h"

namespace tessera::canvas {

/// Textures of pictures, one per distinct storage. Those that a frame did not ask for stay up to a budget, the longest unused go first:
/// each also keeps its samples in memory.
class TextureCache {
public:
    static constexpr std::size_t kIdleBudget = std::size_t{192} << 20;  ///< bytes of textures and samples beyond what the frame shows

    explicit TextureCache(int largestSide, std::size_t idleBudget = kIdleBudget) : m_largestSide(largestSide), m_idleBudget(idleBudget) {}

    /// The texture of those samples, which is a new and empty one if it is not there. Valid until endFrame().
    PictureTexture& texture(const Image& image, TexelKind kind);
    void endFrame();

    std::size_t count() const;  ///< textures, parts of pictures counted each
    std::size_t bytes() const;
    std::uint64_t uploads() const { return m_uploads; }  ///< pictures

private:
    struct Entry {
        PictureTexture texture;
        std::uint64_t lastFrame = 0;
        std::size_t cost() const { return texture.bytes() + texture.image().byteSize(); }
    };
    int m_largestSide;
    std::size_t m_idleBudget;
    std::list<Entry> m_entries;  ///< longest unused first
    std::uint64_t m_frame = 1;
    std::uint64_t m_uploads = 0;
};

}  // namespace tessera::canvas
