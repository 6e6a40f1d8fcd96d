// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>
#include <limits>
#include <numeric>

#include <tessera/image.h>

namespace tessera {
namespace {

Image u8(int width, int height, int channels, std::vector<std::uint8_t> samples) {
    return Image(width, height, channels, SharedArray<std::uint8_t>(std::move(samples)));
}
Image u16(int width, int height, int channels, std::vector<std::uint16_t> samples) {
    return Image(width, height, channels, SharedArray<std::uint16_t>(std::move(samples)));
}
Image f32(int width, int height, int channels, std::vector<float> samples) {
    return Image(width, height, channels, SharedArray<float>(std::move(samples)));
}
const SharedArray<std::uint8_t>& u8Of(const Image& image) {
    return std::get<SharedArray<std::uint8_t>>(image.samples());
}
const SharedArray<float>& f32Of(const Image& image) {
    return std::get<SharedArray<float>>(image.samples());
}

TEST(Image, ADefaultOneIsEmpty) {
    const Image image;
    EXPECT_TRUE(image.empty());
    EXPECT_EQ(image.byteSize(), 0U);
    EXPECT_TRUE(image.toFloatRgb().empty());
    EXPECT_TRUE(image.toU8Rgb().empty());
}

TEST(Image, SamplesLieRowByRowPixelByPixel) {
    std::vector<std::uint8_t> samples(2 * 3 * 3);
    std::iota(samples.begin(), samples.end(), std::uint8_t{0});
    const Image image = u8(3, 2, 3, samples);
    EXPECT_FLOAT_EQ(image.at(0, 0, 0), 0);
    EXPECT_FLOAT_EQ(image.at(1, 0, 2), 5 / 255.0F);
    EXPECT_FLOAT_EQ(image.at(2, 1, 1), 16 / 255.0F);
    EXPECT_EQ(image.byteSize(), 18U);
}

TEST(Image, BlackIsZeroAndWhiteIsOneInEveryStorage) {
    EXPECT_EQ(u8(2, 1, 1, {0, 255}).at(1, 0, 0), 1);
    EXPECT_EQ(u16(2, 1, 1, {0, 65535}).at(1, 0, 0), 1);
    EXPECT_EQ(f32(2, 1, 1, {-0.5F, 1.5F}).at(1, 0, 0), 1.5F) << "floats may lie outside";
    EXPECT_EQ(u16(1, 1, 1, {32768}).at(0, 0, 0), 32768 / 65535.0F);
}

TEST(Image, FloatRgbSpreadsGreyAndDropsAlpha) {
    const Image grey = u8(2, 1, 1, {51, 255}).toFloatRgb();
    EXPECT_EQ(grey.channels(), 3);
    for (int c = 0; c < 3; ++c) EXPECT_FLOAT_EQ(grey.at(0, 0, c), 0.2F);
    const Image rgba = u16(1, 2, 4, {65535, 0, 0, 7, 0, 65535, 0, 9}).toFloatRgb();
    EXPECT_EQ(rgba.channels(), 3);
    EXPECT_EQ(rgba.at(0, 0, 0), 1);
    EXPECT_EQ(rgba.at(0, 1, 1), 1);
    EXPECT_EQ(rgba.at(0, 1, 2), 0);
}

TEST(Image, AConversionThatChangesNothingSharesTheStorage) {
    const Image floats = f32(1, 1, 3, {0, 0.5F, 1});
    EXPECT_EQ(f32Of(floats.toFloatRgb()).data(), f32Of(floats).data());
    const Image bytes = u8(1, 1, 3, {1, 2, 3});
    EXPECT_EQ(u8Of(bytes.toU8Rgb()).data(), u8Of(bytes).data());
}

TEST(Image, U8RgbClampsRoundsAndTakesNaNForBlack) {
    const float nan = std::numeric_limits<float>::quiet_NaN();
    const float inf = std::numeric_limits<float>::infinity();
    const Image image =
        f32(3, 1, 3, {-1, 2, nan, inf, -inf, 0.4999F / 255, 0.5001F / 255, 254.4F / 255, 254.6F / 255}).toU8Rgb();
    const std::vector<std::uint8_t> expected{0, 255, 0, 255, 0, 0, 1, 254, 255};
    EXPECT_EQ(std::vector<std::uint8_t>(u8Of(image).span().begin(), u8Of(image).span().end()), expected);
}

TEST(Image, EveryU8SurvivesTheWayThroughU16AndFloat) {
    std::vector<std::uint8_t> bytes(768);
    std::vector<std::uint16_t> words(768);
    for (std::size_t i = 0; i < 768; ++i) {
        bytes[i] = static_cast<std::uint8_t>(i);
        words[i] = static_cast<std::uint16_t>(bytes[i] * 257);
    }
    const Image image = u8(256, 1, 3, bytes);
    const Image throughFloat = image.toFloatRgb().toU8Rgb();
    const Image throughU16 = u16(256, 1, 3, words).toU8Rgb();
    for (std::size_t i = 0; i < 768; ++i) {
        ASSERT_EQ(u8Of(throughFloat)[i], bytes[i]);
        ASSERT_EQ(u8Of(throughU16)[i], bytes[i]);
    }
}

TEST(Image, U16RoundsToTheNearestU8) {
    for (int sample = 0; sample <= 65535; sample += 13) {
        const Image image = u16(1, 1, 1, {static_cast<std::uint16_t>(sample)}).toU8Rgb();
        ASSERT_EQ(u8Of(image)[0], static_cast<int>(sample / 257.0 + 0.5)) << sample;
    }
}

TEST(ImageDeathTest, SamplesOfAnotherNumberOrAnOddChannelCountAbort) {
    EXPECT_DEATH(u8(2, 2, 3, std::vector<std::uint8_t>(11)), "must hold");
    EXPECT_DEATH(u8(1, 1, 2, std::vector<std::uint8_t>(2)), "must hold");
    EXPECT_DEATH(u8(0, 1, 1, {}), "must hold");
    EXPECT_DEATH((void)u8(1, 1, 1, {0}).at(1, 0, 0), "must hold");
}

}  // namespace
}  // namespace tessera
