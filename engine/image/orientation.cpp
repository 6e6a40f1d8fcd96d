// SPDX-License-Identifier: Apache-2.0
#include "image/orientation.h"

#include <algorithm>

#include "image/parallel.h"

namespace tessera::codecs {
namespace {

// Upright pixel (x, y) is file pixel origin + x * stepX + y * stepY.
struct Walk {
    std::ptrdiff_t origin = 0, stepX = 0, stepY = 0;
};

Walk walkFor(int orientation, std::ptrdiff_t w, std::ptrdiff_t h) {
    switch (orientation) {
    case 2: return {w - 1, -1, w};             // mirrored
    case 3: return {w * h - 1, -1, -w};        // upside down
    case 4: return {w * (h - 1), 1, -w};       // mirrored, upside down
    case 5: return {0, w, 1};                  // transposed
    case 6: return {w * (h - 1), -w, 1};       // to be turned clockwise
    case 7: return {w * h - 1, -w, -1};        // transposed along the other diagonal
    case 8: return {w - 1, w, -1};             // to be turned anticlockwise
    default: return {0, 1, w};
    }
}

template <int Channels, typename T>
void copyTurned(const T* from, T* to, int width, int height, const Walk& walk) {
    constexpr int kTile = 32;  // keeps the columns read by a quarter turn in the first-level cache
    parallelFor((height + kTile - 1) / kTile, 4, [&](int begin, int end) {
        for (int tileY = begin; tileY < end; ++tileY)
            for (int left = 0; left < width; left += kTile)
                for (int y = tileY * kTile; y < std::min(height, (tileY + 1) * kTile); ++y) {
                    const T* source = from + Channels * (walk.origin + left * walk.stepX + y * walk.stepY);
                    T* target = to + Channels * (static_cast<std::ptrdiff_t>(y) * width + left);
                    for (int x = left; x < std::min(width, left + kTile); ++x, source += Channels * walk.stepX, target += Channels)
                        for (int c = 0; c < Channels; ++c) target[c] = source[c];
                }
    });
}

}  // namespace

void turnUpright(RawPicture& picture) {
    const int orientation = picture.orientation;
    if (orientation < 2 || orientation > 8) return;
    const Walk walk = walkFor(orientation, picture.width, picture.height);
    if (orientation >= 5) {
        std::swap(picture.width, picture.height);
        std::swap(picture.fullWidth, picture.fullHeight);
    }
    std::visit(
        [&]<typename T>(Samples<T>& samples) {
            Samples<T> turned(samples.size);
            if (picture.model == ColourModel::Grey) copyTurned<1>(samples.data.get(), turned.data.get(), picture.width, picture.height, walk);
            else copyTurned<3>(samples.data.get(), turned.data.get(), picture.width, picture.height, walk);
            samples = std::move(turned);
        },
        picture.samples);
    picture.orientation = 1;
    picture.notes.push_back("EXIF orientation " + std::to_string(orientation) + " applied");
}

}  // namespace tessera::codecs
