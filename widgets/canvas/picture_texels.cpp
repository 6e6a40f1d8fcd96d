// SPDX-License-Identifier: Apache-2.0
#include "canvas/picture_texels.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <cstring>
#include <span>
#include <type_traits>

#include <tessera/colour_map.h>

namespace tessera::canvas {
namespace {

/// Nearest 16-bit float, ties to even; NaN stays NaN.
std::uint16_t halfFrom(float value) {
    const auto bits = std::bit_cast<std::uint32_t>(value);
    const auto sign = static_cast<std::uint16_t>(bits >> 16 & 0x8000U);
    std::uint32_t size = bits & 0x7fffffffU;
    if (size > 0x7f800000U) return 0x7e00;
    if (size >= 0x477ff000U) return sign | 0x7c00U;  // rounds to infinity
    if (size < 0x38800000U) {
        // Adding one half shifts the bits that a subnormal keeps to the end of the word, rounded.
        size = std::bit_cast<std::uint32_t>(std::bit_cast<float>(size) + 0.5F) - std::bit_cast<std::uint32_t>(0.5F);
        return static_cast<std::uint16_t>(sign | size);
    }
    size += 0xfffU + (size >> 13 & 1U);
    return static_cast<std::uint16_t>(sign | ((size - 0x38000000U) >> 13));
}

template <typename T>
struct Storage;
template <>
struct Storage<std::uint8_t> {
    using Texel = std::uint8_t;
    using Column = std::uint16_t;  // 2^kHighestLevel rows of 255 fit
    static constexpr Texel kOpaque = 255;
    static Texel convert(std::uint8_t sample) { return sample; }
    static Texel mean(std::uint64_t sum, std::uint32_t count) { return static_cast<Texel>((sum + count / 2) / count); }
    using Sum = std::uint64_t;
};
template <>
struct Storage<std::uint16_t> {
    using Texel = std::uint16_t;
    using Column = std::uint32_t;
    static constexpr Texel kOpaque = 65535;
    static Texel convert(std::uint16_t sample) { return sample; }
    static Texel mean(std::uint64_t sum, std::uint32_t count) { return static_cast<Texel>((sum + count / 2) / count); }
    using Sum = std::uint64_t;
};
template <>
struct Storage<float> {
    using Texel = std::uint16_t;  // 16-bit float
    using Column = float;
    static constexpr Texel kOpaque = 0x3c00;
    static Texel convert(float sample) { return halfFrom(sample); }
    static Texel mean(float sum, std::uint32_t count) { return halfFrom(sum / static_cast<float>(count)); }
    using Sum = float;
};

/// The part of the picture that a part of a level covers.
struct Covered {
    int side;  ///< pixels per texel
    int left, top, right, bottom;
    Covered(const Image& image, int level, const TexelRect& part)
        : side(1 << level),
          left(part.x * side),
          top(part.y * side),
          right(std::min(image.width(), (part.x + part.width) * side)),
          bottom(std::min(image.height(), (part.y + part.height) * side)) {}
};

/// Pixels of one row as texels: grey stays one number, RGB gets an opaque fourth.
template <typename T, int kChannels>
void copyRow(const T* from, int pixels, typename Storage<T>::Texel* to) {
    constexpr int kOut = kChannels == 1 ? 1 : 4;
    for (int x = 0; x < pixels; ++x, from += kChannels, to += kOut) {
        for (int c = 0; c < kChannels; ++c) to[c] = Storage<T>::convert(from[c]);
        if constexpr (kChannels == 3) to[3] = Storage<T>::kOpaque;
    }
}

template <typename T, int kChannels>
void colourTexels(const Image& image, int level, const TexelRect& part, typename Storage<T>::Texel* to) {
    constexpr int kOut = kChannels == 1 ? 1 : 4;
    const T* samples = std::get<SharedArray<T>>(image.samples()).data();
    const Covered covered(image, level, part);
    const auto rowOf = [&](int y) {
        return samples + (static_cast<std::size_t>(y) * static_cast<std::size_t>(image.width()) + static_cast<std::size_t>(covered.left)) * kChannels;
    };
    if (level == 0) {
        const auto length = static_cast<std::ptrdiff_t>(part.width) * kOut;
        for (int y = covered.top; y < covered.bottom; ++y, to += length) copyRow<T, kChannels>(rowOf(y), part.width, to);
        return;
    }
    // Columns first: that loop runs over whole rows, as the memory and the vector unit like it.
    std::vector<typename Storage<T>::Column> columns(static_cast<std::size_t>(covered.right - covered.left) * kChannels);
    for (int top = covered.top; top < covered.bottom; top += covered.side) {
        const int bottom = std::min(top + covered.side, covered.bottom);
        std::ranges::fill(columns, typename Storage<T>::Column{});
        for (int y = top; y < bottom; ++y) {
            const T* row = rowOf(y);
            for (std::size_t i = 0; i < columns.size(); ++i) columns[i] = static_cast<typename Storage<T>::Column>(columns[i] + row[i]);
        }
        const auto* column = columns.data();
        for (int left = covered.left; left < covered.right; left += covered.side, to += kOut) {
            const int right = std::min(left + covered.side, covered.right);
            std::array<typename Storage<T>::Sum, kChannels> sums{};
            for (int x = left; x < right; ++x, column += kChannels) {
                for (std::size_t c = 0; c < kChannels; ++c) sums[c] += column[c];
            }
            const auto count = static_cast<std::uint32_t>((right - left) * (bottom - top));
            for (std::size_t c = 0; c < kChannels; ++c) to[c] = Storage<T>::mean(sums[c], count);
            if constexpr (kChannels == 3) to[3] = Storage<T>::kOpaque;
        }
    }
}

template <typename T>
float asFloat(T sample) {
    if constexpr (std::is_same_v<T, std::uint8_t>) return static_cast<float>(sample) / 255.0F;
    if constexpr (std::is_same_v<T, std::uint16_t>) return static_cast<float>(sample) / 65535.0F;
    if constexpr (std::is_same_v<T, float>) return sample;
}

template <typename T, int kChannels>
void fieldTexels(const Image& image, TexelKind kind, int level, const TexelRect& part, float* to) {
    const T* samples = std::get<SharedArray<T>>(image.samples()).data();
    const Covered covered(image, level, part);
    const auto pixelAt = [&](int y) {
        return samples + (static_cast<std::size_t>(y) * static_cast<std::size_t>(image.width()) + static_cast<std::size_t>(covered.left)) * kChannels;
    };
    const std::size_t rowLength = static_cast<std::size_t>(part.width) * 4;
    for (int top = covered.top; top < covered.bottom; top += covered.side, to += rowLength) {
        const int bottom = std::min(top + covered.side, covered.bottom);
        for (int y = top; y < bottom; ++y) {
            const T* pixel = pixelAt(y);
            for (int x = covered.left; x < covered.right; ++x, pixel += kChannels) {
                std::array<float, kChannels> values;
                for (std::size_t c = 0; c < kChannels; ++c) values[c] = asFloat(pixel[c]);
                const FieldValues field = fieldValues(values);
                float* texel = to + static_cast<std::ptrdiff_t>((x - covered.left) >> level) * 4;
                texel[0] += field.absolute;
                texel[1] += field.signedMean;
                texel[2] += field.squared;
                texel[3] += kind == TexelKind::Ssim ? field.ssim : field.scalar;
            }
        }
        if (level == 0) continue;
        for (int x = 0; x < part.width; ++x) {
            const int left = covered.left + x * covered.side;
            const auto count = static_cast<float>((std::min(left + covered.side, covered.right) - left) * (bottom - top));
            for (int c = 0; c < 4; ++c) to[x * 4 + c] /= count;
        }
    }
}

/// Exponent bits that are all set mean infinity or no number.
template <typename Bits, Bits kExponent>
bool finiteBits(std::span<const std::byte> texels) {
    bool endless = false;
    for (std::size_t at = 0; at + sizeof(Bits) <= texels.size(); at += sizeof(Bits)) {
        Bits bits;
        std::memcpy(&bits, texels.data() + at, sizeof bits);
        endless |= (bits & kExponent) == kExponent;
    }
    return !endless;
}

template <typename T>
void write(const Image& image, TexelKind kind, int level, const TexelRect& part, std::byte* to) {
    const auto withChannels = [&]<int kChannels>(std::integral_constant<int, kChannels>) {
        if (kind != TexelKind::Colour) {
            fieldTexels<T, kChannels>(image, kind, level, part, reinterpret_cast<float*>(to));
        } else if constexpr (kChannels <= 4) {
            colourTexels<T, kChannels>(image, level, part, reinterpret_cast<typename Storage<T>::Texel*>(to));
        }
    };
    if (image.channels() == 1) withChannels(std::integral_constant<int, 1>());
    if (image.channels() == 3) withChannels(std::integral_constant<int, 3>());
    if (image.channels() == 4) withChannels(std::integral_constant<int, 4>());
    if (image.channels() == 5) withChannels(std::integral_constant<int, 5>());
}

}  // namespace

TexelFormat texelFormat(const Image& image, TexelKind kind) {
    if (kind != TexelKind::Colour) return TexelFormat::Float4;
    const bool grey = image.channels() == 1;
    switch (image.samples().index()) {
        case 0: return grey ? TexelFormat::Byte1 : TexelFormat::Byte4;
        case 1: return grey ? TexelFormat::Word1 : TexelFormat::Word4;
        default: return grey ? TexelFormat::Half1 : TexelFormat::Half4;
    }
}

std::size_t bytesPerTexel(TexelFormat format) {
    switch (format) {
        case TexelFormat::Byte1: return 1;
        case TexelFormat::Word1:
        case TexelFormat::Half1: return 2;
        case TexelFormat::Byte4: return 4;
        case TexelFormat::Word4:
        case TexelFormat::Half4: return 8;
        case TexelFormat::Float4: return 16;
    }
    return 16;
}

int levelLength(int length, int level) {
    return (length + (1 << level) - 1) >> level;
}

std::vector<std::byte> texelsOf(const Image& image, TexelKind kind, int level, const TexelRect& part) {
    std::vector<std::byte> texels(static_cast<std::size_t>(part.width) * static_cast<std::size_t>(part.height) *
                                  bytesPerTexel(texelFormat(image, kind)));
    std::visit(
        [&](const auto& held) {
            using T = std::remove_cvref_t<decltype(held[0])>;
            write<T>(image, kind, level, part, texels.data());
        },
        image.samples());
    return texels;
}

bool allFinite(std::span<const std::byte> texels, TexelFormat format) {
    switch (format) {
        case TexelFormat::Half1:
        case TexelFormat::Half4: return finiteBits<std::uint16_t, 0x7c00>(texels);
        case TexelFormat::Float4: return finiteBits<std::uint32_t, 0x7f800000>(texels);
        default: return true;
    }
}

}  // namespace tessera::canvas
