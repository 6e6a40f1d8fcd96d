// SPDX-License-Identifier: Apache-2.0
#include "train/data/tar_index.h"

#include <cstring>

#include <gmock/gmock.h>

#include "core/error.h"
#include "core/split_mix.h"
#include "engine/train/data/tar_builder.h"

namespace tessera::train {
namespace {

using namespace std::literals;
using namespace test;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

/// Fails the test when anything outside the archive is asked for.
ByteSource sourceOf(const std::string& archive) {
    return {archive.size(), "a.tar", [&archive](std::uint64_t offset, std::span<std::byte> to) {
                ASSERT_LE(offset, archive.size());
                ASSERT_LE(to.size(), archive.size() - offset);
                std::memcpy(to.data(), archive.data() + offset, to.size());
            }};
}

/// "name=content" of every entry.
std::vector<std::string> read(const std::string& archive) {
    std::vector<std::string> result;
    for (const TarEntry& entry : tarEntries(sourceOf(archive))) {
        EXPECT_LE(entry.offset + entry.size, archive.size());
        result.push_back(entry.name + "=" + archive.substr(entry.offset, entry.size));
    }
    return result;
}

std::string refusal(const std::string& archive) {
    try {
        tarEntries(sourceOf(archive));
    } catch (const Failure& failure) {
        EXPECT_THAT(failure.what(), HasSubstr("a.tar"));
        EXPECT_THAT(failure.what(), Not(HasSubstr("\n")));
        return failure.what();
    }
    return "accepted";
}

/// Any answer will do, as long as it is one.
void survive(const std::string& archive) {
    try {
        for (const TarEntry& entry : tarEntries(sourceOf(archive))) {
            ASSERT_LE(entry.offset, archive.size());
            ASSERT_LE(entry.size, archive.size() - entry.offset);
        }
    } catch (const Failure& failure) {
        ASSERT_FALSE(failure.error().message.empty());
    }
}

const std::string kLong = "folder/" + std::string(200, 'n') + ".jpg";

std::string everyKind() {
    return tarFile("a.jpg", "picture") + tarHeader({.name = "folder/", .type = '5'}) + tarLongName(kLong) + tarFile("short", std::string(600, 'x')) +
           tarPax("path", "p\xC3\xA4x.png") + tarFile("other", "y") + tarHeader({.name = "link", .type = '2'}) + tarFile("last.txt", "") + tarEnd();
}

TEST(TarIndex, ReadsEveryWayToName) {
    EXPECT_THAT(read(everyKind()), ElementsAre("a.jpg=picture", kLong + "=" + std::string(600, 'x'), "p\xC3\xA4x.png=y", "last.txt="));
    EXPECT_THAT(read(tarHeader({.name = "b.png", .size = 2, .prefix = "very/deep"}) + padded("bb") + tarEnd()), ElementsAre("very/deep/b.png=bb"));
    // GNU's own format keeps something else where POSIX has the prefix; the oldest one has no magic at all.
    EXPECT_THAT(read(tarHeader({.name = "c", .size = 1, .prefix = "0123", .magic = std::string("ustar  \0", 8)}) + padded("c") + tarEnd()), ElementsAre("c=c"));
    EXPECT_THAT(read(tarHeader({.name = "d", .size = 1, .type = '\0', .magic = std::string(8, '\0')}) + padded("d") + tarEnd()), ElementsAre("d=d"));
    const std::string full(100, 'f');  // fills the field to its last byte
    EXPECT_THAT(read(tarFile(full, "f") + tarEnd()), ElementsAre(full + "=f"));
}

TEST(TarIndex, ReadsEveryWayToGiveASize) {
    EXPECT_THAT(read(tarHeader({.name = "a", .sizeField = "\x80\0\0\0\0\0\0\0\0\0\0\3"s}) + padded("abc") + tarEnd()), ElementsAre("a=abc"));
    EXPECT_THAT(read(tarHeader({.name = "a", .sizeField = "         3 \0"s}) + padded("abc") + tarEnd()), ElementsAre("a=abc"));
    EXPECT_THAT(read(tarPax("size", "3") + tarHeader({.name = "a", .size = 0}) + padded("abc") + tarEnd()), ElementsAre("a=abc"));
}

TEST(TarIndex, LeavesOutWhatIsNoFile) {
    std::string archive;
    for (const char type : {'1', '2', '3', '4', '5', '6'}) archive += tarHeader({.name = "x", .size = 5000, .type = type});  // their sizes mean nothing
    archive += tarHeader({.name = "g", .size = 4, .type = 'g'}) + padded("junk") + tarHeader({.name = "?", .size = 3, .type = 'Z'}) + padded("new") + tarFile("a", "a") + tarEnd();
    EXPECT_THAT(read(archive), ElementsAre("a=a"));
    EXPECT_THAT(read(tarEnd()), ElementsAre());
    EXPECT_THAT(read(tarFile("a", "a") + tarEnd() + "whatever stands behind the end"), ElementsAre("a=a"));
}

TEST(TarIndex, CutAnywhereIsSaid) {
    const std::string archive = everyKind();
    const std::size_t end = archive.size() - 1024;
    for (std::size_t size = 0; size < end + 512; ++size) {
        const std::string sentence = refusal(archive.substr(0, size));
        ASSERT_TRUE(sentence.find("cut off") != std::string::npos || (size < 512 && sentence.find("not a tar archive") != std::string::npos)) << size << ": " << sentence;
    }
    EXPECT_EQ(refusal(archive.substr(0, end + 512)), "accepted");  // half an end is one
}

TEST(TarIndex, ImpossibleSizesAreSaid) {
    const auto withSize = [](const std::string& field) { return refusal(tarFile("good", "g") + tarHeader({.name = "a.jpg", .sizeField = field}) + padded("abc") + tarEnd()); };
    EXPECT_THAT(withSize("-0000000003\0"s), HasSubstr("impossible size"));
    EXPECT_THAT(withSize("\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFD"s), HasSubstr("impossible size"));
    EXPECT_THAT(withSize("\x80\0\0\0\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF"s), HasSubstr("impossible size"));
    EXPECT_THAT(withSize("\x80\0\0\1\0\0\0\0\0\0\0\0"s), HasSubstr("impossible size"));
    EXPECT_THAT(withSize("00000000009\0"s), HasSubstr("impossible size"));
    EXPECT_THAT(withSize("\x80\0\0\0\x7F\xFF\xFF\xFF\xFF\xFF\xFF\xFF"s), HasSubstr("cut off within \"a.jpg\""));
    EXPECT_THAT(withSize("777777777777"), HasSubstr("cut off within \"a.jpg\""));
    for (const char* size : {"-1", "99999999999999999999999", "1e3", "", " 3"})
        EXPECT_THAT(refusal(tarPax("size", size) + tarFile("a", "a") + tarEnd()), HasSubstr("impossible size")) << size;
}

TEST(TarIndex, BrokenExtensionsAreSaid) {
    const auto withRecord = [](const std::string& record) { return refusal(tarHeader({.name = "pax", .size = record.size(), .type = 'x'}) + padded(record) + tarFile("a", "a") + tarEnd()); };
    for (const char* record : {"path=a\n", "7 path=\n", "99 path=a\n", "9 path=a\nx", "-1 path=a\n", "0 \n", "99999999999999999999 a=b\n", "5 abc\n", "3 =", "12 path=abcdef"})
        EXPECT_THAT(withRecord(record), HasSubstr("broken pax header")) << record;
    EXPECT_THAT(refusal(tarHeader({.name = "L", .size = 2 << 20, .type = 'L'}) + std::string(2 << 20, 'a') + tarFile("a", "a") + tarEnd()), HasSubstr("2097152 bytes"));
    EXPECT_THAT(refusal(tarPax("GNU.sparse.major", "1") + tarFile("a", "a") + tarEnd()), HasSubstr("sparse"));
    EXPECT_THAT(refusal(tarHeader({.name = "a\nb", .type = 'S'}) + tarEnd()), HasSubstr("sparse file \"a?b\""));
}

TEST(TarIndex, OtherFilesAreSaid) {
    EXPECT_THAT(refusal(tarHeader({.name = "a", .goodChecksum = false}) + tarEnd()), HasSubstr("not a tar archive"));
    EXPECT_THAT(refusal(tarFile("a", "a") + tarHeader({.name = "b", .goodChecksum = false}) + tarEnd()), HasSubstr("byte 1024 is no header"));
    EXPECT_THAT(refusal("\x1F\x8B\x08" + std::string(2000, 'z')), HasSubstr("compressed"));
    EXPECT_THAT(refusal("\x28\xB5\x2F\xFD" + std::string(2000, 'z')), HasSubstr("compressed"));
    EXPECT_THAT(refusal(std::string(5000, 'z')), HasSubstr("not a tar archive"));
    EXPECT_THAT(refusal(""), HasSubstr("not a tar archive"));
}

TEST(TarIndex, ArbitraryBytesNeverCrash) {
    const std::string archive = everyKind();
    std::uint64_t number = 0;
    for (int round = 0; round < 20'000; ++round) {
        std::string broken = archive;
        for (int changes = round % 4; changes >= 0; --changes) {
            const std::uint64_t random = splitMix64(++number);
            broken[random % broken.size()] = static_cast<char>(random >> 56);
        }
        // With sums that fit, so that what is behind them is reached.
        for (std::size_t at = 0; at + 512 <= broken.size(); at += 512) {
            if (broken.compare(at + 257, 5, "ustar") != 0) continue;
            broken.replace(at + 148, 8, "        ");
            unsigned sum = 0;
            for (std::size_t i = 0; i < 512; ++i) sum += static_cast<unsigned char>(broken[at + i]);
            char text[8];
            std::snprintf(text, sizeof text, "%06o", sum);
            broken.replace(at + 148, 7, text, 7);
        }
        survive(broken);
        if (HasFatalFailure()) return;
    }
}

}  // namespace
}  // namespace tessera::train
