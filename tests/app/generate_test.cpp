// SPDX-License-Identifier: Apache-2.0
// The command generate, and describe where one question is about several pictures or a clip.
#include <csignal>
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

const std::string kSource = TESSERA_SOURCE_DIR, kModel = kSource + "/tests/golden/vila_u/generate/model", kLlava = kSource + "/tests/golden/llava/llava15_full_single/model",
                  kPicture = kSource + "/resources/samples/coffee.png";

std::vector<double> codesIn(const std::string& path) {
    const auto tensors = tessera::readTensorFile(path);
    EXPECT_TRUE(tensors) << toLine(tensors.error());
    return valuesOf(tensors.value().at("codes"));
}

TEST(Generate, WritesPicturesCodesAndTrace) {
    TemporaryFolder folder;
    const json report = reported({"generate", "A snowy mountain.", "--model", kModel, "--temperature", "0", "--seed", "3", "--count", "2", "--out", folder / "out.png", "--tokens", folder / "out.safetensors", "--trace", folder / "out.csv"});
    ASSERT_EQ(report["pictures"].size(), 2u);
    EXPECT_EQ(report["pictures"][1]["seed"], 4);
    EXPECT_EQ(report["pictures"][0]["out"], json{folder / "out-1.png"});
    EXPECT_EQ(report["tokens"], 16);
    EXPECT_GT(report["tokens_per_second"].get<double>(), 0);
    EXPECT_GT(report["pictures"][0]["mean_entropy_bits"].get<double>(), 0);

    // The likeliest codes of the golden run, twice: seeds change nothing.
    const GoldenCase golden{fs::path(kModel).parent_path()};
    const std::vector<double> once = valuesOf(golden.tensors("out.").at("out.generated_codes")), codes = codesIn(folder / "out.safetensors");
    ASSERT_EQ(codes.size(), 2 * once.size());
    EXPECT_TRUE(std::equal(once.begin(), once.end(), codes.begin()));
    EXPECT_TRUE(std::equal(once.begin(), once.end(), codes.begin() + static_cast<std::ptrdiff_t>(once.size())));

    const std::string png = contents(folder / "out-2.png");
    EXPECT_THAT(png, AllOf(HasSubstr("Prompt"), HasSubstr("A snowy mountain."), HasSubstr("Guidance"), HasSubstr("Seed"))) << "the settings, as text";
    const auto words = tessera::readFileWords(folder / "out.safetensors");
    ASSERT_TRUE(words) << toLine(words.error());
    EXPECT_EQ(words.value().at("Prompt"), "A snowy mountain.");

    const auto lines = linesOf(contents(folder / "out.csv"));
    ASSERT_EQ(lines.size(), 1u + 2 * 64);
    EXPECT_THAT(lines[0], testing::StartsWith("picture,seed,frame,row,column,depth,code,probability,rank,entropy,guidance_gain,code_1,probability_1,"));
    EXPECT_THAT(lines[1], testing::StartsWith("1,3,0,0,0,1," + std::to_string(static_cast<int>(once[0])) + ","));
    EXPECT_THAT(lines[64], testing::StartsWith("1,3,0,3,3,4,"));
    EXPECT_THAT(lines[65], testing::StartsWith("2,4,0,0,0,1,"));

    const ProcessResult decoded = exactly({"decode", folder / "out.safetensors", "--model", kModel, "--out", folder / "decoded"});
    ASSERT_EQ(decoded.exitCode, 0) << decoded.err;
    const ProcessResult same = exactly({"--json", "metrics", folder / "out-1.png", folder / "decoded/out-1.png"});
    EXPECT_EQ(json::parse(same.out)["psnr"], "inf") << same.out;
}

TEST(Generate, DrawsAListOfPrompts) {
    TemporaryFolder folder;
    std::ofstream(folder / "prompts.txt") << "\xEF\xBB\xBF" "A snowy mountain.\r\n\n  Un caf\xC3\xA9, cr\xC3\xA8me!  \n";
    const auto list = [&](std::vector<std::string> more) {
        std::vector<std::string> arguments{"--json", "generate", "--prompts", folder / "prompts.txt", "--model", kModel, "--count", "2", "--seed", "5", "--out", folder / "drawn"};
        arguments.insert(arguments.end(), more.begin(), more.end());
        return exactly(arguments);
    };
    const ProcessResult result = list({});
    ASSERT_EQ(result.exitCode, 0) << result.err;
    const json drawings = json::parse(result.out)["drawings"];
    ASSERT_EQ(drawings.size(), 2u);
    EXPECT_EQ(drawings[0]["pictures"][1]["out"], json{folder / "drawn/001-a-snowy-mountain-2.png"});
    EXPECT_EQ(contents(folder / "drawn/001-a-snowy-mountain-2.txt"), "A snowy mountain.\n");
    EXPECT_EQ(contents(folder / "drawn/002-un-caf-cr-me-1.txt"), "Un caf\xC3\xA9, cr\xC3\xA8me!\n");
    reported({"generate", "A snowy mountain.", "--model", kModel, "--seed", "6", "--out", folder / "alone.png"});
    EXPECT_EQ(json::parse(exactly({"--json", "metrics", folder / "alone.png", folder / "drawn/001-a-snowy-mountain-2.png"}).out)["psnr"], "inf");

    // What cannot be drawn is said; the others are drawn.
    std::ofstream(folder / "prompts.txt") << "A <image> of it\nA clock\n";
    const ProcessResult some = list({});
    EXPECT_EQ(some.exitCode, 1);
    EXPECT_THAT(some.err, AllOf(HasSubstr("\"A <image> of it\": the prompt holds <image>"), HasSubstr("1 of 2 prompts were not drawn")));
    EXPECT_TRUE(fs::exists(folder / "drawn/002-a-clock-1.png"));

    EXPECT_THAT(list({"A clock"}).err, HasSubstr("excludes --prompts"));
    EXPECT_THAT(list({"--trace", folder / "trace.csv"}).err, HasSubstr("--trace is of one prompt"));
    EXPECT_THAT(exactly({"generate", "--model", kModel, "--out", folder / "out.png"}).err, HasSubstr("there is nothing to draw"));
    const ProcessResult steps = list({"--steps", "4"});
    EXPECT_EQ(steps.exitCode, 2);
    EXPECT_THAT(steps.err, testing::Not(HasSubstr("prompts were not drawn"))) << "that is not of a prompt";
    std::ofstream(folder / "prompts.txt") << " \n";
    EXPECT_THAT(list({}).err, HasSubstr("the file holds no prompt"));
}

TEST(Generate, GoesOnWithCodesOfAFile) {
    TemporaryFolder folder;
    const auto draw = [&](const std::string& name, std::vector<std::string> more) {
        std::vector<std::string> arguments{"generate", "A clock", "--model", kModel, "--out", folder / (name + ".png"), "--tokens", folder / (name + ".npz")};
        arguments.insert(arguments.end(), more.begin(), more.end());
        const ProcessResult result = exactly(arguments);
        EXPECT_EQ(result.exitCode, 0) << result.err;
        EXPECT_EQ(linesOf(result.out).size(), 1u) << result.out;
        return codesIn(folder / (name + ".npz"));
    };
    const auto first = draw("first", {"--seed", "1"}), again = draw("again", {"--seed", "1", "--given", folder / "first.npz", "--from", "6"});
    EXPECT_EQ(again, first) << "the same draws";
    const auto other = draw("other", {"--seed", "2", "--given", folder / "first.npz", "--from", "6"});
    EXPECT_TRUE(std::equal(first.begin(), first.begin() + 24, other.begin()));
    EXPECT_NE(other, first);
    const auto redrawn = draw("redrawn", {"--seed", "3", "--given", folder / "first.npz", "--redraw", "1,1,2,3"});
    int changed = 0;
    for (std::size_t i = 0; i < first.size(); ++i) {
        const std::size_t row = i / 16, column = i / 4 % 4;
        if (row >= 1 && row < 3 && column >= 1) changed += redrawn[i] != first[i] ? 1 : 0;
        else EXPECT_EQ(redrawn[i], first[i]) << i;
    }
    EXPECT_GT(changed, 12);
}

TEST(Generate, AClipIsItsFrames) {
    TemporaryFolder folder;
    const json report = reported({"generate", "Fireworks in the air.", "--video", "--model", kModel, "--out", folder / "clip.png"});
    EXPECT_EQ(report["frames"], 8);
    ASSERT_EQ(report["pictures"][0]["out"].size(), 8u);
    EXPECT_EQ(report["pictures"][0]["out"][7], folder / "clip-frame08.png");
    EXPECT_TRUE(fs::exists(folder / "clip-frame01.png"));
}

TEST(Generate, AClipGoesToOneFileAndComesBackFrameByFrame) {
    TemporaryFolder folder;
    const auto draw = [&](const std::string& name) { return reported({"generate", "Fireworks in the air.", "--video", "--seed", "2", "--model", kModel, "--out", folder / name}); };
    draw("clip.png");
    for (const char* name : {"clip.webp", "clip.mp4", "clip.gif"}) {
        const json report = draw(name);
        EXPECT_EQ(report["pictures"][0]["out"], json{folder / name});
        const ProcessResult seen = exactly({"render", folder / name, "--lens", "source:side=0", "--frame", "8", "--out", folder / "frame.png"});
        ASSERT_EQ(seen.exitCode, 0) << name << ": " << seen.err;
        const json measured = json::parse(exactly({"--json", "metrics", folder / "clip-frame08.png", folder / "frame.png"}).out);
        if (std::string(name) == "clip.webp") {
            EXPECT_EQ(measured["psnr"], "inf") << "lossless";
        } else {
            EXPECT_GT(measured["psnr"].get<double>(), 20) << name;  // noise of a tiny model: hard to code
        }
        expectOneLineError(exactly({"render", folder / name, "--lens", "source", "--frame", "9", "--out", folder / "frame.png"}), 2, "use 1 to 8");
    }
    const json change = reported({"render", folder / "clip.webp", "--lens", "code_change", "--frame", "2", "--model", kModel, "--out", folder / "change.png"});
    EXPECT_GT(change["changed"].get<double>(), 0);
    EXPECT_LE(change["changed_4"].get<double>(), 1);
    const json told = reported({"describe", folder / "clip.mp4", "--model", kModel, "--prompt", "What happens?", "--max-tokens", "4"});
    EXPECT_EQ(told[0]["frames"], (json{1, 2, 3, 4, 5, 6, 7, 8}));
    expectOneLineError(exactly({"describe", folder / "clip.mp4", "--model", kLlava}), 1, "takes no clips");

    const std::string film = contents(folder / "clip.mp4");
    std::ofstream(folder / "cut.mp4", std::ios::binary) << film.substr(0, film.size() / 2);
    std::ofstream(folder / "lies.mp4", std::ios::binary) << film.substr(0, 32) << std::string(4000, 'x');
    for (const char* name : {"cut.mp4", "lies.mp4"}) expectOneLineError(exactly({"describe", folder / name, "--model", kModel}), 1, "the film cannot be read");
}

TEST(Generate, GuidanceHasACourse) {
    TemporaryFolder folder;
    const auto codes = [&](std::vector<std::string> more) {
        std::vector<std::string> arguments{"generate", "A clock", "--seed", "5", "--guidance", "20", "--model", kModel, "--out", folder / "x.png", "--tokens", folder / "x.npz"};
        arguments.insert(arguments.end(), more.begin(), more.end());
        EXPECT_EQ(exactly(arguments).exitCode, 0);
        return codesIn(folder / "x.npz");
    };
    const auto constant = codes({}), linear = codes({"--guidance-course", "linear"}), cosine = codes({"--guidance-course", "cosine"});
    EXPECT_EQ(codes({"--guidance-course", "constant"}), constant);
    EXPECT_NE(linear, constant);
    EXPECT_NE(cosine, linear);
    EXPECT_THAT(contents(folder / "x.png"), HasSubstr("Guidance course"));
    expectOneLineError(exactly({"generate", "a", "--model", kModel, "--out", folder / "x.png", "--guidance-course", "uphill"}), 2, "uphill");
}

TEST(Generate, WordsAreRankedByWhatTheyDid) {
    TemporaryFolder folder;
    reported({"generate", "A red clock", "--seed", "5", "--count", "2", "--model", kModel, "--out", folder / "x.png", "--influence", folder / "words.json"});
    const json report = json::parse(contents(folder / "words.json"));
    ASSERT_EQ(report["pictures"].size(), 2u);
    for (const json& picture : report["pictures"]) {
        ASSERT_EQ(picture["words"].size(), 3u);
        double before = 1e9;
        for (const json& word : picture["words"]) {
            EXPECT_EQ(word["gain"].size(), 16u);
            EXPECT_LE(word["mean_gain"].get<double>(), before) << "the one that did the most first";
            before = word["mean_gain"];
        }
    }
    expectOneLineError(exactly({"generate", "a", "--model", kModel, "--out", folder / "x.png", "--influence", folder / "x.csv"}), 2, "JSON");
}

TEST(Generate, SaysWhatIsWrongInOneLine) {
    TemporaryFolder folder;
    const auto run = [&](std::vector<std::string> more) {
        std::vector<std::string> arguments{"generate"};
        arguments.insert(arguments.end(), more.begin(), more.end());
        return exactly(arguments);
    };
    const std::string out = folder / "x.png";
    expectOneLineError(run({"a", "--model", kModel}), 2, "--out");
    expectOneLineError(run({"a", "--model", kModel, "--out", folder / "x.jpg"}), 2, "generate writes PNG");
    expectOneLineError(run({"a", "--model", kModel, "--out", folder / "x.mp4"}), 2, "a picture goes to PNG");
    expectOneLineError(run({"a", "--model", kModel, "--out", out, "--tokens", folder / "x.csv"}), 2, "safetensors or NPZ");
    expectOneLineError(run({"a", "--model", kModel, "--out", out, "--trace", folder / "x.json"}), 2, "CSV");
    expectOneLineError(run({"a", "--model", kModel, "--out", out, "--from", "2"}), 2, "needs codes to keep");
    expectOneLineError(run({"a", "--model", kModel, "--out", folder / "none/x.png"}), 1, "there is no such folder");
    expectOneLineError(run({"a", "--model", kModel, "--out", out, "--count", "65"}), 2, "count");
    expectOneLineError(run({"  ", "--model", kModel, "--out", out}), 1, "the prompt is empty");
    expectOneLineError(run({"caf\xe9", "--model", kModel, "--out", out}), 1, "UTF-8");
    expectOneLineError(run({std::string(4000, 'y'), "--model", kModel, "--out", out}), 1, "this model reads 512");
    expectOneLineError(run({"a", "--model", "mini-autoencoder", "--out", out}), 1, "draws no pictures");
    expectOneLineError(run({"a", "--model", kModel, "--out", out, "--given", kPicture}), 1, "coffee.png");
    EXPECT_FALSE(fs::exists(out));
}

TEST(Describe, SeveralPicturesMayBeOneQuestion) {
    TemporaryFolder folder;
    const std::string other = kSource + "/resources/samples/" + [] {
        for (const auto& entry : fs::directory_iterator(fs::path(TESSERA_SOURCE_DIR) / "resources/samples")) {
            const std::string name = entry.path().filename().string();
            if (name != "coffee.png" && (name.ends_with(".png") || name.ends_with(".jpg"))) return name;
        }
        return std::string();
    }();
    const auto ask = [](std::vector<std::string> about) {
        about.insert(about.begin(), "describe");
        about.insert(about.end(), {"--model", kModel, "--prompt", "What changes?", "--max-tokens", "6"});
        return reported(about);
    };
    const json apart = ask({kPicture, other}), together = ask({kPicture, other, "--together"});
    EXPECT_EQ(apart.size(), 2u);
    ASSERT_EQ(together.size(), 1u);
    EXPECT_EQ(together[0]["files"], (json{kPicture, other}));
    EXPECT_NE(together[0]["text"], apart[0]["text"]);

    // A clip's frames, evenly spread from the first to the last: of fifteen, eight.
    fs::create_directory(folder / "clip");
    for (int i = 0; i < 15; ++i) fs::copy(i % 2 == 0 ? kPicture : other, folder / ("clip/" + std::to_string(10 + i) + ".png"));
    const json clip = ask({folder / "clip"});
    ASSERT_EQ(clip[0]["files"].size(), 8u);
    for (int i = 0; i < 8; ++i) EXPECT_EQ(clip[0]["files"][i], folder / ("clip/" + std::to_string(10 + 2 * i) + ".png"));
    fs::create_directory(folder / "empty");
    expectOneLineError(exactly({"describe", folder / "empty", "--model", kModel}), 1, "the folder has no frames");
    expectOneLineError(exactly({"describe", folder / "clip", "--model", kLlava}), 1, "takes no clips");
    const ProcessResult two = exactly({"describe", kPicture, other, "--together", "--model", kLlava});
    EXPECT_EQ(two.exitCode, 1);
    EXPECT_THAT(two.err, HasSubstr("one picture at a time"));
}

TEST(Generate, TheBuiltInModelDrawsWhatItWasTaughtAndSaysWhatNot) {
    TemporaryFolder folder;
    std::ofstream(folder / "prompts.txt") << "red heart\nbanana\nsailboat\npensive face\ntelescope\nblack cat\n";
    const ProcessResult drawn = exactly({"generate", "--prompts", folder / "prompts.txt", "--model", "tessera-mini", "--temperature", "0", "--out", folder / "drawn"});
    ASSERT_EQ(drawn.exitCode, 0) << drawn.err;
    const json found = reported({"evaluate", folder / "drawn", "--model", "tessera-mini", "--task", "zero-shot", "--size", "128", "--labels", folder / "prompts.txt"});
    EXPECT_GE(found["models"][0]["zero_shot"]["top1"].get<double>(), 0.5) << found;
    expectOneLineError(exactly({"generate", "a red zeppelin", "--model", "tessera-mini", "--out", folder / "no.png"}), 1, "not taught \"zeppelin\"");
}

TEST(Generate, Int8IsOfTheFlagOrOfTheModelsName) {
    TemporaryFolder folder;
    const auto draw = [&](const std::string& name, std::vector<std::string> more) {
        std::vector<std::string> arguments{"generate", "A snowy mountain.", "--temperature", "0", "--out", folder / (name + ".png"), "--trace", folder / (name + ".csv")};
        arguments.insert(arguments.end(), more.begin(), more.end());
        reported(arguments);
        return contents(folder / (name + ".csv"));
    };
    const std::string whole = draw("whole", {"--model", kModel}), flagged = draw("flagged", {"--model", kModel, "--int8"}), named = draw("named", {"--model", kModel + "@int8"});
    EXPECT_EQ(flagged, named);
    EXPECT_NE(whole, flagged) << "another arithmetic";
    const json bench = reported({"bench", "--model", kModel, "--int8", "--op", "generate", "--runs", "1"});
    EXPECT_GT(bench["int8"]["logit_error"].get<double>(), 0);
    EXPECT_LT(bench["int8"]["logit_error"].get<double>(), 0.05);
    expectOneLineError(exactly({"render", kPicture, "--lens", "reconstruction", "--model", "mini-autoencoder@int8", "--out", folder / "no.png"}), 1, "int8");
}

TEST(Generate, ModelsAndBenchTellOfIt) {
    const ProcessResult info = exactly({"models", "info", kModel});
    EXPECT_THAT(info.out, AllOf(HasSubstr("answers and captions, of up to 30 pictures together, of clips by 8 frames"), HasSubstr("pictures, clips of 8 frames")));
    const json bench = reported({"bench", "--model", kModel, "--op", "generate", "--runs", "1", "--batch", "2"});
    for (const char* key : {"items_per_second", "seconds_per_picture", "seconds_to_first_picture", "bytes_per_position", "memory_bytes_per_second", "share_of_memory_limit"}) EXPECT_GT(bench[key].get<double>(), 0) << key;
}

}  // namespace
