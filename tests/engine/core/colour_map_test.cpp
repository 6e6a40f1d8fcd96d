// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <cmath>
#include <fstream>
#include <gtest/gtest.h>
#include <limits>
#include <sstream>
#include <string>
#include <vector>

#include <tessera/colour_map.h>

namespace tessera {
namespace {

using Rgb = std::array<std::uint8_t, 3>;
constexpr std::array kMaps = {ColourMap::Grey, ColourMap::Magma, ColourMap::Viridis, ColourMap::Cividis, ColourMap::RedWhiteBlue};
constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
constexpr double kInfinity = std::numeric_limits<double>::infinity();

Picture floats(int width, int height, int channels, std::vector<float> samples) {
    Picture picture;
    picture.image = Image(width, height, channels, SharedArray<float>(std::move(samples)));
    return picture;
}

Rgb pixelOf(const Image& image, int x, int y) {
    const auto samples = std::get<SharedArray<std::uint8_t>>(image.samples()).span();
    const std::size_t start = (static_cast<std::size_t>(y) * static_cast<std::size_t>(image.width()) + static_cast<std::size_t>(x)) * 3;
    return {samples[start], samples[start + 1], samples[start + 2]};
}

double light(Rgb colour) {
    const auto linear = [](std::uint8_t v) { return v <= 10 ? v / 255.0 / 12.92 : std::pow((v / 255.0 + 0.055) / 1.055, 2.4); };
    return 0.2126 * linear(colour[0]) + 0.7152 * linear(colour[1]) + 0.0722 * linear(colour[2]);
}

TEST(ColourMap, EntriesAreThoseOfTheFile) {
    for (const ColourMap map : kMaps) {
        std::ifstream file(TESSERA_SOURCE_DIR "/resources/colormaps/" + std::string(nameOf(map)) + ".txt");
        ASSERT_TRUE(file) << nameOf(map);
        std::size_t index = 0;
        for (std::string line; std::getline(file, line);) {
            if (line.empty() || line.front() == '#') continue;
            std::istringstream numbers(line);
            int r = -1, g = -1, b = -1;
            numbers >> r >> g >> b;
            ASSERT_LT(index, 256U);
            EXPECT_EQ(colourEntries(map)[index], (Rgb{static_cast<std::uint8_t>(r), static_cast<std::uint8_t>(g), static_cast<std::uint8_t>(b)}))
                << nameOf(map) << " " << index;
            ++index;
        }
        EXPECT_EQ(index, 256U) << nameOf(map);
    }
}

TEST(ColourMap, LightnessRisesAllAlongSequentialMaps) {
    for (const ColourMap map : {ColourMap::Grey, ColourMap::Magma, ColourMap::Viridis, ColourMap::Cividis}) {
        const auto entries = colourEntries(map);
        for (std::size_t i = 8; i < 256; i += 8) EXPECT_GT(light(entries[i]), light(entries[i - 8])) << nameOf(map) << " " << i;
    }
}

TEST(ColourMap, TheSignedMapIsWhiteInTheMiddleAndEvenlyDarkAtBothEnds) {
    const auto entries = colourEntries(ColourMap::RedWhiteBlue);
    EXPECT_EQ(colourOf(ColourMap::RedWhiteBlue, 0.5), (Rgb{255, 255, 255}));
    for (std::size_t i = 0; i < 128; ++i) EXPECT_NEAR(light(entries[i]), light(entries[255 - i]), 0.06) << i;
    EXPECT_GT(entries[0][2], entries[0][0]) << "low is blue";
    EXPECT_GT(entries[255][0], entries[255][2]) << "high is red";
}

TEST(ColourMap, NoMapHoldsTheColourOfNaN) {
    for (const ColourMap map : kMaps) {
        for (const Rgb& entry : colourEntries(map)) {
            const int away = std::abs(entry[0] - 255) + std::abs(entry[1] - 0) + std::abs(entry[2] - 255);
            EXPECT_GT(away, 60) << nameOf(map);
        }
        EXPECT_EQ(colourOf(map, kNaN), kNotANumberColour);
    }
}

TEST(ColourMap, ColoursAreLinearBetweenEntriesAndClamped) {
    EXPECT_EQ(colourOf(ColourMap::Grey, 0.5), (Rgb{128, 128, 128}));
    EXPECT_EQ(colourOf(ColourMap::Magma, 0), colourEntries(ColourMap::Magma)[0]);
    EXPECT_EQ(colourOf(ColourMap::Magma, 1), colourEntries(ColourMap::Magma)[255]);
    EXPECT_EQ(colourOf(ColourMap::Magma, -kInfinity), colourEntries(ColourMap::Magma)[0]);
    EXPECT_EQ(colourOf(ColourMap::Magma, 7), colourEntries(ColourMap::Magma)[255]);
    EXPECT_EQ(colourOf(ColourMap::Viridis, 100 / 255.0), colourEntries(ColourMap::Viridis)[100]);
}

TEST(ColourMap, PositionsLieOnTheBar) {
    EXPECT_DOUBLE_EQ(positionOf(0.25, FieldMapping::Absolute, 0, 0.5), 0.5);
    EXPECT_DOUBLE_EQ(positionOf(-1, FieldMapping::Scalar, -3, 1), 0.5);
    EXPECT_DOUBLE_EQ(positionOf(0, FieldMapping::Signed, -0.1, 0.4), 0.5) << "0 is the middle, whatever the ends";
    EXPECT_DOUBLE_EQ(positionOf(-0.4, FieldMapping::Signed, -0.1, 0.4), 0);
    EXPECT_DOUBLE_EQ(positionOf(0.2, FieldMapping::Signed, -0.1, 0.4), 0.75);
}

TEST(ColourMap, ABarWithoutLengthIsAStep) {
    EXPECT_EQ(positionOf(0.9, FieldMapping::Scalar, 1, 1), 0);
    EXPECT_EQ(positionOf(1, FieldMapping::Scalar, 1, 1), 1);
    EXPECT_EQ(positionOf(-1e-9, FieldMapping::Signed, 0, 0), 0);
    EXPECT_EQ(positionOf(0, FieldMapping::Signed, 0, 0), 0.5);
    EXPECT_EQ(positionOf(1e-9, FieldMapping::Signed, 0, 0), 1);
}

TEST(ColourMap, NaNHasNoPositionOnAnyBar) {
    for (const FieldMapping mapping : {FieldMapping::Scalar, FieldMapping::Signed, FieldMapping::Absolute}) {
        EXPECT_TRUE(std::isnan(positionOf(kNaN, mapping, 0, 1)));
        EXPECT_TRUE(std::isnan(positionOf(kNaN, mapping, 0, 0)));
    }
}

TEST(ColourMap, FieldValuesAreMeansOverTheColours) {
    const std::array pixel{-0.3F, 0.6F, 0.3F, 0.9F};
    const FieldValues values = fieldValues(pixel);
    EXPECT_FLOAT_EQ(values.absolute, 0.4F);
    EXPECT_FLOAT_EQ(values.signedMean, 0.2F);
    EXPECT_FLOAT_EQ(values.squared, 0.18F);
    EXPECT_FLOAT_EQ(values.scalar, 0.9F);
    EXPECT_EQ(values.of(FieldMapping::Flip), values.scalar);
    EXPECT_EQ(values.of(FieldMapping::Squared), values.squared);
    const std::array five{-0.3F, 0.6F, 0.3F, 0.9F, 0.4F};
    EXPECT_FLOAT_EQ(fieldValues(five).absolute, 0.4F);
    EXPECT_FLOAT_EQ(fieldValues(five).of(FieldMapping::Flip), 0.9F);
    EXPECT_FLOAT_EQ(fieldValues(five).of(FieldMapping::Ssim), 0.4F);
    const std::array one{-0.5F};
    EXPECT_FLOAT_EQ(fieldValues(one).absolute, 0.5F);
    EXPECT_FLOAT_EQ(fieldValues(one).scalar, -0.5F);
}

TEST(Rendered, FieldsGoThroughTheMap) {
    const Picture picture = floats(3, 1, 1, {0, 0.5F, static_cast<float>(kNaN)});
    const Image image = rendered(picture, FieldMapping::Scalar, {.low = 0, .high = 1, .map = ColourMap::Grey, .label = {}});
    EXPECT_EQ(pixelOf(image, 0, 0), (Rgb{0, 0, 0}));
    EXPECT_EQ(pixelOf(image, 1, 0), (Rgb{128, 128, 128}));
    EXPECT_EQ(pixelOf(image, 2, 0), kNotANumberColour);
}

TEST(Rendered, ColoursAreThemselvesAndMissingOnesSaySo) {
    const auto nan = static_cast<float>(kNaN);
    const Picture picture = floats(2, 2, 4, {0, 0.5F, 1, 0, nan, 0, 0, 1, 2, -1, 0.25F, nan, 0, 0, nan, 1});
    const Image image = rendered(picture, FieldMapping::Colour, {});
    EXPECT_EQ(pixelOf(image, 0, 0), (Rgb{0, 128, 255}));
    EXPECT_EQ(pixelOf(image, 1, 0), kNotANumberColour);
    EXPECT_EQ(pixelOf(image, 0, 1), (Rgb{255, 0, 64})) << "a missing alpha is no missing colour";
    EXPECT_EQ(pixelOf(image, 1, 1), kNotANumberColour);
}

TEST(Rendered, IntegersAreFieldsBetweenZeroAndOne) {
    Picture picture;
    picture.image = Image(2, 1, 3, SharedArray<std::uint8_t>(std::vector<std::uint8_t>{0, 0, 0, 255, 0, 255}));
    const Image image = rendered(picture, FieldMapping::Absolute, {.low = 0, .high = 1, .map = ColourMap::Grey, .label = {}});
    EXPECT_EQ(pixelOf(image, 0, 0), (Rgb{0, 0, 0}));
    EXPECT_EQ(pixelOf(image, 1, 0), (Rgb{170, 170, 170}));
}

TEST(Rendered, NothingStaysNothing) {
    EXPECT_TRUE(rendered({}, FieldMapping::Absolute, {}).empty());
    EXPECT_TRUE(rendered({}, FieldMapping::Colour, {}).empty());
}

}  // namespace
}  // namespace tessera
