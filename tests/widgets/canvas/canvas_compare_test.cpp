// SPDX-License-Identifier: Apache-2.0
// Two pictures in one pane: wipe, onion and difference, read back from the pixels.
#include <cmath>
#include <limits>

#include "canvas/look_maths.h"
#include "widgets/canvas/canvas_view.h"

namespace tessera::canvas {
namespace {

using test::Frame;
using test::noisePicture;
using test::pictureOf;
using test::plainPicture;

constexpr std::array<int, 3> kRed = {200, 40, 40}, kGreen = {30, 180, 60}, kBackground = {0, 0, 255};

std::shared_ptr<const Picture> red(int side = 64) { return plainPicture(side, side, 200, 40, 40); }
std::shared_ptr<const Picture> green(int side = 64) { return plainPicture(side, side, 30, 180, 60); }

Pane pairOf(std::shared_ptr<const Picture> picture, std::shared_ptr<const Picture> other, Compare compare, float side = 64) {
    Pane pane = paneOf({0, 0, side, side}, std::move(picture), bare());
    pane.other = std::move(other);
    pane.otherLook = bare();
    pane.differenceLook.values = pane.differenceLook.grid = false;
    pane.compare = compare;
    return pane;
}

/// The same picture at another size, as covering the same source.
std::shared_ptr<const Picture> covering(const std::shared_ptr<const Picture>& picture, Picture::Region region) {
    auto copy = std::make_shared<Picture>(*picture);
    copy->region = region;
    return copy;
}

TEST(CanvasWipe, ShowsOnePictureOnEachSideOfTheLine) {
    CanvasView view;
    Pane pane = pairOf(red(), green(), Compare::Wipe);
    for (const float share : {0.25F, 0.5F, 0.75F}) {
        pane.share = share;
        view.canvas.setPanes({pane});
        const Frame frame = view.draw(64, 64);
        const int line = static_cast<int>(64 * share);
        for (int x = 0; x < 64; ++x) {
            if (std::abs(x - line) <= 1) continue;
            EXPECT_EQ(frame.at(x, 2), x < line ? kRed : kGreen) << share << " at " << x;
        }
        EXPECT_EQ(frame.at(line, 2), (std::array{255, 255, 255}));
        EXPECT_EQ(frame.at(line - 1, 2), (std::array{0, 0, 0})) << "a black companion, so that the line is seen on white";
        EXPECT_EQ(frame.at(line + 1, 2), (std::array{0, 0, 0}));
        EXPECT_EQ(frame.at(line + 3, 32), (std::array{255, 255, 255})) << "the handle";
    }
}

TEST(CanvasWipe, AtTheEndsOnePictureIsWhole) {
    CanvasView view;
    Pane pane = pairOf(red(), green(), Compare::Wipe);
    pane.share = 0;
    view.canvas.setPanes({pane});
    EXPECT_EQ(view.draw(64, 64).at(2, 2), kGreen);
    pane.share = 1;
    view.canvas.setPanes({pane});
    EXPECT_EQ(view.draw(64, 64).at(61, 2), kRed);
}

TEST(CanvasWipe, ALevelLineDividesAboveFromBelow) {
    CanvasView view;
    Pane pane = pairOf(red(), green(), Compare::Wipe);
    pane.wipeLine = WipeLine::Level;
    pane.share = 0.25F;
    view.canvas.setPanes({pane});
    const Frame frame = view.draw(64, 64);
    EXPECT_EQ(frame.at(3, 13), kRed);
    EXPECT_EQ(frame.at(3, 16), (std::array{255, 255, 255}));
    EXPECT_EQ(frame.at(3, 19), kGreen);
}

TEST(CanvasWipe, TheLineStaysInItsPaneAndIsFoundThere) {
    CanvasView view;
    Pane left = pairOf(red(), green(), Compare::Wipe), right = paneOf({64, 0, 64, 64}, red(), bare());
    left.share = 1;
    view.canvas.setPanes({left, right});
    EXPECT_EQ(view.draw(128, 64).at(64, 2), kRed) << "a neighbour's line does not reach over";
    left.share = 0.5F;
    view.canvas.setPanes({left, right});
    EXPECT_EQ(view.canvas.wipeLineAt(34, 5, 3), 0);
    EXPECT_EQ(view.canvas.wipeLineAt(38, 5, 3), -1);
    EXPECT_EQ(view.canvas.wipeLineAt(37, 32, 3), 0) << "the handle is wider than the line";
    EXPECT_EQ(view.canvas.wipeLineAt(96, 5, 3), -1);
    EXPECT_FLOAT_EQ(view.canvas.wipeShareAt(0, 16, 5), 0.25F);
    EXPECT_FLOAT_EQ(view.canvas.wipeShareAt(0, 900, 5), 1);
}

TEST(CanvasWipe, EachSideHasItsOwnLookAndResolution) {
    CanvasView view;
    const auto field = pictureOf<float>(16, 16, 1, [](int, int, int) { return 1.0F; });
    Pane pane = pairOf(covering(red(), {0, 0, 64, 64}), covering(field, {0, 0, 64, 64}), Compare::Wipe);
    pane.otherLook.mapping = FieldMapping::Scalar;
    pane.otherLook.map = ColourMap::Grey;
    view.canvas.setPanes({pane});
    const Frame frame = view.draw(64, 64);
    EXPECT_EQ(frame.at(10, 3), kRed);
    EXPECT_EQ(frame.at(60, 3), (std::array{255, 255, 255})) << "the field's high end, over the whole of the source";
    EXPECT_EQ(frame.at(60, 61), (std::array{255, 255, 255}));
}

TEST(CanvasOnion, MixesEncodedColours) {
    CanvasView view;
    Pane pane = pairOf(red(), green(), Compare::Onion);
    for (const float share : {0.0F, 0.25F, 0.5F, 1.0F}) {
        pane.share = share;
        view.canvas.setPanes({pane});
        const Frame frame = view.draw(64, 64);
        for (std::size_t c = 0; c < 3; ++c) {
            const double expected = kRed[c] + (kGreen[c] - kRed[c]) * static_cast<double>(share);
            EXPECT_NEAR(frame.at(20, 20)[c], expected, 1) << share;
        }
        EXPECT_EQ(frame.alphaAt(20, 20), 255);
    }
}

TEST(CanvasOnion, LeavesNoBlendingBehind) {
    CanvasView view;
    Pane pane = pairOf(red(), green(), Compare::Onion);
    view.canvas.setPanes({pane, paneOf({64, 0, 64, 64}, green(), bare())});
    EXPECT_EQ(view.draw(128, 64).at(100, 20), kGreen);
    EXPECT_EQ(glIsEnabled(GL_BLEND), GL_FALSE);
}

TEST(CanvasDifference, MatchesTheTwinInEveryKindAtFullSize) {
    CanvasView view;
    const auto a = noisePicture(61, 43, 3, 1), b = noisePicture(61, 43, 3, 7);
    Pane pane = pairOf(a, b, Compare::Difference);
    pane.body = {0, 0, 61, 43};
    for (const FieldMapping kind : {FieldMapping::Absolute, FieldMapping::Signed, FieldMapping::Squared}) {
        pane.differenceLook.mapping = kind;
        pane.differenceLook.low = kind == FieldMapping::Signed ? -0.5F : 0.0F;
        pane.differenceLook.high = 0.5F;
        view.canvas.setPanes({pane});
        view.canvas.setCamera({0.5, 0.5, 1});
        const Frame frame = view.draw(61, 43);
        for (int y = 0; y < 43; ++y) {
            for (int x = 0; x < 61; ++x) {
                const float value = differenceOf(a->image, x, y, FieldMapping::Colour, b->image, x, y, FieldMapping::Colour, kind);
                const auto expected = colourOfValue(value, pane.differenceLook);
                for (std::size_t c = 0; c < 3; ++c) ASSERT_NEAR(frame.at(x, y)[c], expected[c] * 255, 1.01) << static_cast<int>(kind) << " at " << x << ", " << y;
            }
        }
    }
}

TEST(CanvasDifference, IsPictureMinusOtherInSrgbValuesThatCanBeSeen) {
    const auto a = pictureOf<float>(1, 1, 3, [](int, int, int c) { return c == 0 ? 1.5F : 0.5F; });
    const auto b = plainPicture(1, 1, 255, 51, 0);
    const auto of = [&](FieldMapping kind) { return differenceOf(a->image, 0, 0, FieldMapping::Colour, b->image, 0, 0, FieldMapping::Colour, kind); };
    EXPECT_NEAR(of(FieldMapping::Signed), (0.0 + 0.3 + 0.5) / 3, 1e-6);
    EXPECT_NEAR(of(FieldMapping::Absolute), (0.0 + 0.3 + 0.5) / 3, 1e-6);
    EXPECT_NEAR(of(FieldMapping::Squared), (0.0 + 0.09 + 0.25) / 3, 1e-6);
}

TEST(CanvasDifference, PicturesOfDifferentResolutionAlignByTheirSource) {
    CanvasView view;
    // A ramp in steps of four pixels, and the same with a pixel per step.
    const auto fine = covering(pictureOf<std::uint8_t>(64, 64, 3, [](int x, int, int) { return static_cast<std::uint8_t>(x / 4 * 10); }), {0, 0, 128, 128});
    const auto coarse = covering(pictureOf<std::uint8_t>(16, 16, 3, [](int x, int, int) { return static_cast<std::uint8_t>(x * 10); }), {0, 0, 128, 128});
    Pane pane = pairOf(fine, coarse, Compare::Difference, 128);
    pane.look.sampling = pane.otherLook.sampling = Sampling::Nearest;
    pane.differenceLook.map = ColourMap::Grey;
    pane.differenceLook.high = 10 / 255.0F;
    for (const double zoom : {0.0, 2.0, 6.0}) {
        view.canvas.setPanes({pane});
        view.canvas.setCamera({0.5, 0.5, zoom});
        const Frame frame = view.draw(128, 128);
        for (int y = 0; y < 128; y += 7) {
            for (int x = 0; x < 128; ++x) ASSERT_LE(frame.at(x, y)[0], 1) << "zoom " << zoom << " at " << x << ", " << y;
        }
    }
}

TEST(CanvasDifference, IsDrawnOnlyWhereBothPicturesAre) {
    CanvasView view;
    const auto whole = covering(red(), {0, 0, 64, 64});
    const auto part = covering(green(16), {32, 32, 16, 16});
    view.canvas.setPanes({pairOf(whole, part, Compare::Difference)});
    const Frame frame = view.draw(64, 64);
    EXPECT_EQ(frame.at(20, 20), kBackground);
    EXPECT_EQ(frame.at(31, 40), kBackground);
    EXPECT_NE(frame.at(33, 40), kBackground);
    EXPECT_NE(frame.at(47, 47), kBackground);
    EXPECT_EQ(frame.at(48, 47), kBackground);
}

TEST(CanvasDifference, OfLargePicturesThatAreCutDiffersBeforeTheCut) {
    CanvasView view;
    const auto a = noisePicture(1400, 1100), b = noisePicture(1400, 1100);
    Pane pane = pairOf(a, b, Compare::Difference);
    pane.body = {0, 0, 1400, 1100};
    pane.differenceLook.map = ColourMap::Grey;
    pane.differenceLook.high = 1.0F / 255;
    for (const double zoom : {1.0, 0.7, 0.31}) {
        view.canvas.setPanes({pane});
        view.canvas.setCamera({0.5, 0.5, zoom});
        const Frame frame = view.draw(1400, 1100);
        const Rect rect = view.canvas.pictureRect(0);
        for (int y = static_cast<int>(rect.y) + 2; y < rect.y + rect.height - 2; y += 3) {
            for (int x = static_cast<int>(rect.x) + 2; x < rect.x + rect.width - 2; x += 3) {
                ASSERT_EQ(frame.at(x, y), (std::array{0, 0, 0})) << zoom << " at " << x << ", " << y;
            }
        }
    }
}

TEST(CanvasDifference, OfFieldsIsThatOfTheirValues) {
    CanvasView view;
    const auto a = pictureOf<float>(8, 8, 1, [](int x, int, int) { return static_cast<float>(x); });
    const auto b = pictureOf<float>(8, 8, 1, [](int x, int, int) { return static_cast<float>(2 * x); });
    Pane pane = pairOf(a, b, Compare::Difference, 8);
    pane.look.mapping = pane.otherLook.mapping = FieldMapping::Scalar;
    pane.differenceLook.mapping = FieldMapping::Signed;
    pane.differenceLook.map = ColourMap::Grey;
    pane.differenceLook.low = -8;
    pane.differenceLook.high = 8;
    view.canvas.setPanes({pane});
    view.canvas.setCamera({0.5, 0.5, 1});
    const Frame frame = view.draw(8, 8);
    for (int x = 0; x < 8; ++x) EXPECT_NEAR(frame.at(x, 4)[0], (0.5 - x / 16.0) * 255, 1) << x;
}

TEST(CanvasDifference, NoNumberInEitherIsMagenta) {
    CanvasView view;
    const auto holed = pictureOf<float>(8, 8, 3, [](int x, int y, int) { return x == 2 && y == 5 ? std::numeric_limits<float>::quiet_NaN() : 0.5F; });
    const auto plain = pictureOf<float>(8, 8, 3, [](int, int, int) { return 0.5F; });
    for (const bool swapped : {false, true}) {
        view.canvas.setPanes({pairOf(swapped ? plain : holed, swapped ? holed : plain, Compare::Difference, 8)});
        view.canvas.setCamera({0.5, 0.5, 1});
        const Frame frame = view.draw(8, 8);
        EXPECT_EQ(frame.at(2, 5), (std::array{255, 0, 255}));
        EXPECT_NE(frame.at(3, 5), (std::array{255, 0, 255}));
    }
}

TEST(CanvasCompare, WithoutASecondPictureThePaneIsAsAlways) {
    CanvasView view;
    for (const Compare compare : {Compare::Wipe, Compare::Onion, Compare::Difference}) {
        view.canvas.setPanes({pairOf(red(), nullptr, compare)});
        EXPECT_EQ(view.draw(64, 64).at(40, 2), kRed);
    }
}

TEST(CanvasCompare, APictureOfAnotherSourceShowsTheSameShare) {
    CanvasView view;
    // Twice as wide a source: its left half is red.
    const auto wide = pictureOf<std::uint8_t>(128, 128, 3, [](int x, int, int c) { return static_cast<std::uint8_t>((x < 64) == (c == 0) ? 200 : 40); });
    Pane pane = pairOf(green(), wide, Compare::Onion);
    pane.share = 1;
    pane.otherGroup = 9;
    view.canvas.setPanes({pane});
    const Frame frame = view.draw(64, 64);
    EXPECT_EQ(frame.at(28, 30)[0], 200);
    EXPECT_EQ(frame.at(36, 30)[0], 40);
}

TEST(CanvasCompare, TheProbeReadsBothAndTheirDifference) {
    Canvas canvas;
    const auto fine = covering(noisePicture(64, 64, 3, 3), {0, 0, 64, 64}), coarse = covering(noisePicture(16, 16, 3, 4), {0, 0, 64, 64});
    Pane pane = pairOf(fine, coarse, Compare::Wipe);
    pane.differenceLook.mapping = FieldMapping::Signed;
    canvas.setPanes({pane});
    const auto probe = canvas.probe(21.5F, 42.5F);
    ASSERT_TRUE(probe);
    EXPECT_EQ(probe->x, 21);
    EXPECT_EQ(probe->otherX, 5);
    EXPECT_EQ(probe->otherY, 10);
    ASSERT_EQ(probe->otherSamples.size(), 3U);
    EXPECT_FLOAT_EQ(probe->otherSamples[1], coarse->image.at(5, 10, 1));
    double mean = 0;
    for (int c = 0; c < 3; ++c) mean += (fine->image.at(21, 42, c) - coarse->image.at(5, 10, c)) / 3;
    ASSERT_TRUE(probe->difference);
    EXPECT_NEAR(*probe->difference, mean, 1e-6);
    pane.compare = Compare::None;
    canvas.setPanes({pane});
    EXPECT_FALSE(canvas.probe(21.5F, 42.5F)->difference);
}

TEST(CanvasCompare, DifferencesArePrintedInLargePixels) {
    CanvasView view;
    Pane pane = pairOf(red(4), green(4), Compare::Difference, 256);
    view.canvas.setPanes({pane});
    view.canvas.setCamera({0.5, 0.5, 64});
    const Frame without = view.draw(256, 256);
    pane.differenceLook.values = true;
    view.canvas.setPanes({pane});
    EXPECT_NE(view.draw(256, 256), without);
}

}  // namespace
}  // namespace tessera::canvas
