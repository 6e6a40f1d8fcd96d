// SPDX-License-Identifier: Apache-2.0
// What a pixel of a picture looks like: against the CPU twin, or against arithmetic written out here.
#include <algorithm>
#include <cmath>
#include <limits>

#include "widgets/canvas/canvas_view.h"

namespace tessera::canvas {
namespace {

using test::differencePicture;
using test::Frame;
using test::noisePicture;
using test::pictureOf;
using test::plainPicture;

constexpr std::array kMaps = {ColourMap::Grey, ColourMap::Magma, ColourMap::Viridis, ColourMap::Cividis, ColourMap::RedWhiteBlue};
constexpr float kNaN = std::numeric_limits<float>::quiet_NaN();
constexpr std::array<int, 3> kMagenta = {255, 0, 255};

PaneLook mapped(FieldMapping mapping, ColourMap map, float low, float high) {
    PaneLook look = bare();
    look.mapping = mapping;
    look.map = map;
    look.low = low;
    look.high = high;
    return look;
}

Legend legendOf(const PaneLook& look) {
    return {.low = look.low, .high = look.high, .map = look.map, .label = {}};
}

double encoded(double light) {
    return light <= 0.0031308 ? light * 12.92 : 1.055 * std::pow(light, 1 / 2.4) - 0.055;
}
double linear(double value) {
    return value <= 0.04045 ? value / 12.92 : std::pow((value + 0.055) / 1.055, 2.4);
}

TEST(CanvasPixels, EveryMappingAndMapMatchesTheTwin) {
    CanvasView view;
    const auto picture = differencePicture(97, 53);
    struct Case {
        FieldMapping mapping;
        float low, high;
    };
    for (const Case& drawn : {Case{FieldMapping::Absolute, 0, 0.25F}, Case{FieldMapping::Signed, -0.25F, 0.25F},
                              Case{FieldMapping::Signed, -0.1F, 0.3F}, Case{FieldMapping::Signed, -0.3F, 0.1F}, Case{FieldMapping::Squared, 0, 0.05F},
                              Case{FieldMapping::Flip, 0, 1}, Case{FieldMapping::Scalar, 0.2F, 0.7F}}) {
        for (const ColourMap map : kMaps) {
            const PaneLook look = mapped(drawn.mapping, map, drawn.low, drawn.high);
            const Frame frame = view.drawAtFullSize(picture, look);
            const Deviation worst = deviation(frame, rendered(*picture, look.mapping, legendOf(look)));
            EXPECT_LE(worst.levels, 1) << static_cast<int>(drawn.mapping) << " through " << nameOf(map) << " at " << worst.x << ", " << worst.y;
        }
    }
    EXPECT_EQ(view.canvas.statistics().uploads, 1U) << "a mapping is a uniform, not an upload";
}

TEST(CanvasPixels, TheFifthChannelIsDrawnToo) {
    CanvasView view;
    const auto picture = pictureOf<float>(41, 23, 5, [](int x, int y, int c) { return static_cast<float>((x + y * c) % 40) / 40.0F; });
    for (const FieldMapping mapping : {FieldMapping::Ssim, FieldMapping::Flip, FieldMapping::Absolute}) {
        const PaneLook look = mapped(mapping, ColourMap::Magma, 0, 1);
        EXPECT_LE(deviation(view.drawAtFullSize(picture, look), rendered(*picture, mapping, legendOf(look))).levels, 1) << static_cast<int>(mapping);
    }
}

TEST(CanvasPixels, SinglePlanesAndIntegersAreFieldsToo) {
    CanvasView view;
    const PaneLook look = mapped(FieldMapping::Scalar, ColourMap::Viridis, 0.1F, 0.9F);
    const auto plane = pictureOf<float>(40, 30, 1, [](int x, int y, int) { return 0.02F * static_cast<float>(x) + 0.005F * static_cast<float>(y); });
    EXPECT_LE(deviation(view.drawAtFullSize(plane, look), rendered(*plane, look.mapping, legendOf(look))).levels, 1);
    for (const int channels : {1, 3, 4}) {
        const auto bytes = noisePicture(33, 17, channels);
        for (const FieldMapping mapping : {FieldMapping::Absolute, FieldMapping::Squared, FieldMapping::Scalar}) {
            PaneLook other = look;
            other.mapping = mapping;
            EXPECT_LE(deviation(view.drawAtFullSize(bytes, other), rendered(*bytes, mapping, legendOf(other))).levels, 1) << channels;
        }
    }
    const auto words = pictureOf<std::uint16_t>(64, 4, 1, [](int x, int y, int) { return static_cast<std::uint16_t>(x * 1024 + y * 64); });
    EXPECT_LE(deviation(view.drawAtFullSize(words, look), rendered(*words, look.mapping, legendOf(look))).levels, 1);
}

TEST(CanvasPixels, ABarWithoutLengthIsAStep) {
    CanvasView view;
    const auto plane = pictureOf<float>(3, 1, 1, [](int x, int, int) { return static_cast<float>(x) * 0.25F; });
    for (const FieldMapping mapping : {FieldMapping::Scalar, FieldMapping::Signed}) {
        const float at = mapping == FieldMapping::Signed ? 0 : 0.25F;
        const PaneLook look = mapped(mapping, ColourMap::Grey, at, at);
        EXPECT_LE(deviation(view.drawAtFullSize(plane, look), rendered(*plane, mapping, legendOf(look))).levels, 1);
    }
}

TEST(CanvasPixels, BytesComeOutAsTheyAre) {
    CanvasView view;
    for (const int channels : {1, 3}) {
        const auto picture = noisePicture(61, 43, channels);
        EXPECT_EQ(deviation(view.drawAtFullSize(picture, bare()), rendered(*picture, FieldMapping::Colour, {})).levels, 0) << channels;
    }
}

TEST(CanvasPixels, WordsAndFloatsComeOutWithinOneLevel) {
    CanvasView view;
    const auto words =
        pictureOf<std::uint16_t>(64, 64, 3, [](int x, int y, int c) { return static_cast<std::uint16_t>((x * 1021 + y * 313 + c * 7919) % 65536); });
    EXPECT_LE(deviation(view.drawAtFullSize(words, bare()), rendered(*words, FieldMapping::Colour, {})).levels, 1);
    const auto floats = pictureOf<float>(
        64, 64, 3, [](int x, int y, int c) { return static_cast<float>(x * 64 + y) / 4096 * 1.5F - 0.25F + 0.01F * static_cast<float>(c); });
    EXPECT_LE(deviation(view.drawAtFullSize(floats, bare()), rendered(*floats, FieldMapping::Colour, {})).levels, 1);
}

TEST(CanvasPixels, WhatIsNoNumberIsMagentaInFieldsAndColours) {
    CanvasView view;
    const auto floats = pictureOf<float>(4, 4, 3, [](int x, int y, int c) { return x == 1 && y == 2 && c == 1 ? kNaN : 0.5F; });
    const auto expected = rendered(*floats, FieldMapping::Colour, {});
    const Frame colour = view.drawAtFullSize(floats, bare());
    EXPECT_EQ(colour.at(1, 2), kMagenta);
    EXPECT_LE(deviation(colour, expected).levels, 1);
    PaneLook exposed = bare();
    exposed.exposureStops = 1;
    EXPECT_EQ(view.drawAtFullSize(floats, exposed).at(1, 2), kMagenta);
    for (const ColourMap map : kMaps) {
        const PaneLook look = mapped(FieldMapping::Absolute, map, 0, 1);
        const Frame field = view.drawAtFullSize(floats, look);
        EXPECT_EQ(field.at(1, 2), kMagenta);
        EXPECT_NE(field.at(2, 2), kMagenta);
    }
}

TEST(CanvasPixels, InfinitiesLieAtTheEndsOfTheBar) {
    CanvasView view;
    const float infinity = std::numeric_limits<float>::infinity();
    const auto plane = pictureOf<float>(2, 1, 1, [&](int x, int, int) { return x == 0 ? -infinity : infinity; });
    for (const FieldMapping mapping : {FieldMapping::Scalar, FieldMapping::Signed}) {
        const PaneLook look = mapped(mapping, ColourMap::RedWhiteBlue, -1, 1);
        EXPECT_LE(deviation(view.drawAtFullSize(plane, look), rendered(*plane, mapping, legendOf(look))).levels, 1);
    }
}

TEST(CanvasPixels, ExposureMultipliesLight) {
    CanvasView view;
    const auto ramp = pictureOf<std::uint8_t>(256, 1, 3, [](int x, int, int) { return static_cast<std::uint8_t>(x); });
    for (const float stops : {-2.0F, -0.5F, 1.0F, 3.0F}) {
        PaneLook look = bare();
        look.exposureStops = stops;
        const Frame frame = view.drawAtFullSize(ramp, look);
        for (int x = 0; x < 256; ++x) {
            const double expected = std::min(1.0, encoded(linear(x / 255.0) * std::exp2(stops))) * 255;
            ASSERT_NEAR(frame.at(x, 0)[0], expected, 1) << stops << " stops at " << x;
        }
    }
    EXPECT_EQ(view.canvas.statistics().uploads, 1U);
}

TEST(CanvasPixels, NearestShowsSquaresAtWholeZooms) {
    CanvasView view;
    const auto picture = noisePicture(8, 6);
    view.canvas.setPanes({paneOf({0, 0, 56, 42}, picture, bare())});
    view.canvas.setCamera({0.5, 0.5, 7});
    const Frame frame = view.draw(56, 42);
    for (int y = 0; y < 42; ++y) {
        for (int x = 0; x < 56; ++x) {
            for (int c = 0; c < 3; ++c)
                ASSERT_EQ(frame.at(x, y)[static_cast<std::size_t>(c)], std::lround(picture->image.at(x / 7, y / 7, c) * 255)) << x << ", " << y;
        }
    }
}

TEST(CanvasPixels, NearestBetweenWholeZoomsBlendsOnlyOnePixelAtAnEdge) {
    CanvasView view;
    const auto halves = pictureOf<std::uint8_t>(8, 8, 3, [](int x, int, int) { return static_cast<std::uint8_t>(x < 4 ? 40 : 240); });
    view.canvas.setPanes({paneOf({0, 0, 60, 60}, halves, bare(Sampling::Nearest))});
    view.canvas.setCamera({0.5, 0.5, 7.3});
    const Frame frame = view.draw(60, 60);
    int blended = 0;
    for (int x = 2; x < 58; ++x) {
        const int value = frame.at(x, 30)[0];
        if (value != 40 && value != 240) ++blended;
    }
    EXPECT_LE(blended, 1);
}

TEST(CanvasPixels, AutomaticIsBilinearBelowTwoHundredPercentAndNearestFromThereOn) {
    CanvasView view;
    const auto picture = noisePicture(16, 16);
    const auto drawn = [&](double zoom, Sampling sampling) {
        view.canvas.setPanes({paneOf({0, 0, 64, 64}, picture, bare(sampling))});
        view.canvas.setCamera({0.5, 0.5, zoom});
        return view.draw(64, 64);
    };
    EXPECT_EQ(drawn(1.9, Sampling::Automatic), drawn(1.9, Sampling::Bilinear));
    EXPECT_NE(drawn(1.9, Sampling::Automatic), drawn(1.9, Sampling::Nearest));
    EXPECT_EQ(drawn(2, Sampling::Automatic), drawn(2, Sampling::Nearest));
    EXPECT_NE(drawn(2, Sampling::Automatic), drawn(2, Sampling::Bilinear));
    EXPECT_EQ(drawn(1, Sampling::Nearest), drawn(1, Sampling::Bilinear)) << "at 100 % there is nothing between pixels";
}

TEST(CanvasPixels, BilinearLiesBetweenThePixelsCentres) {
    CanvasView view;
    const auto halves = pictureOf<std::uint8_t>(2, 1, 3, [](int x, int, int) { return static_cast<std::uint8_t>(x == 0 ? 0 : 200); });
    view.canvas.setPanes({paneOf({0, 0, 40, 20}, halves, bare(Sampling::Bilinear))});
    view.canvas.setCamera({0.5, 0.5, 20});
    const Frame frame = view.draw(40, 20);
    for (int x = 0; x < 40; ++x) {
        const double across = std::clamp((x + 0.5) / 20 - 0.5, 0.0, 1.0);
        EXPECT_NEAR(frame.at(x, 10)[0], across * 200, 2) << x;
    }
}

/// Mean of a channel over the part of a picture that a rectangle of its pixels covers.
double meanOver(const Image& image, double left, double top, double right, double bottom, int channel) {
    double sum = 0, area = 0;
    for (int y = std::max(0, static_cast<int>(top)); y < std::min<double>(image.height(), bottom); ++y) {
        for (int x = std::max(0, static_cast<int>(left)); x < std::min<double>(image.width(), right); ++x) {
            const double share = (std::min(right, x + 1.0) - std::max<double>(left, x)) * (std::min(bottom, y + 1.0) - std::max<double>(top, y));
            sum += share * image.at(x, y, channel);
            area += share;
        }
    }
    return sum / area * 255;
}

TEST(CanvasPixels, AShrunkPixelIsTheMeanOfWhatItCovers) {
    CanvasView view;
    const auto picture = noisePicture(101, 97);
    for (const double zoom : {0.97, 0.8, 0.6, 0.51}) {
        view.canvas.setPanes({paneOf({0, 0, 64, 64}, picture, bare())});
        view.canvas.setCamera({0.47, 0.55, zoom});
        const Frame frame = view.draw(64, 64);
        const Rect rect = view.canvas.pictureRect(0);
        for (int y = 10; y < 50; ++y) {
            for (int x = 10; x < 50; ++x) {
                for (std::size_t c = 0; c < 3; ++c) {
                    const double expected = meanOver(picture->image, (x - rect.x) / zoom, (y - rect.y) / zoom, (x + 1 - rect.x) / zoom,
                                                     (y + 1 - rect.y) / zoom, static_cast<int>(c));
                    ASSERT_NEAR(frame.at(x, y)[c], expected, 2) << zoom << " at " << x << ", " << y;
                }
            }
        }
    }
}

TEST(CanvasPixels, AQuarterAndAnEighthAreMeansOfWholeBlocks) {
    CanvasView view;
    const auto picture = noisePicture(512, 512);
    for (const int side : {2, 4, 8, 16}) {
        const int size = 512 / side;
        view.canvas.setPanes({paneOf({0, 0, static_cast<float>(size), static_cast<float>(size)}, picture, bare())});
        view.canvas.setCamera({0.5, 0.5, 1.0 / side});
        const Frame frame = view.draw(size, size);
        for (int y = 0; y < size; y += 3) {
            for (int x = 0; x < size; x += 3) {
                const double expected = meanOver(picture->image, x * side, y * side, (x + 1) * side, (y + 1) * side, 1);
                ASSERT_NEAR(frame.at(x, y)[1], expected, 1) << side << " at " << x << ", " << y;
            }
        }
    }
}

TEST(CanvasPixels, FineStripesShrinkToTheirMeanAtAnyZoom) {
    CanvasView view;
    // One-pixel stripes and a chequerboard alias into anything but their mean where pixels are skipped.
    const auto fine = pictureOf<std::uint8_t>(1024, 1024, 3, [](int x, int y, int c) {
        return static_cast<std::uint8_t>(c == 0 ? (x % 2) * 255 : c == 1 ? ((x + y) % 2) * 255 : (y % 2) * 255);
    });
    for (const double zoom : {0.5, 0.49, 0.3, 0.21, 0.125, 0.1, 0.066}) {
        view.canvas.setPanes({paneOf({0, 0, 64, 64}, fine, bare())});
        view.canvas.setCamera({0.5, 0.5, zoom});
        const Frame frame = view.draw(64, 64);
        for (int y = 4; y < 60; ++y) {
            for (int x = 4; x < 60; ++x) {
                for (const int value : frame.at(x, y)) ASSERT_NEAR(value, 127.5, 3) << zoom << " at " << x << ", " << y;
            }
        }
    }
}

TEST(CanvasPixels, ASinglePixelWithoutANumberIsSeenInAShrunkPicture) {
    CanvasView view;
    const auto floats = pictureOf<float>(512, 512, 3, [](int x, int y, int) { return x == 200 && y == 300 ? kNaN : 0.5F; });
    for (const FieldMapping mapping : {FieldMapping::Colour, FieldMapping::Squared}) {
        view.canvas.setPanes({paneOf({0, 0, 64, 64}, floats, mapped(mapping, ColourMap::Viridis, 0, 1))});
        view.canvas.setCamera({});
        EXPECT_EQ(view.draw(64, 64).at(200 / 8, 300 / 8), kMagenta);
    }
}

TEST(CanvasPixels, InfinitiesAreTheEndsOfTheBarAtAnyZoomAndLeaveTheirNeighboursAlone) {
    // A pixel of each kind in a plain field, far from one another: below -1, above 1, no number.
    constexpr float kInfinity = std::numeric_limits<float>::infinity();
    constexpr int kSide = 96;
    struct Spot {
        int x, y;
        float value;
    };
    constexpr std::array kSpots = {Spot{20, 20, -kInfinity}, Spot{70, 30, kInfinity}, Spot{40, 70, kNaN}};
    const auto plane = pictureOf<float>(kSide, kSide, 1, [&](int x, int y, int) {
        for (const Spot& spot : kSpots)
            if (x == spot.x && y == spot.y) return spot.value;
        return 0.0F;
    });
    const auto floats = pictureOf<float>(kSide, kSide, 3, [&](int x, int y, int) {
        for (const Spot& spot : kSpots)
            if (x == spot.x && y == spot.y) return spot.value;
        return 0.4F;  // 102, far from where rounding tips over
    });
    const auto rgb = [](std::array<std::uint8_t, 3> colour) { return std::array<int, 3>{colour[0], colour[1], colour[2]}; };
    CanvasView view;
    for (const Sampling sampling : {Sampling::Automatic, Sampling::Bilinear, Sampling::Nearest}) {
        for (const double zoom : {0.11, 0.125, 0.3, 0.37, 0.5, 0.71, 0.99, 1.0, 1.3, 1.99, 2.0, 2.6, 5.0, 7.3}) {
            // Nearest below 100 % shows some pixels and leaves out others.
            if (sampling == Sampling::Nearest && zoom < 1) continue;
            for (const double shift : {0.0, 0.37}) {
                for (const bool field : {true, false}) {
                    PaneLook look = field ? mapped(FieldMapping::Scalar, ColourMap::RedWhiteBlue, -1, 1) : bare();
                    look.sampling = sampling;
                    if (!field && shift > 0) look.exposureStops = 0.5F;
                    const auto& map = colourEntries(ColourMap::RedWhiteBlue);
                    const std::array<std::array<int, 3>, 3> wanted = {field ? rgb(map[0]) : rgb({0, 0, 0}), field ? rgb(map[255]) : rgb({255, 255, 255}), kMagenta};
                    const int side = static_cast<int>(std::ceil(kSide * zoom)) + 2;
                    view.canvas.setPanes({paneOf({0, 0, static_cast<float>(side), static_cast<float>(side)}, field ? plane : floats, look)});
                    // The picture's top left corner at `shift` device pixels.
                    const double centre = (side / 2.0 - shift) / zoom / kSide;
                    view.canvas.setCamera({centre, centre, zoom});
                    const Frame frame = view.draw(side, side);
                    const auto plain = frame.at(static_cast<int>(shift + 50.5 * zoom), static_cast<int>(shift + 50.5 * zoom));
                    SCOPED_TRACE(testing::Message() << (field ? "field" : "colour") << " sampling " << static_cast<int>(sampling) << " zoom " << zoom << " shift " << shift);
                    const auto placed = [&](int at) { return shift + (at + 0.5) * zoom; };
                    for (std::size_t i = 0; i < kSpots.size(); ++i) {
                        EXPECT_EQ(frame.at(static_cast<int>(placed(kSpots[i].x)), static_cast<int>(placed(kSpots[i].y))), wanted[i]) << "spot " << i;
                    }
                    // Filters reach from the middle of a texel to that of the next, or one device pixel; levels are up to twice as coarse as the screen.
                    const double reach = std::max(1.5 * zoom, 2.0) + 0.5;
                    const auto nearSpot = [&](int x, int y) {
                        return std::ranges::any_of(kSpots, [&](const Spot& spot) {
                            return std::max(std::abs(x + 0.5 - placed(spot.x)), std::abs(y + 0.5 - placed(spot.y))) < reach;
                        });
                    };
                    const int end = static_cast<int>(shift + kSide * zoom) - 1;  // the edge of the picture is another matter
                    for (int y = 1; y < end; ++y) {
                        for (int x = 1; x < end; ++x) {
                            if (nearSpot(x, y)) continue;
                            ASSERT_EQ(frame.at(x, y), plain) << x << ", " << y;
                        }
                    }
                }
            }
        }
    }
}

TEST(CanvasPixels, ShrinkingAFieldAveragesErrorsNotTheirSigns) {
    CanvasView view;
    const auto field = pictureOf<float>(256, 256, 4, [](int x, int y, int c) { return c == 3 ? 0.0F : (x + y) % 2 == 0 ? 0.2F : -0.2F; });
    PaneLook look = mapped(FieldMapping::Absolute, ColourMap::Grey, 0, 0.4F);
    view.canvas.setPanes({paneOf({0, 0, 32, 32}, field, look)});
    view.canvas.setCamera({});
    EXPECT_NEAR(view.draw(32, 32).at(16, 16)[0], 127.5, 2) << "|0.2| everywhere";
    look.mapping = FieldMapping::Signed;
    view.canvas.setPanes({paneOf({0, 0, 32, 32}, field, look)});
    EXPECT_NEAR(view.draw(32, 32).at(16, 16)[0], 127.5, 2) << "0 on the average";
}

TEST(CanvasPixels, TilesShowWhatOneTextureShows) {
    Canvas::Options options = CanvasView::withFont();
    CanvasView whole(options);
    options.largestTexture = 64;
    CanvasView tiled(options);
    const auto picture = noisePicture(300, 211);
    const auto field = differencePicture(300, 211);
    const auto drawn = [](CanvasView& view, const std::shared_ptr<const Picture>& shown, const PaneLook& look, double zoom) {
        view.context.makeCurrent();
        view.canvas.setPanes({paneOf({0, 0, 300, 211}, shown, look)});
        view.canvas.setCamera({0.45, 0.55, zoom});
        return view.draw(300, 211);
    };
    for (const double zoom : {1.0, 1.6, 2.0, 5.5}) {
        const Frame a = drawn(whole, picture, bare(), zoom), b = drawn(tiled, picture, bare(), zoom);
        int worst = 0;
        for (int y = 0; y < 211; ++y) {
            for (int x = 0; x < 300; ++x) worst = std::max(worst, distance(a.at(x, y), b.at(x, y)));
        }
        EXPECT_LE(worst, zoom == 1 || zoom == 2 ? 0 : 2) << zoom;
    }
    const PaneLook look = mapped(FieldMapping::Absolute, ColourMap::Magma, 0, 0.25F);
    EXPECT_EQ(drawn(whole, field, look, 1), drawn(tiled, field, look, 1));
    EXPECT_GT(tiled.canvas.statistics().textures, whole.canvas.statistics().textures);
    EXPECT_EQ(tiled.canvas.statistics().uploads, 2U) << "tiles of a picture are one upload";
}

TEST(CanvasPixels, TilesShrinkWithoutSeams) {
    Canvas::Options options = CanvasView::withFont();
    options.largestTexture = 128;
    CanvasView tiled(options);
    const auto ramp = pictureOf<std::uint8_t>(600, 500, 3, [](int x, int y, int c) {
        return static_cast<std::uint8_t>(c == 0 ? x * 255 / 599 : c == 1 ? y * 255 / 499 : 128);
    });
    for (const double zoom : {0.7, 0.5, 0.23, 0.11}) {
        tiled.canvas.setPanes({paneOf({0, 0, 300, 250}, ramp, bare())});
        tiled.canvas.setCamera({0.5, 0.5, zoom});
        const Frame frame = tiled.draw(300, 250);
        const Rect rect = tiled.canvas.pictureRect(0);
        for (int x = std::max(0, static_cast<int>(rect.x) + 3); x < std::min(300, static_cast<int>(rect.x + rect.width) - 3); ++x) {
            const double expected = ((x + 0.5 - rect.x) / zoom - 0.5) * 255 / 599;
            ASSERT_NEAR(frame.at(x, 125)[0], expected, 2.5) << zoom << " at " << x;
        }
    }
}

TEST(CanvasPixels, TransparentPixelsShowAChequerboard) {
    CanvasView view;
    const auto picture =
        pictureOf<std::uint8_t>(32, 16, 4, [](int x, int, int c) { return static_cast<std::uint8_t>(c == 3 ? (x < 16 ? 255 : 0) : 200); });
    const Frame frame = view.drawAtFullSize(picture, bare());
    EXPECT_EQ(frame.at(4, 4), (std::array<int, 3>{200, 200, 200}));
    EXPECT_EQ(frame.at(17, 1), (std::array<int, 3>{102, 102, 102}));
    EXPECT_EQ(frame.at(25, 1), (std::array<int, 3>{153, 153, 153}));
    EXPECT_EQ(frame.alphaAt(25, 1), 255) << "the canvas itself is opaque";
}

}  // namespace
}  // namespace tessera::canvas
