// SPDX-License-Identifier: Apache-2.0
#include "evaluate/collages.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tessera::evaluation {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

/// One colour, `channels` samples of it a pixel.
Image flat(int width, int height, const std::vector<std::uint8_t>& colour) {
    std::vector<std::uint8_t> samples;
    for (int i = 0; i < width * height; ++i) samples.insert(samples.end(), colour.begin(), colour.end());
    return Image(width, height, static_cast<int>(colour.size()), SharedArray<std::uint8_t>(std::move(samples)));
}

/// `image` with another colour in one pixel.
Image with(const Image& image, int x, int y, const std::vector<std::uint8_t>& colour) {
    const auto span = std::get<SharedArray<std::uint8_t>>(image.samples()).span();
    std::vector<std::uint8_t> samples(span.begin(), span.end());
    std::ranges::copy(colour, samples.begin() + (y * image.width() + x) * image.channels());
    return Image(image.width(), image.height(), image.channels(), SharedArray<std::uint8_t>(std::move(samples)));
}

std::vector<int> pixel(const Collage& collage, int x, int y) {
    std::vector<int> values;
    for (int c = 0; c < 3; ++c) values.push_back(static_cast<int>(std::lround(collage.picture.at(x, y, c) * 255)));
    return values;
}

/// Rows of 0 and 1.
std::vector<std::string> drawn(const Collage& collage) {
    std::vector<std::string> rows;
    for (int y = 0; y < collage.side(); ++y) {
        rows.emplace_back();
        for (int x = 0; x < collage.side(); ++x) rows.back() += collage.drawn[static_cast<std::size_t>(y * collage.side() + x)] ? '1' : '0';
    }
    return rows;
}

/// A side of 8 whose drawings are the given rows of 0 and 1.
Collage masked(const std::vector<std::string>& rows) {
    Collage collage{.picture = flat(8, 8, {0, 0, 0}), .drawn = {}};
    for (const std::string& row : rows) {
        for (const char mark : row) collage.drawn.push_back(mark == '1');
    }
    return collage;
}

/// Readings of side x side tokens over a region of the picture; four names, each token's likeliest (0 to 3) as a digit, '=' where two are as alike, '?' where they are NaN.
Picture readings(const std::string& likeliest, double region = 8) {
    const int side = static_cast<int>(std::lround(std::sqrt(likeliest.size())));
    Picture picture;
    picture.region = {0, 0, region, region};
    picture.readings = {.names = {"a", "b", "c", "d"}, .width = side, .height = side, .values = {}};
    for (const char mark : likeliest) {
        for (int name = 0; name < 4; ++name) picture.readings.values.push_back(mark == '?' ? std::numeric_limits<float>::quiet_NaN() : (mark == '=' && name < 2) || mark == '0' + name ? 0.5F : 0.1F);
    }
    return picture;
}

TEST(Collages, TakePicturesInTheirOrder) {
    const std::vector<std::int32_t> names{0, 1, -1, 2, 3, 4, 5, 6, 7, 8};
    EXPECT_THAT(foursOf(names, {}), ElementsAre(Four{0, 1, 3, 4}, Four{5, 6, 7, 8}));
    EXPECT_THAT(foursOf(std::vector<std::int32_t>{0, 1, 2}, {}), IsEmpty());
}

TEST(Collages, OfOneNameWaitForTheNextOne) {
    const std::vector<std::int32_t> names{0, 0, 0, 1, 2, 3, 4, 5, 0, 6, 7};
    EXPECT_THAT(foursOf(names, {}), ElementsAre(Four{0, 3, 4, 5}, Four{1, 6, 7, 9}));
    EXPECT_THAT(foursOf(std::vector<std::int32_t>(40, 0), {}), IsEmpty());
    EXPECT_THAT(foursOf(std::vector<std::int32_t>{0, 0, 1, 1, 2, 2, 3, 3}, {}), ElementsAre(Four{0, 2, 4, 6}, Four{1, 3, 5, 7}));
}

TEST(Collages, AreShuffledByASeed) {
    std::vector<std::int32_t> names;
    for (int i = 0; i < 200; ++i) names.push_back(i);
    const std::vector<Four> fours = foursOf(names, 3);
    EXPECT_EQ(fours, foursOf(names, 3));
    EXPECT_NE(fours, foursOf(names, 4));
    EXPECT_NE(fours, foursOf(names, {}));
    std::set<std::size_t> taken;
    for (const Four& four : fours) taken.insert(four.begin(), four.end());
    EXPECT_EQ(taken.size(), 200u);
}

TEST(Collages, HoldPicturesWholeOnTheirOwnBackgrounds) {
    const Image red = with(with(flat(4, 4, {200, 0, 0}), 1, 2, {200, 11, 0}), 2, 2, {200, 10, 0});  // 4 % are 10.2
    const Image wide = with(flat(4, 2, {0, 90, 0}), 3, 1, {0, 0, 90});
    const Image clear = with(with(flat(4, 4, {9, 9, 9, 0}), 0, 0, {255, 255, 255, 255}), 3, 3, {0, 0, 0, 102});  // a white pixel, and one of 40 % black
    const Image grey = with(flat(4, 4, {77}), 3, 0, {0});
    const Collage collage = collageOf({red, wide, clear, grey}, 8);
    EXPECT_EQ(collage.side(), 8);
    EXPECT_THAT(pixel(collage, 0, 0), ElementsAre(200, 0, 0));
    EXPECT_THAT(pixel(collage, 1, 2), ElementsAre(200, 11, 0));
    EXPECT_THAT(pixel(collage, 4, 0), ElementsAre(0, 90, 0)) << "beside the picture";
    EXPECT_THAT(pixel(collage, 7, 2), ElementsAre(0, 0, 90)) << "in its second row";
    EXPECT_THAT(pixel(collage, 0, 4), ElementsAre(255, 255, 255));
    EXPECT_THAT(pixel(collage, 1, 4), ElementsAre(255, 255, 255)) << "what lies under nothing is not seen";
    EXPECT_THAT(pixel(collage, 3, 7), ElementsAre(153, 153, 153));
    EXPECT_THAT(pixel(collage, 4, 5), ElementsAre(77, 77, 77));
    EXPECT_THAT(drawn(collage), ElementsAre("00000000", "00000000", "01000001", "00000000",  // the second quarter's picture begins in row 1
                                            "10000001", "00000000", "00000000", "00000000"));
}

TEST(Collages, ShrinkWhatIsLarger) {
    const Image left = flat(40, 40, {255, 0, 0}), small = flat(1, 1, {0, 0, 255});
    const Collage collage = collageOf({left, small, left, small}, 16);
    EXPECT_THAT(pixel(collage, 7, 7), ElementsAre(255, 0, 0));
    EXPECT_THAT(pixel(collage, 8, 0), ElementsAre(0, 0, 255));
    EXPECT_EQ(std::ranges::count(collage.drawn, 1), 0) << "nothing differs from its background";
}

TEST(Findings, CountTokensThatLieMostlyInADrawing) {
    // Tokens of 2 x 2 px. The first quarter: one drawn wholly, one by three quarters, one by half, one not. The last: all of it.
    const Collage collage = masked({"11110000", "11010000", "10000000", "01000000", "00001111", "00001111", "00001111", "00001111"});
    CollageFinding finding = findingOf(collage, readings("0100" "1111" "2222" "3321"));
    EXPECT_EQ(finding.tokens, 2 + 4);
    EXPECT_EQ(finding.found, 1 + 0 + 0 + 0 + 0);
    finding = findingOf(collage, readings("0000" "0000" "2233" "2233"));
    EXPECT_EQ(finding.found, 6);
    finding = findingOf(collage, readings("=?00" "0000" "223?" "2233"));
    EXPECT_EQ(finding.found, 3) << "where two are as alike, or none is a number, nothing is found";
}

TEST(Findings, ANameHasItsQuarterWhereItsMeanIsLargest) {
    const Collage collage = masked(std::vector<std::string>(8, "00000000"));
    EXPECT_EQ(findingOf(collage, readings("0011" "0011" "2233" "2233")).inPlace, 4);
    EXPECT_EQ(findingOf(collage, readings("0111" "1111" "2233" "2203")).inPlace, 3) << "one token of four here and one there: the first name has no quarter";
    EXPECT_EQ(findingOf(collage, readings("1100" "1100" "3322" "3322")).inPlace, 0);
    EXPECT_EQ(findingOf(collage, readings("0000" "0000" "0000" "0000")).inPlace, 0);
}

TEST(Findings, LeaveOutTokensBetweenQuartersAndBesideThePicture) {
    const Collage collage = masked(std::vector<std::string>(8, "11111111"));
    // 3 x 3 tokens: those in the middle row and column belong to no quarter by more than half.
    const CollageFinding between = findingOf(collage, readings("0?1" "???" "2?3"));
    EXPECT_EQ(between.tokens, 4);
    EXPECT_EQ(between.found, 4);
    EXPECT_EQ(between.inPlace, 4);
    // A model that pads to 12 px: of 3 x 3 tokens of 4 px those at the right and below lie beside the picture.
    const CollageFinding beside = findingOf(collage, readings("013" "233" "333", 12));
    EXPECT_EQ(beside.tokens, 4);
    EXPECT_EQ(beside.found, 4);
}

}  // namespace
}  // namespace tessera::evaluation
