// SPDX-License-Identifier: Apache-2.0
// Mapped files that other programs cut, rewrite or delete meanwhile.
#include "core/mapped_file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <csignal>
#include <fstream>
#include <numeric>
#include <string>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/temporary_folder.h"

namespace tessera {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::HasSubstr;

const std::size_t kPage = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));

class MappedFiles : public testing::Test {
protected:
    /// A file of ones.
    std::string write(const std::string& name, std::size_t size) const {
        const std::string path = m_folder / name;
        std::ofstream(path, std::ios::binary) << std::string(size, '\1');
        return path;
    }
    static std::size_t ones(std::span<const std::byte> bytes) { return static_cast<std::size_t>(std::ranges::count(bytes, std::byte{1})); }
    /// The line that checkUnchanged() throws; empty if it does not.
    static std::string complaint(std::span<const std::byte> bytes) {
        try {
            checkUnchanged(bytes.data());
        } catch (const Failure& failure) {
            return failure.what();
        }
        return {};
    }
    test::TemporaryFolder m_folder;
};

TEST_F(MappedFiles, WhatIsCutOffReadsAsZerosAndIsToldOfFromAnywhereInTheFile) {
    const std::string path = write("cut", 10 * kPage);
    const MappedFile file = mapFile(path), other = mapFile(write("whole", 10 * kPage));
    EXPECT_EQ(complaint(file.bytes), "");
    fs::resize_file(path, 3 * kPage);
    EXPECT_EQ(ones(file.bytes), 3 * kPage);
    EXPECT_EQ(ones(other.bytes), 10 * kPage);
    for (const std::size_t at : {std::size_t(0), 3 * kPage, 10 * kPage - 1}) {
        EXPECT_THAT(complaint(file.bytes.subspan(at)), AllOf(HasSubstr("became shorter"), HasSubstr(path), HasSubstr(std::to_string(3 * kPage))));
    }
    EXPECT_EQ(complaint(other.bytes), "");
}

TEST_F(MappedFiles, ACutThatLosesNoPageIsSeenToo) {
    const std::string path = write("tail", 2 * kPage);
    const MappedFile file = mapFile(path);
    fs::resize_file(path, 2 * kPage - 100);
    EXPECT_EQ(ones(file.bytes), 2 * kPage - 100) << "the kernel gives zeros for the rest of the last page, without a signal";
    EXPECT_THAT(complaint(file.bytes), HasSubstr("became shorter"));
}

TEST_F(MappedFiles, WhatIsRestoredMeanwhileIsNotTrusted) {
    const std::string path = write("restored", 4 * kPage);
    const MappedFile file = mapFile(path);
    fs::resize_file(path, 0);
    EXPECT_EQ(ones(file.bytes), 0U);
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    write("restored", 4 * kPage);
    EXPECT_THAT(complaint(file.bytes), AllOf(HasSubstr("was changed"), HasSubstr(path)));
    const MappedFile again = mapFile(path);
    EXPECT_EQ(ones(again.bytes), 4 * kPage);
    EXPECT_EQ(complaint(again.bytes), "");
}

TEST_F(MappedFiles, WrittenToInPlaceIsChanged) {
    const std::string path = write("written", 100);
    const MappedFile file = mapFile(path);
    std::this_thread::sleep_for(std::chrono::milliseconds(20));  // the clock of files is coarse
    std::fstream(path, std::ios::in | std::ios::out | std::ios::binary) << "new";
    EXPECT_THAT(complaint(file.bytes), HasSubstr("was changed"));
}

TEST_F(MappedFiles, DeletedAndReplacedFilesAreWholeAsLongAsTheyAreMapped) {
    const std::string path = write("deleted", 3 * kPage);
    const MappedFile file = mapFile(path);
    fs::rename(write("newer", kPage), path);
    EXPECT_EQ(ones(file.bytes), 3 * kPage);
    EXPECT_EQ(complaint(file.bytes), "");
    fs::remove(path);
    EXPECT_EQ(complaint(file.bytes), "");
}

TEST_F(MappedFiles, ManyThreadsMayReadWhatIsBeingCut) {
    for (int round = 0; round < 20; ++round) {
        const std::string path = write("cut" + std::to_string(round), 256 * kPage);
        const MappedFile file = mapFile(path);
        std::atomic<int> ready = 0;
        std::atomic<int> undetected = 0;
        std::vector<std::thread> readers;
        for (int i = 0; i < 8; ++i) {
            readers.emplace_back([&] {
                ++ready;
                for (int pass = 0; pass < 20; ++pass) {
                    const bool whole = ones(file.bytes) == file.bytes.size();
                    // A zero that was read must be told of by now.
                    if (!whole && complaint(file.bytes).empty()) ++undetected;
                }
            });
        }
        // Others come and go meanwhile: the handler sees their ranges change.
        std::thread passer([&] {
            const std::string small = write("small" + std::to_string(round), kPage);
            for (int i = 0; i < 100; ++i) EXPECT_EQ(ones(mapFile(small).bytes), kPage);
        });
        while (ready < 8) std::this_thread::yield();
        fs::resize_file(path, kPage);
        for (std::thread& reader : readers) reader.join();
        passer.join();
        EXPECT_EQ(undetected, 0);
        EXPECT_EQ(ones(file.bytes), kPage);
    }
}

TEST_F(MappedFiles, PagesThatWereLetGoAreReadAgainOrLost) {
    const std::string path = write("released", 8 * kPage);
    const MappedFile file = mapFile(path);
    EXPECT_EQ(ones(file.bytes), 8 * kPage);
    releasePages(file.bytes);
    EXPECT_EQ(ones(file.bytes), 8 * kPage);
    releasePages(file.bytes);
    fs::resize_file(path, 2 * kPage);
    EXPECT_EQ(ones(file.bytes), 2 * kPage);
    releasePages(file.bytes);
    EXPECT_EQ(ones(file.bytes), 2 * kPage);
}

TEST_F(MappedFiles, AReaderIsNotBlamedForWhatItFoundInAChangedFile) {
    const std::string path = write("parsed", 2 * kPage);
    const auto message = [&](bool throws) {
        write("parsed", 2 * kPage);
        try {
            readMapped(path, [&](const MappedFile& file) {
                fs::resize_file(path, 10);
                if (throws) throw Failure(ErrorCode::Invalid, "this is not what was expected");
                return ones(file.bytes);
            });
        } catch (const Failure& failure) {
            return failure.error().message;
        }
        return std::string();
    };
    EXPECT_THAT(message(false), HasSubstr("became shorter"));
    EXPECT_THAT(message(true), HasSubstr("became shorter"));
}

TEST_F(MappedFiles, OtherMemoryIsNobodysFile) {
    const std::vector<std::byte> bytes(10);
    EXPECT_EQ(complaint(bytes), "");
    EXPECT_EQ(complaint({}), "");
}

/// Reads a page beyond the end of a file that was mapped by hand.
int touchForeignMapping(const std::string& path) {
    const int file = ::open(path.c_str(), O_RDONLY);
    const auto* bytes = static_cast<const volatile char*>(::mmap(nullptr, 4 * kPage, PROT_READ, MAP_PRIVATE, file, 0));
    return bytes[3 * kPage];
}

using MappedFilesDeathTest = MappedFiles;

TEST_F(MappedFilesDeathTest, OtherBusErrorsEndTheProgramAsBefore) {
    testing::FLAGS_gtest_death_test_style = "threadsafe";
    const std::string path = write("foreign", 10);
    // A sanitizer's own handler ends it with an exit code.
    const auto ended = [](int status) { return WIFSIGNALED(status) ? WTERMSIG(status) == SIGBUS : WEXITSTATUS(status) != 0; };
    EXPECT_EXIT((mapFile(path), touchForeignMapping(path)), ended, "");
    EXPECT_EXIT((mapFile(path), ::raise(SIGBUS)), ended, "");
}

TEST_F(MappedFilesDeathTest, AHandlerThatWasThereBeforeStillGetsThem) {
    testing::FLAGS_gtest_death_test_style = "threadsafe";
    const std::string path = write("foreign", 10);
    const auto touch = [&] {
        std::signal(SIGBUS, [](int) { ::_exit(42); });
        const MappedFile file = mapFile(path);
        fs::resize_file(path, 0);
        if (ones(file.bytes) != 0) ::_exit(1);  // ours: mended
        touchForeignMapping(path);
    };
    EXPECT_EXIT(touch(), testing::ExitedWithCode(42), "");
}

}  // namespace
}  // namespace tessera
