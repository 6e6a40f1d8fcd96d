// SPDX-License-Identifier: Apache-2.0
// Pictures as a person meets them when something is wrong: the command line says one sentence each, exits with 1, and does the others all the same.
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/image/test_pictures.h"
#include "support/process.h"
#include "support/temporary_folder.h"

namespace {

namespace fs = std::filesystem;
using namespace tessera::test;
using testing::AllOf;
using testing::HasSubstr;
using testing::StartsWith;

class HostilePictures : public testing::Test {
protected:
    std::string write(const std::string& name, const Bytes& bytes) const {
        std::ofstream(m_folder / name, std::ios::binary).write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
        return m_folder / name;
    }
    static ProcessResult reconstruct(std::vector<std::string> images) {
        images.insert(images.begin(), {TESSERA_PROGRAM, "reconstruct", "--model", "mini-autoencoder"});
        return runProcess(images, {}, true);
    }
    static void expectRefused(const std::string& path, const std::string& why) {
        const auto result = reconstruct({path});
        EXPECT_EQ(result.exitCode, 1) << path;
        ASSERT_EQ(linesOf(result.err).size(), 1U) << path << ": " << result.err;
        EXPECT_THAT(result.err, AllOf(StartsWith("tessera: "), HasSubstr(fs::path(path).filename().string()), HasSubstr(why)));
        EXPECT_EQ(result.out.find("dB"), std::string::npos) << result.out;
    }
    static Bytes cut(Bytes bytes, double share) {
        bytes.resize(static_cast<std::size_t>(static_cast<double>(bytes.size()) * share));
        return bytes;
    }
    const TemporaryFolder& folder() const { return m_folder; }

private:
    TemporaryFolder m_folder;
};

TEST_F(HostilePictures, TruncatedFilesAreCalledTruncated) {
    const U8 rgb = cornerPicture(300, 200, 3);
    expectRefused(write("half.jpg", cut(jpegOf(rgb, 300, 200, 3), 0.5)), "truncated");
    expectRefused(write("half.png", cut(pngOf(rgb, 300, 200, 3), 0.5)), "truncated");
    expectRefused(write("half.webp", cut(webpOf(rgb, 300, 200, 3), 0.5)), "truncated");
}

TEST_F(HostilePictures, EmptyFilesFoldersPipesAndMissingOnesAreToldApart) {
    expectRefused(write("empty.png", {}), "empty");
    fs::create_directory(folder().path() / "album.png");
    expectRefused(folder() / "album.png", "folder");
    ASSERT_EQ(mkfifo((folder() / "pipe.png").c_str(), 0600), 0);
    expectRefused(folder() / "pipe.png", "not a regular file");
    expectRefused(folder() / "gone.png", "no such file");
    fs::create_symlink("loop.png", folder().path() / "loop.png");
    expectRefused(folder() / "loop.png", "leads back to itself");
    const auto nameless = reconstruct({""});
    EXPECT_EQ(nameless.exitCode, 1);
    EXPECT_THAT(nameless.err, HasSubstr("the picture's name is empty"));
}

TEST_F(HostilePictures, UnreadableFilesNameTheMissingPermission) {
    const std::string path = write("secret.png", pngOf(cornerPicture(8, 8, 3), 8, 8, 3));
    fs::permissions(path, fs::perms::none);
    const auto command = withoutPrivileges({TESSERA_PROGRAM, "reconstruct", "--model", "mini-autoencoder", path});
    if (command.empty()) GTEST_SKIP() << "root reads everything, and cannot be kept from it here";
    const auto result = runProcess(command, {}, true);
    EXPECT_EQ(result.exitCode, 1);
    EXPECT_THAT(result.err, AllOf(StartsWith("tessera: "), HasSubstr("secret.png"), HasSubstr("permission denied")));
}

TEST_F(HostilePictures, AHeaderOfFiftyThousandSquaredIsRefusedByItsHeader) {
    Bytes bmp = bmpOf(cornerPicture(16, 16, 3), 16, 16, 24);
    for (const std::size_t side : {18, 22}) {
        bmp[side] = std::byte{0x50};
        bmp[side + 1] = std::byte{0xC3};
    }
    expectRefused(write("giant.bmp", bmp), "too large");
}

TEST_F(HostilePictures, ContentDecidesAndNotTheName) {
    const auto result = reconstruct({write("really-a-png.jpg", pngOf(cornerPicture(64, 64, 3), 64, 64, 3))});
    EXPECT_EQ(result.exitCode, 0) << result.err;
    EXPECT_THAT(result.out, HasSubstr("dB"));
    expectRefused(write("really-a-text.png", bytesOf("dear diary,\n")), "text");
}

TEST_F(HostilePictures, TheGoodOnesAmongThemAreDone) {
    const auto result = reconstruct({write("empty.png", {}), write("good.png", pngOf(cornerPicture(64, 64, 3), 64, 64, 3)), folder() / "gone.png"});
    EXPECT_EQ(result.exitCode, 1);
    EXPECT_EQ(linesOf(result.err).size(), 2U) << result.err;
    EXPECT_THAT(result.out, HasSubstr("good.png"));
}

}  // namespace
