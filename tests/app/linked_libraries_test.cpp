// SPDX-License-Identifier: Apache-2.0
// On a machine with a CUDA toolkit its libraries are found by accident: here every library must come from the pinned wheels or from Debian.
#include <filesystem>
#include <sstream>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/process.h"

namespace {

namespace fs = std::filesystem;
using tessera::test::linesOf;
using tessera::test::runProcess;

bool comesFromDebian(const std::string& path) {
    for (const char* place : {"/lib/x86_64-linux-gnu/", "/usr/lib/x86_64-linux-gnu/", "/lib64/", "/lib/", "/usr/lib/"}) {
        if (path.starts_with(place)) return true;
    }
    return false;
}

bool comesFromPinnedWheels(const std::string& path) {
    const std::string real = fs::weakly_canonical(path).string();
    return real.find("/torch/lib/") != std::string::npos || real.find("/nvidia/cu13/lib/") != std::string::npos;
}

/// Below a folder that was given to CMake as CMAKE_PREFIX_PATH.
bool comesFromAGivenPrefix(const std::string& path) {
    std::istringstream prefixes(TESSERA_GIVEN_PREFIXES);
    for (std::string prefix; std::getline(prefixes, prefix, ':');) {
        if (!prefix.empty() && fs::weakly_canonical(path).string().starts_with(fs::weakly_canonical(prefix).string() + "/")) return true;
    }
    return false;
}

void expectCleanlyLinked(const std::string& program) {
    const auto result = runProcess({"ldd", program}, {}, true);
    ASSERT_EQ(result.exitCode, 0) << result.err;
    int checked = 0;
    for (const std::string& line : linesOf(result.out)) {
        EXPECT_EQ(line.find("not found"), std::string::npos) << program << ": " << line;
        const std::size_t arrow = line.find("=> ");
        if (arrow == std::string::npos) continue;
        const std::string path = line.substr(arrow + 3, line.rfind(" (") - arrow - 3);
        ++checked;
        EXPECT_TRUE(comesFromDebian(path) || comesFromPinnedWheels(path) || comesFromAGivenPrefix(path)) << program << ": " << line;
    }
    EXPECT_GT(checked, 3) << result.out;
}

TEST(LinkedLibraries, EngineTakesLibTorchFromThePinnedWheels) {
    expectCleanlyLinked(TESSERA_ENGINE_LIBRARY);
    EXPECT_THAT(runProcess({"ldd", TESSERA_ENGINE_LIBRARY}, {}, true).out, testing::HasSubstr("libtorch_cpu.so"));
}

TEST(LinkedLibraries, EngineIsNotLinkedToCudaKernels) {
    EXPECT_THAT(runProcess({"ldd", TESSERA_ENGINE_LIBRARY}, {}, true).out, testing::Not(testing::HasSubstr("libtorch_cuda.so")));
}

TEST(LinkedLibraries, EngineDoesNotPullInASecondQt) {
    EXPECT_THAT(runProcess({"ldd", TESSERA_ENGINE_LIBRARY}, {}, true).out, testing::Not(testing::HasSubstr("libQt5")));
}

TEST(LinkedLibraries, ProgramsStartWithoutLibTorch) {
    expectCleanlyLinked(TESSERA_PROGRAM);
    EXPECT_THAT(runProcess({"ldd", TESSERA_PROGRAM}, {}, true).out, testing::Not(testing::HasSubstr("libtorch")));
#ifdef TESSERA_STUDIO_PROGRAM
    expectCleanlyLinked(TESSERA_STUDIO_PROGRAM);
    EXPECT_THAT(runProcess({"ldd", TESSERA_STUDIO_PROGRAM}, {}, true).out, testing::Not(testing::AnyOf(testing::HasSubstr("libtorch"), testing::HasSubstr("libopencv"))));
#endif
#ifdef TESSERA_VIEWER_PROGRAM
    expectCleanlyLinked(TESSERA_VIEWER_PROGRAM);
    EXPECT_THAT(runProcess({"ldd", TESSERA_VIEWER_PROGRAM}, {}, true).out,
                testing::Not(testing::AnyOf(testing::HasSubstr("libtorch"), testing::HasSubstr("libopencv"), testing::HasSubstr("libQt"))));
#endif
}

}  // namespace
