// SPDX-License-Identifier: Apache-2.0
#include <cmath>

#include <gmock/gmock.h>

#include "engine/image/test_pictures.h"
#include "image/image_file.h"

namespace tessera {
namespace {

using namespace test;
using testing::ElementsAre;
using testing::IsEmpty;

double encode(double linear) {
    linear = std::min(std::max(linear, 0.0), 1.0);
    return linear <= 0.0031308 ? 12.92 * linear : 1.055 * std::pow(linear, 1 / 2.4) - 0.055;
}

// By the published matrix from linear ProPhoto to linear sRGB, both adapted to D50.
std::vector<double> srgbFromWide(const std::uint8_t (&wide)[3]) {
    constexpr double kMatrix[3][3] = {{2.0341926, -0.7274198, -0.3067655}, {-0.2288108, 1.2317292, -0.0029216}, {-0.0085649, -0.1532726, 1.1618390}};
    double linear[3];
    for (int c = 0; c < 3; ++c) linear[c] = std::pow(wide[c] / 255.0, 1.8);
    std::vector<double> result;
    for (const auto& row : kMatrix) result.push_back(255 * encode(row[0] * linear[0] + row[1] * linear[1] + row[2] * linear[2]));
    return result;
}

constexpr std::uint8_t kColours[4][3] = {{128, 128, 128}, {150, 110, 90}, {100, 130, 120}, {255, 255, 255}};

U8 swatches() {
    U8 samples;
    for (const auto& colour : kColours)
        for (int i = 0; i < 16; ++i) samples.insert(samples.end(), colour, colour + 3);
    return samples;  // 16 x 4
}

void expectConverted(const Bytes& file, double tolerance) {
    const DecodedImage d = decodeImage(file, "a");
    EXPECT_THAT(d.notes, ElementsAre("Test Wide Gamut converted to sRGB"));
    for (int row = 0; row < 4; ++row) {
        const auto expected = srgbFromWide(kColours[row]);
        for (int c = 0; c < 3; ++c)
            EXPECT_NEAR(d.image.at(8, row * d.image.height() / 4, c) * 255, expected[static_cast<std::size_t>(c)], tolerance) << "row " << row << " channel " << c;
    }
}

TEST(ColourProfile, OfPngWebpAndTiffIsConverted) {
    expectConverted(pngOf(swatches(), 16, 4, 3, {.profile = wideGamutProfile()}), 1.6);
    expectConverted(webpOf(swatches(), 16, 4, 3, {}, wideGamutProfile()), 1.6);
    expectConverted(tiffOf(viewOf(swatches()), 16, 4, 3, {.profile = wideGamutProfile()}), 1.6);
}

TEST(ColourProfile, OfJpegIsConverted) {
    U8 tall;  // 16 x 64: rows of eight equal lines survive the compression
    for (const auto& colour : kColours)
        for (int i = 0; i < 16 * 16; ++i) tall.insert(tall.end(), colour, colour + 3);
    expectConverted(jpegOf(tall, 16, 64, 3, {.quality = 100, .profile = wideGamutProfile()}), 4);
}

TEST(ColourProfile, SixteenBitsAreConvertedInSixteenBits) {
    std::vector<std::uint16_t> words;
    for (const std::uint8_t sample : swatches()) words.push_back(static_cast<std::uint16_t>(sample * 257));
    const DecodedImage d = decodeImage(pngOf(words, 16, 4, 3, 16, {.profile = wideGamutProfile()}), "a");
    ASSERT_TRUE(std::holds_alternative<SharedArray<std::uint16_t>>(d.image.samples()));
    const auto expected = srgbFromWide(kColours[1]);
    for (int c = 0; c < 3; ++c) EXPECT_NEAR(d.image.at(3, 1, c) * 255, expected[static_cast<std::size_t>(c)], 0.3);
}

TEST(ColourProfile, FloatsAreConvertedAndKeepTheirRange) {
    std::vector<float> reals;
    for (const std::uint8_t sample : swatches()) reals.push_back(static_cast<float>(sample) / 255.0F);
    const DecodedImage d = decodeImage(tiffOf(viewOf(reals), 16, 4, 3, {.bits = 32, .format = 3, .profile = wideGamutProfile()}), "a");
    const auto expected = srgbFromWide(kColours[2]);
    for (int c = 0; c < 3; ++c) EXPECT_NEAR(d.image.at(3, 2, c) * 255, expected[static_cast<std::size_t>(c)], 0.3);
}

TEST(ColourProfile, AlphaIsLeftAloneByTheConversion) {
    U8 rgba;
    for (const std::uint8_t alpha : {255, 0}) rgba.insert(rgba.end(), {150, 110, 90, alpha});
    const DecodedImage d = decodeImage(pngOf(rgba, 2, 1, 4, {.profile = wideGamutProfile()}), "a");
    EXPECT_THAT(d.notes, ElementsAre("Test Wide Gamut converted to sRGB", "alpha composited on white"));
    const auto expected = srgbFromWide(kColours[1]);
    for (int c = 0; c < 3; ++c) {
        EXPECT_NEAR(d.image.at(0, 0, c) * 255, expected[static_cast<std::size_t>(c)], 1.6);
        EXPECT_EQ(d.image.at(1, 0, c), 1);
    }
}

TEST(ColourProfile, SrgbProfileChangesNothingAndSaysNothing) {
    const U8 samples = swatches();
    const DecodedImage d = decodeImage(pngOf(samples, 16, 4, 3, {.profile = sRgbProfile()}), "a");
    EXPECT_THAT(d.notes, IsEmpty());
    const auto decoded = std::get<SharedArray<std::uint8_t>>(d.image.samples()).span();
    EXPECT_TRUE(std::equal(decoded.begin(), decoded.end(), samples.begin(), samples.end()));
}

TEST(ColourProfile, GreyProfileKeepsTheOneChannel) {
    const DecodedImage d = decodeImage(pngOf(U8{0, 64, 128, 255}, 4, 1, 1, {.profile = linearGreyProfile()}), "a");
    ASSERT_EQ(d.image.channels(), 1);
    EXPECT_EQ(d.notes.size(), 1U);
    for (int x = 0; x < 4; ++x) {
        const double linear = std::vector<double>{0, 64, 128, 255}[static_cast<std::size_t>(x)] / 255;
        EXPECT_NEAR(d.image.at(x, 0, 0), encode(linear), 0.01);
    }
}

TEST(ColourProfile, CmykProfileIsUsedInsteadOfPlainArithmetic) {
    U8 inks;
    for (int i = 0; i < 16 * 16; ++i) inks.insert(inks.end(), {0, 0, 0, 128});
    for (const bool adobe : {true, false}) {
        const DecodedImage d = decodeImage(jpegOf(inks, 16, 16, 4, {.adobe = adobe, .profile = cmykProfile()}), "a");
        EXPECT_THAT(d.notes, ElementsAre("Test Press converted to sRGB"));
        EXPECT_EQ(d.image.channels(), 3);
        for (int c = 0; c < 3; ++c) EXPECT_NEAR(d.image.at(8, 8, c) * 255, 59, 3);  // L = 25: the test press has grey paper, half of its light is left
    }
}

TEST(ColourProfile, DamagedAndForeignProfilesAreLeftOutWithANote) {
    Bytes broken = wideGamutProfile();
    broken.resize(200);
    const U8 samples = swatches();
    const DecodedImage damaged = decodeImage(webpOf(samples, 16, 4, 3, {}, broken), "a");
    EXPECT_THAT(damaged.notes, ElementsAre("damaged colour profile left out"));
    const auto decoded = std::get<SharedArray<std::uint8_t>>(damaged.image.samples()).span();
    EXPECT_TRUE(std::equal(decoded.begin(), decoded.end(), samples.begin(), samples.end()));
    const DecodedImage foreign = decodeImage(tiffOf(viewOf(U8{1, 2, 3, 4}), 4, 1, 1, {.photometric = 1, .profile = wideGamutProfile()}), "a");
    EXPECT_THAT(foreign.notes, ElementsAre("Test Wide Gamut left out: it is for other channels"));
}

}  // namespace
}  // namespace tessera
