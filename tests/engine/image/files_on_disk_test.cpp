// SPDX-License-Identifier: Apache-2.0
// readFile and writePng: what happens on a real disk.
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>

#include "core/error.h"
#include "engine/image/test_pictures.h"
#include "image/image_file.h"

namespace tessera {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

class FilesOnDisk : public testing::Test {
protected:
    void SetUp() override { fs::create_directories(m_folder); }
    void TearDown() override { fs::remove_all(m_folder); }

    fs::path place(const std::string& name) const { return m_folder / name; }
    fs::path write(const std::string& name, const std::string& content) const {
        std::ofstream(place(name), std::ios::binary) << content;
        return place(name);
    }
    static Error errorOf(const fs::path& path) {
        try {
            readFile(path);
        } catch (const Failure& failure) {
            return failure.error();
        }
        ADD_FAILURE() << path << " was read";
        return {};
    }
    std::size_t entries() const { return static_cast<std::size_t>(std::distance(fs::directory_iterator(m_folder), fs::directory_iterator())); }

private:
    fs::path m_folder = fs::temp_directory_path() / ("tessera_files_" + std::to_string(::getpid()));
};

TEST_F(FilesOnDisk, ReadFileGivesAllBytes) {
    const std::string content("\0\1\2 hello \xFF", 11);
    const SharedBytes bytes = readFile(write("a", content));
    EXPECT_EQ(std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size()), content);
}

TEST_F(FilesOnDisk, ReadFileSaysWhatIsWrong) {
    const Error missing = errorOf(place("gone.png"));
    EXPECT_EQ(missing.code, ErrorCode::NotFound);
    EXPECT_EQ(missing.where, place("gone.png").string());
    EXPECT_THAT(errorOf(place("a/b/c.png")).message, HasSubstr("no such file"));
    EXPECT_THAT(errorOf(write("empty", "")).message, HasSubstr("empty"));
    EXPECT_THAT(errorOf(place("")).message, HasSubstr("folder"));
    ASSERT_EQ(::mkfifo(place("pipe").c_str(), 0600), 0);
    EXPECT_THAT(errorOf(place("pipe")).message, HasSubstr("not a regular file"));  // and does not hang
    EXPECT_THAT(errorOf(write("f", "x") / "below").message, HasSubstr("no such file"));
}

TEST_F(FilesOnDisk, ReadFileRefusesMoreThanTwoGigabytes) {
    const fs::path path = write("sparse", "x");
    fs::resize_file(path, (std::uintmax_t(2) << 30) + 1);
    EXPECT_THAT(errorOf(path).message, HasSubstr("larger than 2 GiB"));
}

TEST_F(FilesOnDisk, ReadFileNamesMissingPermission) {
    const fs::path path = write("secret", "x");
    fs::permissions(path, fs::perms::none);
    const uid_t user = ::geteuid();
    if (user == 0) {
        constexpr uid_t kNobody = 65534;  // root may read everything
        ASSERT_EQ(::seteuid(kNobody), 0);
    }
    const Error error = errorOf(path);
    ASSERT_EQ(::seteuid(user), 0);
    EXPECT_EQ(error.code, ErrorCode::Unreadable);
    EXPECT_THAT(error.message, HasSubstr("permission denied"));
}

Image u8Image(int width, int height, int channels) {
    return Image(width, height, channels, SharedArray<std::uint8_t>(test::cornerPicture(width, height, channels)));
}

TEST_F(FilesOnDisk, WritePngComesBackSampleBySample) {
    for (const int channels : {1, 3}) {
        const Image image = u8Image(21, 13, channels);
        writePng(place("a.png"), image);
        const DecodedImage back = decodeImage(readFile(place("a.png")), "a.png");
        ASSERT_EQ(back.image.channels(), channels);
        const auto a = std::get<SharedArray<std::uint8_t>>(image.samples()).span(), b = std::get<SharedArray<std::uint8_t>>(back.image.samples()).span();
        EXPECT_TRUE(std::equal(a.begin(), a.end(), b.begin(), b.end()));
    }
    const std::vector<std::uint16_t> words{0, 256, 1, 65535, 4660, 7};
    writePng(place("b.png"), Image(2, 1, 3, SharedArray<std::uint16_t>(words)));
    const DecodedImage wide = decodeImage(readFile(place("b.png")), "b.png");
    const auto back = std::get<SharedArray<std::uint16_t>>(wide.image.samples()).span();
    EXPECT_TRUE(std::equal(back.begin(), back.end(), words.begin(), words.end()));
}

TEST_F(FilesOnDisk, WritePngRoundsFloatsAndClampsThem) {
    const std::vector<float> reals{-1.0F, 0.5F, 2.0F, std::nanf(""), 1.0F / 255.0F, 0.998F};
    writePng(place("a.png"), Image(2, 1, 3, SharedArray<float>(reals)));
    const DecodedImage back = decodeImage(readFile(place("a.png")), "a.png");
    const auto samples = std::get<SharedArray<std::uint8_t>>(back.image.samples()).span();
    EXPECT_THAT(std::vector<int>(samples.begin(), samples.end()), testing::ElementsAre(0, 128, 255, 0, 1, 254));
}

TEST_F(FilesOnDisk, WritePngKeepsAlphaStraight) {
    writePng(place("a.png"), Image(1, 1, 4, SharedArray<std::uint8_t>(std::vector<std::uint8_t>{200, 100, 0, 0})));
    EXPECT_EQ(decodeImage(readFile(place("a.png")), "a.png").channels, 4);
}

TEST_F(FilesOnDisk, WritePngThatIsCancelledLeavesWhatWasThere) {
    writePng(place("a.png"), u8Image(2, 2, 3));
    std::stop_source stop;
    stop.request_stop();
    EXPECT_THROW(writePng(place("a.png"), u8Image(21, 13, 3), {}, stop.get_token()), Cancelled);
    EXPECT_EQ(decodeImage(readFile(place("a.png")), "a.png").image.width(), 2);
    EXPECT_EQ(entries(), 1u) << "no half of a file";
}

TEST_F(FilesOnDisk, WritePngStoresTexts) {
    writePng(place("a.png"), u8Image(4, 4, 3), {{"Software", "Tessera"}, {"Comment", "K\xC3\xB6ln"}});
    const SharedBytes bytes = readFile(place("a.png"));
    const std::string content(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    EXPECT_THAT(content, HasSubstr(std::string("tEXtSoftware\0Tessera", 20)));
    EXPECT_THAT(content, HasSubstr(std::string("iTXtComment\0\0\0\0\0K\xC3\xB6ln", 21)));
    EXPECT_NO_THROW(decodeImage(bytes, "a.png"));
    EXPECT_THROW(writePng(place("b.png"), u8Image(4, 4, 3), {{"", "no keyword"}}), Failure);
    EXPECT_THROW(writePng(place("b.png"), u8Image(4, 4, 3), {{std::string(80, 'k'), "long keyword"}}), Failure);
    EXPECT_FALSE(fs::exists(place("b.png")));
}

TEST_F(FilesOnDisk, WritePngReplacesWholeOrLeavesTheOldFile) {
    write("a.png", "old");
    writePng(place("a.png"), u8Image(4, 4, 3));
    EXPECT_EQ(decodeImage(readFile(place("a.png")), "a.png").format, "PNG");
    EXPECT_EQ(entries(), 1U);  // no temporary file stays behind

    fs::create_directory(place("taken.png"));
    try {
        writePng(place("taken.png"), u8Image(4, 4, 3));
        FAIL() << "a folder was overwritten";
    } catch (const Failure& failure) {
        EXPECT_THAT(failure.error().message, HasSubstr("cannot be written"));
        EXPECT_EQ(failure.error().where, place("taken.png").string());
    }
    EXPECT_EQ(entries(), 2U);
    EXPECT_THROW(writePng(place("missing/a.png"), u8Image(4, 4, 3)), Failure);
    EXPECT_THROW(writePng(place("c.png"), Image()), Failure);
}

}  // namespace
}  // namespace tessera
