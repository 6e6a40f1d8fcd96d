// SPDX-License-Identifier: Apache-2.0
// What a person may really drop: broken, wrong or unreadable checkpoints. Each gives one sentence that says what, where and what to do.
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>

#include "checkpoint/checkpoint.h"
#include "checkpoint/safetensors.h"
#include "core/error.h"
#include "engine/checkpoint/archive_builder.h"
#include "support/temporary_folder.h"

namespace tessera {
namespace {

namespace fs = std::filesystem;
using namespace test;
using testing::HasSubstr;

const std::string kGolden = TESSERA_SOURCE_DIR "/tests/golden/";

std::string contentOf(const fs::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}
void write(const fs::path& path, std::string_view content) {
    std::ofstream(path, std::ios::binary) << content;
}

Error refusalOfPath(const fs::path& path) {
    const Error error = refusalOf([&] { Checkpoint::open(path); });
    EXPECT_NE(error.message, "accepted") << path;
    EXPECT_THAT(error.where, HasSubstr(path.filename().string())) << error.message;
    EXPECT_FALSE(error.action.empty()) << error.message;
    EXPECT_EQ(toLine(error).find('\n'), std::string::npos);
    return error;
}

TEST(HostileCheckpointFiles, TruncatedDownloads) {
    const TemporaryFolder folder;
    const std::string safe = contentOf(kGolden + "tessera_autoencoder/tiny/model/model.safetensors"), torch = contentOf(kGolden + "torch_zip/files/dtypes.pt");
    ASSERT_GT(safe.size(), 1000U);
    for (const double share : {0.001, 0.5, 0.999}) {
        write(folder / "model.safetensors", safe.substr(0, static_cast<std::size_t>(static_cast<double>(safe.size()) * share)));
        EXPECT_THAT(refusalOfPath(folder / "model.safetensors").message, testing::AnyOf(HasSubstr("truncated"), HasSubstr("too short")));
        write(folder / "model.pt", torch.substr(0, std::max<std::size_t>(40, static_cast<std::size_t>(static_cast<double>(torch.size()) * share))));
        EXPECT_THAT(refusalOfPath(folder / "model.pt").message, HasSubstr("directory"));
    }
}

TEST(HostileCheckpointFiles, EmptyFilesAndFolders) {
    const TemporaryFolder folder;
    EXPECT_THAT(refusalOfPath(folder.path()).message, HasSubstr("holds no checkpoint"));
    write(folder / "empty.safetensors", "");
    EXPECT_THAT(refusalOf([&] { Checkpoint::open(folder / "empty.safetensors"); }).message, HasSubstr("empty"));
}

TEST(HostileCheckpointFiles, OtherFilesUnderACheckpointsName) {
    const TemporaryFolder folder;
    const std::string picture = contentOf(kGolden + "metrics/images/blocks_ref.png");
    for (const char* name : {"a.safetensors", "a.pt", "a.ckpt", "a.bin", "a.png"}) {
        write(folder / name, picture);
        EXPECT_THAT(refusalOfPath(folder / name).message, HasSubstr("not a safetensors file")) << name;
    }
    write(folder / "zip.pt", "PK\3\4 and nothing more that would make it an archive");
    EXPECT_THAT(refusalOfPath(folder / "zip.pt").message, HasSubstr("no directory"));
    write(folder / "text.pt", "hello");
    refusalOfPath(folder / "text.pt");
}

TEST(HostileCheckpointFiles, WhatIsMissingOrAFolderUnderAFilesName) {
    const TemporaryFolder folder;
    EXPECT_EQ(refusalOfPath(folder / "none.safetensors").code, ErrorCode::NotFound);
    EXPECT_EQ(refusalOfPath(folder / "none/none").code, ErrorCode::NotFound);
    fs::create_directory(folder / "folder.safetensors");
    EXPECT_THAT(refusalOfPath(folder / "folder.safetensors").message, HasSubstr("holds no checkpoint"));
}

/// Root may read everything: for as long as it lives, this process is nobody.
class Unprivileged {
public:
    Unprivileged() { m_changed = geteuid() == 0 && seteuid(65534) == 0; }
    ~Unprivileged() {
        if (m_changed && seteuid(0) != 0) abort();
    }
    Unprivileged(const Unprivileged&) = delete;
    Unprivileged& operator=(const Unprivileged&) = delete;

private:
    bool m_changed = false;
};

TEST(HostileCheckpointFiles, WhatMayNotBeRead) {
    const TemporaryFolder folder;
    chmod(folder.path().c_str(), 0755);
    write(folder / "secret.safetensors", "x");
    chmod((folder / "secret.safetensors").c_str(), 0);
    fs::create_directory(folder / "closed");
    chmod((folder / "closed").c_str(), 0);
    {
        const Unprivileged nobody;
        EXPECT_EQ(refusalOfPath(folder / "secret.safetensors").code, ErrorCode::Unreadable);
        EXPECT_EQ(refusalOfPath(folder / "closed").code, ErrorCode::Unreadable);
        EXPECT_EQ(refusalOfPath(folder / "closed/a.pt").code, ErrorCode::Unreadable);
    }
    chmod((folder / "closed").c_str(), 0700);
}

TEST(HostileCheckpointFiles, APipeIsRefusedInsteadOfWaitedFor) {
    const TemporaryFolder folder;
    ASSERT_EQ(mkfifo((folder / "pipe.pt").c_str(), 0600), 0);
    EXPECT_THAT(refusalOf([&] { Checkpoint::open(folder / "pipe.pt"); }).message, HasSubstr("not a regular file"));
}

TEST(HostileCheckpointFiles, AFileThatVanishesAfterOpeningIsStillRead) {
    const TemporaryFolder folder;
    writeSafetensors(folder / "a.safetensors", {{"w", {DType::U8, {3}, bytesOf("abc")}}});
    const Checkpoint checkpoint = Checkpoint::open(folder / "a.safetensors");
    fs::remove(folder / "a.safetensors");
    EXPECT_EQ(checkpoint.files()[0].sections.at("").at("w").toHost().bytes[2], std::byte{'c'});
    EXPECT_NO_THROW(checkpoint.fingerprint());
}

TEST(HostileCheckpointFiles, AWholePickledModelHoldsNothingThatCanBeReadWithoutRunningIt) {
    const TemporaryFolder folder;
    const Bytes archive = torchZipOf(pickle::whole(pickle::global("my.code", "Model") + ")\x81" + pickle::dict({{"x", "N"}}) + "b"), {});
    write(folder / "model.pt", {reinterpret_cast<const char*>(archive.data()), archive.size()});
    const Error error = refusalOfPath(folder / "model.pt");
    EXPECT_THAT(error.message, HasSubstr("without running the code"));
    EXPECT_THAT(error.action, HasSubstr("state_dict()"));
}

TEST(HostileCheckpointFiles, AFolderOfAThousandModelsIsNoCheckpoint) {
    const TemporaryFolder folder;
    for (int i = 0; i < 600; ++i) write(folder / joined({"m", std::to_string(i), ".pt"}), "x");
    EXPECT_THAT(refusalOfPath(folder.path()).message, HasSubstr("too many files"));
    writeSafetensors(folder / "good.safetensors", {{"w", {DType::U8, {3}, bytesOf("abc")}}});
    EXPECT_NO_THROW(Checkpoint::open(folder / "good.safetensors")) << "what lies beside a file does not matter";
}

}  // namespace
}  // namespace tessera
