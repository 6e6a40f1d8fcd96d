// SPDX-License-Identifier: Apache-2.0
// Looking closely at one picture: gain, logarithm, stripes and brush, read back from the pixels.
#include <cmath>
#include <limits>

#include "canvas/look_maths.h"
#include "widgets/canvas/canvas_view.h"

namespace tessera::canvas {
namespace {

using test::Frame;
using test::noisePicture;
using test::pictureOf;

constexpr std::array<int, 3> kBelow = {0, 204, 255}, kAbove = {255, 128, 0};

PaneLook grey(FieldMapping mapping, float low, float high) {
    PaneLook look = bare();
    look.mapping = mapping;
    look.map = ColourMap::Grey;
    look.low = low;
    look.high = high;
    return look;
}

/// 256 values from `low` to `high`.
std::shared_ptr<const Picture> ramp(float low, float high, int height = 1) {
    return pictureOf<float>(256, height, 1, [=](int x, int, int) { return low + (high - low) * static_cast<float>(x) / 255; });
}

void expectTwin(const Frame& frame, const Image& image, const PaneLook& look) {
    for (int y = 0; y < image.height(); ++y) {
        for (int x = 0; x < image.width(); ++x) {
            const auto expected = colourAt(image, x, y, look);
            for (std::size_t c = 0; c < 3; ++c) ASSERT_NEAR(frame.at(x, y)[c], expected[c] * 255, 1.01) << x << ", " << y << " channel " << c;
        }
    }
}

TEST(CanvasGain, MultipliesTheValuesOfFieldsBeforeTheMap) {
    CanvasView view;
    const auto values = ramp(0, 1);
    PaneLook look = grey(FieldMapping::Scalar, 0, 1);
    look.gain = 4;
    const Frame frame = view.drawAtFullSize(values, look);
    for (int x = 0; x < 256; ++x) ASSERT_NEAR(frame.at(x, 0)[0], std::min(255, 4 * x), 1) << x;
    look.exposureStops = 3;
    EXPECT_EQ(view.drawAtFullSize(values, look), frame) << "exposure is for light, not for values";
    EXPECT_EQ(view.canvas.statistics().uploads, 1U);
}

TEST(CanvasGain, MultipliesTheLightOfColours) {
    CanvasView view;
    const auto picture = noisePicture(40, 30);
    PaneLook twice = bare(), stop = bare();
    twice.gain = 2;
    stop.exposureStops = 1;
    EXPECT_EQ(view.drawAtFullSize(picture, twice), view.drawAtFullSize(picture, stop));
    twice.exposureStops = -1;
    EXPECT_LE(deviation(view.drawAtFullSize(picture, twice), rendered(*picture, FieldMapping::Colour, {})).levels, 1);
}

TEST(CanvasGain, MovesTheNumbersOfTheBar) {
    PaneLook look = grey(FieldMapping::Scalar, 0, 1);
    look.gain = 4;
    EXPECT_DOUBLE_EQ(valueAtPlace(1, look), 0.25);
    look.gain = 0;
    EXPECT_TRUE(std::isnan(valueAtPlace(1, look)));
}

TEST(CanvasLogarithm, EqualFactorsAreEqualSteps) {
    CanvasView view;
    // 1, 10, 100, 1000 on a bar from 1 to 1000.
    const auto decades = pictureOf<float>(4, 1, 1, [](int x, int, int) { return std::pow(10.0F, static_cast<float>(x)); });
    PaneLook look = grey(FieldMapping::Scalar, 1, 1000);
    look.logarithmic = true;
    const Frame frame = view.drawAtFullSize(decades, look);
    for (int x = 0; x < 4; ++x) EXPECT_NEAR(frame.at(x, 0)[0], 85 * x, 1) << x;
}

TEST(CanvasLogarithm, MatchesTheTwinOnEveryKindOfBar) {
    CanvasView view;
    struct Bar {
        FieldMapping mapping;
        float low, high, from, to;
    };
    for (const Bar& bar : {Bar{FieldMapping::Scalar, 0.01F, 10, -1, 12}, Bar{FieldMapping::Scalar, 0, 0.25F, -0.1F, 0.4F},
                           Bar{FieldMapping::Scalar, -2, 2, -3, 3}, Bar{FieldMapping::Signed, -0.25F, 0.25F, -0.4F, 0.4F},
                           Bar{FieldMapping::Signed, -0.1F, 0.3F, -0.4F, 0.4F}, Bar{FieldMapping::Scalar, 1, 1, 0, 2}}) {
        const auto values = ramp(bar.from, bar.to);
        PaneLook look = grey(bar.mapping, bar.low, bar.high);
        look.logarithmic = true;
        look.map = ColourMap::Viridis;
        expectTwin(view.drawAtFullSize(values, look), values->image, look);
    }
}

TEST(CanvasLogarithm, SignedIsTheSameOnBothSidesAndLinearNearNought) {
    PaneLook look = grey(FieldMapping::Signed, -1, 1);
    look.logarithmic = true;
    for (const double value : {1e-5, 1e-3, 0.02, 0.3, 1.0}) EXPECT_NEAR(placeOf(value, look) + placeOf(-value, look), 1, 1e-9) << value;
    EXPECT_DOUBLE_EQ(placeOf(0, look), 0.5);
    EXPECT_NEAR((placeOf(2e-5, look) - 0.5) / (placeOf(1e-5, look) - 0.5), 2, 0.02);
    EXPECT_GT(placeOf(0.01, look), 0.6) << "a hundredth of the bar is far from its middle";
}

TEST(CanvasLogarithm, TheBarsNumbersComeBack) {
    for (const FieldMapping mapping : {FieldMapping::Scalar, FieldMapping::Signed, FieldMapping::Absolute}) {
        for (const bool logarithmic : {false, true}) {
            PaneLook look = grey(mapping, mapping == FieldMapping::Signed ? -0.5F : 0.0F, 0.5F);
            look.logarithmic = logarithmic;
            look.gain = 3;
            for (const double place : {0.0, 0.2, 0.5, 0.77, 1.0}) EXPECT_NEAR(placeOf(valueAtPlace(place, look), look), place, 1e-9);
        }
    }
}

int countOf(const Frame& frame, const std::array<int, 3>& colour, int left, int right) {
    int count = 0;
    for (int y = 0; y < frame.height; ++y) {
        for (int x = left; x < right; ++x) count += distance(frame.at(x, y), colour) <= 1 ? 1 : 0;
    }
    return count;
}

TEST(CanvasClipping, StripesLieOverValuesBeyondTheBarOnly) {
    CanvasView view;
    const auto values = ramp(-1, 2, 24);  // the bar is columns 85 to 170
    PaneLook look = grey(FieldMapping::Scalar, 0, 1);
    look.clipping = true;
    const Frame frame = view.drawAtFullSize(values, look);
    const int area = 84 * 24;
    EXPECT_NEAR(countOf(frame, kBelow, 0, 84), area / 2, area / 12) << "stripes, not a fill: half of the pixels";
    EXPECT_NEAR(countOf(frame, kAbove, 172, 256), area / 2, area / 12);
    EXPECT_EQ(countOf(frame, kBelow, 86, 256), 0);
    EXPECT_EQ(countOf(frame, kAbove, 0, 170), 0);
    EXPECT_EQ(frame.at(20, 10) == kBelow, frame.at(21, 11) == kBelow) << "falling stripes";
    EXPECT_EQ(frame.at(200, 10) == kAbove, frame.at(201, 9) == kAbove) << "rising stripes: told apart without their colour";
    look.clipping = false;
    EXPECT_EQ(countOf(view.drawAtFullSize(values, look), kBelow, 0, 256), 0);
}

TEST(CanvasClipping, OfColoursMarksChannelsOutOfRangeAfterExposure) {
    CanvasView view;
    const auto floats = pictureOf<float>(48, 24, 3, [](int x, int, int c) { return x < 16 ? (c == 1 ? -0.1F : 0.5F) : x < 32 ? 0.7F : (c == 2 ? 1.2F : 0.5F); });
    PaneLook look = bare();
    look.clipping = true;
    Frame frame = view.drawAtFullSize(floats, look);
    EXPECT_GT(countOf(frame, kBelow, 0, 16), 0);
    EXPECT_EQ(countOf(frame, kBelow, 16, 48) + countOf(frame, kAbove, 0, 32), 0);
    EXPECT_GT(countOf(frame, kAbove, 32, 48), 0);
    look.exposureStops = 2;
    frame = view.drawAtFullSize(floats, look);
    EXPECT_GT(countOf(frame, kAbove, 16, 32), 0) << "0.7 two stops up is beyond white";
    look.exposureStops = 0;
    const auto bytes = pictureOf<std::uint8_t>(16, 16, 3, [](int x, int, int) { return static_cast<std::uint8_t>(x < 8 ? 0 : 255); });
    frame = view.drawAtFullSize(bytes, look);
    EXPECT_EQ(countOf(frame, kBelow, 0, 16) + countOf(frame, kAbove, 0, 16), 0) << "black and white themselves are in range";
}

TEST(CanvasClipping, TheTwinSaysTheSame) {
    PaneLook look = grey(FieldMapping::Scalar, 0, 1);
    const auto values = ramp(-1, 2);
    EXPECT_EQ(clippedAt(values->image, 10, 0, look), (Clipped{true, false}));
    EXPECT_EQ(clippedAt(values->image, 128, 0, look), Clipped{});
    EXPECT_EQ(clippedAt(values->image, 250, 0, look), (Clipped{false, true}));
}

TEST(CanvasBrush, LeavesValuesInItsRangeAndDimsTheRest) {
    CanvasView view;
    const auto values = ramp(0, 1);
    PaneLook look = grey(FieldMapping::Scalar, 0, 1);
    look.brush.emplace(0.25F, 0.5F);
    const Frame frame = view.drawAtFullSize(values, look);
    for (int x = 0; x < 256; ++x) {
        const bool within = x / 255.0 >= 0.25 && x / 255.0 <= 0.5;
        ASSERT_NEAR(frame.at(x, 0)[0], within ? x : x * 0.25, 1) << x;
    }
    look.gain = 2;
    const Frame brighter = view.drawAtFullSize(values, look);
    EXPECT_NEAR(brighter.at(100, 0)[0], 200, 1) << "the brush selects by the value itself";
    EXPECT_NEAR(brighter.at(200, 0)[0], 255 * 0.25, 1);
}

TEST(CanvasBrush, OfColoursIsByTheirEncodedLuminance) {
    CanvasView view;
    const auto picture = noisePicture(64, 32);
    PaneLook look = bare();
    look.brush.emplace(0.3F, 0.6F);
    expectTwin(view.drawAtFullSize(picture, look), picture->image, look);
    const auto greys = pictureOf<std::uint8_t>(256, 1, 3, [](int x, int, int) { return static_cast<std::uint8_t>(x); });
    look.brush.emplace(100 / 255.0F, 100 / 255.0F);
    const Frame frame = view.drawAtFullSize(greys, look);
    EXPECT_EQ(frame.at(100, 0)[0], 100) << "a grey of 0.39 has the luminance 0.39";
    EXPECT_NEAR(frame.at(101, 0)[0], 25, 1);
}

TEST(CanvasBrush, WhatIsNoNumberIsOutside) {
    CanvasView view;
    const auto holed = pictureOf<float>(2, 1, 1, [](int x, int, int) { return x == 0 ? std::numeric_limits<float>::quiet_NaN() : 0.5F; });
    PaneLook look = grey(FieldMapping::Scalar, 0, 1);
    look.brush.emplace(0.0F, 1.0F);
    EXPECT_EQ(view.drawAtFullSize(holed, look).at(0, 0), (std::array{64, 0, 64}));
}

}  // namespace
}  // namespace tessera::canvas
