// SPDX-License-Identifier: Apache-2.0
// What is shipped beside the code: the samples, the embedded model, and whose everything is.
#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "support/process.h"
#ifdef TESSERA_IMAGE_FILES
#include "image/image_file.h"
#endif

namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using tessera::test::runProcess;
using testing::HasSubstr;
using testing::IsEmpty;

const fs::path kRoot = TESSERA_SOURCE_DIR;
const fs::path kSamples = kRoot / "resources/samples";
const fs::path kNotice = kRoot / "resources/SAMPLES.md";
const std::array kTrainedOnFiles{"mini-autoencoder", "mini-rvq", "tessera-mini"};

std::string textOf(const fs::path& path) {
    std::ifstream file(path, std::ios::binary);
    EXPECT_TRUE(file) << path;
    return {std::istreambuf_iterator<char>(file), {}};
}

/// Nothing but pictures lies there: `tessera reconstruct resources/samples/*` takes them all.
std::set<std::string> pictures() {
    std::set<std::string> names;
    for (const auto& entry : fs::directory_iterator(kSamples)) names.insert(entry.path().filename().string());
    return names;
}

TEST(Samples, TheListNamesEachPictureOnceWithTitleAndHint) {
    std::multiset<std::string> listed;
    for (const json& sample : json::parse(textOf(kRoot / "resources/samples.json"))) {
        const fs::path file = sample.at("file").get<std::string>();
        EXPECT_EQ(file.parent_path(), "samples") << sample;
        listed.insert(file.filename().string());
        EXPECT_FALSE(sample.at("title").get<std::string>().empty()) << sample;
        EXPECT_FALSE(sample.at("hint").get<std::string>().empty()) << sample;
    }
    const std::set<std::string> there = pictures();
    EXPECT_EQ(listed, std::multiset<std::string>(there.begin(), there.end()));
    EXPECT_EQ(listed.size(), 6U);
}

TEST(Samples, NoticeSaysOfEachWhoseItIs) {
    const std::string notice = textOf(kNotice);
    for (const std::string& name : pictures()) EXPECT_THAT(notice, HasSubstr("| `" + name + "` |"));
}

TEST(Samples, NoneIsATrainingPictureOfTheEmbeddedModel) {
    std::set<std::string> trained;
    for (const char* model : kTrainedOnFiles) {
        const json origins = json::parse(textOf(kRoot / "resources/models" / model / "training-files.json"));
        for (const auto& [origin, files] : origins.items()) {
            for (const json& file : files) trained.insert(fs::path(file.get<std::string>()).filename().string());
        }
    }
    EXPECT_GT(trained.size(), 100U);
    const std::string notice = textOf(kNotice);
    for (const std::string& name : trained) EXPECT_EQ(notice.find("/" + name + "`"), std::string::npos) << name;
}

#ifdef TESSERA_IMAGE_FILES
TEST(Samples, EachDecodesToAPictureOfModestSize) {
    std::uintmax_t bytes = 0;
    for (const std::string& name : pictures()) {
        const fs::path path = kSamples / name;
        bytes += fs::file_size(path);
        const tessera::Image image = tessera::decodeImage(tessera::readFile(path), path.string()).image;
        EXPECT_EQ(image.channels(), 3) << name;
        EXPECT_GE(std::min(image.width(), image.height()), 400) << name;
        EXPECT_LE(std::max(image.width(), image.height()), 1600) << name;
    }
    EXPECT_LT(bytes, 4U << 20);
}
#endif

TEST(EmbeddedModel, FilesAreTheOnesThatItsSumsName) {
    std::uintmax_t bytes = 0;
    for (const auto& model : fs::directory_iterator(kRoot / "resources/models")) {
        const auto result = runProcess({"sh", "-c", "cd '" + model.path().string() + "' && sha256sum --check --strict SHA256SUMS"});
        EXPECT_EQ(result.exitCode, 0) << result.out << result.err;
        EXPECT_THAT(result.out, HasSubstr("config.json: OK"));
        for (const auto& file : fs::directory_iterator(model)) {
            if (file.path().extension() != ".safetensors") continue;
            EXPECT_THAT(result.out, HasSubstr(file.path().filename().string() + ": OK"));
            bytes += fs::file_size(file);
        }
    }
    EXPECT_GT(bytes, 10'000'000U);
    EXPECT_LT(bytes, 24'000'000U);
}

bool below(const std::string& path, std::initializer_list<const char*> folders) {
    return std::any_of(folders.begin(), folders.end(), [&](const char* folder) { return path.starts_with(folder); });
}

/// As LICENSE says. A test may be licensed either way where it drives the studio's parts.
std::vector<std::string> licencesOf(const std::string& path) {
    if (below(path, {"widgets/canvas/", "widgets/overlay/"})) return {"Apache-2.0"};
    if (below(path, {"widgets/", "app/studio/"})) return {"GPL-3.0-or-later"};
    if (below(path, {"tests/widgets/", "tests/app/"})) return {"Apache-2.0", "GPL-3.0-or-later"};
    return {"Apache-2.0"};
}

bool isSource(const fs::path& path) {
    static const std::set<std::string> kinds{".h", ".cpp", ".cu", ".cuh", ".vert", ".frag", ".glsl", ".cmake", ".in", ".py", ".sh", ".yml"};
    if (kinds.contains(path.extension().string()) || path.filename() == "CMakeLists.txt") return true;
    if (!path.extension().empty()) return false;
    std::ifstream file(path, std::ios::binary);
    std::array<char, 2> start{};
    file.read(start.data(), start.size());
    return start[0] == '#' && start[1] == '!';
}

TEST(Licences, EverySourceFileNamesItsOwnInItsFirstLines) {
    std::vector<std::string> wrong;
    int files = 0;
    for (const char* folder : {".ci", "app", "engine", "packaging", "shaders", "tests", "widgets"}) {
        for (const auto& entry : fs::recursive_directory_iterator(kRoot / folder)) {
            if (!entry.is_regular_file() || !isSource(entry.path())) continue;
            ++files;
            const std::string path = fs::relative(entry.path(), kRoot).string();
            std::ifstream file(entry.path());
            std::string first, second;
            std::getline(file, first);
            std::getline(file, second);
            const auto licences = licencesOf(path);
            const bool named = std::any_of(licences.begin(), licences.end(), [&](const std::string& licence) {
                const std::string line = "SPDX-License-Identifier: " + licence;
                return first.ends_with(line) || second.ends_with(line);
            });
            if (!named) wrong.push_back(path);
        }
    }
    EXPECT_GT(files, 200);
    EXPECT_THAT(wrong, IsEmpty());
}

TEST(Licences, TextsOfAllAreThere) {
    const std::string overview = textOf(kRoot / "LICENSE");
    for (const auto& entry : fs::directory_iterator(kRoot / "LICENSES")) EXPECT_THAT(overview, HasSubstr(entry.path().filename().string()));
    for (const char* notice : {"resources/SAMPLES.md", "resources/fonts/NOTICE.md", "resources/lpips/NOTICE.md", "resources/imagenet/NOTICE.md"}) {
        EXPECT_TRUE(fs::exists(kRoot / notice)) << notice;
        EXPECT_THAT(overview, HasSubstr(notice));
    }
}

}  // namespace
