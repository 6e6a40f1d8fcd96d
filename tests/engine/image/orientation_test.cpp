// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>

#include "engine/image/test_pictures.h"
#include "image/codecs.h"
#include "image/image_file.h"

namespace tessera {
namespace {

using namespace test;
using testing::Contains;

constexpr int kWidth = 70, kHeight = 45;

// Every pixel different, so that any wrong turn shows.
U8 uprightPicture() {
    U8 samples;
    for (int y = 0; y < kHeight; ++y)
        for (int x = 0; x < kWidth; ++x)
            for (const int value : {3 * x, 5 * y, x + y}) samples.push_back(static_cast<std::uint8_t>(value));
    return samples;
}

struct Stored {
    U8 samples;
    int width = 0, height = 0;
};

// How a camera stores an upright picture when it writes `orientation`. The EXIF standard says where the stored row 0 and column 0 belong:
// 1 top left, 2 top right, 3 bottom right, 4 bottom left, 5 left top, 6 right top, 7 right bottom, 8 left bottom.
Stored storedAs(const U8& upright, int orientation) {
    const bool turned = orientation >= 5;
    Stored stored{{}, turned ? kHeight : kWidth, turned ? kWidth : kHeight};
    const bool rowFromEnd = orientation == 3 || orientation == 4 || orientation == 6 || orientation == 7;
    const bool columnFromEnd = orientation == 2 || orientation == 3 || orientation == 7 || orientation == 8;
    for (int row = 0; row < stored.height; ++row)
        for (int column = 0; column < stored.width; ++column) {
            const int a = rowFromEnd ? stored.height - 1 - row : row;
            const int b = columnFromEnd ? stored.width - 1 - column : column;
            const int x = turned ? a : b, y = turned ? b : a;
            for (int c = 0; c < 3; ++c) stored.samples.push_back(upright[static_cast<std::size_t>(3 * (y * kWidth + x) + c)]);
        }
    return stored;
}

class Orientation : public testing::TestWithParam<int> {
protected:
    void expectUpright(const Bytes& file, int tolerance) const {
        const DecodedImage d = decodeImage(file, "a");
        ASSERT_EQ(d.image.width(), kWidth);
        ASSERT_EQ(d.image.height(), kHeight);
        EXPECT_EQ(d.fullWidth, kWidth);
        EXPECT_EQ(d.fullHeight, kHeight);
        const U8 expected = uprightPicture();
        const auto samples = std::get<SharedArray<std::uint8_t>>(d.image.samples()).span();
        for (std::size_t i = 0; i < samples.size(); ++i) ASSERT_NEAR(samples[i], expected[i], tolerance) << "sample " << i;
        if (GetParam() == 1) return;
        EXPECT_THAT(d.notes, Contains("EXIF orientation " + std::to_string(GetParam()) + " applied"));
    }
    Stored stored() const { return storedAs(uprightPicture(), GetParam()); }
};

TEST_P(Orientation, OfJpegIsApplied) {
    const Stored s = stored();
    for (const bool bigEndian : {true, false})
        expectUpright(jpegOf(s.samples, s.width, s.height, 3, {.quality = 100, .exif = exifWith(GetParam(), bigEndian)}), 6);
}

TEST_P(Orientation, OfPngIsApplied) {
    const Stored s = stored();
    expectUpright(pngOf(s.samples, s.width, s.height, 3, {.exif = exifWith(GetParam())}), 0);
}

TEST_P(Orientation, OfWebpIsApplied) {
    const Stored s = stored();
    expectUpright(webpOf(s.samples, s.width, s.height, 3, exifWith(GetParam(), false)), 0);
    Bytes prefixed = bytesOf("Exif");
    prefixed.resize(6);
    const Bytes exif = exifWith(GetParam());
    prefixed.insert(prefixed.end(), exif.begin(), exif.end());
    expectUpright(webpOf(s.samples, s.width, s.height, 3, prefixed), 0);
}

TEST_P(Orientation, OfTiffIsApplied) {
    const Stored s = stored();
    expectUpright(tiffOf(viewOf(s.samples), s.width, s.height, 3, {.orientation = GetParam()}), 0);
}

TEST_P(Orientation, OfGreyAndSixteenBitPicturesIsApplied) {
    const Stored s = stored();
    std::vector<std::uint16_t> words;
    for (std::size_t i = 0; i < s.samples.size(); i += 3) words.push_back(static_cast<std::uint16_t>(s.samples[i] * 256 + s.samples[i + 1]));
    const DecodedImage d = decodeImage(pngOf(words, s.width, s.height, 1, 16, {.exif = exifWith(GetParam())}), "a");
    const auto samples = std::get<SharedArray<std::uint16_t>>(d.image.samples()).span();
    const U8 upright = uprightPicture();
    ASSERT_EQ(samples.size() * 3, upright.size());
    for (std::size_t i = 0; i < samples.size(); ++i) ASSERT_EQ(samples[i], upright[3 * i] * 256 + upright[3 * i + 1]);
}

INSTANTIATE_TEST_SUITE_P(All, Orientation, testing::Range(1, 9));

TEST(TiffConvertedByItsLibrary, IsTurnedOnce) {
    // A palette TIFF goes through libtiff's own conversion, which would like to turn the picture too.
    const U8 indices{0, 10, 20, 30, 40, 50};  // 3 x 2
    const DecodedImage d = decodeImage(tiffOf(viewOf(indices), 3, 2, 1, {.photometric = 3, .orientation = 6}), "a");
    ASSERT_EQ(d.image.width(), 2);
    ASSERT_EQ(d.image.height(), 3);
    EXPECT_EQ(d.image.at(0, 0, 0) * 255, 30);
    EXPECT_EQ(d.image.at(1, 0, 0) * 255, 0);
    EXPECT_EQ(d.image.at(0, 2, 0) * 255, 50);
}

TEST(ExifOrientation, NonsenseMeansUpright) {
    using codecs::exifOrientation;
    EXPECT_EQ(exifOrientation({}), 1);
    EXPECT_EQ(exifOrientation(bytesOf("MM")), 1);
    EXPECT_EQ(exifOrientation(bytesOf("hello, this is not EXIF at all")), 1);
    for (const int value : {0, 9, 255}) EXPECT_EQ(exifOrientation(exifWith(value)), 1);
    Bytes type = exifWith(6);
    type[8 + 2 + 12 + 3] = std::byte{2};  // an ASCII orientation
    EXPECT_EQ(exifOrientation(type), 1);
}

TEST(ExifOrientation, NeverReadsPastTheEnd) {
    // Cut everywhere, and with every directory offset and count byte set to the largest value: the answer may be anything from 1 to 8.
    const Bytes whole = exifWith(8);
    for (std::size_t size = 0; size <= whole.size(); ++size)
        for (std::size_t at = 0; at < size; ++at) {
            Bytes part(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size));
            part.shrink_to_fit();
            part[at] = std::byte{0xFF};
            const int orientation = codecs::exifOrientation(part);
            ASSERT_GE(orientation, 1);
            ASSERT_LE(orientation, 8);
        }
}

}  // namespace
}  // namespace tessera
