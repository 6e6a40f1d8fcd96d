// SPDX-License-Identifier: Apache-2.0
// `tessera train` on a small model and the sample pictures: it learns, it goes on where it was stopped, and bad recipes are told in one sentence.
#include <fcntl.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <tessera/files.h>

#include "support/golden_case.h"
#include "support/process.h"
#include "support/temporary_folder.h"
#include "support/text_files.h"

namespace {

namespace fs = std::filesystem;
using namespace tessera::test;
using nlohmann::json;
using testing::AllOf;
using testing::HasSubstr;

const fs::path kSource = TESSERA_SOURCE_DIR;

ProcessResult tessera(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), {TESSERA_PROGRAM, "--threads", "1"});
    return runProcess(arguments, {}, true);
}

class Train : public testing::Test {
protected:
    /// A small autoencoder that begins with weights at random, on the sample pictures.
    json recipe() const {
        return {{"recipe", "autoencoder"},
                {"name", "tiny"},
                {"seed", 3},
                {"model", {{"start", (kSource / "tests/golden/tessera_autoencoder/tiny/model").string()}}},
                {"data", {{{"path", (kSource / "resources/samples").string()}, {"smallest", 0.3}, {"largest", 1.0}, {"centred", false}, {"flip", 0.5}}}},
                {"held_out", {{"paths", {(kSource / "resources/samples").string()}}, {"most", 4}}},
                {"optimiser", {{"rate", 4e-3}, {"warm_up", 0.1}}},
                {"run", {{"steps", 40}, {"batch", 4}, {"side", 32}, {"report_every", 1}, {"evaluate_every", 40}, {"checkpoint_every", 10}, {"ema", 0.8}}},
                {"settings", {{"charbonnier_eps", 0.01}, {"weights", {{"charbonnier", 1.0}, {"gradient", 0.25}, {"kl", 1e-5}}}}}};
    }
    std::string written(const json& content, const std::string& name = "recipe.json") const {
        std::ofstream(folder / name) << content;
        return folder / name;
    }
    ProcessResult train(const json& content, const std::string& run, std::vector<std::string> more = {}) const {
        std::vector<std::string> arguments{"--json", "train", written(content), "--out", folder / run};
        arguments.insert(arguments.end(), more.begin(), more.end());
        return tessera(arguments);
    }
    /// Of every step: the sum of all losses, as the log has it.
    std::vector<std::string> totals(const std::string& run) const {
        std::vector<std::string> values;
        for (const std::string& line : linesOf(contents(folder / (run + "/log.csv")))) {
            if (line.find(",total,") != std::string::npos) values.push_back(line.substr(line.rfind(',') + 1));
        }
        return values;
    }
    void expectRefused(const json& content, int exitCode, const std::string& part) const {
        const ProcessResult result = train(content, "refused");
        EXPECT_EQ(result.exitCode, exitCode) << result.out << result.err;
        EXPECT_EQ(linesOf(result.err).size(), 1u) << result.err;
        EXPECT_THAT(result.err, AllOf(HasSubstr("tessera: "), HasSubstr(part)));
        EXPECT_FALSE(fs::exists(folder / "refused/model"));
        fs::remove_all(folder / "refused");
    }

    TemporaryFolder folder;
};

TEST_F(Train, AModelLearnsAndIsOneThatEveryReaderOpens) {
    const ProcessResult result = train(recipe(), "run");
    ASSERT_EQ(result.exitCode, 0) << result.err;
    const json report = json::parse(result.out);
    EXPECT_EQ(report["finished"], true);
    EXPECT_EQ(report["step"], 40);
    const std::vector<std::string> losses = totals("run");
    ASSERT_EQ(losses.size(), 40u);
    const auto mean = [&](std::size_t begin) { return (std::stod(losses[begin]) + std::stod(losses[begin + 1]) + std::stod(losses[begin + 2]) + std::stod(losses[begin + 3])) / 4; };
    EXPECT_LT(mean(36), 0.7 * mean(0)) << "it learns";
    EXPECT_TRUE(std::isfinite(report["held_out"]["psnr"].get<double>()));
    EXPECT_TRUE(fs::exists(folder / "run/samples/step-0000040.png"));
    EXPECT_EQ(json::parse(contents(folder / "run/report.json"))["held_out"], report["held_out"]);

    const ProcessResult opened = tessera({"--json", "reconstruct", kSource / "resources/samples/coffee.png", "--model", report["model"], "--size", "64"});
    EXPECT_EQ(opened.exitCode, 0) << opened.err;
    const auto words = tessera::readFileWords(folder / "run/model/model.safetensors");
    ASSERT_TRUE(words) << toLine(words.error());
    EXPECT_EQ(words.value().at("step"), "40");
    EXPECT_EQ(words.value().at("seed"), "3");
    EXPECT_EQ(words.value().at("recipe_hash").size(), 32u);
    EXPECT_EQ(words.value().at("data_hash").size(), 32u);
    EXPECT_EQ(words.value().at("data_hash"), json::parse(contents(folder / "run/report.json"))["data_hash"]);
}

TEST_F(Train, TheHashOfTheDataKnowsEveryPicture) {
    const auto hashOf = [&](const fs::path& data, const std::string& run) {
        json content = recipe();
        content["data"][0]["path"] = data.string();
        content["run"]["steps"] = 1;
        EXPECT_EQ(train(content, run).exitCode, 0);
        return json::parse(contents(folder / (run + "/report.json")))["data_hash"].get<std::string>();
    };
    const fs::path samples = kSource / "resources/samples", copy = folder / "copy";
    fs::copy(samples, copy);
    const std::string whole = hashOf(samples, "whole");
    EXPECT_EQ(hashOf(copy, "copied"), whole) << "wherever they lie";
    fs::path last;
    for (const auto& entry : fs::directory_iterator(copy)) last = std::max(last, entry.path());
    std::ofstream(last, std::ios::app | std::ios::binary) << "x";
    EXPECT_NE(hashOf(copy, "changed"), whole);
}

TEST_F(Train, WeightsAreStoredInHalfOnRequest) {
    json content = recipe();
    content["run"]["steps"] = 2;
    ASSERT_EQ(train(content, "whole").exitCode, 0);
    content["run"]["stored"] = "fp16";
    const ProcessResult result = train(content, "half");
    ASSERT_EQ(result.exitCode, 0) << result.err;
    const auto size = [&](const std::string& run) { return static_cast<double>(fs::file_size(folder / (run + "/model/model.safetensors"))); };
    EXPECT_LT(size("half"), 0.6 * size("whole"));
    const auto opened = tessera({"--json", "reconstruct", kSource / "resources/samples/coffee.png", "--model", folder / "half/model", "--size", "64"});
    EXPECT_EQ(opened.exitCode, 0) << opened.err;
    content["run"]["stored"] = "int8";
    expectRefused(content, 1, "run.stored is fp32 or fp16, not int8");
}

TEST_F(Train, ANewAutoencoderBeginsAsTheLinearCodecOfItsData) {
    const auto firstPsnr = [&](bool fresh) {
        json content = recipe();
        content["model"]["fresh"] = fresh;
        content["run"]["steps"] = 1;
        content["optimiser"]["rate"] = 0;
        const ProcessResult result = train(content, fresh ? "fresh" : "given");
        EXPECT_EQ(result.exitCode, 0) << result.err;
        return json::parse(result.out)["held_out"]["psnr"].get<double>();
    };
    const double given = firstPsnr(false), fresh = firstPsnr(true);
    EXPECT_GT(fresh, 15) << "principal components alone restore much";
    EXPECT_GT(fresh, given + 6);
}

TEST_F(Train, FrozenTensorsStayAsTheyBegan) {
    json content = recipe();
    content["model"]["frozen"] = {"encoder.patch.", "decoder."};
    content["run"]["steps"] = 4;
    ASSERT_EQ(train(content, "frozen").exitCode, 0);
    const auto before = tessera::readTensorFile((kSource / "tests/golden/tessera_autoencoder/tiny/model/model.safetensors").string()), after = tessera::readTensorFile(folder / "frozen/model/model.safetensors");
    ASSERT_TRUE(before && after);
    const auto changed = [&](const std::string& name) { return valuesOf(before.value().at(name)) != valuesOf(after.value().at(name)); };
    EXPECT_FALSE(changed("encoder.patch.weight"));
    EXPECT_FALSE(changed("decoder.conv_out.weight"));
    EXPECT_TRUE(changed("encoder.conv_in.weight"));

    content["model"]["frozen"] = {"encodr."};
    expectRefused(content, 1, "model.frozen names encodr.");
}

TEST_F(Train, ADiscriminatorLearnsBesideAndGoesOnWithIt) {
    json content = recipe();
    content["settings"]["weights"]["adversarial"] = 0.05;
    content["settings"]["discriminator"] = {{"width", 4}, {"start", 2}};
    content["run"]["steps"] = 12;
    ASSERT_EQ(train(content, "whole").exitCode, 0);
    const std::string log = contents(folder / "whole/log.csv");
    EXPECT_THAT(log, AllOf(HasSubstr(",adversarial,"), HasSubstr(",discriminator,")));
    ASSERT_EQ(train(content, "parts", {"--max-seconds", "0.001"}).exitCode, 0);
    for (int i = 0; i < 12 && !json::parse(contents(folder / "parts/report.json"))["finished"].get<bool>(); ++i) {
        ASSERT_EQ(train(content, "parts", {"--resume", "--max-seconds", "0.001"}).exitCode, 0);
    }
    EXPECT_EQ(totals("whole"), totals("parts"));
}

TEST_F(Train, WhatWasStoppedGoesOnBitForBit) {
    json content = recipe();
    content["run"]["steps"] = 8;
    content["run"]["evaluate_every"] = 8;
    content["run"]["checkpoint_every"] = 3;
    ASSERT_EQ(train(content, "whole").exitCode, 0);
    const ProcessResult part = train(content, "parts", {"--max-seconds", "0.000001"});
    ASSERT_EQ(part.exitCode, 0) << part.err;
    EXPECT_EQ(json::parse(part.out)["finished"], false);
    EXPECT_EQ(json::parse(part.out)["step"], 1);
    EXPECT_EQ(train(content, "parts").exitCode, 1) << "a run that lies there is not written over";
    for (int i = 0; i < 2; ++i) ASSERT_EQ(train(content, "parts", {"--resume", "--max-seconds", "0.000001"}).exitCode, 0);
    const ProcessResult rest = train(content, "parts", {"--resume"});
    ASSERT_EQ(rest.exitCode, 0) << rest.err;
    EXPECT_EQ(json::parse(rest.out)["finished"], true);
    EXPECT_EQ(totals("parts"), totals("whole"));
    EXPECT_EQ(contents(folder / "parts/model/model.safetensors"), contents(folder / "whole/model/model.safetensors"));
    const std::string begunWith = contents(folder / "parts/recipe.json");
    EXPECT_EQ(json::parse(begunWith)["file"], folder / "recipe.json");
    EXPECT_EQ(json::parse(begunWith)["smoke"], false);
    content["optimiser"]["rate"] = 1e-3;
    const ProcessResult other = train(content, "parts", {"--resume"});
    EXPECT_EQ(other.exitCode, 1);
    EXPECT_THAT(other.err, HasSubstr("begun with another recipe"));
    EXPECT_EQ(contents(folder / "parts/recipe.json"), begunWith);
}

TEST_F(Train, ASignalBetweenTwoReportsIsHeardAtTheNextStep) {
    json content = recipe();
    for (const char* key : {"steps", "report_every", "evaluate_every", "checkpoint_every"}) content["run"][key] = 100'000'000;
    const ProcessResult stopped = runProcess({"timeout", "--preserve-status", "--signal=TERM", "--kill-after=60", "8", TESSERA_PROGRAM, "--threads", "1", "train", written(content), "--progress", "--out", folder / "run"}, {}, true);
    EXPECT_EQ(stopped.exitCode, 1) << stopped.out << stopped.err;
    EXPECT_THAT(stopped.err, HasSubstr("go on with --resume"));
    EXPECT_THAT(stopped.out, AllOf(HasSubstr(" of 100000000  "), HasSubstr(" s a step\n"))) << "once a second";
    const json report = json::parse(contents(folder / "run/report.json"));
    EXPECT_GT(report["step"], 0);
    EXPECT_EQ(report["finished"], false);
    const auto words = tessera::readFileWords(folder / "run/checkpoint.safetensors");
    ASSERT_TRUE(words) << toLine(words.error());
    EXPECT_EQ(words.value().at("step"), std::to_string(report["step"].get<int>()));
}

TEST_F(Train, OneProcessAtATimeTrainsInAFolder) {
    fs::create_directories(folder / "run");
    const int file = open((folder / "run/run.lock").c_str(), O_RDWR | O_CREAT, 0666);
    struct flock whole {};
    whole.l_type = F_WRLCK;
    whole.l_whence = SEEK_SET;
    ASSERT_EQ(fcntl(file, F_SETLK, &whole), 0);
    const ProcessResult refused = train(recipe(), "run");
    EXPECT_EQ(refused.exitCode, 1);
    EXPECT_THAT(refused.err, HasSubstr("another process is training there"));
    EXPECT_FALSE(fs::exists(folder / "run/recipe.json"));
    close(file);
    json content = recipe();
    content["run"]["steps"] = 2;
    EXPECT_EQ(train(content, "run").exitCode, 0);
}

TEST_F(Train, ShippedRecipesRunAsSmoke) {
    for (const auto& entry : fs::directory_iterator(kSource / "resources/recipes")) {
        const std::string name = entry.path().stem();
        const std::set<std::string> elsewhere{"siglip", "vila_u_tower", "openvision3", "tessera_mini_codes", "tessera_mini_words", "tessera_mini_language", "tessera_mini_masked", "tessera_mini_flow"};  // train_recipes_test.cpp runs these
        if (entry.path().extension() != ".toml" || elsewhere.contains(name)) continue;
        SCOPED_TRACE(entry.path());
        const ProcessResult result = tessera({"--json", "train", entry.path(), "--smoke", "--out", folder / entry.path().stem().string()});
        ASSERT_EQ(result.exitCode, 0) << result.err;
        EXPECT_EQ(json::parse(result.out)["finished"], true);
        EXPECT_TRUE(std::isfinite(json::parse(result.out)["held_out"]["total"].get<double>()));
    }
}

TEST_F(Train, ABadRecipeIsOneSentence) {
    const auto with = [&](const std::function<void(json&)>& change) {
        json content = recipe();
        change(content);
        return content;
    };
    expectRefused(with([](json& c) { c["run"]["stepps"] = 3; }), 1, "there is no key run.stepps");
    expectRefused(with([](json& c) { c["optimizer"] = json::object(); }), 1, "there is no key optimizer");
    expectRefused(with([](json& c) { c["recipe"] = "alchemy"; }), 1, "there is no recipe alchemy");
    expectRefused(with([](json& c) { c["run"]["batch"] = 0; }), 1, "run.batch is no whole number");
    expectRefused(with([](json& c) { c["run"]["side"] = 30; }), 1, "no multiple of 8");
    expectRefused(with([](json& c) { c["settings"]["weights"].erase("kl"); }), 1, "weights.kl");
    expectRefused(with([](json& c) { c["data"] = json::array(); }), 1, "data says what is trained on");
    expectRefused(with([](json& c) { c["data"][0]["path"] = "nowhere"; }), 1, "nowhere");
    expectRefused(with([](json& c) { c["model"]["start"] = "nowhere"; }), 1, "nowhere");
    expectRefused(with([](json& c) { c["data"][0]["backgrounds"] = {"plaid"}; }), 1, "plaid");
    std::ofstream(folder / "broken.toml") << "recipe = \"autoencoder\nrun = 3";
    const ProcessResult broken = tessera({"train", folder / "broken.toml", "--out", folder / "x"});
    EXPECT_EQ(broken.exitCode, 1);
    EXPECT_THAT(broken.err, AllOf(HasSubstr("line 1"), HasSubstr("broken.toml")));
    EXPECT_EQ(tessera({"train"}).exitCode, 2);
    EXPECT_EQ(tessera({"train", folder / "missing.toml", "--out", folder / "x"}).exitCode, 1);
}

}  // namespace
