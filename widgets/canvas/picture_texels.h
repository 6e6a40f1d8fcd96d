// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include <tessera/image.h>

namespace tessera::canvas {

/// What the texels of a picture mean.
enum class TexelKind {
    Colour,  ///< the samples themselves
    Field,   ///< the first four numbers of tessera::FieldValues, so that averaging them stays honest
    Ssim,    ///< the fifth of them, in the place of the fourth
};

/// How a texel lies in memory.
enum class TexelFormat { Byte1, Byte4, Word1, Word4, Half1, Half4, Float4 };
TexelFormat texelFormat(const Image& image, TexelKind kind);
std::size_t bytesPerTexel(TexelFormat format);

/// Level n of a picture holds it at 1 / 2^n of its size; a texel is the mean of what it covers, in the samples' own encoding.
inline constexpr int kHighestLevel = 8;
int levelLength(int length, int level);  ///< pixels to texels, rounded up: the last texel may cover less

/// Rectangle of a level, in texels.
struct TexelRect {
    int x = 0, y = 0, width = 0, height = 0;
};

/// The texels of a part of a level, row by row, without padding. The part must lie inside the level.
std::vector<std::byte> texelsOf(const Image& image, TexelKind kind, int level, const TexelRect& part);
/// No texel holds an infinity or what is no number.
bool allFinite(std::span<const std::byte> texels, TexelFormat format);

}  // namespace tessera::canvas
