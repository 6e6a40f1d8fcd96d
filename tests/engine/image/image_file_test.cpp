// SPDX-License-Identifier: Apache-2.0
#include "image/image_file.h"

#include <gmock/gmock.h>

#include "core/error.h"
#include "engine/image/test_pictures.h"

namespace tessera {
namespace {

using namespace test;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

const U8& u8Of(const DecodedImage& decoded, U8& storage) {
    const auto span = std::get<SharedArray<std::uint8_t>>(decoded.image.samples()).span();
    storage.assign(span.begin(), span.end());
    return storage;
}

void expectSamples(const DecodedImage& decoded, const U8& expected, int tolerance = 0) {
    U8 storage;
    const U8& samples = u8Of(decoded, storage);
    ASSERT_EQ(samples.size(), expected.size());
    for (std::size_t i = 0; i < samples.size(); ++i) ASSERT_NEAR(samples[i], expected[i], tolerance) << "sample " << i;
}

constexpr int kWidth = 31, kHeight = 17;

TEST(DecodeJpeg, GivesColourGreySizesAndBits) {
    const U8 rgb = cornerPicture(64, 48, 3);
    const DecodedImage colour = decodeImage(jpegOf(rgb, 64, 48, 3), "a");
    EXPECT_EQ(colour.format, "JPEG");
    EXPECT_EQ(colour.channels, 3);
    EXPECT_EQ(colour.bitsPerChannel, 8);
    EXPECT_EQ(colour.fullWidth, 64);
    EXPECT_EQ(colour.fullHeight, 48);
    EXPECT_THAT(colour.notes, IsEmpty());
    expectSamples(colour, rgb, 12);

    const U8 grey = cornerPicture(64, 48, 1);
    const DecodedImage plain = decodeImage(jpegOf(grey, 64, 48, 1), "a");
    EXPECT_EQ(plain.image.channels(), 1);
    expectSamples(plain, grey, 4);
}

TEST(DecodeJpeg, ProgressiveGivesTheSamePicture) {
    const U8 rgb = cornerPicture(64, 48, 3);
    expectSamples(decodeImage(jpegOf(rgb, 64, 48, 3, {.progressive = true}), "a"), rgb, 12);
}

TEST(DecodeJpeg, ScaledDecodeIsTheSmallestThatIsStillLargeEnough) {
    const Bytes file = jpegOf(cornerPicture(400, 300, 3), 400, 300, 3);
    const auto sizeAt = [&](int atLeast) {
        const DecodedImage d = decodeImage(file, "a", {.atLeast = atLeast});
        EXPECT_EQ(d.fullWidth, 400);
        EXPECT_EQ(d.fullHeight, 300);
        return std::pair(d.image.width(), d.image.height());
    };
    EXPECT_EQ(sizeAt(0), std::pair(400, 300));
    EXPECT_EQ(sizeAt(401), std::pair(400, 300));
    EXPECT_EQ(sizeAt(201), std::pair(400, 300));
    EXPECT_EQ(sizeAt(200), std::pair(200, 150));
    EXPECT_EQ(sizeAt(51), std::pair(100, 75));
    EXPECT_EQ(sizeAt(50), std::pair(50, 38));
    EXPECT_EQ(sizeAt(1), std::pair(50, 38));
}

TEST(DecodeJpeg, ScaledDecodeTurnsItsFullSizeToo) {
    const Bytes file = jpegOf(cornerPicture(400, 300, 3), 400, 300, 3, {.exif = exifWith(6)});
    const DecodedImage d = decodeImage(file, "a", {.atLeast = 100});
    EXPECT_EQ(d.image.width(), 75);
    EXPECT_EQ(d.image.height(), 100);
    EXPECT_EQ(d.fullWidth, 300);
    EXPECT_EQ(d.fullHeight, 400);
}

// Pure cyan, magenta, yellow and black stripes must come out as their colours, whichever way the file stores its inks.
TEST(DecodeJpeg, CmykAndYcckBecomeTheRightColours) {
    U8 inks;
    for (int y = 0; y < 16; ++y)
        for (int x = 0; x < 64; ++x)
            for (int c = 0; c < 4; ++c) inks.push_back(x / 16 == c ? 255 : 0);
    for (const JpegOptions& options : {JpegOptions{.adobe = true}, JpegOptions{.adobe = false}, JpegOptions{.adobe = true, .ycck = true}}) {
        const DecodedImage d = decodeImage(jpegOf(inks, 64, 16, 4, options), "a");
        EXPECT_EQ(d.channels, 4);
        EXPECT_THAT(d.notes, ElementsAre("CMYK converted without a profile"));
        const std::vector<std::vector<int>> expected{{0, 255, 255}, {255, 0, 255}, {255, 255, 0}, {0, 0, 0}};
        for (int stripe = 0; stripe < 4; ++stripe)
            for (int c = 0; c < 3; ++c)
                EXPECT_NEAR(d.image.at(16 * stripe + 8, 8, c) * 255, expected[static_cast<std::size_t>(stripe)][static_cast<std::size_t>(c)], 12)
                    << "adobe " << options.adobe << " ycck " << options.ycck << " stripe " << stripe << " channel " << c;
    }
}

TEST(DecodePng, KeepsColourGreyAndEightBits) {
    const U8 rgb = cornerPicture(kWidth, kHeight, 3), grey = cornerPicture(kWidth, kHeight, 1);
    const DecodedImage colour = decodeImage(pngOf(rgb, kWidth, kHeight, 3), "a");
    EXPECT_EQ(colour.format, "PNG");
    EXPECT_THAT(colour.notes, IsEmpty());
    expectSamples(colour, rgb);
    const DecodedImage plain = decodeImage(pngOf(grey, kWidth, kHeight, 1), "a");
    EXPECT_EQ(plain.image.channels(), 1);
    expectSamples(plain, grey);
    expectSamples(decodeImage(pngOf(rgb, kWidth, kHeight, 3, {.interlaced = true}), "a"), rgb);
}

TEST(DecodePng, SixteenBitsStaySixteenBits) {
    std::vector<std::uint16_t> words;
    for (int i = 0; i < 5 * 4 * 3; ++i) words.push_back(static_cast<std::uint16_t>(i * 1031));
    const DecodedImage d = decodeImage(pngOf(words, 5, 4, 3, 16), "a");
    EXPECT_EQ(d.bitsPerChannel, 16);
    const auto samples = std::get<SharedArray<std::uint16_t>>(d.image.samples()).span();
    EXPECT_TRUE(std::equal(samples.begin(), samples.end(), words.begin(), words.end()));
}

TEST(DecodePng, FewBitsAndPalettesBecomeEightBits) {
    const DecodedImage grey = decodeImage(pngOf({0, 1, 2, 3}, 4, 1, 1, 2), "a");
    expectSamples(grey, {0, 85, 170, 255});
    EXPECT_EQ(grey.bitsPerChannel, 2);
    const U8 palette{255, 0, 0, 0, 128, 0, 7, 8, 9, 1, 2, 3};
    const DecodedImage indexed = decodeImage(pngOf({2, 0, 1, 3}, 2, 2, 1, 4, {.palette = palette}), "a");
    expectSamples(indexed, {7, 8, 9, 255, 0, 0, 0, 128, 0, 1, 2, 3});
    const DecodedImage clear = decodeImage(pngOf({2, 0}, 2, 1, 1, 8, {.palette = palette, .transparency = {255, 255, 0}}), "a");
    expectSamples(clear, {255, 255, 255, 255, 0, 0});
    EXPECT_THAT(clear.notes, ElementsAre("alpha composited on white"));
}

TEST(DecodePng, AlphaIsCompositedOnTheMatte) {
    const U8 rgba{200, 100, 0, 255, 200, 100, 0, 0, 200, 100, 0, 128};
    const Bytes file = pngOf(rgba, 3, 1, 4);
    const DecodedImage white = decodeImage(file, "a");
    EXPECT_EQ(white.channels, 4);
    EXPECT_EQ(white.image.channels(), 3);
    expectSamples(white, {200, 100, 0, 255, 255, 255, 227, 177, 127}, 1);
    const DecodedImage grey = decodeImage(file, "a", {.matte = 0.5F});
    expectSamples(grey, {200, 100, 0, 128, 128, 128, 164, 114, 64}, 1);
    EXPECT_THAT(grey.notes, ElementsAre("alpha composited on 50 % grey"));
    expectSamples(decodeImage(file, "a", {.matte = 0}), {200, 100, 0, 0, 0, 0, 100, 50, 0}, 1);
    expectSamples(decodeImage(pngOf({80, 255, 80, 0}, 2, 1, 2, 8), "a"), {80, 255});  // grey with alpha
}

TEST(DecodeWebp, StillAlphaAndFirstFrame) {
    const U8 rgb = cornerPicture(kWidth, kHeight, 3);
    const DecodedImage still = decodeImage(webpOf(rgb, kWidth, kHeight, 3), "a");
    EXPECT_EQ(still.format, "WebP");
    expectSamples(still, rgb);
    const DecodedImage alpha = decodeImage(webpOf({9, 8, 7, 255, 9, 8, 7, 0}, 2, 1, 4), "a");
    EXPECT_EQ(alpha.channels, 4);
    EXPECT_EQ(alpha.image.at(0, 0, 1) * 255, 8);
    EXPECT_EQ(alpha.image.at(1, 0, 1), 1);
    const DecodedImage first = decodeImage(animatedWebpOf(rgb, kWidth, kHeight), "a");
    expectSamples(first, rgb);
    EXPECT_THAT(first.notes, Contains("first of 2 frames"));
}

TEST(DecodeTiff, StripsTilesPlanesAndCompressionsGiveTheSame) {
    const U8 rgb = cornerPicture(kWidth, kHeight, 3);
    for (const int compression : {1, 5, 8, 32773})  // none, LZW, Deflate, PackBits
        for (const bool separate : {false, true})
            for (const bool tiled : {false, true}) {
                const TiffOptions options{.compression = compression, .separate = separate, .tiled = tiled};
                const DecodedImage d = decodeImage(tiffOf(viewOf(rgb), kWidth, kHeight, 3, options), "a");
                SCOPED_TRACE(testing::Message() << "compression " << compression << " separate " << separate << " tiled " << tiled);
                EXPECT_EQ(d.format, "TIFF");
                expectSamples(d, rgb);
            }
}

TEST(DecodeTiff, GreyWhiteIsZeroPaletteAndInks) {
    const U8 grey{0, 100, 200, 255};
    expectSamples(decodeImage(tiffOf(viewOf(grey), 4, 1, 1, {.photometric = 1}), "a"), grey);
    expectSamples(decodeImage(tiffOf(viewOf(grey), 4, 1, 1, {.photometric = 0}), "a"), {255, 155, 55, 0});
    expectSamples(decodeImage(tiffOf(viewOf(grey), 4, 1, 1, {.photometric = 3}), "a"), {0, 255, 128, 100, 155, 128, 200, 55, 128, 255, 0, 128});
    const DecodedImage inks = decodeImage(tiffOf(viewOf(U8{255, 0, 0, 0, 0, 0, 0, 255}), 2, 1, 4, {.photometric = 5}), "a");
    expectSamples(inks, {0, 255, 255, 0, 0, 0});
}

TEST(DecodeTiff, SixteenBitsAndFloatsAreKept) {
    const std::vector<std::uint16_t> words{0, 1, 65535, 40000, 3, 2};
    const DecodedImage wide = decodeImage(tiffOf(viewOf(words), 2, 1, 3, {.bits = 16}), "a");
    const auto samples = std::get<SharedArray<std::uint16_t>>(wide.image.samples()).span();
    EXPECT_TRUE(std::equal(samples.begin(), samples.end(), words.begin(), words.end()));

    const std::vector<float> reals{-0.5F, 0.25F, 2.0F};
    const DecodedImage real = decodeImage(tiffOf(viewOf(reals), 1, 1, 3, {.bits = 32, .format = 3}), "a");
    EXPECT_EQ(real.bitsPerChannel, 32);
    EXPECT_EQ(real.image.at(0, 0, 0), -0.5F);
    EXPECT_EQ(real.image.at(0, 0, 2), 2.0F);

    const std::vector<std::uint16_t> halves{0x3C00, 0xB800, 0x0001};  // 1, -0.5, the smallest
    const DecodedImage half = decodeImage(tiffOf(viewOf(halves), 1, 1, 3, {.bits = 16, .format = 3}), "a");
    EXPECT_EQ(half.image.at(0, 0, 0), 1.0F);
    EXPECT_EQ(half.image.at(0, 0, 1), -0.5F);
    EXPECT_FLOAT_EQ(half.image.at(0, 0, 2), 5.9604645e-8F);
}

TEST(DecodeTiff, StraightAndPremultipliedAlphaLookAlike) {
    const DecodedImage straight = decodeImage(tiffOf(viewOf(U8{200, 100, 0, 128}), 1, 1, 4, {.extra = 2}), "a");
    const DecodedImage premultiplied = decodeImage(tiffOf(viewOf(U8{100, 50, 0, 128}), 1, 1, 4, {.extra = 1}), "a");
    expectSamples(straight, {227, 177, 127}, 1);
    expectSamples(premultiplied, {227, 177, 127}, 1);
    const DecodedImage unknown = decodeImage(tiffOf(viewOf(U8{200, 100, 0, 128}), 1, 1, 4, {.extra = 0}), "a");
    expectSamples(unknown, {200, 100, 0});
    EXPECT_THAT(unknown.notes, Contains("channels beyond colour left out"));
}

TEST(DecodeBmp, RowsEitherWayPalettesAndUnusedBytes) {
    const U8 rgb = cornerPicture(kWidth, kHeight, 3);
    const DecodedImage upwards = decodeImage(bmpOf(rgb, kWidth, kHeight, 24), "a");
    EXPECT_EQ(upwards.format, "BMP");
    expectSamples(upwards, rgb);
    expectSamples(decodeImage(bmpOf(rgb, kWidth, -kHeight, 24), "a"), rgb);
    expectSamples(decodeImage(bmpOf({1, 0}, 2, 1, 8, {1, 2, 3, 4, 5, 6}), "a"), {4, 5, 6, 1, 2, 3});
    // Without masks the fourth byte is no alpha but unused, as Pillow reads it ("BGRX").
    expectSamples(decodeImage(bmpOf({10, 20, 30, 255, 10, 20, 30, 0, 1, 2, 3, 7}, 3, 1, 32), "a"), {10, 20, 30, 10, 20, 30, 1, 2, 3});
}

const U8 kPalette{255, 0, 0, 0, 255, 0, 0, 0, 255, 9, 8, 7};

TEST(DecodeGif, FirstFrameAndHowManyThereAre) {
    const DecodedImage one = decodeImage(gifOf(2, 2, kPalette, {{0, 0, 2, 2, {0, 1, 2, 3}}}), "a");
    EXPECT_EQ(one.format, "GIF");
    EXPECT_THAT(one.notes, IsEmpty());
    const U8 expected{255, 0, 0, 0, 255, 0, 0, 0, 255, 9, 8, 7};
    expectSamples(one, expected);
    const DecodedImage many = decodeImage(gifOf(2, 2, kPalette, {{0, 0, 2, 2, {0, 1, 2, 3}}, {0, 0, 2, 2, {3, 3, 3, 3}}, {1, 1, 1, 1, {0}}}), "a");
    expectSamples(many, expected);
    EXPECT_THAT(many.notes, ElementsAre("first of 3 frames"));
}

TEST(DecodeGif, TransparentIndexSmallerFrameAndInterlacing) {
    const DecodedImage clear = decodeImage(gifOf(2, 1, kPalette, {{0, 0, 2, 1, {0, 1}, 1}}), "a");
    expectSamples(clear, {255, 0, 0, 255, 255, 255});
    const DecodedImage small = decodeImage(gifOf(3, 1, kPalette, {{1, 0, 1, 1, {2}}}), "a");
    expectSamples(small, {255, 255, 255, 0, 0, 255, 255, 255, 255});
    U8 indices;
    U8 expected;
    for (int y = 0; y < 13; ++y) {
        const auto index = static_cast<std::uint8_t>(y % 3);
        indices.push_back(index);
        for (int c = 0; c < 3; ++c) expected.push_back(kPalette[static_cast<std::size_t>(3 * index + c)]);
    }
    expectSamples(decodeImage(gifOf(1, 13, kPalette, {{0, 0, 1, 13, indices, -1, true}}), "a"), expected);
}

TEST(DecodeGif, FrameLargerThanTheScreenEnlargesIt) {
    const DecodedImage d = decodeImage(gifOf(1, 1, kPalette, {{1, 0, 2, 1, {0, 1}}}), "a");
    expectSamples(d, {255, 255, 255, 255, 0, 0, 0, 255, 0});
}

TEST(DecodePnm, EightAndSixteenBitsWithComments) {
    expectSamples(decodeImage(bytesOf(std::string("P6 # made by hand\n2 1\n255\n") + "abcdef"), "a"), {'a', 'b', 'c', 'd', 'e', 'f'});
    expectSamples(decodeImage(bytesOf(std::string("P5\n2 1 3\n") + '\0' + '\3'), "a"), {0, 255});
    const DecodedImage wide = decodeImage(bytesOf(std::string("P5\n1 1\n65535\n") + "\x12\x34"), "a");
    EXPECT_EQ(std::get<SharedArray<std::uint16_t>>(wide.image.samples())[0], 0x1234);
}

TEST(DecodeImage, ContentDecidesNeverTheName) {
    EXPECT_EQ(decodeImage(pngOf(cornerPicture(4, 4, 3), 4, 4, 3), "photo.jpg").format, "PNG");
    try {
        decodeImage(bytesOf("Dear reader, this is no picture.\n"), "letter.png");
        FAIL() << "text was accepted";
    } catch (const Failure& failure) {
        EXPECT_EQ(failure.error().code, ErrorCode::Unsupported);
        EXPECT_THAT(failure.error().message, HasSubstr("it looks like text"));
        EXPECT_EQ(failure.error().where, "letter.png");
        EXPECT_FALSE(failure.error().action.empty());
    }
}

TEST(DecodeImage, SaysWhatAForeignFileLooksLike) {
    const std::vector<std::pair<std::string, std::string>> cases{
        {"%PDF-1.7 ...", "a PDF document"}, {std::string("PK\3\4....", 8), "a ZIP archive"},     {std::string("\0\0\0\x18" "ftypheic", 12), "a HEIC picture"},
        {"<svg xmlns=", "an SVG drawing"},  {std::string("\x7F" "ELF\2\1\1\0", 8), "a program"}, {std::string("\1\2\3\4\5", 5), "unknown data"}};
    for (const auto& [content, words] : cases) {
        try {
            decodeImage(bytesOf(content), "file");
            ADD_FAILURE() << words;
        } catch (const Failure& failure) {
            EXPECT_THAT(failure.error().message, HasSubstr(words));
        }
    }
}

}  // namespace
}  // namespace tessera
