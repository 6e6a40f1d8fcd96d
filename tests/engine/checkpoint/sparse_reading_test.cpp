// SPDX-License-Identifier: Apache-2.0
#include "core/sparse_reading.h"

#include <filesystem>
#include <fstream>
#include <vector>

#include <sys/mman.h>
#include <unistd.h>

#include <gtest/gtest.h>

#include "core/mapped_file.h"
#include "support/temporary_folder.h"

namespace tessera::test {
namespace {

/// Pages of a mapped file that are in memory, whoever read them.
std::size_t residentPages(std::span<const std::byte> bytes) {
    const std::size_t page = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
    std::vector<unsigned char> resident((bytes.size() + page - 1) / page);
    EXPECT_EQ(mincore(const_cast<std::byte*>(bytes.data()), bytes.size(), resident.data()), 0);
    std::size_t count = 0;
    for (const unsigned char each : resident) count += each & 1;
    return count;
}

TEST(SparseReading, AFewBytesOfAFileReadAFewPages) {
    constexpr std::size_t kBytes = std::size_t(96) << 20, kSamples = 24;
    const TemporaryFolder folder;
    const std::string path = folder / "large";
    std::ofstream(path) << 'x';
    std::filesystem::resize_file(path, kBytes);
    const MappedFile file = mapFile(path);
    unsigned sum = 0;
    {
        const SparseReading sparse(file.bytes);
        for (std::size_t i = 1; i <= kSamples; ++i) sum += std::to_integer<unsigned>(file.bytes[i * (kBytes / (kSamples + 1))]);
    }
    EXPECT_EQ(sum, 0u);
    EXPECT_LE(residentPages(file.bytes), 2 * kSamples);
    EXPECT_EQ(std::to_integer<char>(file.bytes[0]), 'x');
    const std::vector<std::byte> own(64);
    const SparseReading other(own);  // nothing of a file
    const SparseReading none({});
}

}  // namespace
}  // namespace tessera::test
