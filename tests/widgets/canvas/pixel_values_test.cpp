// SPDX-License-Identifier: Apache-2.0
#include <fstream>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <iterator>
#include <limits>

#include "canvas/gl_objects.h"
#include "canvas/glyphs.h"
#include "canvas/value_lines.h"
#include "widgets/canvas/pictures.h"

namespace tessera::canvas {
namespace {

using test::pictureOf;
using testing::ElementsAre;

std::vector<unsigned char> roboto() {
    std::ifstream file(TESSERA_SOURCE_DIR "/resources/fonts/Roboto-Regular.ttf", std::ios::binary);
    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

PaneLook field(FieldMapping mapping, float low, float high) {
    PaneLook look;
    look.mapping = mapping;
    look.low = low;
    look.high = high;
    return look;
}

template <typename T>
std::vector<std::string> linesOf(std::vector<T> pixel, const PaneLook& look = {}) {
    const auto picture = pictureOf<T>(1, 1, static_cast<int>(pixel.size()), [&](int, int, int c) { return pixel[static_cast<std::size_t>(c)]; });
    return valueLines(picture->image, 0, 0, look);
}

TEST(PixelValues, ColoursArePrintedAsTheStorageHoldsThem) {
    EXPECT_THAT(linesOf<std::uint8_t>({0, 127, 255}), ElementsAre("0", "127", "255"));
    EXPECT_THAT(linesOf<std::uint16_t>({0, 40001, 65535}), ElementsAre("0", "40001", "65535"));
    EXPECT_THAT(linesOf<float>({0, 0.1236F, 1.5F}), ElementsAre("0.000", "0.124", "1.500"));
    EXPECT_THAT(linesOf<std::uint8_t>({9, 8, 7, 6}), ElementsAre("9", "8", "7", "6"));
    EXPECT_THAT(linesOf<std::uint8_t>({42}), ElementsAre("42"));
}

TEST(PixelValues, EveryIntegerComesBackExactly) {
    for (int value = 0; value < 256; ++value) {
        EXPECT_THAT(linesOf<std::uint8_t>({static_cast<std::uint8_t>(value)}), ElementsAre(std::to_string(value)));
    }
    for (int value = 0; value < 65536; ++value) {
        ASSERT_THAT(linesOf<std::uint16_t>({static_cast<std::uint16_t>(value)}), ElementsAre(std::to_string(value)));
    }
}

TEST(PixelValues, FieldsPrintTheNumberThatIsDrawn) {
    const std::vector<float> pixel{-0.1F, 0.2F, 0.2F, 0.75F};
    EXPECT_THAT(linesOf(pixel, field(FieldMapping::Absolute, 0, 0.25F)), ElementsAre("0.167"));
    EXPECT_THAT(linesOf(pixel, field(FieldMapping::Signed, -0.25F, 0.25F)), ElementsAre("0.100"));
    EXPECT_THAT(linesOf(pixel, field(FieldMapping::Squared, 0, 0.05F)), ElementsAre("0.0300"));
    EXPECT_THAT(linesOf(pixel, field(FieldMapping::Flip, 0, 1)), ElementsAre("0.750"));
}

TEST(PixelValues, WhatStandsBehindALabelIsReadInItsPlace) {
    auto picture = std::make_shared<Picture>(*pictureOf<std::uint8_t>(4, 2, 3, [](int x, int y, int c) { return static_cast<std::uint8_t>(x + y + c); }));
    // Two planes on a grid of 2 x 1: a number per two pixels each way.
    picture->readings = {.names = {"depth 1", "depth 2"}, .width = 2, .height = 1, .values = {942, -1, 7, 0.5F}, .shown = 1};
    EXPECT_THAT(valueLines(*picture, 1, 1, {}), ElementsAre("-1"));
    EXPECT_THAT(valueLines(*picture, 2, 0, {}), ElementsAre("0.500"));
    EXPECT_THAT(readingsAt(*picture, 3, 1), ElementsAre(7, 0.5F));
    EXPECT_THAT(probeLines(*picture, 0, 0, {}), ElementsAre("depth 1 942", "depth 2 -1"));
    picture->readings = {};
    EXPECT_THAT(valueLines(*picture, 1, 0, {}), ElementsAre("1", "2", "3"));
    EXPECT_THAT(probeLines(*picture, 1, 0, {}), ElementsAre("1", "2", "3"));
    EXPECT_THAT(readingsAt(*picture, 1, 0), ElementsAre());
}

TEST(PixelValues, DecimalsFollowTheColourBar) {
    EXPECT_THAT(linesOf<float>({12.345F}, field(FieldMapping::Scalar, 0, 30)), ElementsAre("12.3"));
    EXPECT_THAT(linesOf<float>({123.45F}, field(FieldMapping::Scalar, 0, 1000)), ElementsAre("123"));
    EXPECT_THAT(linesOf<float>({0.0012345F}, field(FieldMapping::Scalar, 0, 0.01F)), ElementsAre("0.00123"));
    EXPECT_THAT(linesOf<float>({1.5e9F}, field(FieldMapping::Scalar, 0, 1)), ElementsAre("1.5e+09"));
}

TEST(PixelValues, WhatIsNoNumberIsNamed) {
    const float infinity = std::numeric_limits<float>::infinity();
    EXPECT_THAT(linesOf<float>({std::numeric_limits<float>::quiet_NaN(), infinity, -infinity}), ElementsAre("NaN", "inf", "-inf"));
    EXPECT_THAT(linesOf<float>({-0.0001F, -0.5F, 0}), ElementsAre("0.000", "-0.500", "0.000")) << "no sign where no digit is";
}

TEST(GlyphSheet, DigitsShareOneAdvance) {
    const Typeface face(roboto());
    for (const int size : {8, 12, 26}) {
        const GlyphSheet sheet(face, size);
        for (const char digit : std::string("123456789")) EXPECT_EQ(sheet.glyph(digit)->advance, sheet.glyph('0')->advance) << size;
        EXPECT_GT(sheet.digitHeight(), size / 2);
        EXPECT_EQ(sheet.widthOf("255"), 3 * sheet.glyph('0')->advance);
    }
}

TEST(GlyphSheet, HoldsEveryCharacterThatValuesAreWrittenWith) {
    const GlyphSheet sheet(Typeface(roboto()), 12);
    for (const char character : std::string("0123456789.-+einfaN")) EXPECT_NE(sheet.glyph(character), nullptr) << character;
    EXPECT_EQ(sheet.glyph('w'), nullptr);
    EXPECT_GT(sheet.glyph('-')->advance, sheet.glyph('.')->advance) << "the true minus is as wide as a digit, the hyphen is not";
    EXPECT_GE(sheet.glyph('-')->advance, sheet.glyph('0')->advance - 1);
}

TEST(GlyphSheet, ALineLiesRoundEveryGlyph) {
    const GlyphSheet sheet(Typeface(roboto()), 12);
    const Glyph& one = *sheet.glyph('1');
    const auto texel = [&](int x, int y, std::size_t channel) {
        return sheet.texels()[(static_cast<std::size_t>(y) * static_cast<std::size_t>(sheet.width()) + static_cast<std::size_t>(x)) * 2 + channel];
    };
    int lined = 0;
    for (int y = one.y; y < one.y + one.height; ++y) {
        for (int x = one.x; x < one.x + one.width; ++x) {
            ASSERT_GE(texel(x, y, 1), texel(x, y, 0)) << "the line covers what the glyph covers";
            if (texel(x, y, 1) > texel(x, y, 0) + 100) ++lined;
        }
    }
    EXPECT_GT(lined, 2 * sheet.digitHeight()) << "both sides of a stroke";
}

TEST(Typeface, BytesThatAreNoFaceAreRefused) {
    EXPECT_THROW(Typeface({}), DrawingFailure);
    EXPECT_THROW(Typeface(std::vector<unsigned char>(4000, 7)), DrawingFailure);
}

}  // namespace
}  // namespace tessera::canvas
