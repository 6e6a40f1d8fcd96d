// SPDX-License-Identifier: Apache-2.0
#include <cmath>
#include <type_traits>

#include <tessera/image.h>

#include "core/error.h"

namespace tessera {
namespace {

template <typename T>
float asFloat(T sample) {
    if constexpr (std::is_same_v<T, std::uint8_t>) return static_cast<float>(sample) / 255.0F;
    if constexpr (std::is_same_v<T, std::uint16_t>) return static_cast<float>(sample) / 65535.0F;
    if constexpr (std::is_same_v<T, float>) return sample;
}

template <typename T>
std::uint8_t asU8(T sample) {
    if constexpr (std::is_same_v<T, std::uint8_t>) return sample;
    if constexpr (std::is_same_v<T, std::uint16_t>) return static_cast<std::uint8_t>((sample + 128U) / 257U);
    if constexpr (std::is_same_v<T, float>) {
        if (!(sample > 0)) return 0;  // also NaN
        return sample >= 1 ? 255 : static_cast<std::uint8_t>(std::lrintf(sample * 255.0F));
    }
}

// RGB samples of `channels`-channel pixels, each sample through `convert`.
template <typename To, typename From, typename Convert>
SharedArray<To> toRgb(const SharedArray<From>& samples, std::size_t pixels, int channels, Convert convert) {
    std::vector<To> rgb(pixels * 3);
    const From* from = samples.data();
    To* to = rgb.data();
    for (std::size_t i = 0; i < pixels; ++i, from += channels, to += 3) {
        to[0] = convert(from[0]);
        to[1] = channels == 1 ? to[0] : convert(from[1]);
        to[2] = channels == 1 ? to[0] : convert(from[2]);
    }
    return SharedArray<To>(std::move(rgb));
}

template <typename To>
Image converted(const Image& image) {
    if (image.empty()) return {};
    if (image.channels() == 3 && std::holds_alternative<SharedArray<To>>(image.samples())) return image;
    const std::size_t pixels = static_cast<std::size_t>(image.width()) * static_cast<std::size_t>(image.height());
    auto rgb = std::visit(
        [&](const auto& samples) {
            using From = std::remove_cvref_t<decltype(samples[0])>;
            return toRgb<To>(samples, pixels, image.channels(), [](From sample) {
                if constexpr (std::is_same_v<To, float>) {
                    return asFloat(sample);
                } else {
                    return asU8(sample);
                }
            });
        },
        image.samples());
    return Image(image.width(), image.height(), 3, std::move(rgb));
}

}  // namespace

Image::Image(int width, int height, int channels, Samples samples)
    : m_width(width), m_height(height), m_channels(channels), m_samples(std::move(samples)) {
    TESSERA_ASSERT(width > 0 && height > 0);
    TESSERA_ASSERT(channels == 1 || (channels >= 3 && channels <= 5));
    const std::size_t count = std::visit([](const auto& held) { return held.size(); }, m_samples);
    TESSERA_ASSERT(count == static_cast<std::size_t>(width) * static_cast<std::size_t>(height) *
                                static_cast<std::size_t>(channels));
}

std::size_t Image::byteSize() const {
    return std::visit([](const auto& held) { return held.span().size_bytes(); }, m_samples);
}

float Image::at(int x, int y, int channel) const {
    TESSERA_ASSERT(x >= 0 && x < m_width && y >= 0 && y < m_height && channel >= 0 && channel < m_channels);
    const std::size_t pixel =
        static_cast<std::size_t>(y) * static_cast<std::size_t>(m_width) + static_cast<std::size_t>(x);
    const std::size_t index = pixel * static_cast<std::size_t>(m_channels) + static_cast<std::size_t>(channel);
    return std::visit([index](const auto& held) { return asFloat(held[index]); }, m_samples);
}

Image Image::toFloatRgb() const {
    return converted<float>(*this);
}

Image Image::toU8Rgb() const {
    return converted<std::uint8_t>(*this);
}

}  // namespace tessera
