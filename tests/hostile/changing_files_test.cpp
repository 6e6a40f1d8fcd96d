// SPDX-License-Identifier: Apache-2.0
// Checkpoints and latents that another program cuts, deletes or puts back while they are in use: one sentence, never a signal.
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <tessera/files.h>

#include "support/golden_case.h"
#include "support/model_folder.h"
#include "support/process.h"
#include "support/test_engine.h"

namespace tessera::test {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::HasSubstr;

const std::string kTiny = "tessera_autoencoder/tiny";
const std::string kPicture = TESSERA_SOURCE_DIR "/tests/golden/metrics/images/gradient_noise_ref.png";

/// True while any process has the file mapped.
bool isMapped(const std::string& path) {
    std::error_code error;
    for (const auto& process : fs::directory_iterator("/proc", error)) {
        if (!std::isdigit(static_cast<unsigned char>(process.path().filename().string()[0]))) continue;
        std::ifstream maps(process.path() / "maps");
        for (std::string line; std::getline(maps, line);) {
            if (line.ends_with(path)) return true;
        }
    }
    return false;
}

/// Runs the command line and does `harm` as soon as it has `file` mapped.
ProcessResult runAndHarm(std::vector<std::string> arguments, const std::string& file, const std::function<void()>& harm) {
    std::atomic<bool> ended = false;
    bool harmed = false;
    std::thread watcher([&] {
        while (!ended && !harmed) {
            if (!isMapped(file)) continue;
            harm();
            harmed = true;
        }
    });
    arguments.insert(arguments.begin(), TESSERA_PROGRAM);
    ProcessResult result = runProcess(arguments, {}, true);
    ended = true;
    watcher.join();
    EXPECT_TRUE(harmed) << "the program ended before anybody saw it map " << file << ": " << result.err;
    return result;
}

void expectLine(const ProcessResult& result, const testing::Matcher<std::string>& line) {
    EXPECT_EQ(result.exitCode, 1) << result.err;
    EXPECT_EQ(result.out, "");
    EXPECT_EQ(linesOf(result.err).size(), 1u) << result.err;
    EXPECT_THAT(result.err, AllOf(testing::StartsWith("tessera: "), line));
}

/// A model of half a gigabyte that takes no room on the disk: zeros that nobody wrote. Reading them all takes long enough to be in the way.
class LargeModel {
public:
    LargeModel() {
        ModelFolder tiny(kTiny);
        constexpr std::int64_t kWidth = 1024;
        const std::int64_t width = tiny.config["widths"][1];
        tiny.config["widths"][1] = kWidth;
        nlohmann::json header;
        std::uint64_t end = 0;
        for (auto& [name, tensor] : tiny.tensors) {
            std::ranges::replace(tensor.shape, width, kWidth);
            const std::uint64_t begin = end;
            end += static_cast<std::uint64_t>(tensor.elements()) * 4;
            header[name] = {{"dtype", "F32"}, {"shape", tensor.shape}, {"data_offsets", {begin, end}}};
        }
        const std::string text = header.dump();
        const std::uint64_t length = text.size();
        std::ofstream file(weights(), std::ios::binary);
        file.write(reinterpret_cast<const char*>(&length), sizeof length).write(text.data(), static_cast<std::streamsize>(text.size()));
        file.close();
        fs::resize_file(weights(), sizeof length + length + end);
        std::ofstream(m_folder / "config.json") << tiny.config.dump();
    }
    std::string folder() const { return m_folder.path().string(); }
    std::string weights() const { return m_folder / "model.safetensors"; }
    void cutTo(double share) const { fs::resize_file(weights(), static_cast<std::uintmax_t>(static_cast<double>(fs::file_size(weights())) * share)); }

private:
    TemporaryFolder m_folder;
};

TEST(ChangingFiles, CheckpointCutWhileTheCommandLineReadsIt) {
    for (const double share : {0.9, 0.5, 0.0}) {
        SCOPED_TRACE(share);
        const LargeModel model;
        expectLine(runAndHarm({"models", "info", model.folder()}, model.weights(), [&] { model.cutTo(share); }),
                   AllOf(HasSubstr("became shorter"), HasSubstr(model.weights()), HasSubstr("open it when that is done")));
    }
    const LargeModel model;
    expectLine(runAndHarm({"reconstruct", kPicture, "--size", "64", "--model", model.folder()}, model.weights(), [&] { model.cutTo(0.5); }), HasSubstr("became shorter"));
}

TEST(ChangingFiles, CheckpointDeletedWhileTheCommandLineReadsItIsReadToItsEnd) {
    const LargeModel model;
    const ProcessResult result = runAndHarm({"models", "info", model.folder()}, model.weights(), [&] { fs::remove(model.weights()); });
    EXPECT_EQ(result.exitCode, 0) << result.err;
    EXPECT_THAT(result.out, HasSubstr("tessera_autoencoder"));
}

TEST(ChangingFiles, TensorsCutWhileTheCommandLineUsesThem) {
    const TemporaryFolder folder;
    ModelFolder tiny(kTiny);
    const std::string model = tiny.write(), file = folder / "reference.safetensors";
    for (const bool decode : {false, true}) {
        // Read before the engine is there, used after that.
        fs::copy_file(TESSERA_SOURCE_DIR "/tests/golden/" + kTiny + "/reference.safetensors", file, fs::copy_options::overwrite_existing);
        if (decode) {
            ASSERT_FALSE(writeTensorFile(file, {{"latents", {DType::F32, {1, 8, 32, 32}, SharedBytes(std::vector<std::byte>(32768))}}}));
        }
        const auto cut = [&] { fs::resize_file(file, 4096); };
        const ProcessResult result = decode ? runAndHarm({"decode", file, "--model", model, "--out", folder / "out"}, file, cut) : runAndHarm({"parity", model, file}, file, cut);
        expectLine(result, AllOf(HasSubstr("became shorter"), HasSubstr("reference.safetensors")));
        EXPECT_FALSE(fs::exists(folder / "out"));
    }
}

class ChangingModel : public testing::Test {
protected:
    ModelInfo open() {
        const Result<ModelInfo> info = openModel(*engine, folder);
        if (!info) throw std::runtime_error(toLine(info.error()));
        return info.value();
    }
    Result<Picture> reconstruct(ModelId model) {
        const SourceId source = engine->addSource({.path = kPicture});
        return askFor(*engine, {"reconstruction", {.source = source, .model = model}, {{"size", std::int64_t(64)}}});
    }
    /// What the engine says of a model whose weights change between opening and first use.
    std::string complaintAfter(const std::function<void()>& harm) {
        const ModelInfo info = open();
        harm();
        const Result<Picture> picture = reconstruct(info.id);
        return picture ? "it was reconstructed" : toLine(picture.error());
    }
    ModelFolder tiny{kTiny};
    const std::string folder = tiny.write(), weights = folder + "/model.safetensors";
    const std::shared_ptr<Engine> engine = openCpuEngine();
};

TEST_F(ChangingModel, CutBetweenOpeningAndUse) {
    EXPECT_THAT(complaintAfter([&] { fs::resize_file(weights, 5000); }), AllOf(HasSubstr("became shorter"), HasSubstr(weights)));
}

TEST_F(ChangingModel, CutByAFewBytesBetweenOpeningAndUse) {
    EXPECT_THAT(complaintAfter([&] { fs::resize_file(weights, fs::file_size(weights) - 3); }), AllOf(HasSubstr("became shorter"), HasSubstr(weights)));
}

TEST_F(ChangingModel, OverwrittenBetweenOpeningAndUse) {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));  // the clock of files is coarse
    const auto overwrite = [&] { std::fstream(weights, std::ios::in | std::ios::out | std::ios::binary).seekp(-100, std::ios::end) << "other weights"; };
    EXPECT_THAT(complaintAfter(overwrite), AllOf(HasSubstr("was changed"), HasSubstr(weights)));
}

TEST_F(ChangingModel, PutBackItOpensAgainAndWorks) {
    const std::string copy = folder + "/../copy";
    fs::copy_file(weights, copy);
    const ModelInfo before = open();
    fs::resize_file(weights, 5000);
    EXPECT_FALSE(reconstruct(before.id));
    fs::copy_file(copy, weights, fs::copy_options::overwrite_existing);
    fs::remove(copy);
    const ModelInfo after = open();
    EXPECT_EQ(after.fingerprint, before.fingerprint);
    EXPECT_NE(after.id, before.id) << "the old one maps what was cut";
    const Result<Picture> picture = reconstruct(after.id);
    EXPECT_TRUE(picture) << toLine(picture.error());
    EXPECT_EQ(open().id, after.id);
}

TEST_F(ChangingModel, OnceInUseItNeedsItsFileNoMore) {
    const ModelInfo info = open();
    ASSERT_TRUE(reconstruct(info.id));
    fs::remove(weights);
    EXPECT_TRUE(reconstruct(info.id));
}

}  // namespace
}  // namespace tessera::test
