// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include <tessera/picture.h>

namespace tessera::test {

/// A picture whose samples are `sample(x, y, channel)`.
template <typename T>
std::shared_ptr<const Picture> pictureOf(int width, int height, int channels, const std::function<T(int, int, int)>& sample) {
    std::vector<T> samples;
    samples.reserve(static_cast<std::size_t>(width) * static_cast<std::size_t>(height) * static_cast<std::size_t>(channels));
    for (int y = 0; y < height; ++y) {
        for (int x = 0; x < width; ++x) {
            for (int c = 0; c < channels; ++c) samples.push_back(sample(x, y, c));
        }
    }
    auto picture = std::make_shared<Picture>();
    picture->image = Image(width, height, channels, SharedArray<T>(std::move(samples)));
    return picture;
}

/// Every pixel the same.
inline std::shared_ptr<const Picture> plainPicture(int width, int height, std::uint8_t r, std::uint8_t g, std::uint8_t b) {
    return pictureOf<std::uint8_t>(width, height, 3, [=](int, int, int c) { return c == 0 ? r : c == 1 ? g : b; });
}

/// Every pixel unlike its neighbours: noise of a fixed seed.
inline std::shared_ptr<const Picture> noisePicture(int width, int height, int channels = 3, std::uint32_t seed = 1) {
    return pictureOf<std::uint8_t>(width, height, channels, [state = seed](int, int, int) mutable {
        state = state * 1664525U + 1013904223U;
        return static_cast<std::uint8_t>(state >> 24);
    });
}

/// A field as the difference lens makes it: three signed errors and a FLIP value between 0 and 1.
inline std::shared_ptr<const Picture> differencePicture(int width, int height) {
    return pictureOf<float>(width, height, 4, [=](int x, int y, int c) {
        const float across = static_cast<float>(x) / static_cast<float>(width - 1);
        const float down = static_cast<float>(y) / static_cast<float>(height - 1);
        if (c == 3) return across * down;
        return 0.5F * (across - 0.5F) + 0.1F * static_cast<float>(c) * down;
    });
}

}  // namespace tessera::test
