// SPDX-License-Identifier: Apache-2.0
#include "train/data/example_picture.h"

#include <cmath>

#include <gmock/gmock.h>

#include "core/error.h"
#include "engine/image/test_pictures.h"

namespace tessera::train {
namespace {

using namespace test;

Image decoded(const Bytes& bytes) { return decodeWithAlpha(bytes, "test"); }

/// Every alpha with every 5th colour.
U8 allAlphas() {
    U8 samples;
    for (int y = 0; y < 52; ++y)
        for (int alpha = 0; alpha < 256; ++alpha)
            for (const int value : {y * 5, 255 - y * 5, (y * 5 + alpha) % 256, alpha}) samples.push_back(static_cast<std::uint8_t>(value));
    return samples;
}

TEST(ExamplePicture, KeepsAlphaExactlyAndColourWhereItShows) {
    const U8 samples = allAlphas();
    for (const Bytes& file : {pngOf(samples, 256, 52, 4), webpOf(samples, 256, 52, 4)}) {
        const Image image = decoded(file);
        ASSERT_EQ(image.channels(), 4);
        for (int y = 0; y < 52; ++y)
            for (int x = 0; x < 256; ++x) {
                const auto* expected = samples.data() + 4 * (y * 256 + x);
                EXPECT_EQ(std::lround(image.at(x, y, 3) * 255), expected[3]) << x << " " << y;
                for (int c = 0; c < 3; ++c) EXPECT_NEAR(image.at(x, y, c) * image.at(x, y, 3), expected[c] / 255.0 * expected[3] / 255.0, 1.01 / 255) << x << " " << y;
                for (int c = 0; c < 3 && expected[3] == 255; ++c) EXPECT_EQ(std::lround(image.at(x, y, c) * 255), expected[c]);
            }
    }
}

TEST(ExamplePicture, DeepAndGreyPicturesKeepAlphaToo) {
    std::vector<std::uint16_t> deep;
    for (int i = 0; i < 64; ++i)
        for (const int value : {i * 1000, 65535 - i * 1000, 30000, i * 1040}) deep.push_back(static_cast<std::uint16_t>(value));
    const Image image = decoded(pngOf(deep, 8, 8, 4, 16));
    ASSERT_EQ(image.channels(), 4);
    for (int i = 1; i < 64; ++i) {
        EXPECT_NEAR(image.at(i % 8, i / 8, 3), i * 1040 / 65535.0, 1.01 / 65535) << i;
        EXPECT_NEAR(image.at(i % 8, i / 8, 0), i * 1000 / 65535.0, 1e-3) << i;
    }
    const Image grey = decoded(pngOf(U8{100, 255, 200, 128, 7, 0}, 3, 1, 2));
    ASSERT_EQ(grey.channels(), 4);
    EXPECT_NEAR(grey.at(0, 0, 2) * 255, 100, 0.01);
    EXPECT_NEAR(grey.at(1, 0, 1) * 255, 200, 1.01);
    EXPECT_NEAR(grey.at(1, 0, 3) * 255, 128, 0.01);
    EXPECT_EQ(grey.at(2, 0, 3), 0);
}

TEST(ExamplePicture, WhatIsOpaqueHasNoAlpha) {
    U8 samples = cornerPicture(9, 7, 4);
    EXPECT_EQ(decoded(pngOf(samples, 9, 7, 4)).channels(), 3);
    EXPECT_EQ(decoded(pngOf(cornerPicture(9, 7, 3), 9, 7, 3)).channels(), 3);
    EXPECT_EQ(decoded(jpegOf(cornerPicture(9, 7, 3), 9, 7, 3)).channels(), 3);
    EXPECT_EQ(decoded(pngOf(cornerPicture(9, 7, 1), 9, 7, 1)).channels(), 1);
    samples[3] = 254;
    EXPECT_EQ(decoded(pngOf(samples, 9, 7, 4)).channels(), 4);
}

TEST(ExamplePicture, TurnsAlphaUprightToo) {
    U8 samples = cornerPicture(6, 4, 4);
    samples[3] = 0;  // top left of the file
    const Image image = decoded(pngOf(samples, 6, 4, 4, {.exif = exifWith(6)}));  // to be turned clockwise
    ASSERT_EQ(image.width(), 4);
    EXPECT_EQ(image.at(3, 0, 3), 0);
    EXPECT_EQ(image.at(0, 0, 3), 1);
}

TEST(ExamplePicture, BrokenFilesAreRefused) {
    Bytes file = pngOf(allAlphas(), 256, 52, 4);
    file.resize(file.size() / 2);
    EXPECT_THROW(decoded(file), Failure);
}

TEST(ExamplePicture, PicturesAreKnownByTheEndOfTheirNames) {
    for (const char* name : {"a.jpg", "A.JPEG", "x.y.png", "b.WebP", "c.ppm"}) EXPECT_TRUE(isPictureName(name)) << name;
    for (const char* name : {"jpg", "a.txt", "a.jpg.part", "", ".", "a.mp4"}) EXPECT_FALSE(isPictureName(name)) << name;
}

}  // namespace
}  // namespace tessera::train
