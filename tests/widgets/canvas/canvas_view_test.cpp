// SPDX-License-Identifier: Apache-2.0
// Where things lie on the canvas: panes, outlines, grids, numbers, probes.
#include "widgets/canvas/canvas_view.h"

#include <set>

namespace tessera::canvas {
namespace {

using test::Frame;
using test::noisePicture;
using test::pictureOf;
using test::plainPicture;

constexpr std::array<int, 3> kBackground = {0, 0, 255};
constexpr std::array<int, 3> kAccent = {255, 128, 0};

TEST(CanvasView, PicturesStayInsideTheirPane) {
    CanvasView view;
    view.canvas.setPanes({paneOf({10, 5, 20, 20}, plainPicture(64, 64, 250, 10, 20), bare()), paneOf({40, 5, 20, 20}, nullptr, bare())});
    view.canvas.setCamera({0.5, 0.5, 3});
    const Frame frame = view.draw(70, 30);
    for (int y = 0; y < 30; ++y) {
        for (int x = 0; x < 70; ++x) {
            const bool inside = x >= 10 && x < 30 && y >= 5 && y < 25;
            ASSERT_EQ(frame.at(x, y), (inside ? std::array<int, 3>{250, 10, 20} : kBackground)) << x << ", " << y;
            ASSERT_EQ(frame.alphaAt(x, y), 255);
        }
    }
}

TEST(CanvasView, TheOutlineLiesInTheGutterTwoLogicalPixelsWide) {
    CanvasView view;
    view.canvas.setAccent({1, 0.5F, 0, 1});
    const Rect body{20, 10, 30, 20};
    Pane pane = paneOf(body, plainPicture(30, 20, 9, 9, 9), bare());
    pane.current = true;
    for (const float ratio : {1.0F, 1.5F, 2.0F}) {
        view.canvas.setPixelRatio(ratio);
        view.canvas.setPanes({pane});
        const Frame frame = view.draw(80, 60);
        const int line = static_cast<int>(2 * ratio);
        for (int y = 0; y < 60; ++y) {
            for (int x = 0; x < 80; ++x) {
                const bool inBody = x >= 20 && x < 50 && y >= 10 && y < 30;
                const bool inLine = !inBody && x >= 20 - line && x < 50 + line && y >= 10 - line && y < 30 + line;
                ASSERT_EQ(frame.at(x, y), (inBody ? std::array<int, 3>{9, 9, 9} : inLine ? kAccent : kBackground)) << ratio << ": " << x << ", " << y;
            }
        }
    }
    pane.frame = {20, 10, 30, 40};
    view.canvas.setPixelRatio(1);
    view.canvas.setPanes({pane});
    const Frame framed = view.draw(80, 60);
    EXPECT_EQ(framed.at(35, 51), kAccent) << "round the cell with its caption";
    EXPECT_EQ(framed.at(35, 30), kBackground);
}

TEST(CanvasView, ADimmedPaneIsGreyerAndNearerToTheBackground) {
    CanvasView view;
    view.canvas.setBackground({0.1F, 0.1F, 0.1F, 1});
    const auto red = plainPicture(10, 10, 240, 20, 20);
    PaneLook dimmed = bare();
    dimmed.dimmed = true;
    view.canvas.setPanes({paneOf({0, 0, 10, 10}, red, bare()), paneOf({10, 0, 10, 10}, red, dimmed)});
    const Frame frame = view.draw(20, 10);
    const auto plain = frame.at(5, 5), veiled = frame.at(15, 5);
    EXPECT_EQ(plain, (std::array<int, 3>{240, 20, 20}));
    EXPECT_LT(veiled[0] - veiled[1], (plain[0] - plain[1]) / 2) << "greyer";
    EXPECT_LT(veiled[0], plain[0]) << "sinks";
    EXPECT_GT(veiled[0], 60) << "and can still be seen";
    EXPECT_EQ(view.canvas.statistics().uploads, 1U);
}

TEST(CanvasView, PicturesOfOneGroupAlignByWhatTheyCover) {
    CanvasView view;
    // A mark at source pixel 300, 100 of 400 x 200, in a picture of full size and in a quarter-size crop of the right half.
    const auto whole = std::make_shared<Picture>(*pictureOf<std::uint8_t>(
        400, 200, 3, [](int x, int y, int) { return static_cast<std::uint8_t>(x >= 300 && x < 320 && y >= 100 && y < 120 ? 255 : 0); }));
    whole->sourceWidth = 400, whole->sourceHeight = 200, whole->region = {0, 0, 400, 200};
    const auto crop = std::make_shared<Picture>(*pictureOf<std::uint8_t>(
        50, 50, 3, [](int x, int y, int) { return static_cast<std::uint8_t>(x >= 25 && x < 30 && y >= 25 && y < 30 ? 255 : 0); }));
    crop->sourceWidth = 400, crop->sourceHeight = 200, crop->region = {200, 0, 200, 200};
    view.canvas.setPanes({paneOf({0, 0, 200, 200}, whole, bare()), paneOf({200, 0, 200, 200}, crop, bare())});
    view.canvas.setCamera({0.75, 0.5, 1});
    const Frame frame = view.draw(400, 200);
    for (const int offset : {0, 200}) {
        EXPECT_EQ(frame.at(offset + 100 + 10, 110)[0], 255) << offset;
        EXPECT_EQ(frame.at(offset + 100 - 10, 110)[0], 0) << offset;
        EXPECT_EQ(frame.at(offset + 100 + 30, 110)[0], 0) << offset;
    }
    EXPECT_DOUBLE_EQ(view.canvas.zoomOf(0), 1);
    EXPECT_DOUBLE_EQ(view.canvas.zoomOf(1), 4);
}

TEST(CanvasView, ZoomingAtAPointKeepsItsPixelThere) {
    CanvasView view;
    const auto picture = noisePicture(200, 150);
    view.canvas.setPanes({paneOf({0, 0, 300, 200}, picture, bare()), paneOf({310, 0, 300, 200}, picture, bare())});
    view.canvas.setCamera({0.5, 0.5, 3});
    const auto before = view.canvas.probe(400.5F, 80.5F);
    ASSERT_TRUE(before);
    view.canvas.setCamera(view.canvas.zoomedAt(400.5F, 80.5F, 7.0));
    const auto after = view.canvas.probe(400.5F, 80.5F);
    ASSERT_TRUE(after);
    EXPECT_EQ(after->x, before->x);
    EXPECT_EQ(after->y, before->y);
    const Frame frame = view.draw(610, 200);
    std::array<int, 3> expected{};
    for (int c = 0; c < 3; ++c)
        expected[static_cast<std::size_t>(c)] = static_cast<int>(std::lround(picture->image.at(before->x, before->y, c) * 255));
    EXPECT_EQ(frame.at(400, 80), expected);
}

TEST(CanvasView, TheProbeNamesThePixelThatIsDrawnThere) {
    CanvasView view;
    const auto picture = noisePicture(40, 30);
    view.canvas.setPanes({paneOf({3, 7, 90, 70}, picture, bare()), paneOf({100, 7, 90, 70}, noisePicture(40, 30, 3, 77), bare())});
    for (const double zoom : {2.0, 3.0, 8.0}) {
        view.canvas.setCamera({0.43, 0.61, zoom});
        const Frame frame = view.draw(200, 80);
        for (int y = 0; y < 80; y += 3) {
            for (int x = 0; x < 200; x += 3) {
                const auto probe = view.canvas.probe(static_cast<float>(x) + 0.5F, static_cast<float>(y) + 0.5F);
                if (!probe) {
                    ASSERT_EQ(frame.at(x, y), kBackground) << x << ", " << y;
                    continue;
                }
                ASSERT_EQ(probe->samples.size(), 3U);
                for (std::size_t c = 0; c < 3; ++c)
                    ASSERT_EQ(frame.at(x, y)[c], std::lround(probe->samples[c] * 255)) << zoom << ": " << x << ", " << y;
                ASSERT_EQ(probe->pane, x < 100 ? 0 : 1);
            }
        }
    }
}

TEST(CanvasView, TheProbeOfAPointIsInsideThePictureRect) {
    CanvasView view;
    view.canvas.setPanes({paneOf({0, 0, 100, 100}, noisePicture(10, 10), bare())});
    view.canvas.setCamera({0.5, 0.5, 4});
    EXPECT_EQ(view.canvas.pictureRect(0), (Rect{30, 30, 40, 40}));
    EXPECT_FALSE(view.canvas.probe(29.5F, 50)) << "beside the picture";
    EXPECT_FALSE(view.canvas.probe(150, 50)) << "beside the pane";
    const auto corner = view.canvas.probe(30.5F, 69.5F);
    ASSERT_TRUE(corner);
    EXPECT_EQ(corner->x, 0);
    EXPECT_EQ(corner->y, 9);
    EXPECT_NEAR(corner->normalX, 0.0125, 1e-9);
    EXPECT_NEAR(corner->normalY, 0.9875, 1e-9);
}

TEST(CanvasView, GridLinesLieBetweenPixelsOnly) {
    CanvasView view;
    PaneLook look = bare();
    look.grid = true;
    const auto black = plainPicture(4, 4, 0, 0, 0);
    view.canvas.setPanes({paneOf({0, 0, 80, 80}, black, look)});
    view.canvas.setCamera({0.5, 0.5, 20});
    const Frame frame = view.draw(80, 80);
    for (int y = 0; y < 80; ++y) {
        for (int x = 0; x < 80; ++x) {
            const bool line = (x > 0 && x % 20 == 0) || (y > 0 && y % 20 == 0);
            ASSERT_EQ(frame.at(x, y)[0] > 20, line) << x << ", " << y;
            ASSERT_EQ(frame.alphaAt(x, y), 255) << "a line over an opaque canvas leaves it opaque";
        }
    }
    view.canvas.setCamera({0.5, 0.5, 8});
    EXPECT_EQ(view.draw(80, 80).at(40, 40), (std::array<int, 3>{0, 0, 0})) << "small pixels have no lines";
}

TEST(CanvasView, GridLinesCanBeSeenOnWhite) {
    CanvasView view;
    PaneLook look = bare();
    look.grid = true;
    view.canvas.setPanes({paneOf({0, 0, 80, 80}, plainPicture(4, 4, 255, 255, 255), look)});
    view.canvas.setCamera({0.5, 0.5, 20});
    EXPECT_LT(view.draw(80, 80).at(20, 10)[0], 230);
}

/// Pixels of a frame that differ from another.
int changed(const Frame& a, const Frame& b, Rect area) {
    int count = 0;
    for (int y = 0; y < a.height; ++y) {
        for (int x = 0; x < a.width; ++x) {
            if (area.contains(static_cast<float>(x), static_cast<float>(y)) && a.at(x, y) != b.at(x, y)) ++count;
        }
    }
    return count;
}

TEST(CanvasView, ValuesAppearFromFortyEightDevicePixelsOn) {
    CanvasView view;
    const auto picture = noisePicture(4, 4);
    const auto drawn = [&](double zoom, bool values) {
        PaneLook look = bare();
        look.values = values;
        view.canvas.setPanes({paneOf({0, 0, 200, 200}, picture, look)});
        view.canvas.setCamera({0.5, 0.5, zoom});
        return view.draw(200, 200);
    };
    EXPECT_EQ(drawn(47, true), drawn(47, false));
    const Frame with = drawn(48, true), without = drawn(48, false);
    for (int y = 0; y < 4; ++y) {
        for (int x = 0; x < 4; ++x) {
            const Rect pixel{4 + 48.0F * static_cast<float>(x), 4 + 48.0F * static_cast<float>(y), 48, 48};
            EXPECT_GT(changed(with, without, pixel), 60) << "pixel " << x << ", " << y;
        }
    }
    EXPECT_EQ(changed(with, without, {0, 0, 200, 4}), 0) << "nothing is written beside the picture";
}

TEST(CanvasView, ValuesAreReadableOnAnyColour) {
    CanvasView view;
    for (const std::uint8_t grey : {0, 60, 117, 128, 190, 255}) {
        PaneLook look = bare();
        look.values = true;
        view.canvas.setPanes({paneOf({0, 0, 60, 60}, plainPicture(1, 1, grey, grey, grey), look)});
        view.canvas.setCamera({0.5, 0.5, 60});
        const Frame frame = view.draw(60, 60);
        int darkest = 255, lightest = 0;
        for (int y = 10; y < 50; ++y) {
            for (int x = 10; x < 50; ++x) {
                darkest = std::min(darkest, frame.at(x, y)[1]);
                lightest = std::max(lightest, frame.at(x, y)[1]);
            }
        }
        const auto light = [](double v) { return std::pow(v / 255, 2.2); };
        // The strokes are quite black or quite white, the line round them never is: it is their colour that tells.
        const bool white = lightest > 240 && (grey < 255 || darkest > 60);
        const double stroke = white ? 255 : 0;
        EXPECT_TRUE(white || darkest < 15);
        EXPECT_GE((std::max(light(stroke), light(grey)) + 0.05) / (std::min(light(stroke), light(grey)) + 0.05), 4.5)
            << "strokes on grey " << int{grey};
        EXPECT_GE((light(lightest) + 0.05) / (light(darkest) + 0.05), 4.5) << "strokes and line on grey " << int{grey};
    }
}

TEST(CanvasView, ValuesOfTwoPixelsWithTheSameNumbersLookTheSame) {
    CanvasView view;
    const auto pair = pictureOf<std::uint8_t>(3, 1, 3, [](int x, int, int c) { return static_cast<std::uint8_t>(x == 1 ? 90 : 30 * c + 7); });
    PaneLook look = bare();
    look.values = true;
    view.canvas.setPanes({paneOf({0, 0, 192, 64}, pair, look)});
    view.canvas.setCamera({0.5, 0.5, 64});
    const Frame frame = view.draw(192, 64);
    int same = 0, other = 0;
    for (int y = 0; y < 64; ++y) {
        for (int x = 0; x < 64; ++x) {
            same += frame.at(x, y) == frame.at(x + 128, y);
            other += frame.at(x, y) == frame.at(x + 64, y);
        }
    }
    EXPECT_EQ(same, 64 * 64);
    EXPECT_LT(other, 64 * 64 / 2);
}

TEST(CanvasView, ValuesAreCutAtThePanesEdge) {
    CanvasView view;
    PaneLook look = bare();
    look.values = true;
    view.canvas.setPanes({paneOf({20, 20, 60, 40}, noisePicture(8, 8), look)});
    view.canvas.setCamera({0.5, 0.5, 50});
    const Frame frame = view.draw(100, 80);
    for (int y = 0; y < 80; ++y) {
        for (int x = 0; x < 100; ++x) {
            if (Rect{20, 20, 60, 40}.contains(static_cast<float>(x), static_cast<float>(y))) continue;
            ASSERT_EQ(frame.at(x, y), kBackground) << x << ", " << y;
        }
    }
}

TEST(CanvasView, ScalarValuesAreOneLineInTheMiddle) {
    CanvasView view;
    const auto plane = pictureOf<float>(1, 1, 1, [](int, int, int) { return 0.25F; });
    PaneLook look = bare();
    look.mapping = FieldMapping::Scalar;
    const auto drawn = [&](bool values) {
        look.values = values;
        view.canvas.setPanes({paneOf({0, 0, 60, 60}, plane, look)});
        view.canvas.setCamera({0.5, 0.5, 60});
        return view.draw(60, 60);
    };
    const Frame with = drawn(true), without = drawn(false);
    EXPECT_GT(changed(with, without, {0, 20, 60, 20}), 40);
    EXPECT_EQ(changed(with, without, {0, 0, 60, 20}) + changed(with, without, {0, 40, 60, 20}), 0);
}

}  // namespace
}  // namespace tessera::canvas
