// SPDX-License-Identifier: Apache-2.0
// Recorded trainings: losses, gradients and weights after three steps, through the command line.
#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <tessera/files.h>

#include "support/process.h"
#include "support/temporary_folder.h"

namespace {

namespace fs = std::filesystem;
using namespace tessera::test;
using nlohmann::json;
using testing::AllOf;
using testing::HasSubstr;

const fs::path kGolden = fs::path(TESSERA_SOURCE_DIR) / "tests/golden/training";

ProcessResult train(const fs::path& folder, std::vector<std::string> more = {}) {
    std::vector<std::string> arguments{TESSERA_PROGRAM, "train", "--parity", folder.string()};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return runProcess(arguments, {}, true);
}

class Training : public testing::TestWithParam<const char*> {};

TEST_P(Training, ComputesWhatWasRecorded) {
    TemporaryFolder folder;
    const ProcessResult result = train(kGolden / GetParam(), {"--json", "--out", folder / "actual.safetensors"});
    EXPECT_EQ(result.exitCode, 0) << result.out << result.err;
    const json report = json::parse(result.out);
    EXPECT_EQ(report["ok"], true);
    EXPECT_GT(report["tensors"].size(), 100u);
    for (const json& tensor : report["tensors"]) EXPECT_EQ(tensor["ok"], true) << tensor;
    const auto written = tessera::readTensorFile(folder / "actual.safetensors");
    ASSERT_TRUE(written) << toLine(written.error());
    EXPECT_EQ(written.value().at("out.loss.total").shape, (std::vector<std::int64_t>{4}));
    EXPECT_EQ(written.value().at("out.global_grad_norm").shape, (std::vector<std::int64_t>{3}));
}

INSTANTIATE_TEST_SUITE_P(Golden, Training, testing::Values("openvision3", "siglip"), [](const auto& info) { return std::string(info.param); });

/// A recorded training that a test spoils.
class SpoiltTraining : public testing::Test {
protected:
    SpoiltTraining() { fs::copy(kGolden / "siglip", m_folder.path() / "case", fs::copy_options::recursive); }
    fs::path path() const { return m_folder.path() / "case"; }
    void edit(const std::function<void(json&)>& change) {
        json content = json::parse(std::ifstream(path() / "case.json"));
        change(content);
        std::ofstream(path() / "case.json") << content;
    }
    void expectRefused(const std::string& part) {
        const ProcessResult result = train(path());
        EXPECT_EQ(result.exitCode, 1) << result.out;
        EXPECT_EQ(linesOf(result.err).size(), 1u) << result.err;
        EXPECT_THAT(result.err, AllOf(HasSubstr("tessera: "), HasSubstr(part)));
    }

private:
    TemporaryFolder m_folder;
};

TEST_F(SpoiltTraining, AnotherRecipeIsSeenInWhatItComputes) {
    const std::pair<const char*, std::function<void(json&)>> changes[]{
        {"another loss", [](json& c) { c["settings"]["variant"] = "softmax"; }},
        {"decay on nothing", [](json& c) { c["decay"] = json::array(); }},
        {"another beta", [](json& c) { c["optimizer"]["betas"][1] = 0.99; }},
        {"no clipping", [](json& c) { c["optimizer"]["clip_global_norm"] = 1e9; }},
    };
    const json recorded = json::parse(std::ifstream(path() / "case.json"));
    for (const auto& [what, change] : changes) {
        edit([&](json& content) { content = recorded; });
        edit(change);
        const ProcessResult result = train(path());
        EXPECT_EQ(result.exitCode, 1) << what;
        EXPECT_THAT(result.out, HasSubstr("FAIL")) << what;
    }
}

TEST_F(SpoiltTraining, WhatDoesNotFitIsOneSentence) {
    edit([](json& c) { c["recipe"] = "alchemy"; });
    expectRefused("there is no recipe \"alchemy\"");
    edit([](json& c) {
        c["recipe"] = "siglip";
        c["trainable"].push_back("no.such.tensor");
    });
    expectRefused("no.such.tensor");
    edit([](json& c) {
        c["trainable"].erase(c["trainable"].size() - 1);
        c["settings"].erase("variant");
    });
    expectRefused("variant");
    edit([](json& c) {
        c["settings"]["variant"] = "sigmoid";
        c.erase("optimizer");
    });
    expectRefused("optimizer");
    fs::remove(path() / "case.json");
    expectRefused("case.json");
}

}  // namespace
