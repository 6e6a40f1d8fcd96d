// SPDX-License-Identifier: Apache-2.0
// The rooms of the house, held by grep as well as by the build.
#include <filesystem>
#include <fstream>
#include <regex>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace {

namespace fs = std::filesystem;

/// "path:line" of every #include below `folder` that matches.
std::vector<std::string> includesBelow(const std::string& folder, const std::string& pattern) {
    const std::regex wanted("^\\s*#\\s*include\\s*[<\"](" + pattern + ")");
    std::vector<std::string> found;
    const fs::path root = fs::path(TESSERA_SOURCE_DIR) / folder;
    int files = 0;
    for (const auto& entry : fs::recursive_directory_iterator(root)) {
        const std::string extension = entry.path().extension().string();
        if (extension != ".h" && extension != ".cpp" && extension != ".cu" && extension != ".cuh") continue;
        ++files;
        std::ifstream file(entry.path());
        int number = 0;
        for (std::string line; std::getline(file, line);) {
            ++number;
            if (std::regex_search(line, wanted)) found.push_back(fs::relative(entry.path(), TESSERA_SOURCE_DIR).string() + ":" + std::to_string(number));
        }
    }
    EXPECT_GT(files, 0) << root << " holds no source files";
    return found;
}

constexpr char kTensors[] = "torch/|ATen/|c10/|cuda";

TEST(Layering, NoFileOutsideEngineIncludesTorch) {
    for (const char* folder : {"app", "widgets", "tests"}) EXPECT_THAT(includesBelow(folder, kTensors), testing::IsEmpty()) << folder;
}

TEST(Layering, PublicHeadersIncludeNoHeavyLibrary) {
    EXPECT_THAT(includesBelow("engine/include", std::string(kTensors) + "|nlohmann/|Q[A-Z]"), testing::IsEmpty());
}

TEST(Layering, NothingNeedsOpenCv) {
    for (const char* folder : {"app", "engine", "tests", "widgets"}) EXPECT_THAT(includesBelow(folder, "opencv2/"), testing::IsEmpty()) << folder;
}

TEST(Layering, EngineKnowsNeitherQtNorOpenGl) {
    EXPECT_THAT(includesBelow("engine", "Q[A-Z]|epoxy/|GL/|GLFW/|imgui"), testing::IsEmpty());
}

TEST(Layering, CommandLineKnowsNeitherQtNorOpenGl) {
    EXPECT_THAT(includesBelow("app/cli", "Q[A-Z]|epoxy/|GL/|GLFW/|imgui"), testing::IsEmpty());
}

TEST(Layering, ProgramsAndWidgetsUseOnlyTheEnginesPublicHeaders) {
    for (const char* folder : {"app", "widgets"}) {
        EXPECT_THAT(includesBelow(folder, "(core|jobs|checkpoint|image|layers|families|lenses|local|device|kernels)/"), testing::IsEmpty()) << folder;
    }
}

TEST(Layering, CanvasOverlayAndViewerKnowNoQt) {
    for (const char* folder : {"widgets/canvas", "widgets/overlay", "app/viewer"}) EXPECT_THAT(includesBelow(folder, "Q[A-Z]"), testing::IsEmpty()) << folder;
}

TEST(Layering, TheViewerTakesOfTheWidgetsOnlyCanvasAndOverlay) {
    EXPECT_THAT(includesBelow("app/viewer", "(panels|models|workspace|bridge|theme)/"), testing::IsEmpty());
}

}  // namespace
