// SPDX-License-Identifier: Apache-2.0
// Grids of codes that are filled in rounds: the rounds written out by hand, what a seed means, what is refused, and tokenizers beside them.
#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <functional>
#include <numbers>
#include <random>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/families/drawing.h"
#include "engine/families/masked_grid.h"

namespace tessera::test {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using testing::AllOf;
using testing::Contains;
using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;

constexpr int kCells = 20;

class MaskGit : public DrawingTest {
protected:
    static GenerateRequest request(const std::string& path, const std::string& prompt = "1") {
        return {.model = opened(path).id, .prompt = prompt, .guidance = 1, .temperature = 4.5, .topK = 0, .topP = 1, .keptSteps = 64};
    }
    static std::string with(const std::string& pointer, const json& value) {
        MaskedGrid grid;
        const std::string folder = grid.write();
        grid.config[json::json_pointer(pointer)] = value;
        std::ofstream(fs::path(folder) / "config.json") << grid.config;
        return refusal(*s_engine, folder);
    }
    std::string besideTokenizer(const MaskedGrid& grid) const { return grid.writeInTokenizer(m_folder.path() / "tokenizer"); }
    static MaskedGrid ofTexts() {
        MaskedGrid grid;
        grid.ofTokenizer();
        grid.config["num_classes"] = 0;
        grid.config["text_dim"] = 6;
        return grid;
    }
    TemporaryFolder m_folder;
};

TEST_F(MaskGit, SchedulesAreThoseOfTheSpec) {
    const auto counts = [](const char* schedule, std::int64_t unknown, std::int64_t rounds) {
        MaskedGrid grid;
        grid.config["sampling"]["schedule"] = schedule;
        const auto out = computed(grid.write(), {{"in.unknown", int64Tensor({1}, {unknown})}, {"in.num_steps", int64Tensor({1}, {rounds})}});
        EXPECT_TRUE(out) << toLine(out.error());
        return out ? valuesOf(out.value().at("out.masked_count.0")) : std::vector<double>();
    };
    EXPECT_THAT(counts("cosine", 256, 8), ElementsAre(251, 236, 212, 181, 142, 97, 49, 1));
    const std::vector<double> twelve = counts("cosine", 256, 12);
    ASSERT_EQ(twelve.size(), 12u);
    EXPECT_EQ(twelve[7], 128) << "the cosine of float32 gives 127";
    EXPECT_THAT(counts("uniform", 100, 4), ElementsAre(75, 50, 25, 1));
    EXPECT_THAT(counts("pow2", 100, 4), ElementsAre(93, 75, 43, 1));
    EXPECT_THAT(counts("cosine", 3, 5), ElementsAre(2, 1, 1, 1, 1)) << "every round but the last fixes one, as long as there are two";
    EXPECT_THAT(counts("cosine", 0, 3), Each(0));
}

/// The loop of the spec for one grid, cell by cell, and what was masked again after each round.
struct ByHand {
    std::vector<double> ids, masks;
};
ByHand byHand(const std::vector<double>& start, int rounds, double temperature, const std::vector<float>& tokens, const std::vector<float>& gumbel, const std::function<std::vector<double>(const std::vector<double>&)>& logitsOf) {
    const int cells = static_cast<int>(start.size()), codes = 7;
    const double mask = 10;  // behind 7 codes and 3 classes
    std::vector<double> ids = start;
    const auto unknown = [&] { return std::ranges::count(ids, mask); };
    const auto atStart = unknown();
    ByHand all;
    for (int round = 0; round < rounds; ++round) {
        const std::vector<double> logits = logitsOf(ids);
        const double r = (round + 1.0) / rounds;
        const auto now = unknown();
        std::vector<std::pair<double, std::size_t>> confidences;
        for (std::size_t cell = 0; cell < start.size(); ++cell) {
            if (ids[cell] != mask) continue;
            const std::size_t at = static_cast<std::size_t>(round * cells) + cell;
            std::vector<double> chances(codes);
            double sum = 0, passed = 0;
            for (std::size_t k = 0; k < chances.size(); ++k) sum += chances[k] = std::exp(logits[cell * codes + k]);
            std::size_t code = 0;
            while ((passed += chances[code]) <= tokens[at] * sum) ++code;
            ids[cell] = static_cast<double>(code);
            confidences.emplace_back(std::log(chances[code] / sum) - temperature * (1 - r) * std::log(-std::log(gumbel[at])), cell);
        }
        all.ids.insert(all.ids.end(), ids.begin(), ids.end());
        const auto again = std::max<std::int64_t>(1, std::min<std::int64_t>(now - 1, static_cast<std::int64_t>(std::floor(static_cast<double>(atStart) * std::cos(std::numbers::pi / 2 * r)))));
        std::ranges::sort(confidences);
        std::vector<double> masks(start.size());
        for (std::int64_t i = 0; i < again; ++i) masks[confidences[static_cast<std::size_t>(i)].second] = 1;
        all.masks.insert(all.masks.end(), masks.begin(), masks.end());
        for (std::size_t cell = 0; cell < start.size(); ++cell) ids[cell] = masks[cell] > 0 ? mask : ids[cell];
    }
    return all;
}

TEST_F(MaskGit, DrawsByTheRulesWrittenOut) {
    MaskedGrid grid;
    const std::string path = grid.write();
    const auto gridOf = [](const std::vector<double>& ids) { return int64Tensor({1, 4, 5}, {ids.begin(), ids.end()}); };
    constexpr int kRounds = 6;
    std::mt19937 random(3);
    std::uniform_real_distribution<float> uniform(0.001F, 0.999F);
    std::vector<double> none(kCells, 10), some = none;
    for (const std::size_t cell : {0, 4, 11, 12, 19}) some[cell] = static_cast<double>(cell % 7);
    for (const auto& start : {none, some}) {
        for (const std::int64_t label : {0, 2, 3}) {  // the last is no class
            SCOPED_TRACE(label);
            std::vector<float> tokens(kRounds * kCells), gumbel(tokens.size());
            for (float& each : tokens) each = uniform(random);
            for (float& each : gumbel) each = uniform(random);
            const ByHand expected = byHand(start, kRounds, 2.5, tokens, gumbel, [&](const std::vector<double>& ids) {
                return valuesOf(computed(path, {{"in.ids", gridOf(ids)}, {"in.class_labels", int64Tensor({1}, {label})}}).value().at("out.logits"));
            });
            const auto out = computed(path, {{"in.ids", gridOf(start)},
                                             {"in.class_labels", int64Tensor({1}, {label})},
                                             {"in.num_steps", int64Tensor({1}, {kRounds})},
                                             {"in.choice_temperature", float32Tensor({1}, {2.5F})},
                                             {"in.uniforms.tokens", float32Tensor({kRounds, 1, kCells}, tokens)},
                                             {"in.uniforms.gumbel", float32Tensor({kRounds, 1, kCells}, gumbel)}});
            ASSERT_TRUE(out) << toLine(out.error());
            EXPECT_EQ(valuesOf(out.value().at("out.ids")), expected.ids);
            EXPECT_EQ(valuesOf(out.value().at("out.masks")), expected.masks);
        }
    }
}

TEST_F(MaskGit, WhatIsKnownStaysAndTheRestIsFilled) {
    MaskedGrid grid;
    GenerateRequest asked = request(grid.write());
    asked.given.assign(kCells, -1);
    for (const int cell : {3, 7, 8, 19}) asked.given[static_cast<std::size_t>(cell)] = cell % 7;  // here and there, not the first ones
    const Generation drawn = drawing(asked);
    EXPECT_EQ(drawn.by, DrawnBy::Masks);
    EXPECT_TRUE(drawn.finished);
    EXPECT_EQ(drawn.drawn, 6);
    EXPECT_EQ(drawn.positions, 6);
    ASSERT_EQ(drawn.pictures.size(), 1u);
    const GeneratedPicture& picture = drawn.pictures[0];
    EXPECT_TRUE(picture.frames.empty()) << "nobody paints these codes";
    ASSERT_EQ(picture.codes.size(), kCells);
    EXPECT_THAT(picture.codes, Each(AllOf(testing::Ge(0), testing::Lt(7))));
    ASSERT_EQ(picture.steps.size(), 6u);
    EXPECT_EQ(picture.steps.back().codes, picture.codes);
    EXPECT_THAT(picture.steps.back().masked, Each(0));
    EXPECT_DOUBLE_EQ(picture.steps.front().time, 16.0 / 20);
    std::vector<std::uint8_t> unknown(kCells);
    for (std::size_t cell = 0; cell < kCells; ++cell) unknown[cell] = asked.given[cell] < 0;
    for (std::size_t i = 0; i < 6; ++i) {
        const GenerationStep& step = picture.steps[i];
        EXPECT_EQ(step.step, static_cast<int>(i));
        for (std::size_t cell = 0; cell < kCells; ++cell) {
            SCOPED_TRACE(std::to_string(i) + ", cell " + std::to_string(cell));
            EXPECT_LE(step.masked[cell], unknown[cell]) << "what is known is never masked again";
            EXPECT_EQ(step.perToken[cell] < 0, unknown[cell] == 1);
            EXPECT_TRUE(asked.given[cell] < 0 || step.codes[cell] == asked.given[cell]);
            EXPECT_TRUE(step.masked[cell] || step.codes[cell] == picture.codes[cell]) << "known for good";
        }
        unknown = step.masked;
    }
}

TEST_F(MaskGit, ASeedIsAPictureWhateverIsDrawnBesideIt) {
    MaskedGrid grid;
    GenerateRequest asked = request(grid.write());
    asked.seed = 40;
    asked.count = 3;
    const Generation together = drawing(asked);
    ASSERT_EQ(together.pictures.size(), 3u);
    asked.count = 1;
    for (std::size_t i = 0; i < 3; ++i) {
        asked.seed = 40 + i;
        const Generation alone = drawing(asked);
        EXPECT_EQ(alone.pictures[0].codes, together.pictures[i].codes);
        EXPECT_EQ(together.pictures[i].seed, 40 + i);
    }
    EXPECT_NE(together.pictures[0].codes, together.pictures[1].codes);
}

TEST_F(MaskGit, FollowsClassesGuidanceStepsAndTemperature) {
    MaskedGrid grid;
    grid.config["class_names"] = {"tench", "goldfish", "great white shark"};
    const std::string path = grid.write();
    const DrawingInfo info = opened(path).drawing;
    EXPECT_EQ(info.by, DrawnBy::Masks);
    EXPECT_FALSE(info.prompts);
    EXPECT_EQ(info.classCount, 3);
    EXPECT_EQ(info.classes.size(), 3u);
    EXPECT_EQ(info.steps, 6);
    EXPECT_EQ(info.temperature, 4.5);
    EXPECT_THAT(info.schedules, ElementsAre("cosine", "uniform", "pow0.5", "pow2", "pow3"));
    const auto codes = [&](const std::function<void(GenerateRequest&)>& change) {
        GenerateRequest asked = request(path);
        change(asked);
        return drawing(asked).pictures.at(0).codes;
    };
    const std::vector<std::int32_t> plain = codes([](GenerateRequest&) {});
    EXPECT_EQ(codes([](GenerateRequest& r) { r.prompt = "goldfish"; }), plain) << "its name";
    EXPECT_NE(codes([](GenerateRequest& r) { r.prompt = "2"; }), plain);
    EXPECT_NE(codes([](GenerateRequest& r) { r.guidance = 8; }), plain);
    const auto untold = [&](const char* prompt) {
        return codes([&](GenerateRequest& r) {
            r.guidance = 0;
            r.prompt = prompt;
        });
    };
    EXPECT_EQ(untold("0"), untold("2")) << "what nobody told";
    EXPECT_NE(untold("1"), plain);
    EXPECT_NE(codes([](GenerateRequest& r) { r.temperature = 0; }), plain);
    EXPECT_NE(codes([](GenerateRequest& r) { r.topK = 1; }), plain);
    EXPECT_NE(codes([](GenerateRequest& r) { r.steps = 2; }), plain);
    GenerateRequest few = request(path);
    few.steps = 9;
    few.keptSteps = 3;
    std::vector<int> kept;
    const Generation drawn = drawing(few);
    for (const GenerationStep& step : drawn.pictures.at(0).steps) kept.push_back(step.step);
    EXPECT_THAT(kept, ElementsAre(0, 4, 8));
}

TEST_F(MaskGit, MasksFallByTheScheduleThatIsAskedFor) {
    MaskedGrid grid;
    const std::string path = grid.write();
    const auto drawn = [&](const std::string& model, const char* schedule) {
        GenerateRequest asked = request(model);
        asked.schedule = schedule;
        return drawing(asked).pictures.at(0);
    };
    const auto masked = [&](const char* schedule) {
        std::vector<std::int64_t> counts;
        for (const GenerationStep& step : drawn(path, schedule).steps) counts.push_back(std::ranges::count(step.masked, std::uint8_t(1)));
        return counts;
    };
    EXPECT_THAT(masked("uniform"), ElementsAre(16, 13, 10, 6, 3, 0)) << "20 (1 - r)";
    EXPECT_THAT(masked("pow2"), ElementsAre(19, 17, 15, 11, 6, 0));
    EXPECT_THAT(masked("pow0.5"), ElementsAre(11, 8, 5, 3, 1, 0));
    EXPECT_EQ(drawn(path, "").codes, drawn(path, "cosine").codes) << "the model's own";
    grid.config["sampling"]["schedule"] = "pow1.5";
    const std::string other = grid.write();
    EXPECT_THAT(opened(other).drawing.schedules, ElementsAre("pow1.5", "cosine", "uniform", "pow0.5", "pow2", "pow3"));
    EXPECT_EQ(drawn(other, "").codes, drawn(path, "pow1.5").codes) << "powers that are not offered will do";
    grid.config["sampling"]["schedule"] = "uniform";
    EXPECT_THAT(opened(grid.write()).drawing.schedules, ElementsAre("uniform", "cosine", "pow0.5", "pow2", "pow3")) << "each once";
}

TEST_F(MaskGit, AThousandClassesAreImageNets) {
    MaskedGrid grid;
    grid.config["num_classes"] = 1000;
    const std::string path = grid.write();
    const DrawingInfo info = opened(path).drawing;
    ASSERT_EQ(info.classes.size(), 1000u);
    EXPECT_EQ(info.classes[207], "golden retriever");
    EXPECT_EQ(drawing(request(path, "white shark")).pictures.at(0).codes, drawing(request(path, "2")).pictures.at(0).codes);
    grid.config["num_classes"] = 10;
    EXPECT_TRUE(opened(grid.write()).drawing.classes.empty());
}

TEST_F(MaskGit, RequestsThatCannotBeFollowedAreOneSentence) {
    MaskedGrid grid;
    const std::string path = grid.write();
    const auto asked = [&](const std::function<void(GenerateRequest&)>& change) {
        GenerateRequest asked = request(path);
        change(asked);
        return refusalOf(asked);
    };
    EXPECT_THAT(asked([](GenerateRequest& r) { r.prompt = "3"; }), HasSubstr("class"));
    EXPECT_THAT(asked([](GenerateRequest& r) { r.schedule = "linear"; }), AllOf(HasSubstr("there is no schedule \"linear\""), HasSubstr("use one of: cosine, uniform, pow0.5, pow2, pow3, or another power")));
    EXPECT_THAT(asked([](GenerateRequest& r) { r.given = {1, 2}; }), HasSubstr("there are 2 given codes, and what is drawn has 20"));
    EXPECT_THAT(asked([](GenerateRequest& r) { r.given.assign(kCells, 7); }), HasSubstr("no codebook has the given code 7"));
    grid.config["num_classes"] = 0;
    grid.config["text_dim"] = 6;
    EXPECT_THAT(refusalOf(request(grid.write(), "a cat")), HasSubstr("no text tower"));
}

TEST_F(MaskGit, ConfigsOfWhatIsNotComputedAreRefused) {
    EXPECT_THAT(with("/version", 2), AllOf(HasSubstr("version 2"), HasSubstr("update Tessera")));
    EXPECT_THAT(with("/num_heads", 5), HasSubstr("5 heads do not divide 12 channels"));
    EXPECT_THAT(with("/hidden_act", "relu"), HasSubstr("relu"));
    EXPECT_THAT(with("/text_dim", 6), HasSubstr("it should follow one of them"));
    EXPECT_THAT(with("/grid_size", 0), HasSubstr("grid_size"));
    EXPECT_THAT(with("/grid_size", json{4, 5, 6}), HasSubstr("grid_size"));
    EXPECT_THAT(with("/class_names", json{"one"}), HasSubstr("class_names names 1 classes, and num_classes is 3"));
    EXPECT_THAT(with("/sampling/schedule", "linear"), AllOf(HasSubstr("sampling.schedule is \"linear\""), HasSubstr("cosine")));
    EXPECT_THAT(with("/sampling/schedule", "pow-2"), HasSubstr("sampling.schedule"));
    EXPECT_THAT(with("/sampling/steps", 0), HasSubstr("sampling.steps"));
    EXPECT_THAT(with("/sampling/choice_temperature", -1), HasSubstr("choice_temperature should be from 0 to 100"));
    EXPECT_THAT(with("/depths", 2), HasSubstr("depth"));
    EXPECT_THAT(with("/tokenizer", "elsewhere"), AllOf(HasSubstr("the tokenizer that this model draws for is not there"), HasSubstr("elsewhere")));
    MaskedGrid grid;
    const fs::path folder = grid.write();
    grid.config["codebook_size"] = 8;
    std::ofstream(folder / "config.json") << grid.config;
    EXPECT_THAT(refusal(*s_engine, folder.string()), AllOf(HasSubstr("token_embedding.weight"), HasSubstr("head.bias")));
    fs::remove(folder / "model.safetensors");
    EXPECT_NE(refusal(*s_engine, folder.string()), "");
}

TEST_F(MaskGit, PaintsBesideATokenizerThatReadsItsWords) {
    MaskedGrid grid = ofTexts();
    const std::string path = besideTokenizer(grid);
    const ModelInfo info = opened(path);
    EXPECT_EQ(info.family, "maskgit");
    EXPECT_EQ(info.codes.depths(), 3);
    EXPECT_THAT(info.capabilities, AllOf(Contains("encode"), Contains("text"), Contains("generate")));
    EXPECT_TRUE(info.drawing.prompts);
    const ModelInfo tokenizer = opened(fs::path(path).parent_path().string());
    EXPECT_EQ(tokenizer.family, "tessera_mini") << "what lies in its folders is not its own";
    EXPECT_THAT(tokenizer.capabilities, testing::Not(Contains("generate")));
    GenerateRequest asked = request(path, "red apple");
    asked.keptSteps = 1;
    const Generation drawn = drawing(asked);
    EXPECT_EQ(drawn.depths, 3);
    ASSERT_EQ(drawn.pictures.at(0).frames.size(), 1u);
    EXPECT_EQ(drawn.pictures[0].frames[0].image.width(), 5 * 16);
    EXPECT_EQ(drawn.pictures[0].frames[0].image.height(), 4 * 16);
    asked.prompt = "cats";
    EXPECT_NE(drawing(asked).pictures[0].steps[0].perToken, drawn.pictures[0].steps[0].perToken);
    // Of a cell that is known in part, what is known stays.
    asked.given.assign(kCells * 3, -1);
    for (std::size_t i = 0; i < asked.given.size(); i += 7) asked.given[i] = static_cast<std::int32_t>(i % 8);
    const std::vector<std::int32_t> codes = drawing(asked).pictures[0].codes;
    for (std::size_t i = 0; i < codes.size(); ++i) {
        EXPECT_TRUE(asked.given[i] < 0 || codes[i] == asked.given[i]);
        EXPECT_TRUE(codes[i] >= 0 && codes[i] < 8);
    }
}

TEST_F(MaskGit, AnotherTokenizerThanItsOwnIsRefusedWithBothSizes) {
    MaskedGrid grid = ofTexts();
    grid.ofDepths(2);
    EXPECT_THAT(refusal(*s_engine, besideTokenizer(grid)), HasSubstr("draws 2 x 8 codes, and its tokenizer has 3 x 8"));
    grid = ofTexts();
    grid.config["text_dim"] = 5;
    EXPECT_THAT(refusalOf(request(besideTokenizer(grid), "red apple")), HasSubstr("text vectors have 6 numbers, and this model reads 5"));
    grid = ofTexts();
    grid.config["tokenizer"] = ".";
    EXPECT_THAT(refusal(*s_engine, besideTokenizer(grid)), HasSubstr("has a tokenizer of its own"));
    // Words that the tokenizer's model was not taught.
    grid = ofTexts();
    const fs::path path = besideTokenizer(grid);
    std::ofstream(path.parent_path() / "words.txt") << "red\napple\n";
    EXPECT_THAT(refusalOf(request(path.string(), "red cat")), HasSubstr("not taught \"cat\""));
}

}  // namespace
}  // namespace tessera::test
