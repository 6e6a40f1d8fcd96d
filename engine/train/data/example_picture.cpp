// SPDX-License-Identifier: Apache-2.0
#include "train/data/example_picture.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <type_traits>
#include <utility>
#include <vector>

#include "image/image_file.h"

namespace tessera::train {
namespace {

template <typename T>
constexpr float kFull = std::is_same_v<T, float> ? 1.0F : static_cast<float>(std::numeric_limits<T>::max());

// White shines through where the picture does not cover: on white minus on black is what is missing of alpha, and on black colours are premultiplied.
template <typename T>
Image uncovered(const Image& image, const SharedArray<T>& onWhite, const SharedArray<T>& onBlack) {
    const auto channels = static_cast<std::size_t>(image.channels());
    const std::size_t pixels = onWhite.size() / channels;
    std::vector<T> rgba(pixels * 4);
    bool transparent = false;
    for (std::size_t i = 0; i < pixels; ++i) {
        const T *white = onWhite.data() + i * channels, *black = onBlack.data() + i * channels;
        const float alpha = std::clamp(kFull<T> - (static_cast<float>(white[0]) - static_cast<float>(black[0])), 0.0F, kFull<T>);
        transparent |= alpha < kFull<T>;
        for (std::size_t c = 0; c < 3; ++c) {
            const float colour = alpha > 0 ? static_cast<float>(black[channels == 1 ? 0 : c]) * kFull<T> / alpha : 0.0F;
            rgba[4 * i + c] = std::is_same_v<T, float> ? static_cast<T>(colour) : static_cast<T>(std::min(colour + 0.5F, kFull<T>));
        }
        rgba[4 * i + 3] = static_cast<T>(alpha);
    }
    if (!transparent) return image;
    return Image(image.width(), image.height(), 4, SharedArray<T>(std::move(rgba)));
}

}  // namespace

Image decodeWithAlpha(std::span<const std::byte> bytes, const std::string& name) {
    const DecodedImage onWhite = decodeImage(bytes, name);
    const bool hasAlpha = std::any_of(onWhite.notes.begin(), onWhite.notes.end(), [](const std::string& note) { return note.starts_with("alpha "); });
    if (!hasAlpha) return onWhite.image;
    const DecodedImage onBlack = decodeImage(bytes, name, {.matte = 0});
    return std::visit(
        [&]<typename T>(const SharedArray<T>& samples) { return uncovered(onWhite.image, samples, std::get<SharedArray<T>>(onBlack.image.samples())); },
        onWhite.image.samples());
}

bool isPictureName(std::string_view name) {
    static constexpr std::array<std::string_view, 11> kEnds{"jpg", "jpeg", "png", "webp", "tif", "tiff", "bmp", "gif", "ppm", "pgm", "pnm"};
    const std::size_t dot = name.rfind('.');
    if (dot == std::string_view::npos) return false;
    std::string end(name.substr(dot + 1));
    std::transform(end.begin(), end.end(), end.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
    return std::find(kEnds.begin(), kEnds.end(), end) != kEnds.end();
}

}  // namespace tessera::train
