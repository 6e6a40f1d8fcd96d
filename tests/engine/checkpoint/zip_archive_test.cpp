// SPDX-License-Identifier: Apache-2.0
#include "checkpoint/zip_archive.h"

#include <algorithm>
#include <random>

#include <gmock/gmock.h>

#include "core/error.h"
#include "engine/checkpoint/archive_builder.h"

namespace tessera {
namespace {

using namespace test;
using testing::HasSubstr;

std::string contentOf(ZipArchive& archive, const std::string& name) {
    const SharedBytes bytes = archive.read(*archive.find(name), UINT64_MAX);
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

std::string messageOf(const Bytes& bytes) {
    const MemoryLimit limit(64U << 20U);
    return refusalOf([&] { ZipArchive(bytes, nullptr, "file.zip"); }).message;
}

/// Overwrites the bytes at `distance` behind the n-th place of `signature`.
Bytes patched(Bytes bytes, const std::string& signature, std::size_t distance, const std::string& value, int n = 0) {
    const Bytes wanted = bytesOf(signature);
    auto at = bytes.begin();
    for (int i = 0; i <= n; ++i) at = std::search(i ? at + 1 : at, bytes.end(), wanted.begin(), wanted.end());
    const Bytes with = bytesOf(value);
    std::copy(with.begin(), with.end(), at + static_cast<std::ptrdiff_t>(distance));
    return bytes;
}

const std::string kLocal = "PK\3\4", kCentral = "PK\1\2", kEnd = "PK\5\6", kEnd64 = "PK\6\6", kLocator = "PK\6\7";

Bytes twoParts() { return zipOf({{.name = "a/x", .content = "hello"}, {.name = "b", .content = std::string(3000, 'z'), .deflated = true}}); }

TEST(ZipArchive, StoredEntriesAreSharedAndCompressedOnesUnpacked) {
    const Bytes bytes = twoParts();
    ZipArchive archive(bytes, nullptr, "file.zip");
    EXPECT_EQ(archive.entries().size(), 2U);
    EXPECT_EQ(contentOf(archive, "a/x"), "hello");
    EXPECT_EQ(contentOf(archive, "b"), std::string(3000, 'z'));
    const std::byte* shared = archive.read(*archive.find("a/x"), 5).data();
    EXPECT_TRUE(shared > bytes.data() && shared < bytes.data() + bytes.size());
    EXPECT_EQ(archive.find("c"), nullptr);
}

TEST(ZipArchive, SixtyFourBitSizesAndDirectoriesAreRead) {
    const std::vector<ZipPart> parts{{.name = "wide", .content = "12345", .wide = true}, {.name = "narrow", .content = "6"}};
    for (const bool wideEnd : {false, true}) {
        const Bytes bytes = zipOf(parts, "", wideEnd);
        ZipArchive archive(bytes, nullptr, "file.zip");
        EXPECT_EQ(contentOf(archive, "wide"), "12345");
        EXPECT_EQ(contentOf(archive, "narrow"), "6");
    }
}

TEST(ZipArchive, ACommentMayFollowTheDirectoryAndMayLookLikeOne) {
    for (const std::string& comment : {std::string("made by hand"), std::string(65535, 'c'), kEnd + std::string(30, '\0')}) {
        const Bytes bytes = zipOf({{.name = "a", .content = "1"}}, comment);
        ZipArchive archive(bytes, nullptr, "file.zip");
        EXPECT_EQ(contentOf(archive, "a"), "1");
    }
}

TEST(ZipArchive, AnEmptyArchiveHasNoEntries) {
    const Bytes bytes = zipOf({});
    EXPECT_TRUE(ZipArchive(bytes, nullptr, "file.zip").entries().empty());
}

TEST(ZipArchive, DirectoriesThatLieAreRefused) {
    const Bytes good = twoParts(), wide = zipOf({{.name = "a", .content = "1", .wide = true}}, "", true);
    EXPECT_EQ(messageOf(good), "accepted");
    EXPECT_EQ(messageOf(wide), "accepted");
    EXPECT_THAT(messageOf(bytesOf("PK\3\4")), HasSubstr("ends before its directory"));
    EXPECT_THAT(messageOf(Bytes(100)), HasSubstr("no directory at its end"));
    EXPECT_THAT(messageOf(good + bytesOf("x")), HasSubstr("no directory at its end"));
    EXPECT_THAT(messageOf(patched(good, kEnd, 16, little(~0U, 4))), HasSubstr("outside the file"));
    EXPECT_THAT(messageOf(patched(good, kEnd, 12, little(~0U, 4))), HasSubstr("outside the file"));
    EXPECT_THAT(messageOf(patched(good, kEnd, 10, little(3, 2))), HasSubstr("directory is cut off"));
    EXPECT_THAT(messageOf(patched(good, kEnd, 10, little(0xffff, 2))), HasSubstr("directory is cut off"));
    EXPECT_THAT(messageOf(patched(good, kEnd, 4, little(1, 2))), HasSubstr("one part of several"));
    EXPECT_THAT(messageOf(patched(wide, kEnd64, 32, little(~0ULL, 8))), HasSubstr("directory is cut off"));
    EXPECT_THAT(messageOf(patched(wide, kEnd64, 40, little(~0ULL, 8))), HasSubstr("outside the file"));
    EXPECT_THAT(messageOf(patched(wide, kEnd64, 48, little(~0ULL, 8))), HasSubstr("outside the file"));
    EXPECT_THAT(messageOf(patched(wide, kLocator, 8, little(~0ULL, 8))), HasSubstr("64-bit directory is not where"));
    EXPECT_THAT(messageOf(patched(wide, kLocator, 8, little(0, 8))), HasSubstr("64-bit directory is not where"));
}

TEST(ZipArchive, EntriesThatLieAreRefused) {
    const Bytes good = twoParts(), wide = zipOf({{.name = "a", .content = "1", .wide = true}});
    EXPECT_THAT(messageOf(patched(good, kCentral, 42, little(1, 4))), HasSubstr("\"a/x\" is not where the directory says"));
    EXPECT_THAT(messageOf(patched(good, kCentral, 42, little(~0U - 1, 4))), HasSubstr("is not where the directory says"));
    EXPECT_THAT(messageOf(patched(good, kCentral, 20, little(~0U - 1, 4))), HasSubstr("past the end"));
    EXPECT_THAT(messageOf(patched(good, kCentral, 24, little(6, 4))), HasSubstr("two different sizes"));
    EXPECT_THAT(messageOf(patched(good, kCentral, 24, little(0x7fffffff, 4), 1)), HasSubstr("impossible size"));
    EXPECT_THAT(messageOf(patched(good, kCentral, 8, little(1, 2))), HasSubstr("encrypted"));
    EXPECT_THAT(messageOf(patched(good, kCentral, 10, little(12, 2))), HasSubstr("packed in a way"));
    EXPECT_THAT(messageOf(patched(good, kLocal, 30, "a/y")), HasSubstr("another name"));
    EXPECT_THAT(messageOf(patched(good, kLocal, 26, little(0xffff, 2))), HasSubstr("past the end"));
    EXPECT_THAT(messageOf(patched(good, kCentral, 28, little(0xffff, 2))), HasSubstr("directory is cut off"));
    EXPECT_THAT(messageOf(patched(wide, kCentral, 46 + 1 + 2, little(8, 2))), HasSubstr("damaged 64-bit sizes"));
    EXPECT_THAT(messageOf(patched(wide, kCentral, 46 + 1 + 2, little(99, 2))), HasSubstr("damaged 64-bit sizes"));
    EXPECT_THAT(messageOf(patched(wide, kCentral, 46 + 1 + 4 + 16, little(~0ULL, 8))), HasSubstr("is not where the directory says"));
    EXPECT_THAT(messageOf(zipOf({{.name = "a", .content = "1"}, {.name = "a", .content = "2"}})), HasSubstr("\"a\" twice"));
}

TEST(ZipArchive, CompressedEntriesThatLieAreRefusedWhenRead) {
    const auto reads = [](const Bytes& bytes, std::uint64_t limit = UINT64_MAX) {
        return refusalOf([&] {
                   ZipArchive archive(bytes, nullptr, "file.zip");
                   archive.read(*archive.find("b"), limit);
               }).message;
    };
    EXPECT_EQ(reads(twoParts()), "accepted");
    EXPECT_THAT(reads(twoParts(), 2999), HasSubstr("larger than it may be"));
    EXPECT_THAT(reads(patched(twoParts(), kCentral, 24, little(2999, 4), 1)), HasSubstr("damaged"));
    EXPECT_THAT(reads(patched(twoParts(), kCentral, 24, little(3001, 4), 1)), HasSubstr("damaged"));
    EXPECT_THAT(reads(patched(twoParts(), kCentral, 20, little(5, 4), 1)), HasSubstr("damaged"));
    EXPECT_THAT(reads(patched(twoParts(), kCentral, 16, little(7, 4), 1)), HasSubstr("damaged")) << "its checksum";
    EXPECT_THAT(reads(patched(twoParts(), kLocal, 31, "\xff\xff\xff", 1)), HasSubstr("damaged"));
}

TEST(ZipArchive, CompressedEntriesTogetherAreNotUnpackedBeyondTheLimit) {
    const Bytes bytes = twoParts();
    ZipArchive archive(bytes, nullptr, "file.zip", 5000);
    EXPECT_EQ(contentOf(archive, "b").size(), 3000U);
    const Error error = refusalOf([&] { contentOf(archive, "b"); });
    EXPECT_THAT(error.message, HasSubstr("too large to be unpacked"));
    EXPECT_EQ(error.action, "save the file without compression");
    EXPECT_EQ(contentOf(archive, "a/x"), "hello") << "stored entries cost nothing";
}

TEST(ZipArchive, LargeCompressedEntriesAreUnpackedWhole) {
    std::string content(5'000'000, ' ');
    std::mt19937 random(3);
    for (char& c : content) c = static_cast<char>('a' + random() % 3);
    const Bytes bytes = zipOf({{.name = "b", .content = content, .deflated = true}});
    ZipArchive archive(bytes, nullptr, "file.zip");
    EXPECT_TRUE(contentOf(archive, "b") == content);
}

TEST(ZipArchive, CutAnywhereItIsRefused) {
    for (const Bytes& whole : {twoParts(), zipOf({{.name = "a", .content = "1", .wide = true}}, "", true)}) {
        for (std::size_t size = 0; size < whole.size(); ++size) {
            const Bytes part(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size));
            EXPECT_NE(messageOf(part), "accepted") << "cut at " << size;
        }
    }
}

TEST(ZipArchive, AnyWrongByteGivesEntriesInsideTheFileOrAFailure) {
    for (const Bytes& whole : {twoParts(), zipOf({{.name = "a", .content = "1", .wide = true}}, "", true)}) {
        for (std::size_t at = 0; at < whole.size(); ++at) {
            for (int value = 0; value < 256; value += 5) {
                Bytes wrong = whole;
                wrong[at] = static_cast<std::byte>(value);
                try {
                    ZipArchive archive(wrong, nullptr, "wrong");
                    for (const auto& [name, entry] : archive.entries()) {
                        ASSERT_LE(entry.offset + entry.packed, wrong.size());
                        archive.read(entry, 1U << 20U);
                    }
                } catch (const Failure& failure) {
                    ASSERT_FALSE(failure.error().message.empty());
                }
            }
        }
    }
}

}  // namespace
}  // namespace tessera
