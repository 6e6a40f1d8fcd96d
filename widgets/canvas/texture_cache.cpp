// SPDX-License-Identifier: Apache-2.0
#include "canvas/texture_cache.h"

#include <algorithm>
#include <numeric>

namespace tessera::canvas {
namespace {

const void* addressOf(const Image& image) {
    return std::visit([](const auto& held) -> const void* { return held.data(); }, image.samples());
}

bool sameStorage(const Image& a, const Image& b) {
    return addressOf(a) == addressOf(b) && a.width() == b.width() && a.height() == b.height() && a.channels() == b.channels() &&
           a.samples().index() == b.samples().index();
}

}  // namespace

PictureTexture& TextureCache::texture(const Image& image, TexelKind kind) {
    const auto found = std::ranges::find_if(
        m_entries, [&](const Entry& entry) { return entry.texture.kind() == kind && sameStorage(entry.texture.image(), image); });
    if (found != m_entries.end()) {
        m_entries.splice(m_entries.end(), m_entries, found);
    } else {
        m_entries.push_back({PictureTexture(image, kind, m_largestSide)});
        ++m_uploads;
    }
    m_entries.back().lastFrame = m_frame;
    return m_entries.back().texture;
}

void TextureCache::endFrame() {
    std::size_t idle = 0;
    for (const Entry& entry : m_entries) {
        if (entry.lastFrame != m_frame) idle += entry.cost();
    }
    for (auto entry = m_entries.begin(); entry != m_entries.end() && idle > m_idleBudget;) {
        if (entry->lastFrame == m_frame) {
            ++entry;
            continue;
        }
        idle -= entry->cost();
        entry = m_entries.erase(entry);
    }
    ++m_frame;
}

std::size_t TextureCache::count() const {
    return std::accumulate(m_entries.begin(), m_entries.end(), std::size_t{0},
                           [](std::size_t sum, const Entry& entry) { return sum + entry.texture.count(); });
}

std::size_t TextureCache::bytes() const {
    return std::accumulate(m_entries.begin(), m_entries.end(), std::size_t{0},
                           [](std::size_t sum, const Entry& entry) { return sum + entry.texture.bytes(); });
}

}  // namespace tessera::canvas
