// SPDX-License-Identifier: Apache-2.0
// The plugin as a file: one door, machine code for the GPUs we name, LibTorch's CUDA half behind it; and its table where it can be loaded.
#include <algorithm>
#include <cstring>
#include <dlfcn.h>
#include <fstream>
#include <iterator>
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "device/cuda_plugin.h"
#include "support/process.h"

namespace tessera {
namespace {

using test::linesOf;
using test::runProcess;
using testing::HasSubstr;
using testing::IsSupersetOf;
using testing::Not;

template <typename T>
T read(const std::string& bytes, std::size_t at) {
    T value{};
    if (at + sizeof value <= bytes.size()) std::memcpy(&value, bytes.data() + at, sizeof value);
    return value;
}

struct Code {
    std::set<unsigned> machine, intermediate;  ///< compute capabilities, 80 for 8.0: machine code (cubin), PTX
};

/// What nvcc packed into a library: "fat binaries", each a header and entries with kind, size and architecture.
Code codeIn(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    const std::string bytes((std::istreambuf_iterator<char>(file)), {});
    const std::string magic("\x50\xed\x55\xba", 4);
    constexpr std::size_t kMachineCode = 2;
    Code code;
    for (std::size_t at = bytes.find(magic); at != std::string::npos; at = bytes.find(magic, at + 4)) {
        const std::size_t first = at + read<std::uint16_t>(bytes, at + 6), end = std::min(bytes.size(), first + read<std::uint64_t>(bytes, at + 8));
        for (std::size_t entry = first; entry + 32 <= end;) {
            auto& architectures = read<std::uint16_t>(bytes, entry) == kMachineCode ? code.machine : code.intermediate;
            architectures.insert(read<std::uint32_t>(bytes, entry + 28));
            const std::size_t size = read<std::uint32_t>(bytes, entry + 4) + read<std::uint64_t>(bytes, entry + 8);
            if (size == 0) break;
            entry += size;
        }
    }
    return code;
}

TEST(CudaPluginLibrary, HoldsMachineCodeForAmpereAndHopper) {
    const Code code = codeIn(TESSERA_CUDA_LIBRARY);
    EXPECT_THAT(code.machine, IsSupersetOf({80u, 90u}));
    EXPECT_THAT(code.intermediate, testing::Contains(90u)) << "for GPUs that come later";
}

TEST(CudaPluginLibrary, HasOneDoor) {
    const auto symbols = runProcess({"nm", "-D", "--defined-only", TESSERA_CUDA_LIBRARY});
    ASSERT_EQ(symbols.exitCode, 0) << symbols.err;
    std::vector<std::string> functions;
    for (const std::string& line : linesOf(symbols.out)) {
        if (const std::size_t at = line.find(" T "); at != std::string::npos) functions.push_back(line.substr(at + 3));
    }
    EXPECT_THAT(functions, testing::ElementsAre("tessera_cuda_plugin"));
}

TEST(CudaPluginLibrary, BringsLibTorchsKernelsAndItsOwnRuntime) {
    const auto needed = runProcess({"readelf", "-d", TESSERA_CUDA_LIBRARY});
    EXPECT_THAT(needed.out, HasSubstr("[libtorch_cuda.so]"));
    EXPECT_THAT(needed.out, HasSubstr("[libcudart.so."));
}

/// Where the CUDA libraries that LibTorch needs are there (a GPU is not needed for that).
TEST(CudaPluginTable, IsComplete) {
    void* library = dlopen(TESSERA_CUDA_LIBRARY, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
    if (!library) {
        const std::string reason = dlerror();
        EXPECT_THAT(reason, HasSubstr("cannot open shared object file")) << "only a library that is not installed may be missing";
        EXPECT_THAT(reason, Not(HasSubstr("libtorch_cuda.so:"))) << "LibTorch itself is there";
        GTEST_SKIP() << reason;
    }
    const auto entry = reinterpret_cast<decltype(&tessera_cuda_plugin)>(dlsym(library, "tessera_cuda_plugin"));
    ASSERT_NE(entry, nullptr);
    const CudaPlugin& plugin = *entry();
    EXPECT_EQ(plugin.abi, kCudaPluginAbi);
    EXPECT_STREQ(plugin.torchVersion, TESSERA_TORCH_VERSION);
    const bool complete = plugin.countDevices && plugin.describe && plugin.memory && plugin.resetPeakMemory && plugin.releaseUnusedMemory && plugin.synchronise &&
                          plugin.lastingFailure && plugin.groupNorm && plugin.findNonFinite && plugin.prepareCodebook && plugin.nearestCodes;
    ASSERT_TRUE(complete);
    int devices = 0;
    const char* failure = plugin.countDevices(&devices);
    if (failure || devices == 0) {
        EXPECT_NE(plugin.synchronise(0), nullptr) << "without a GPU every call says so instead of throwing";
        EXPECT_NE(plugin.lastingFailure(0), nullptr);
        CudaDevice facts{};
        EXPECT_NE(plugin.describe(0, &facts), nullptr);
    }
}

}  // namespace
}  // namespace tessera
