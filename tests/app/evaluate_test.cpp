// SPDX-License-Identifier: Apache-2.0
// `tessera evaluate` as a person meets it: the tables, what is left out, what is refused.
#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "engine/train/data/tar_builder.h"
#include "support/process.h"
#include "support/temporary_folder.h"
#include "support/text_files.h"

namespace {

namespace fs = std::filesystem;
using namespace tessera::test;
using nlohmann::json;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

const std::string kSource = TESSERA_SOURCE_DIR;
const std::string kTiny = kSource + "/tests/golden/tessera_autoencoder/tiny/model", kTower = kSource + "/tests/golden/vila_u/tower/model", kClip = kSource + "/tests/golden/clip/hf_laion/model",
                  kMini = kSource + "/tests/engine/families/tessera_mini/model";

ProcessResult tessera(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), {TESSERA_PROGRAM, "--precision", "fp32"});
    return runProcess(arguments, {}, true);
}

class Evaluate : public testing::Test {
protected:
    std::string write(const std::string& name, const std::string& content) const {
        const fs::path path = m_folder.path() / name;
        fs::create_directories(path.parent_path());
        std::ofstream(path, std::ios::binary) << content;
        return path.string();
    }
    std::string at(const std::string& name) const { return m_folder / name; }

    void expectRefused(const std::vector<std::string>& arguments, int exitCode, const std::string& part) const {
        const ProcessResult result = tessera(arguments);
        EXPECT_EQ(result.exitCode, exitCode) << result.err;
        EXPECT_THAT(result.out, IsEmpty());
        EXPECT_EQ(linesOf(result.err).size(), 1u) << result.err;
        EXPECT_THAT(result.err, AllOf(HasSubstr("tessera: "), HasSubstr(part)));
        for (const auto& entry : fs::directory_iterator(m_folder.path())) EXPECT_NE(entry.path().extension(), ".partial");
    }

    /// A gradient, so that a reconstruction differs from it.
    static std::string gradient(int side, int shift) {
        std::string file = "P6 " + std::to_string(side) + " " + std::to_string(side) + " 255\n";
        for (int y = 0; y < side; ++y) {
            for (int x = 0; x < side; ++x) {
                for (const int value : {x * 7 + shift, y * 5, x + y}) file += static_cast<char>(value % 256);
            }
        }
        return file;
    }

    TemporaryFolder m_folder;
};

TEST_F(Evaluate, WritesALinePerPictureAndASummary) {
    const std::string first = write("pictures/a, \"b\".ppm", gradient(32, 0)), second = write("pictures/c.ppm", gradient(32, 90)), broken = write("pictures/z.ppm", "P6 9 9 255\nxx");
    write("pictures/a, \"b\".txt", "a cat, \"asleep\"\n");
    write("pictures/c.txt", "a dog\n");
    const ProcessResult result = tessera({"--json", "evaluate", at("pictures"), "--models", kTiny + "," + kTower + "," + kClip, "--size", "32", "--strength", "0.25", "--out", at("results.csv")});
    EXPECT_EQ(result.exitCode, 1) << "one picture was left out";
    EXPECT_EQ(linesOf(result.err).size(), 1u) << result.err;
    EXPECT_THAT(result.err, HasSubstr("z.ppm"));

    const auto records = recordsOf(contents(at("results.csv")));
    ASSERT_EQ(records.size(), 1u + 3 * 3);
    EXPECT_THAT(records[0], ElementsAre("image", "model", "precision", "width", "height", "psnr", "ssim", "l1", "bits_per_pixel", "psnr_depth_1", "psnr_depth_2", "psnr_depth_3", "psnr_depth_4", "ssim_depth_1", "ssim_depth_2",
                                        "ssim_depth_3", "ssim_depth_4", "psnr_strength_0.25", "ssim_strength_0.25", "kl", "name", "name_rank", "likeliest", "problem"));
    for (const auto& record : records) EXPECT_EQ(record.size(), records[0].size());
    EXPECT_EQ(records[1][0], first);
    EXPECT_EQ(records[1][3], "32");
    EXPECT_EQ(records[1][20], "") << "the model has no text tower";
    EXPECT_EQ(records[3][20], "a cat, \"asleep\"");
    EXPECT_EQ(records[3][5], "") << "the model has no decoder";
    EXPECT_EQ(records[4][0], second);
    EXPECT_EQ(records[7][0], broken);
    EXPECT_EQ(records[7][5], "");
    EXPECT_THAT(records[7].back(), HasSubstr("z.ppm"));

    const json document = json::parse(result.out);
    EXPECT_EQ(document["pictures"], 3);
    EXPECT_EQ(document["unreadable"], 1);
    EXPECT_EQ(document["finished"], true);
    ASSERT_EQ(document["models"].size(), 3u);
    EXPECT_EQ(document["models"][0]["pictures"], 2);
    EXPECT_EQ(document["models"][0]["failed"], 1);
    const double a = std::stod(records[1][5]), b = std::stod(records[4][5]);
    const json& psnr = document["models"][0]["figures"]["psnr"];
    EXPECT_NEAR(psnr["mean"].get<double>(), (a + b) / 2, 1e-9);
    EXPECT_NEAR(psnr["standard_error"].get<double>(), std::abs(a - b) / 2, 1e-9);
    EXPECT_EQ(psnr["count"], 2);
    EXPECT_EQ(document["rows"][0]["psnr"].get<double>(), a);
    EXPECT_EQ(document["models"][1]["depths"].size(), 4u);
    EXPECT_EQ(document["models"][2]["zero_shot"]["names"], 2);

    const auto reconstructed = json::parse(tessera({"--json", "reconstruct", second, "--model", kTiny, "--size", "32"}).out);
    EXPECT_EQ(reconstructed[0]["psnr"].get<double>(), b) << "what every other command says";

    const auto summary = recordsOf(contents(at("results-summary.csv")));
    EXPECT_THAT(summary[0], ElementsAre("model", "precision", "measure", "mean", "standard_error", "count"));
    const auto line = std::ranges::find_if(summary, [](const auto& record) { return record[2] == "psnr"; });
    ASSERT_NE(line, summary.end());
    EXPECT_NEAR(std::stod((*line)[3]), (a + b) / 2, 1e-9);
    for (const char* measure : {"entropy_depth_4", "codewords_dead", "latent_std", "top5"}) EXPECT_TRUE(std::ranges::any_of(summary, [&](const auto& record) { return record[2] == measure; })) << measure;
    EXPECT_FALSE(fs::exists(at("results.csv.partial")));
}

TEST_F(Evaluate, ShardAndFolderGiveTheSameFigures) {
    std::string archive;
    for (int i = 0; i < 3; ++i) {
        const std::string picture = gradient(24, 40 * i), name = std::to_string(i);
        write("pictures/" + name + ".ppm", picture);
        archive += tarFile(name + ".ppm", picture);
    }
    write("shard.tar", archive + tarEnd());
    const auto models = [&](const std::string& path) {
        const ProcessResult result = tessera({"--json", "evaluate", path, "--model", kTiny, "--size", "24"});
        EXPECT_EQ(result.exitCode, 0) << result.err;
        return json::parse(result.out)["models"];
    };
    EXPECT_EQ(models(at("pictures")), models(at("shard.tar")));
}

TEST_F(Evaluate, PrintsATableForPeople) {
    write("a.ppm", gradient(32, 0));
    write("b.ppm", gradient(32, 50));
    const ProcessResult result = tessera({"evaluate", at("a.ppm"), at("b.ppm"), "--models", kTower, "--models", kClip, "--size", "32"});
    ASSERT_EQ(result.exitCode, 0) << result.err;
    EXPECT_THAT(result.err, IsEmpty());
    EXPECT_THAT(result.out, AllOf(HasSubstr("PSNR / dB"), HasSubstr("±"), HasSubstr("perplexity"), HasSubstr("codewords in no picture"), HasSubstr("no decoder: nothing is reconstructed"), HasSubstr("2 pictures in")));
    const ProcessResult quick = tessera({"evaluate", at("a.ppm"), at("b.ppm"), "--model", kTower, "--task", "reconstruction", "--limit", "1", "--size", "32"});
    ASSERT_EQ(quick.exitCode, 0) << quick.err;
    EXPECT_THAT(quick.out, AllOf(HasSubstr("1 picture in"), Not(HasSubstr("perplexity")), Not(HasSubstr("latents"))));
}

TEST_F(Evaluate, LabelsComeFromAFileOrTheCommandLine) {
    write("a.ppm", gradient(28, 0));
    write("a.txt", "a dog");
    const std::string labels = write("labels.txt", "\xEF\xBB\xBF" "a cat\r\n\n a dog \na bird\n");
    const auto use = [&](std::vector<std::string> more) {
        std::vector<std::string> arguments{"--json", "evaluate", at("a.ppm"), "--model", kClip, "--size", "28", "--labels"};
        arguments.insert(arguments.end(), more.begin(), more.end());
        const ProcessResult result = tessera(arguments);
        EXPECT_EQ(result.exitCode, 0) << result.err;
        const json document = json::parse(result.out);
        return std::pair(document["models"][0]["zero_shot"], document["rows"][0]["name_rank"]);
    };
    const auto fromFile = use({labels});
    EXPECT_EQ(fromFile.first["names"], 3);
    EXPECT_EQ(fromFile.first["pictures"], 1);
    EXPECT_EQ(fromFile.first["top5"], 1);
    EXPECT_EQ(use({"a bird", "a dog", "a cat"}), fromFile);
}

TEST_F(Evaluate, FindsNamesInCollages) {
    for (const char* name : {"red apple", "a cat", "cats", "apple of cat"}) {
        const std::string stem = "pictures/" + std::string(name);
        write(stem + ".ppm", gradient(32, static_cast<int>(stem.size()) * 11));
        write(stem + ".txt", name);
    }
    const std::vector<std::string> arguments{"evaluate", at("pictures"), "--models", kMini + "," + kTiny, "--task", "collages", "--size", "64", "--shuffle", "7"};
    const auto run = [&](std::vector<std::string> before, const std::vector<std::string>& behind) {
        before.insert(before.end(), arguments.begin(), arguments.end());
        before.insert(before.end(), behind.begin(), behind.end());
        const ProcessResult result = tessera(before);
        EXPECT_EQ(result.exitCode, 0) << result.err;
        return result.out;
    };
    const json models = json::parse(run({"--json"}, {"--out", at("results.csv")}))["models"];
    const json& use = models[0]["collages"];
    EXPECT_EQ(use["collages"], 1);
    EXPECT_EQ(use["drawings"], 4);
    EXPECT_EQ(use["token_count"], 16) << "all of a gradient but its first pixels, of tokens of 16 px";
    EXPECT_EQ(use["chance"], 0.25);
    EXPECT_EQ(use["quarters"].get<double>(), use["in_place"].get<double>() / 4);
    EXPECT_EQ(use["tokens"]["mean"].get<double>() * 16, std::round(use["tokens"]["mean"].get<double>() * 16));
    EXPECT_FALSE(models[1].contains("collages")) << "it has no text tower";

    const auto summary = recordsOf(contents(at("results-summary.csv")));
    const auto value = [&](const std::string& measure) {
        const auto line = std::ranges::find_if(summary, [&](const auto& record) { return record[2] == measure; });
        return line == summary.end() ? std::nan("") : std::stod((*line)[3]);
    };
    EXPECT_EQ(value("collage_tokens"), use["tokens"]["mean"].get<double>());
    EXPECT_EQ(value("collage_quarters"), use["quarters"].get<double>());
    EXPECT_EQ(value("collage_token_count"), 16);
    EXPECT_EQ(value("collage_chance"), 0.25);
    EXPECT_THAT(run({}, {}), AllOf(HasSubstr("collage tokens"), HasSubstr("quarters"), HasSubstr("1 collage of four: of 16 drawn tokens"), HasSubstr("chance 25 %"), HasSubstr("of 4 names have their own quarter")));
}

TEST_F(Evaluate, AnInterruptLeavesWhatWasMeasured) {
    std::string list;
    write("a.ppm", gradient(256, 0));
    for (int i = 0; i < 100'000; ++i) list += "a.ppm\n";
    write("list.txt", list);
    const ProcessResult result = runProcess({"timeout", "--signal=INT", "10", TESSERA_PROGRAM, "--json", "--threads", "1", "evaluate", at("list.txt"), "--model", "mini-autoencoder", "--task", "reconstruction", "--out", at("results.csv")});
    EXPECT_THAT(result.err, HasSubstr("cancelled after"));
    const json document = json::parse(result.out);
    EXPECT_EQ(document["finished"], false);
    EXPECT_GT(document["pictures"], 0);
    EXPECT_LT(document["pictures"], 100'000);
    EXPECT_EQ(recordsOf(contents(at("results.csv"))).size(), 1 + document["pictures"].get<std::size_t>());
}

TEST_F(Evaluate, BadUseIsOneSentence) {
    const std::string picture = write("a.ppm", gradient(32, 0));
    write("empty/notes.md", "no picture");
    expectRefused({"evaluate", "--model", kTiny}, 2, "paths");
    expectRefused({"evaluate", picture}, 2, "--models");
    expectRefused({"evaluate", picture, "--model", "nothing"}, 1, "nothing");
    expectRefused({"evaluate", at("gone"), "--model", kTiny, "--out", at("x.csv")}, 1, "gone");
    expectRefused({"evaluate", picture, "--model", kTiny, "--task", "beauty"}, 2, "beauty");
    expectRefused({"evaluate", picture, "--model", kTiny, "--strength", "-1"}, 2, "--strength");
    expectRefused({"evaluate", picture, "--model", kTiny, "--shuffle", "-1"}, 2, "--shuffle");
    expectRefused({"evaluate", picture, "--model", kTiny, "--limit", "0"}, 2, "--limit");
    expectRefused({"evaluate", picture, "--model", kTiny, "--labels", "a dog"}, 2, "nothing to choose from");
    expectRefused({"evaluate", picture, "--model", kTiny, "--labels", write("none.txt", "\n\n")}, 1, "holds no name");
    expectRefused({"evaluate", picture, "--model", kTiny, "--out", at("no/where.csv")}, 1, "where.csv");
    expectRefused({"evaluate", at("empty"), "--model", kTiny}, 1, "no picture and no .tar shard");
    expectRefused({"evaluate", write("bad.tar", "nothing of that kind"), "--model", kTiny}, 1, "not a tar archive");
}

TEST_F(Evaluate, SamplesHaveTheFiguresOfReconstruct) {
    const std::string samples = kSource + "/resources/samples";
    const ProcessResult result = tessera({"--json", "evaluate", samples, "--model", "mini-autoencoder", "--task", "reconstruction,latents"});
    ASSERT_EQ(result.exitCode, 0) << result.err;
    const json document = json::parse(result.out);
    ASSERT_EQ(document["rows"].size(), 6u);
    std::vector<std::string> arguments{"--json", "reconstruct", "--model", "mini-autoencoder"};
    for (const json& row : document["rows"]) arguments.push_back(row["image"]);
    const json direct = json::parse(tessera(arguments).out);
    for (std::size_t i = 0; i < 6; ++i) {
        for (const char* measure : {"psnr", "ssim"}) EXPECT_EQ(document["rows"][i][measure], direct[i][measure]) << direct[i]["image"];
    }
    EXPECT_NEAR(document["models"][0]["latents"]["std"].get<double>(), 1, 0.5);
}

}  // namespace
