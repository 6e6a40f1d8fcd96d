// SPDX-License-Identifier: Apache-2.0
// Files that lie: cut anywhere, with a bit wrong anywhere, or claiming sizes that would exhaust the memory.
#include <sys/resource.h>

#include <cstring>
#include <random>

#include <gmock/gmock.h>

#include "core/error.h"
#include "engine/image/test_pictures.h"
#include "image/image_file.h"

namespace tessera {
namespace {

using namespace test;
using testing::AnyOf;
using testing::HasSubstr;

struct Sample {
    std::string name;
    Bytes bytes;
};

std::vector<Sample> samples() {
    constexpr int w = 23, h = 19;
    const U8 rgb = cornerPicture(w, h, 3);
    std::vector<std::uint16_t> words(static_cast<std::size_t>(w * h), 12345);
    U8 indices(static_cast<std::size_t>(w * h));
    for (std::size_t i = 0; i < indices.size(); ++i) indices[i] = static_cast<std::uint8_t>(i * 7 % 4);
    const U8 palette{255, 0, 0, 0, 255, 0, 0, 0, 255, 9, 8, 7};
    return {{"jpeg", jpegOf(rgb, w, h, 3, {.exif = exifWith(3), .profile = sRgbProfile()})},
            {"jpeg_progressive", jpegOf(rgb, w, h, 3, {.progressive = true})},
            {"jpeg_cmyk", jpegOf(cornerPicture(w, h, 4), w, h, 4)},
            {"png", pngOf(rgb, w, h, 3, {.exif = exifWith(6), .profile = sRgbProfile()})},
            {"png_interlaced_grey16", pngOf(words, w, h, 1, 16, {.interlaced = true})},
            {"webp", webpOf(rgb, w, h, 3)},
            {"webp_extended", webpOf(cornerPicture(w, h, 4), w, h, 4, exifWith(5), sRgbProfile())},
            {"webp_animated", animatedWebpOf(rgb, w, h)},
            {"tiff", tiffOf(viewOf(rgb), w, h, 3)},
            {"tiff_lzw_tiled", tiffOf(viewOf(rgb), w, h, 3, {.compression = 5, .tiled = true})},
            {"tiff_deflate_planes", tiffOf(viewOf(rgb), w, h, 3, {.compression = 8, .separate = true})},
            {"bmp", bmpOf(rgb, w, h, 24)},
            {"bmp_palette", bmpOf(indices, w, -h, 8, palette)},
            {"gif", gifOf(w, h, palette, {{0, 0, w, h, indices}})},
            {"gif_interlaced", gifOf(w, h, palette, {{0, 0, w, h, indices, 2, true}})},
            {"pnm", [] {
                 Bytes bytes = bytesOf("P6 4 4 255\n");
                 bytes.resize(bytes.size() + 48, std::byte{'x'});
                 return bytes;
             }()}};
}

class HostileImage : public testing::TestWithParam<Sample> {};

TEST_P(HostileImage, WholeFileIsReadWithoutComplaint) {
    EXPECT_NO_THROW(decodeImage(GetParam().bytes, "whole"));
}

TEST_P(HostileImage, CutAnywhereItIsRefusedOrTheFirstFrameIsWhole) {
    const DecodedImage whole = decodeImage(GetParam().bytes, "whole");
    for (std::size_t size = 0; size < GetParam().bytes.size(); ++size) {
        // A copy of exactly this size: a read past the end is seen by the address sanitizer.
        const Bytes part(GetParam().bytes.begin(), GetParam().bytes.begin() + static_cast<std::ptrdiff_t>(size));
        try {
            const DecodedImage d = decodeImage(part, "part");
            // Only a file whose rest holds nothing of the picture: it must be the same picture.
            ASSERT_EQ(d.image.width(), whole.image.width());
            for (int y = 0; y < d.image.height(); ++y)
                for (int x = 0; x < d.image.width(); ++x)
                    for (int c = 0; c < d.image.channels(); ++c) ASSERT_EQ(d.image.at(x, y, c), whole.image.at(x, y, c)) << "cut at " << size;
        } catch (const Failure& failure) {
            EXPECT_FALSE(failure.error().message.empty());
            EXPECT_EQ(failure.error().where, "part");
            if (size >= 64) {
                EXPECT_THAT(failure.error().message, AnyOf(HasSubstr("truncated"), HasSubstr("damaged"))) << "cut at " << size;
            }
        }
    }
}

TEST_P(HostileImage, CutInTheMiddleOfItsPixelsItSaysTruncated) {
    const Bytes& bytes = GetParam().bytes;
    const Bytes part(bytes.begin(), bytes.end() - static_cast<std::ptrdiff_t>(bytes.size() / 8));
    try {
        decodeImage(part, "part");
        FAIL() << "accepted";
    } catch (const Failure& failure) {
        EXPECT_THAT(failure.error().message, HasSubstr("truncated"));
        EXPECT_EQ(failure.error().code, ErrorCode::Invalid);
    }
}

TEST_P(HostileImage, AnyWrongByteGivesAPictureOrAFailure) {
    std::mt19937 random(20);
    for (std::size_t at = 0; at < GetParam().bytes.size(); ++at) {
        Bytes bytes = GetParam().bytes;
        bytes[at] ^= static_cast<std::byte>(1 + random() % 255);
        try {
            decodeImage(bytes, "wrong");
        } catch (const Failure& failure) {
            EXPECT_FALSE(failure.error().message.empty());
        }
    }
}

TEST_P(HostileImage, RandomDamageNeverCrashes) {
    std::mt19937 random(7);
    for (int round = 0; round < 300; ++round) {
        Bytes bytes = GetParam().bytes;
        for (int i = 0; i < 8; ++i) bytes[random() % bytes.size()] = static_cast<std::byte>(random() % 4 == 0 ? 0xFF : random());
        try {
            decodeImage(bytes, "wrong", {.atLeast = static_cast<int>(random() % 30)});
        } catch (const Failure&) {
        }
    }
}

INSTANTIATE_TEST_SUITE_P(Formats, HostileImage, testing::ValuesIn(samples()), [](const auto& info) { return info.param.name; });

void put(Bytes& bytes, std::size_t offset, std::uint32_t value, int count, bool bigEndian) {
    for (int i = 0; i < count; ++i) bytes[offset + static_cast<std::size_t>(i)] = static_cast<std::byte>(value >> 8 * (bigEndian ? count - 1 - i : i));
}

std::size_t find(const Bytes& bytes, const Bytes& pattern) {
    const auto found = std::search(bytes.begin(), bytes.end(), pattern.begin(), pattern.end());
    return static_cast<std::size_t>(found - bytes.begin());
}

// crc32 of a PNG chunk, so that only the size is a lie.
void repairCrc(Bytes& png, std::size_t type, std::size_t dataSize) {
    std::uint32_t crc = 0xFFFFFFFFU;
    for (std::size_t i = type; i < type + 4 + dataSize; ++i) {
        crc ^= std::to_integer<std::uint32_t>(png[i]);
        for (int k = 0; k < 8; ++k) crc = (crc & 1U) != 0 ? 0xEDB88320U ^ (crc >> 1U) : crc >> 1U;
    }
    put(png, type + 4 + dataSize, ~crc, 4, true);
}

// Small files whose header says 50,000 x 50,000 (or as much as the format can say).
std::vector<Sample> giants() {
    std::vector<Sample> files;
    const U8 rgb = cornerPicture(16, 16, 3);
    Bytes jpeg = jpegOf(rgb, 16, 16, 3);
    const std::size_t sof = find(jpeg, {std::byte{0xFF}, std::byte{0xC0}});
    put(jpeg, sof + 5, 50000, 2, true);
    put(jpeg, sof + 7, 50000, 2, true);
    files.push_back({"jpeg", jpeg});
    Bytes png = pngOf(rgb, 16, 16, 3);
    put(png, 16, 50000, 4, true);
    put(png, 20, 50000, 4, true);
    repairCrc(png, 12, 13);
    files.push_back({"png", png});
    Bytes tall = png;
    put(tall, 16, 1, 4, true);
    put(tall, 20, 0x7FFFFFFF, 4, true);
    repairCrc(tall, 12, 13);
    files.push_back({"png_tall", tall});
    Bytes tiff = tiffOf(viewOf(rgb), 16, 16, 3, {.rowsPerStrip = 16});
    for (const std::uint8_t tag : {0x00, 0x01}) {  // ImageWidth, ImageLength: SHORT or LONG, one value
        const std::size_t entry = find(tiff, {std::byte{tag}, std::byte{1}, std::byte{3}, std::byte{0}, std::byte{1}, std::byte{0}, std::byte{0}, std::byte{0}});
        put(tiff, entry + 8, 50000, 2, false);
    }
    files.push_back({"tiff", tiff});
    Bytes bmp = bmpOf(rgb, 16, 16, 24);
    put(bmp, 18, 50000, 4, false);
    put(bmp, 22, 50000, 4, false);
    files.push_back({"bmp", bmp});
    Bytes lowest = bmp;
    put(lowest, 22, 0x80000000U, 4, false);
    files.push_back({"bmp_lowest_height", lowest});
    Bytes gif = gifOf(16, 16, {0, 0, 0, 1, 1, 1, 2, 2, 2, 3, 3, 3}, {{0, 0, 16, 16, U8(256, 1)}});
    put(gif, 6, 50000, 2, false);
    put(gif, 8, 50000, 2, false);
    files.push_back({"gif", gif});
    Bytes webp = webpOf(cornerPicture(16, 16, 4), 16, 16, 4, exifWith(1));  // VP8X: canvas of 24-bit sides
    const std::size_t extended = find(webp, bytesOf("VP8X"));
    put(webp, extended + 12, 49999, 3, false);
    put(webp, extended + 15, 49999, 3, false);
    files.push_back({"webp", webp});
    files.push_back({"pnm", bytesOf("P6 50000 50000 255\nabc")});
    return files;
}

class GiantImage : public testing::TestWithParam<Sample> {};

TEST_P(GiantImage, IsRefusedByItsHeaderBeforePixelsAreAllocated) {
    rusage before{}, after{};
    getrusage(RUSAGE_SELF, &before);
    try {
        decodeImage(GetParam().bytes, "giant");
        FAIL() << "accepted";
    } catch (const Failure& failure) {
        EXPECT_THAT(failure.error().message, AnyOf(HasSubstr("too large"), HasSubstr("damaged"), HasSubstr("truncated")));
        if (GetParam().name != "webp") {  // libwebp compares the canvas with its frame first
            EXPECT_THAT(failure.error().message, HasSubstr("too large"));
        }
    }
    getrusage(RUSAGE_SELF, &after);
    EXPECT_LT(after.ru_maxrss - before.ru_maxrss, 100 * 1024) << "KiB";
}

INSTANTIATE_TEST_SUITE_P(Formats, GiantImage, testing::ValuesIn(giants()), [](const auto& info) { return info.param.name; });

TEST(HostileGif, CutAfterItsFirstFrameIsShownWithANote) {
    const U8 palette{255, 0, 0, 0, 255, 0, 0, 0, 255, 9, 8, 7};
    const std::vector<GifFrame> frames(3, GifFrame{0, 0, 8, 8, U8(64, 1)});
    Bytes bytes = gifOf(8, 8, palette, frames);
    bytes.resize(bytes.size() - 10);
    EXPECT_THAT(decodeImage(bytes, "cut").notes, testing::Contains("the GIF file is truncated after the first frame"));
}

TEST(HostileJpeg, AThousandScansAreRefusedSoon) {
    // A progressive file with its last scan repeated: each scan costs a pass over the whole picture.
    Bytes bytes = jpegOf(cornerPicture(64, 64, 3), 64, 64, 3, {.progressive = true});
    std::size_t last = 0;
    for (std::size_t i = 0; i + 1 < bytes.size(); ++i)
        if (bytes[i] == std::byte{0xFF} && bytes[i + 1] == std::byte{0xDA}) last = i;
    const Bytes scan(bytes.begin() + static_cast<std::ptrdiff_t>(last), bytes.end() - 2);
    bytes.resize(bytes.size() - 2);
    for (int i = 0; i < 1000; ++i) bytes.insert(bytes.end(), scan.begin(), scan.end());
    bytes.insert(bytes.end(), {std::byte{0xFF}, std::byte{0xD9}});
    EXPECT_THROW(decodeImage(bytes, "scans"), Failure);
}

}  // namespace
}  // namespace tessera
