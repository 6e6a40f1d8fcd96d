// SPDX-License-Identifier: Apache-2.0
// Commands in which pictures meet words, each other and other encoders: similarity, rank, agreement, describe.
#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <tessera/files.h>

#include "exact_program.h"
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
using testing::IsEmpty;

const std::string kPicture = std::string(TESSERA_SOURCE_DIR) + "/resources/samples/coffee.png";
const std::string kGolden = std::string(TESSERA_SOURCE_DIR) + "/tests/golden/";
const std::string kClip = kGolden + "clip/hf_laion/model", kSiglip = kGolden + "siglip/siglip2_fixed/model", kCaptioner = kGolden + "openvision3/complete_captioner/model",
                  kLlava = kGolden + "llava/llava15_full_single/model";

std::uint32_t bigEndian(const std::string& bytes, std::size_t at) {
    std::uint32_t value = 0;
    for (std::size_t i = 0; i < 4; ++i) value = value << 8 | static_cast<unsigned char>(bytes.at(at + i));
    return value;
}

TEST(Similarity, TellsEveryTextAndWritesTheSameMapsInEveryFormat) {
    TemporaryFolder folder;
    const std::vector<std::string> texts{"a dog", "she said \"hi\", twice", "le café"};
    const auto run = [&](const std::string& out) {
        std::vector<std::string> arguments{"similarity", kPicture, "--model", kClip, "--out", folder / out, "--text"};
        arguments.insert(arguments.end(), texts.begin(), texts.end());
        return reported(arguments);
    };
    const json report = run("maps.npz");
    EXPECT_EQ(report["precision"], "fp32");
    EXPECT_EQ(report["height"], 4);
    EXPECT_EQ(report["width"], 4);
    EXPECT_EQ(report["out"], folder / "maps.npz");
    ASSERT_EQ(report["texts"].size(), 3u);

    const auto tensors = tessera::readTensorFile(folder / "maps.npz");
    ASSERT_TRUE(tensors) << toLine(tensors.error());
    const tessera::HostTensor& maps = tensors.value().at("heatmap");
    ASSERT_EQ(maps.shape, (std::vector<std::int64_t>{3, 4, 4}));
    const std::vector<double> values = valuesOf(maps);
    double all = 0;
    for (std::size_t i = 0; i < 3; ++i) {
        const auto [low, high] = std::ranges::minmax_element(values.begin() + 16 * static_cast<int>(i), values.begin() + 16 * static_cast<int>(i) + 16);
        EXPECT_EQ(report["texts"][i]["text"], texts[i]);
        EXPECT_NEAR(report["texts"][i]["min"].get<double>(), *low, 1e-6);
        EXPECT_NEAR(report["texts"][i]["max"].get<double>(), *high, 1e-6);
        EXPECT_LE(std::abs(report["texts"][i]["cosine"].get<double>()), 1.0);
        all += report["texts"][i]["probability"].get<double>();
    }
    EXPECT_NEAR(all, 1, 1e-6);
    const auto words = tessera::readFileWords(folder / "maps.npz");
    ASSERT_TRUE(words) << toLine(words.error());
    EXPECT_EQ(json::parse(words.value().at("texts")), json(texts));

    run("maps.csv");
    const std::vector<std::string> lines = linesOf(contents(folder / "maps.csv"));
    ASSERT_EQ(lines.size(), 1u + 48u);
    EXPECT_THAT(lines[0], HasSubstr("text,row,column,value"));
    EXPECT_THAT(lines[1 + 16], testing::StartsWith("\"she said \"\"hi\"\", twice\",0,0,"));
    for (std::size_t i = 0; i < 48; ++i) EXPECT_NEAR(std::stod(lines[1 + i].substr(lines[1 + i].rfind(',') + 1)), values[i], 1e-6) << i;

    run("maps.PNG");
    const std::string png = contents(folder / "maps.PNG");
    ASSERT_EQ(png.substr(1, 3), "PNG");
    EXPECT_EQ(bigEndian(png, 16), 3u * 256 + 2 * 4) << "side by side, with gaps";
    EXPECT_EQ(bigEndian(png, 20), 256u);
}

TEST(Similarity, PrintsATableForPeople) {
    const ProcessResult result = exactly({"similarity", kPicture, "--model", kSiglip, "--text", "a dog", "a cat"});
    ASSERT_EQ(result.exitCode, 0) << result.err;
    const auto lines = linesOf(result.out);
    ASSERT_GE(lines.size(), 4u) << result.out;
    EXPECT_THAT(lines[0], AllOf(HasSubstr("picture"), HasSubstr("least"), HasSubstr("most")));
    EXPECT_THAT(lines[1], testing::StartsWith("a dog"));
    EXPECT_THAT(result.out, HasSubstr("tokens compared with words by map_value")) << "the method is named";
}

TEST(Similarity, ManyTextsAreAllTold) {
    std::vector<std::string> arguments{"similarity", kPicture, "--model", kClip, "--text"};
    for (int i = 0; i < 20; ++i) arguments.push_back("dog " + std::to_string(i));
    const json report = reported(arguments);
    ASSERT_EQ(report["texts"].size(), 20u);
    for (const json& text : report["texts"]) EXPECT_TRUE(text["cosine"].is_number()) << text;
}

TEST(Similarity, MethodTemplateAndProbabilityAreFollowed) {
    const std::vector<std::string> base{"similarity", kPicture, "--model", kClip, "--text", "dog", "sky"};
    const auto with = [&](std::vector<std::string> more) {
        std::vector<std::string> all = base;
        all.insert(all.end(), more.begin(), more.end());
        return reported(all)["texts"];
    };
    const json usual = with({});
    EXPECT_EQ(with({"--method", "maskclip"}), usual);
    EXPECT_NE(with({"--method", "plain"})[0]["max"], usual[0]["max"]);
    EXPECT_NE(with({"--template", "photo"})[0]["cosine"], usual[0]["cosine"]);
    EXPECT_NE(with({"--template", "ensemble"})[0]["cosine"], with({"--template", "photo"})[0]["cosine"]);
    // What the refusal of another way says to use is taken.
    std::vector<std::string> mini{"similarity", kPicture, "--model", "tessera-mini", "--text", "dog", "--method", "maskclip"};
    expectOneLineError(exactly(mini), 1, "use one of: tokens");
    mini.back() = "tokens";
    EXPECT_EQ(reported(mini)["texts"].size(), 1u);
    const json probabilities = with({"--probability"});
    for (const json& text : probabilities) {
        EXPECT_GE(text["min"].get<double>(), 0);
        EXPECT_LE(text["max"].get<double>(), 1);
    }
    EXPECT_EQ(probabilities[0]["cosine"], usual[0]["cosine"]);
}

TEST(Similarity, BadUseIsOneSentence) {
    TemporaryFolder folder;
    expectOneLineError(exactly({"similarity", kPicture, "--model", kClip}), 2, "--text");
    expectOneLineError(exactly({"similarity", kPicture, "--text", "a dog"}), 2, "--model");
    expectOneLineError(exactly({"similarity", kPicture, "--model", kClip, "--text", "a|b"}), 2, "which parts texts");
    expectOneLineError(exactly({"similarity", kPicture, "--model", kClip, "--text", "a", "--method", "magic"}), 2, "maskclip");
    expectOneLineError(exactly({"similarity", kPicture, "--model", kClip, "--text", "a", "--out", folder / "map.jpg"}), 2, "PNG, CSV or NPZ");
    expectOneLineError(exactly({"similarity", kPicture, "--model", kClip, "--text", " "}), 1, "there are no words");
    expectOneLineError(exactly({"similarity", kPicture, "--model", kClip, "--text", "a", "--method", "map_value"}), 1, "use one of: maskclip, value_only, plain");
    expectOneLineError(exactly({"similarity", kPicture, "--model", "mini-autoencoder", "--text", "a"}), 1, "text");
    expectOneLineError(exactly({"similarity", folder / "missing.png", "--model", kClip, "--text", "a"}), 1, "missing.png");
    expectOneLineError(exactly({"similarity", kPicture, "--model", kClip, "--text", "a", "--out", folder / "no/where.csv"}), 1, "where.csv");
    EXPECT_TRUE(fs::is_empty(folder.path()));
}

const std::string kSamples = std::string(TESSERA_SOURCE_DIR) + "/resources/samples/";

TEST(Rank, OrdersPicturesByAText) {
    TemporaryFolder folder;
    const std::vector<std::string> pictures{kPicture, kSamples + "portrait.jpg", kSamples + "watermill.png"};
    std::vector<std::string> arguments{"rank"};
    arguments.insert(arguments.end(), pictures.begin(), pictures.end());
    for (const char* more : {"--model", kClip.c_str(), "--text", "a red bicycle", "--out"}) arguments.push_back(more);
    arguments.push_back(folder / "ranks.csv");
    const json report = reported(arguments);
    ASSERT_EQ(report["images"].size(), 3u);
    EXPECT_EQ(report["text"], "a red bicycle");
    double before = 2;
    for (std::size_t i = 0; i < 3; ++i) {
        const json& each = report["images"][i];
        EXPECT_EQ(each["rank"], i + 1);
        EXPECT_LE(each["cosine"].get<double>(), before);
        before = each["cosine"];
        // What `similarity` tells of the same picture.
        EXPECT_NEAR(before, reported({"similarity", each["image"], "--model", kClip, "--text", "a red bicycle"})["texts"][0]["cosine"].get<double>(), 1e-6);
    }
    const std::vector<std::string> lines = linesOf(contents(folder / "ranks.csv"));
    ASSERT_EQ(lines.size(), 4u);
    EXPECT_THAT(lines[1], testing::StartsWith("1," + report["images"][0]["image"].get<std::string>() + ","));
}

TEST(Rank, ThePictureItselfIsTheNearest) {
    const std::string portrait = kSamples + "portrait.jpg";
    for (const std::string& model : {kSiglip, std::string("mini-autoencoder")}) {
        const json report = reported({"rank", kPicture, portrait, kSamples + "watermill.png", "--model", model, "--like", portrait});
        EXPECT_EQ(report["images"][0]["image"], portrait);
        EXPECT_NEAR(report["images"][0]["cosine"].get<double>(), 1, 1e-5);
        EXPECT_LT(report["images"][1]["cosine"].get<double>(), 0.99999);
    }
}

TEST(Rank, BadUseIsOneSentence) {
    TemporaryFolder folder;
    expectOneLineError(exactly({"rank", kPicture, "--model", kClip}), 2, "--text or --like");
    expectOneLineError(exactly({"rank", kPicture, "--model", kClip, "--text", "a", "--like", kPicture}), 2, "--text or --like");
    expectOneLineError(exactly({"rank", kPicture, "--model", kClip, "--text", "a|b"}), 2, "which parts texts");
    expectOneLineError(exactly({"rank", kPicture, kPicture, "--model", "mini-autoencoder", "--text", "a"}), 1, "no text tower");
    expectOneLineError(exactly({"rank", kPicture, kPicture, "--model", kClip, "--like", folder / "missing.png"}), 1, "missing.png");
    const ProcessResult partly = exactly({"rank", folder / "missing.png", kPicture, "--model", kClip, "--text", "a"});
    EXPECT_EQ(partly.exitCode, 1);
    EXPECT_THAT(partly.err, HasSubstr("missing.png"));
    EXPECT_THAT(partly.out, AllOf(HasSubstr("1 "), HasSubstr("coffee.png")));
}

TEST(Agreement, IsAMatrixOfTheMeanOverPictures) {
    TemporaryFolder folder;
    const std::string portrait = kSamples + "portrait.jpg", models = "mini-autoencoder," + kClip + "," + kSiglip;
    const auto pairs = [&](std::vector<std::string> pictures, std::vector<std::string> more = {}) {
        std::vector<std::string> arguments{"agreement"};
        arguments.insert(arguments.end(), pictures.begin(), pictures.end());
        arguments.insert(arguments.end(), {"--models", models, "--size", "64"});
        arguments.insert(arguments.end(), more.begin(), more.end());
        return reported(arguments)["pairs"];
    };
    const json first = pairs({kPicture}), second = pairs({portrait}), both = pairs({kPicture, portrait}, {"--out", folder / "agreement.csv"});
    ASSERT_EQ(both.size(), 3u);
    for (std::size_t i = 0; i < 3; ++i) {
        EXPECT_EQ(both[i]["pictures"], 2);
        for (const char* name : {"cka", "mutual_neighbours"}) {
            const double mean = (first[i][name].get<double>() + second[i][name].get<double>()) / 2;
            EXPECT_NEAR(both[i][name].get<double>(), mean, 1e-9) << i << name;
            EXPECT_GT(mean, 0);
            EXPECT_LT(mean, 1);
        }
    }
    EXPECT_EQ(both[1]["models"], json({0, 2}));
    EXPECT_EQ(linesOf(contents(folder / "agreement.csv")).size(), 4u);

    const ProcessResult table = exactly({"agreement", kPicture, "--models", models, "--size", "64"});
    ASSERT_EQ(table.exitCode, 0) << table.err;
    char number[16];
    std::snprintf(number, sizeof number, "%.3f", first[0]["cka"].get<double>());
    EXPECT_THAT(linesOf(table.out).at(1), AllOf(testing::StartsWith("mini-autoencoder"), HasSubstr(number)));
    EXPECT_THAT(table.out, HasSubstr("averaged onto the smaller"));
}

TEST(Agreement, BadUseIsOneSentence) {
    TemporaryFolder folder;
    expectOneLineError(exactly({"agreement", kPicture, "--models", kClip}), 2, "two models at least");
    expectOneLineError(exactly({"agreement", kPicture, "--models", kClip + ",nothing"}), 1, "nothing");
    expectOneLineError(exactly({"agreement", folder / "missing.png", "--models", kClip + "," + kSiglip}), 1, "missing.png");
}

TEST(Describe, GivesACaptionOrAnAnswer) {
    const ProcessResult caption = exactly({"describe", kPicture, "--model", kCaptioner});
    ASSERT_EQ(caption.exitCode, 0) << caption.err;
    EXPECT_EQ(linesOf(caption.out).size(), 1u) << caption.out;
    EXPECT_THAT(caption.err, IsEmpty());
    const json answers = reported({"describe", kPicture, kPicture, "--model", kLlava, "--prompt", "What is it?", "--max-tokens", "6"});
    ASSERT_EQ(answers.size(), 2u);
    for (const json& answer : answers) {
        EXPECT_EQ(answer["image"], kPicture);
        EXPECT_FALSE(answer["text"].get<std::string>().empty());
        EXPECT_LE(answer["tokens"].get<int>(), 6);
        EXPECT_TRUE(answer["finished"].is_boolean());
        EXPECT_GT(answer["tokens_per_second"].get<double>(), 0);
    }
    EXPECT_EQ(answers[0]["text"], answers[1]["text"]);
    EXPECT_NE(reported({"describe", kPicture, "--model", kLlava, "--prompt", "Who?", "--max-tokens", "6"})[0]["text"], answers[0]["text"]);
}

TEST(Describe, ASeedRepeats) {
    const auto with = [&](const std::string& seed) {
        return reported({"describe", kPicture, "--model", kLlava, "--max-tokens", "8", "--temperature", "2", "--top-p", "0.9", "--seed", seed})[0]["text"];
    };
    EXPECT_EQ(with("3"), with("3"));
    EXPECT_NE(with("3"), with("4"));
}

TEST(Describe, OneBadPictureDoesNotStopTheOthers) {
    TemporaryFolder folder;
    std::ofstream(folder / "broken.png") << "this is no picture";
    const ProcessResult result = exactly({"--json", "describe", folder / "broken.png", kPicture, "--model", kCaptioner});
    EXPECT_EQ(result.exitCode, 1);
    EXPECT_EQ(linesOf(result.err).size(), 1u) << result.err;
    EXPECT_THAT(result.err, HasSubstr("broken.png"));
    const json report = json::parse(result.out);
    ASSERT_EQ(report.size(), 2u);
    EXPECT_TRUE(report[0].contains("error"));
    EXPECT_FALSE(report[1]["text"].get<std::string>().empty());
}

TEST(Describe, BadUseIsOneSentence) {
    expectOneLineError(exactly({"describe", "--model", kLlava}), 2, "images");
    expectOneLineError(exactly({"describe", kPicture}), 2, "--model");
    expectOneLineError(exactly({"describe", kPicture, "--model", kLlava, "--max-tokens", "0"}), 2, "max-tokens");
    expectOneLineError(exactly({"describe", kPicture, "--model", kLlava, "--temperature", "hot"}), 2, "temperature");
    expectOneLineError(exactly({"describe", kPicture, "--model", kLlava, "--top-p", "0"}), 1, "top-p is out of range");
    expectOneLineError(exactly({"describe", kPicture, "--model", kCaptioner, "--prompt", "Why?"}), 1, "answers no questions");
    expectOneLineError(exactly({"describe", kPicture, "--model", kLlava, "--prompt", "<image>?"}), 1, "the question holds <image>");
    expectOneLineError(exactly({"describe", kPicture, "--model", "mini-autoencoder"}), 1, "does not put pictures into words");
}

}  // namespace
