// SPDX-License-Identifier: Apache-2.0
// `tessera compare` as a person meets it: the sheet, the numbers, and what happens when something is wrong.
#include <cstring>
#include <filesystem>
#include <algorithm>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "image/image_file.h"
#include "support/process.h"
#include "support/temporary_folder.h"
#include "support/text_files.h"

namespace {

namespace fs = std::filesystem;
using namespace tessera::test;
using nlohmann::json;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

const std::string kSamples = std::string(TESSERA_SOURCE_DIR) + "/resources/samples";
const std::string kCoffee = kSamples + "/coffee.png", kRaccoon = kSamples + "/raccoon.jpg";
constexpr const char* kHeader = "image,model,precision,lens,psnr,ssim,ms_ssim,flip,lpips,seconds,grid,problem,with,with_model";

ProcessResult tessera(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), TESSERA_PROGRAM);
    return runProcess(arguments, {}, true);
}

tessera::Image pictureOf(const fs::path& path) {
    return tessera::decodeImage(tessera::readFile(path), path.string()).image;
}

/// The JSON that the sheet carries.
json wordsOf(const fs::path& png) {
    const std::string bytes = contents(png);
    const std::size_t key = bytes.find(std::string("Tessera\0", 8));
    EXPECT_NE(key, std::string::npos);
    const std::size_t open = bytes.find('{', key), chunk = key - 8;
    std::uint32_t length = 0;
    for (int i = 0; i < 4; ++i) length = length << 8 | static_cast<unsigned char>(bytes[chunk + static_cast<std::size_t>(i)]);
    return json::parse(bytes.substr(open, length - (open - key)));
}

/// Pixels that differ in the rows of the first picture.
int differingPixels(const tessera::Image& a, const tessera::Image& b) {
    constexpr int kHead = 150, kEnd = 400;
    int count = 0;
    for (int y = kHead; y < std::min({kEnd, a.height(), b.height()}); ++y) {
        for (int x = 0; x < std::min(a.width(), b.width()); ++x) count += a.at(x, y, 0) != b.at(x, y, 0) || a.at(x, y, 1) != b.at(x, y, 1);
    }
    return count;
}

TEST(Compare, ASharedBasisIsThatOfAllPictures) {
    TemporaryFolder folder;
    const auto sheet = [&](const std::vector<std::string>& images, const char* basis, const char* out) {
        std::vector<std::string> arguments{"compare"};
        arguments.insert(arguments.end(), images.begin(), images.end());
        for (const std::string& more : {std::string("--models"), std::string("mini-autoencoder"), std::string("--lens"), "latent_pca:basis=" + std::string(basis), std::string("--out"), folder / out}) arguments.push_back(more);
        EXPECT_EQ(tessera(arguments).exitCode, 0);
        return pictureOf(fs::path(folder / out) / "contact_sheet.png");
    };
    const auto both = sheet({kCoffee, kRaccoon}, "shared", "a"), alone = sheet({kCoffee}, "shared", "b"), own = sheet({kCoffee, kRaccoon}, "own", "c");
    EXPECT_GT(differingPixels(both, alone), 5000) << "the other picture has a say in its colours";
    EXPECT_EQ(differingPixels(own, sheet({kCoffee}, "own", "d")), 0);
}

TEST(Compare, ASecondPictureIsNamedOnce) {
    TemporaryFolder folder;
    const auto without = tessera({"compare", kCoffee, "--models", "mini-autoencoder", "--lens", "blend", "--out", folder / "a"});
    EXPECT_EQ(without.exitCode, 2);
    EXPECT_THAT(without.err, HasSubstr("--with"));
    const auto blended = tessera({"compare", kCoffee, "--models", "mini-autoencoder", "--lens", "blend:amount=1", "--lens", "reconstruction", "--with", kRaccoon, "--out", folder / "b"});
    EXPECT_EQ(blended.exitCode, 0) << blended.err;
}

TEST(Compare, ADifferenceMayBeToAnotherModel) {
    TemporaryFolder folder;
    const auto result = tessera({"--json", "compare", kCoffee, "--models", "mini-autoencoder@fp32,mini-autoencoder@bf16", "--with-model", "mini-autoencoder@fp32", "--lens", "reconstruction", "--lens", "difference:kind=signed", "--size", "64",
                                 "--out", folder / "out"});
    ASSERT_EQ(result.exitCode, 0) << result.err;
    const json document = json::parse(result.out);
    const json& cells = document["cells"];
    ASSERT_EQ(cells.size(), 4u);
    EXPECT_EQ(cells[1]["psnr"], cells[0]["psnr"]) << "a model is not compared with itself: its input is there";
    EXPECT_FALSE(cells[1].contains("with_model"));
    EXPECT_EQ(cells[3]["with_model"], "mini-autoencoder@fp32");
    EXPECT_GT(cells[3]["psnr"].get<double>(), cells[2]["psnr"].get<double>() + 5) << "one model in two precisions";
    const auto rendered = tessera({"--json", "render", kCoffee, "--model", "mini-autoencoder@bf16", "--with-model", "mini-autoencoder@fp32", "--lens", "difference:kind=signed,size=64", "--out", folder / "x.png"});
    EXPECT_EQ(cells[3]["psnr"], json::parse(rendered.out)["psnr"]) << "to the last digit";
    const json words = wordsOf(folder / "out/contact_sheet.png");
    ASSERT_EQ(words["models"].size(), 2u) << "it was named before";
    EXPECT_FALSE(words["lenses"][1].contains("with_model"));
    EXPECT_EQ(words["lenses"][3]["model"], "mini-autoencoder@bf16");
    EXPECT_EQ(words["lenses"][3]["with_model"], "mini-autoencoder@fp32");
}

TEST(Compare, AModelToCompareWithThatFailsIsItsCellsAlone) {
    TemporaryFolder folder;
    const auto result = tessera({"--json", "compare", kCoffee, kRaccoon, "--models", "mini-autoencoder", "--with-model", "no-such-model", "--lens", "reconstruction", "--lens", "difference", "--size", "64", "--out", folder / "out"});
    EXPECT_EQ(result.exitCode, 1);
    EXPECT_EQ(linesOf(result.err).size(), 1u) << result.err;
    EXPECT_THAT(result.err, HasSubstr("no-such-model"));
    const json document = json::parse(result.out);
    EXPECT_TRUE(document["cells"][0].contains("psnr"));
    EXPECT_THAT(document["cells"][1]["problem"].get<std::string>(), HasSubstr("no-such-model"));
    EXPECT_THAT(document["models"][1]["problem"].get<std::string>(), HasSubstr("no-such-model"));
}

TEST(Compare, WritesASheetAndTheNumbersOfReconstruct) {
    TemporaryFolder folder;
    const std::string out = folder / "out";
    const auto result = tessera({"--precision", "fp32", "compare", kCoffee, kRaccoon, "--models", "mini-autoencoder", "--out", out});
    ASSERT_EQ(result.exitCode, 0) << result.err;
    EXPECT_THAT(result.err, IsEmpty());
    EXPECT_THAT(result.out, HasSubstr("dB"));
    const auto single = tessera({"--json", "--precision", "fp32", "reconstruct", kCoffee, kRaccoon, "--model", "mini-autoencoder"});
    const json direct = json::parse(single.out);

    const std::string csv = contents(out + "/metrics.csv");
    EXPECT_EQ(linesOf(csv).front(), kHeader);
    const auto records = recordsOf(csv);
    ASSERT_EQ(records.size(), 1u + 2 * 3);
    for (std::size_t image = 0; image < 2; ++image) {
        const auto& input = records[1 + image * 3];
        EXPECT_EQ(input[3], "input");
        EXPECT_EQ(input[1], "") << "the input is nobody's";
        const auto& reconstruction = records[2 + image * 3];
        EXPECT_THAT(std::vector(reconstruction.begin(), reconstruction.begin() + 4), ElementsAre(image == 0 ? kCoffee : kRaccoon, "mini-autoencoder", "fp32", "reconstruction"));
        EXPECT_EQ(std::stod(reconstruction[4]), direct[image]["psnr"].get<double>()) << "to the last digit";
        EXPECT_EQ(std::stod(reconstruction[5]), direct[image]["ssim"].get<double>());
        EXPECT_EQ(reconstruction[10], "256x256");
        const auto& difference = records[3 + image * 3];
        EXPECT_EQ(difference[4], reconstruction[4]);
        EXPECT_GT(std::stod(difference[6]), 0.5) << "MS-SSIM";
        EXPECT_GT(std::stod(difference[7]), 0) << "FLIP";
        EXPECT_GT(std::stod(difference[9]), 0) << "seconds";
    }
    const json whole = json::parse(contents(out + "/metrics.json"));
    ASSERT_EQ(whole["cells"].size(), 6u);
    EXPECT_EQ(whole["cells"][1]["psnr"], direct[0]["psnr"]);
    const tessera::Image sheet = pictureOf(out + "/contact_sheet.png");
    EXPECT_EQ(sheet.width(), 2 * 16 + 132 + 3 * 260);
    EXPECT_GT(sheet.height(), 2 * 276);
}

TEST(Compare, OneModelInTwoPrecisions) {
    TemporaryFolder folder;
    const auto result = tessera({"--json", "compare", kCoffee, "--models", "mini-autoencoder@fp32,mini-autoencoder@bf16", "--lens", "reconstruction", "--lens", "latent_channel:channel=3", "--size", "64", "--out", folder / "out"});
    ASSERT_EQ(result.exitCode, 0) << result.err;
    const json document = json::parse(result.out);
    EXPECT_EQ(document, json::parse(contents(folder / "out/metrics.json")));
    const json& cells = document["cells"];
    ASSERT_EQ(cells.size(), 4u);
    EXPECT_EQ(cells[0]["precision"], "fp32");
    EXPECT_EQ(cells[2]["precision"], "bf16");
    EXPECT_NE(cells[0]["psnr"], cells[2]["psnr"]);
    EXPECT_EQ(cells[0]["width"], 64);
    EXPECT_EQ(cells[1]["lens"], "latent_channel:channel=3");
    EXPECT_EQ(cells[1]["width"], 8) << "the grid of the latents";
    EXPECT_EQ(document["models"][1]["reference"], "mini-autoencoder@bf16");
}

TEST(Compare, TheSheetSaysWhatItIsMadeOf) {
    TemporaryFolder folder;
    ASSERT_EQ(tessera({"compare", kCoffee, "--models", "mini-autoencoder", "--lens", "difference:kind=flip,size=64", "--scale", "2", "--theme", "light", "--cell-width", "100", "--out", folder / "out"}).exitCode, 0);
    const json words = wordsOf(folder / "out/contact_sheet.png");
    EXPECT_THAT(words["program"].get<std::string>(), HasSubstr("Tessera"));
    EXPECT_EQ(words["models"][0]["fingerprint"].get<std::string>().size(), 32u);
    EXPECT_EQ(words["sources"][0]["content"].get<std::string>().size(), 32u);
    EXPECT_EQ(words["lenses"][0]["name"], "difference");
    EXPECT_EQ(words["lenses"][0]["parameters"]["kind"], "flip");
    EXPECT_EQ(words["lenses"][0]["parameters"]["size"], 64);
    const tessera::Image sheet = pictureOf(folder / "out/contact_sheet.png");
    EXPECT_EQ(sheet.width(), 2 * (2 * 16 + 132 + 104));
    EXPECT_NEAR(sheet.at(1, 1, 0), 0xbd / 255.0, 0.001) << "light";
}

TEST(Compare, WhatFailsIsACellAndTheRestIsWritten) {
    TemporaryFolder folder;
    std::ofstream(folder / "bro\"ken, really.png") << "this is no picture";
    const std::string broken = folder / "bro\"ken, really.png";
    const auto result = tessera({"compare", broken, kCoffee, "--models", "mini-autoencoder,no-such-model", "--lens", "input", "--lens", "reconstruction", "--size", "64", "--out", folder / "out"});
    EXPECT_EQ(result.exitCode, 1);
    EXPECT_EQ(linesOf(result.err).size(), 2u) << result.err;
    EXPECT_THAT(result.err, HasSubstr("no-such-model"));
    EXPECT_THAT(result.err, HasSubstr("ken, really.png"));
    const auto records = recordsOf(contents(folder / "out/metrics.csv"));
    ASSERT_EQ(records.size(), 1u + 2 * 3);
    for (const auto& record : records) ASSERT_EQ(record.size(), 14u);
    EXPECT_EQ(records[1][0], broken);
    for (int i : {1, 2, 3}) EXPECT_THAT(records[static_cast<std::size_t>(i)][11], testing::Not(IsEmpty()));
    EXPECT_THAT(records[3][11], HasSubstr("no-such-model"));
    EXPECT_EQ(records[5][11], "");
    EXPECT_GT(std::stod(records[5][4]), 15);
    EXPECT_THAT(records[6][11], HasSubstr("no-such-model"));
    // An error's edge, 3 px of its colour, where the broken picture's cells are.
    const tessera::Image sheet = pictureOf(folder / "out/contact_sheet.png");
    int edges = 0;
    for (int x = 0; x < sheet.width(); ++x) {
        const int y = 16 + 24 + 18 + 8 + 76 + 30;
        edges += std::abs(sheet.at(x, y, 0) - 1) < 0.01 && std::abs(sheet.at(x, y, 1) - 0x83 / 255.0) < 0.01 && std::abs(sheet.at(x, y, 2) - 0x79 / 255.0) < 0.01;
    }
    EXPECT_EQ(edges, 9);
}

TEST(Compare, TooManyPicturesForASheetStillGiveTheirNumbers) {
    TemporaryFolder folder;
    std::vector<std::string> arguments{"compare", "--models", "mini-autoencoder", "--lens", "input:size=8", "--out", folder / "out"};
    arguments.insert(arguments.end(), 240, kSamples + "/portrait.jpg");
    const auto result = tessera(arguments);
    EXPECT_EQ(result.exitCode, 1);
    EXPECT_EQ(linesOf(result.err).size(), 1u) << result.err;
    EXPECT_THAT(result.err, HasSubstr("narrower cell"));
    EXPECT_THAT(result.out, testing::Not(HasSubstr("contact_sheet.png")));
    EXPECT_FALSE(fs::exists(folder / "out/contact_sheet.png"));
    EXPECT_EQ(recordsOf(contents(folder / "out/metrics.csv")).size(), 241u);
}

TEST(Compare, AFolderThatCannotBeIsOneSentence) {
    TemporaryFolder folder;
    std::ofstream(folder / "file") << "x";
    auto result = tessera({"compare", kCoffee, "--models", "mini-autoencoder", "--out", folder / "file"});
    EXPECT_EQ(result.exitCode, 1);
    EXPECT_EQ(linesOf(result.err).size(), 1u) << result.err;
    EXPECT_THAT(result.err, HasSubstr("--out"));
    fs::create_directory(folder.path() / "closed");
    fs::permissions(folder.path() / "closed", fs::perms::owner_read | fs::perms::owner_exec);
    const auto command = withoutPrivileges({TESSERA_PROGRAM, "compare", kCoffee, "--models", "mini-autoencoder", "--out", folder / "closed"});
    if (!command.empty()) {
        result = runProcess(command, {}, true);
        EXPECT_EQ(result.exitCode, 1);
        EXPECT_EQ(linesOf(result.err).size(), 1u) << result.err;
    }
    fs::permissions(folder.path() / "closed", fs::perms::owner_all);
}

TEST(Compare, BadUsageIsOneSentence) {
    TemporaryFolder folder;
    for (const std::vector<std::string>& more : std::vector<std::vector<std::string>>{
             {"--models", "mini-autoencoder", "--lens", "telescope"}, {"--models", ","}, {}, {"--models", "mini-autoencoder", "--scale", "3"},
             {"--models", "mini-autoencoder", "--lens", "input", "--with-model", "mini-autoencoder@fp32"}, {"--models", "mini-autoencoder", "--lens", "input", "--with", kRaccoon},
             {"--models", "mini-autoencoder", "--lens", "input:size=big"}}) {
        std::vector<std::string> arguments{"compare", kCoffee, "--out", folder / "out"};
        arguments.insert(arguments.end(), more.begin(), more.end());
        const auto result = tessera(arguments);
        EXPECT_EQ(result.exitCode, 2) << result.err;
        EXPECT_EQ(linesOf(result.err).size(), 1u) << result.err;
        EXPECT_FALSE(fs::exists(folder / "out")) << "nothing is made before the words are understood";
    }
}

TEST(Compare, NumbersOutOfRangeAreToldWithTheRange) {
    TemporaryFolder folder;
    for (const char* scale : {"1e9", "0", "-1", "2.5", "99999999999999999999", "twice"}) {
        const auto result = tessera({"compare", kCoffee, "--models", "mini-autoencoder", "--out", folder / "out", "--scale=" + std::string(scale)});
        EXPECT_EQ(result.exitCode, 2) << scale;
        EXPECT_EQ(linesOf(result.err).size(), 1u) << result.err;
        EXPECT_THAT(result.err, HasSubstr("--scale"));
        EXPECT_THAT(result.err, HasSubstr("1 to 2"));
    }
}

TEST(Compare, InterruptLeavesNothingHalfWritten) {
    TemporaryFolder folder;
    const auto result = runProcess({"timeout", "--signal=INT", "3", TESSERA_PROGRAM, "compare", kCoffee, kRaccoon, "--models", "mini-autoencoder", "--size", "4096", "--out", folder / "out"});
    EXPECT_THAT(result.err, HasSubstr("cancelled"));
    for (const auto& entry : fs::recursive_directory_iterator(folder.path())) EXPECT_TRUE(entry.is_directory()) << entry.path();
}

TEST(Render, WritesPngUnderNoOtherName) {
    TemporaryFolder folder;
    for (const char* name : {"x.jpg", "x.webp", "x"}) {
        const auto result = tessera({"render", kCoffee, "--lens", "input", "--out", folder / name});
        EXPECT_EQ(result.exitCode, 2);
        EXPECT_EQ(linesOf(result.err).size(), 1u) << result.err;
        EXPECT_THAT(result.err, HasSubstr(".png"));
        EXPECT_FALSE(fs::exists(folder / name));
    }
    EXPECT_EQ(tessera({"render", kCoffee, "--lens", "input:size=16", "--out", folder / "x.PNG"}).exitCode, 0);
    EXPECT_EQ(tessera({"render", kCoffee, "--model", "mini-autoencoder@bf16", "--lens", "reconstruction:size=16", "--out", folder / "y.png"}).exitCode, 0);
}

}  // namespace
