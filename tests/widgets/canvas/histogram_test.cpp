// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>
#include <limits>
#include <numeric>

#include "canvas/histogram.h"
#include "canvas/look_maths.h"
#include "widgets/canvas/pictures.h"

namespace tessera::canvas {
namespace {

using test::noisePicture;
using test::pictureOf;

std::uint64_t sumOf(const Histogram::Channel& channel) {
    return std::accumulate(channel.counts.begin(), channel.counts.end(), channel.below + channel.above + channel.notNumbers);
}

TEST(Histogram, CountsEveryValueOfAFieldOnce) {
    const auto plane = pictureOf<float>(10, 10, 1, [](int x, int y, int) { return static_cast<float>(y * 10 + x) / 100; });
    const Histogram histogram = histogramOf(*plane, FieldMapping::Scalar, 4, 0.2F, 0.6F);
    ASSERT_EQ(histogram.channels.size(), 1U);
    const Histogram::Channel& channel = histogram.channels[0];
    EXPECT_EQ(channel.below, 20U);
    EXPECT_EQ(channel.above, 39U) << "0.60 itself lies in the last bin";
    EXPECT_EQ(sumOf(channel), 100U);
    EXPECT_NEAR(static_cast<double>(channel.counts[1]), 10, 1);
    EXPECT_EQ(histogram.pixels, 100U);
    EXPECT_EQ(histogram.stride, 1);
    EXPECT_FLOAT_EQ(channel.range->first, 0);
    EXPECT_FLOAT_EQ(channel.range->second, 0.99F);
}

TEST(Histogram, InfinitiesLieBeyondTheEndsAndNoNumbersByThemselves) {
    const float infinity = std::numeric_limits<float>::infinity();
    const auto plane = pictureOf<float>(4, 1, 1, [&](int x, int, int) { return x == 0 ? -infinity : x == 1 ? infinity : x == 2 ? std::numeric_limits<float>::quiet_NaN() : 0.5F; });
    const Histogram::Channel channel = histogramOf(*plane, FieldMapping::Scalar, 2, 0, 1).channels.at(0);
    EXPECT_EQ(channel.below, 1U);
    EXPECT_EQ(channel.above, 1U);
    EXPECT_EQ(channel.notNumbers, 1U);
    EXPECT_EQ(channel.range, std::pair(0.5F, 0.5F));
}

TEST(Histogram, OfColoursHasThreeChannelsAndTheLuminanceOfTheBrush) {
    for (const bool floats : {false, true}) {
        const auto bytes = noisePicture(97, 61);
        const auto picture = floats ? pictureOf<float>(97, 61, 3, [&](int x, int y, int c) { return bytes->image.at(x, y, c); }) : bytes;
        const Histogram histogram = histogramOf(*picture, FieldMapping::Colour, 256, 0, 1);
        ASSERT_EQ(histogram.channels.size(), 4U);
        std::vector<std::vector<std::uint64_t>> expected(4, std::vector<std::uint64_t>(256));
        for (int y = 0; y < 61; ++y) {
            for (int x = 0; x < 97; ++x) {
                for (int c = 0; c < 3; ++c) ++expected[static_cast<std::size_t>(c)][std::min<std::size_t>(255, static_cast<std::size_t>(bytes->image.at(x, y, c) * 256))];
            }
        }
        for (std::size_t c = 0; c < 3; ++c) EXPECT_EQ(histogram.channels[c].counts, expected[c]) << "channel " << c;
        // The luminance comes from a table: each value within a ten-thousandth.
        double mean = 0, counted = 0;
        for (int y = 0; y < 61; ++y) {
            for (int x = 0; x < 97; ++x) mean += static_cast<double>(valueOf(bytes->image, x, y, FieldMapping::Colour)) / (97 * 61);
        }
        for (std::size_t bin = 0; bin < 256; ++bin) counted += static_cast<double>(histogram.channels[3].counts[bin]) * (static_cast<double>(bin) + 0.5) / 256 / (97 * 61);
        EXPECT_NEAR(counted, mean, 5e-4);
        EXPECT_EQ(sumOf(histogram.channels[3]), 97U * 61U);
    }
}

TEST(Histogram, OfARegionCountsItsPixelsOnly) {
    const auto halves = pictureOf<std::uint8_t>(40, 20, 1, [](int x, int, int) { return static_cast<std::uint8_t>(x < 20 ? 0 : 255); });
    const Histogram histogram = histogramOf(*halves, FieldMapping::Colour, 2, 0, 1, Rect{15, 5, 10, 4});
    EXPECT_EQ(histogram.channels.at(0).counts, (std::vector<std::uint64_t>{20, 20}));
    EXPECT_EQ(histogram.pixels, 40U);
    EXPECT_TRUE(histogramOf(*halves, FieldMapping::Colour, 2, 0, 1, Rect{50, 5, 10, 4}).channels.empty());
}

TEST(Histogram, OfALargePictureCountsEverySecondRowAndColumn) {
    const auto large = std::make_shared<Picture>(
        Picture{.image = Image(4096, 2048, 1, SharedArray<std::uint8_t>(std::vector<std::uint8_t>(std::size_t{4096} * 2048, 7)))});
    const Histogram histogram = histogramOf(*large, FieldMapping::Colour, 256, 0, 1);
    EXPECT_EQ(histogram.stride, 2);
    EXPECT_EQ(histogram.pixels, 2048U * 1024U);
    EXPECT_EQ(histogram.channels.at(0).counts[7], histogram.pixels);
}

TEST(Histogram, OfADifferenceAlignsByTheSource) {
    Pane pane;
    auto fine = std::make_shared<Picture>(*pictureOf<std::uint8_t>(8, 8, 1, [](int x, int, int) { return static_cast<std::uint8_t>(x / 2 * 51); }));
    auto coarse = std::make_shared<Picture>(*pictureOf<std::uint8_t>(4, 4, 1, [](int x, int, int) { return static_cast<std::uint8_t>(x * 51); }));
    fine->region = coarse->region = {0, 0, 16, 16};
    for (const bool swapped : {false, true}) {
        pane.picture = swapped ? coarse : fine;
        pane.other = swapped ? fine : coarse;
        const Histogram histogram = differenceHistogramOf(pane, 10, 0, 1);
        EXPECT_EQ(histogram.pixels, 64U);
        EXPECT_EQ(histogram.channels.at(0).counts[0], 64U);
    }
    coarse->region = {8, 0, 16, 16};
    EXPECT_EQ(differenceHistogramOf(pane, 10, 0, 1).pixels, 32U) << "the half that both cover";
    pane.differenceLook.mapping = FieldMapping::Signed;
    const auto [low, high] = differenceRangeOf(pane);
    EXPECT_FLOAT_EQ(low, -high);
    EXPECT_GT(high, 0.1F);
}

TEST(Histogram, OfNothingIsEmpty) {
    EXPECT_TRUE(histogramOf(Picture{}, FieldMapping::Colour, 16, 0, 1).channels.empty());
    EXPECT_TRUE(histogramOf(*noisePicture(2, 2), FieldMapping::Colour, 0, 0, 1).channels.empty());
    EXPECT_TRUE(histogramOf(*noisePicture(2, 2), FieldMapping::Colour, 4, 1, 1).channels.empty());
}

}  // namespace
}  // namespace tessera::canvas
