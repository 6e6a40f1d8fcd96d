// SPDX-License-Identifier: Apache-2.0
#include "canvas/picture_texels.h"

#include <cmath>
#include <cstring>
#include <gtest/gtest.h>
#include <limits>

#include <tessera/colour_map.h>

#include "widgets/canvas/pictures.h"

namespace tessera::canvas {
namespace {

using test::noisePicture;
using test::pictureOf;

template <typename T>
std::vector<T> numbers(const std::vector<std::byte>& bytes) {
    std::vector<T> result(bytes.size() / sizeof(T));
    std::memcpy(result.data(), bytes.data(), result.size() * sizeof(T));
    return result;
}

TexelRect whole(const Image& image, int level) {
    return {0, 0, levelLength(image.width(), level), levelLength(image.height(), level)};
}

/// Mean of the pixels of one texel, written out.
double meanOf(const Image& image, int level, int x, int y, int channel) {
    double sum = 0;
    int count = 0;
    for (int py = y << level; py < std::min(image.height(), (y + 1) << level); ++py) {
        for (int px = x << level; px < std::min(image.width(), (x + 1) << level); ++px, ++count) sum += image.at(px, py, channel);
    }
    return sum / count;
}

double halfValue(std::uint16_t half) {
    const int exponent = half >> 10 & 31, fraction = half & 1023;
    const double size = exponent == 0    ? std::ldexp(fraction, -24)
                        : exponent == 31 ? (fraction ? NAN : INFINITY)
                                         : std::ldexp(1024 + fraction, exponent - 25);
    return half & 0x8000 ? -size : size;
}

std::uint16_t halfOf(float value) {
    const auto picture = pictureOf<float>(1, 1, 1, [&](int, int, int) { return value; });
    return numbers<std::uint16_t>(texelsOf(picture->image, TexelKind::Colour, 0, {0, 0, 1, 1})).front();
}

TEST(PictureTexels, LevelsRoundUpSoThatNoPixelIsLost) {
    EXPECT_EQ(levelLength(4000, 3), 500);
    EXPECT_EQ(levelLength(4001, 3), 501);
    EXPECT_EQ(levelLength(1, 8), 1);
}

TEST(PictureTexels, BytesAreCopiedAndMadeFourChannels) {
    const auto rgb = noisePicture(7, 5, 3);
    const auto texels = numbers<std::uint8_t>(texelsOf(rgb->image, TexelKind::Colour, 0, {2, 1, 4, 3}));
    ASSERT_EQ(texels.size(), 4U * 3 * 4);
    for (int y = 0; y < 3; ++y) {
        for (int x = 0; x < 4; ++x) {
            const auto* texel = texels.data() + (y * 4 + x) * 4;
            for (int c = 0; c < 3; ++c) EXPECT_EQ(texel[c], std::lround(rgb->image.at(x + 2, y + 1, c) * 255));
            EXPECT_EQ(texel[3], 255) << "opaque";
        }
    }
    EXPECT_EQ(texelFormat(noisePicture(2, 2, 1)->image, TexelKind::Colour), TexelFormat::Byte1) << "grey stays small";
}

TEST(PictureTexels, ShrunkBytesAreRoundedMeansAlsoAtOddEdges) {
    for (const int channels : {1, 3, 4}) {
        const auto picture = noisePicture(45, 39, channels);
        const int out = channels == 1 ? 1 : 4;
        for (int level = 1; level <= kHighestLevel; ++level) {
            const TexelRect part = whole(picture->image, level);
            const auto texels = numbers<std::uint8_t>(texelsOf(picture->image, TexelKind::Colour, level, part));
            for (int y = 0; y < part.height; ++y) {
                for (int x = 0; x < part.width; ++x) {
                    for (int c = 0; c < channels; ++c) {
                        ASSERT_NEAR(texels[static_cast<std::size_t>((y * part.width + x) * out + c)], meanOf(picture->image, level, x, y, c) * 255,
                                    0.51)
                            << level;
                    }
                }
            }
        }
    }
}

TEST(PictureTexels, WhiteStaysWhiteInEveryStorageAndLevel) {
    for (const int level : {0, 3, kHighestLevel}) {
        const auto bytes = pictureOf<std::uint8_t>(600, 300, 3, [](int, int, int) { return std::uint8_t{255}; });
        for (const auto texel : numbers<std::uint8_t>(texelsOf(bytes->image, TexelKind::Colour, level, whole(bytes->image, level))))
            ASSERT_EQ(texel, 255);
        const auto words = pictureOf<std::uint16_t>(600, 300, 3, [](int, int, int) { return std::uint16_t{65535}; });
        for (const auto texel : numbers<std::uint16_t>(texelsOf(words->image, TexelKind::Colour, level, whole(words->image, level))))
            ASSERT_EQ(texel, 65535);
    }
}

TEST(PictureTexels, WordsAndFloatsShrinkToTheirMeans) {
    const auto words =
        pictureOf<std::uint16_t>(21, 18, 3, [](int x, int y, int c) { return static_cast<std::uint16_t>(x * 3001 + y * 17 + c * 900); });
    const auto floats =
        pictureOf<float>(21, 18, 3, [](int x, int y, int c) { return 0.1F * static_cast<float>(x) - 0.05F * static_cast<float>(y + c); });
    for (const int level : {1, 2, 4}) {
        const TexelRect part = whole(words->image, level);
        const auto wordTexels = numbers<std::uint16_t>(texelsOf(words->image, TexelKind::Colour, level, part));
        const auto halfTexels = numbers<std::uint16_t>(texelsOf(floats->image, TexelKind::Colour, level, part));
        for (int y = 0; y < part.height; ++y) {
            for (int x = 0; x < part.width; ++x) {
                const auto index = static_cast<std::size_t>((y * part.width + x) * 4);
                EXPECT_NEAR(wordTexels[index + 1], meanOf(words->image, level, x, y, 1) * 65535, 0.6);
                const double mean = meanOf(floats->image, level, x, y, 2);
                EXPECT_NEAR(halfValue(halfTexels[index + 2]), mean, std::abs(mean) * 0.0006 + 1e-6);
            }
        }
    }
}

TEST(PictureTexels, APartHoldsWhatTheWholeHoldsThere) {
    const auto picture = noisePicture(200, 150, 3);
    for (const TexelKind kind : {TexelKind::Colour, TexelKind::Field}) {
        const std::size_t size = bytesPerTexel(texelFormat(picture->image, kind));
        const TexelRect all = whole(picture->image, 2), part{13, 7, 37, 31};
        const auto complete = texelsOf(picture->image, kind, 2, all), cut = texelsOf(picture->image, kind, 2, part);
        for (int y = 0; y < part.height; ++y) {
            const auto* row = complete.data() + static_cast<std::size_t>((part.y + y) * all.width + part.x) * size;
            EXPECT_EQ(std::memcmp(row, cut.data() + static_cast<std::size_t>(y * part.width) * size, static_cast<std::size_t>(part.width) * size), 0)
                << y;
        }
    }
}

TEST(PictureTexels, FieldsAreMeansOfTheFourNumbers) {
    const auto field = pictureOf<float>(10, 9, 4, [](int x, int y, int c) { return (x + y) % 2 == 0 ? 0.1F * static_cast<float>(c + 1) : -0.2F; });
    const TexelRect part = whole(field->image, 2);
    const auto texels = numbers<float>(texelsOf(field->image, TexelKind::Field, 2, part));
    for (int y = 0; y < part.height; ++y) {
        for (int x = 0; x < part.width; ++x) {
            FieldValues sum;
            int count = 0;
            for (int py = y * 4; py < std::min(9, y * 4 + 4); ++py) {
                for (int px = x * 4; px < std::min(10, x * 4 + 4); ++px, ++count) {
                    const std::array pixel{field->image.at(px, py, 0), field->image.at(px, py, 1), field->image.at(px, py, 2),
                                           field->image.at(px, py, 3)};
                    const FieldValues values = fieldValues(pixel);
                    sum.absolute += values.absolute, sum.signedMean += values.signedMean, sum.squared += values.squared, sum.scalar += values.scalar;
                }
            }
            const float* texel = texels.data() + (y * part.width + x) * 4;
            EXPECT_NEAR(texel[0], sum.absolute / static_cast<float>(count), 1e-6);
            EXPECT_NEAR(texel[1], sum.signedMean / static_cast<float>(count), 1e-6);
            EXPECT_NEAR(texel[2], sum.squared / static_cast<float>(count), 1e-6);
            EXPECT_NEAR(texel[3], sum.scalar / static_cast<float>(count), 1e-6);
        }
    }
}

TEST(HalfFloat, IsTheNearestOneTiesToEven) {
    EXPECT_EQ(halfOf(0), 0x0000);
    EXPECT_EQ(halfOf(-0.0F), 0x8000);
    EXPECT_EQ(halfOf(1), 0x3c00);
    EXPECT_EQ(halfOf(-2), 0xc000);
    EXPECT_EQ(halfOf(0.5F), 0x3800);
    EXPECT_EQ(halfOf(1 + 1.0F / 2048), 0x3c00) << "half way, to the even one below";
    EXPECT_EQ(halfOf(1 + 3.0F / 2048), 0x3c02) << "half way, to the even one above";
    EXPECT_EQ(halfOf(65504), 0x7bff);
    EXPECT_EQ(halfOf(65519), 0x7bff);
    EXPECT_EQ(halfOf(65520), 0x7c00) << "half way to what would be 65536";
    EXPECT_EQ(halfOf(std::numeric_limits<float>::infinity()), 0x7c00);
    EXPECT_EQ(halfOf(-std::numeric_limits<float>::max()), 0xfc00);
    EXPECT_EQ(halfOf(std::ldexp(1.0F, -14)), 0x0400) << "the smallest normal one";
    EXPECT_EQ(halfOf(std::ldexp(1.0F, -24)), 0x0001) << "the smallest of all";
    EXPECT_EQ(halfOf(std::ldexp(1.0F, -25)), 0x0000);
    EXPECT_EQ(halfOf(std::ldexp(3.0F, -25)), 0x0002);
    EXPECT_TRUE(std::isnan(halfValue(halfOf(std::numeric_limits<float>::quiet_NaN()))));
}

TEST(HalfFloat, EveryHalfComesBackFromItsFloat) {
    for (int half = 0; half < 0x7c00; ++half) ASSERT_EQ(halfOf(static_cast<float>(halfValue(static_cast<std::uint16_t>(half)))), half);
}

}  // namespace
}  // namespace tessera::canvas
