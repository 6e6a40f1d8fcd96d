// SPDX-License-Identifier: Apache-2.0
// A whole VILA-U: what its reader accepts and refuses, how it draws, and what it says of several pictures. That it computes the right thing: tests/golden.
#include <chrono>
#include <cmath>
#include <fstream>
#include <future>
#include <set>
#include <thread>

#include <gmock/gmock.h>
#include <tessera/files.h>
#include <tessera/text_ids.h>
#include <tessera/wait.h>

#include "engine/families/describing.h"
#include "engine/families/drawing.h"

namespace tessera::test {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using testing::AllOf;
using testing::Each;
using testing::ElementsAre;
using testing::Ge;
using testing::HasSubstr;
using testing::Not;

constexpr const char* kGolden = "vila_u/generate";
constexpr const char *kLlm = "llm/model.safetensors", *kLlmConfig = "llm/config.json";
constexpr int kTokens = 16, kDepths = 4;

json goldenCase() { return json::parse(std::ifstream(fs::path(TESSERA_SOURCE_DIR) / "tests/golden" / kGolden / "case.json")); }

std::vector<std::int32_t> whole(const HostTensor& tensor) {
    const std::vector<double> values = valuesOf(tensor);
    return {values.begin(), values.end()};
}

struct Drawn {
    Result<Generation> answer = Error{};
    std::vector<Generation> partial;
};

class VilaURelease : public DrawingTest {
protected:
    static ModelId model() { return opened((fs::path(TESSERA_SOURCE_DIR) / "tests/golden" / kGolden / "model").string()).id; }  // the same id every time
    static GenerateRequest request(ModelId model, const std::string& prompt = "A snowy mountain.") { return {.model = model, .prompt = prompt}; }
    static GenerateRequest greedy(ModelId model, const std::string& prompt) {
        GenerateRequest result = request(model, prompt);
        result.temperature = 0;
        return result;
    }
    static Drawn drawnBy(const GenerateRequest& request) {
        Drawn drawn;
        drawn.answer = wait<Generation>([&](Observer<Generation> observer) {
            observer.onPartial = [&drawn](Generation so) { drawn.partial.push_back(std::move(so)); };
            return s_engine->generate(request, Priority::Visible, std::move(observer));
        });
        return drawn;
    }
    static std::string with(const std::string& config, const std::string& key, const json& value) {
        ModelFiles files(kGolden);
        files.config(config)[json::json_pointer(key)] = value;
        return refused(files);
    }
    static std::vector<CellRef> cells(ModelId model, int count) {
        std::vector<CellRef> result;
        for (int i = 0; i < count; ++i) {
            std::vector<float> pixels(32 * 32 * 3);
            for (std::size_t k = 0; k < pixels.size(); ++k) pixels[k] = 0.5f + 0.5f * std::sin(0.01f * static_cast<float>((i + 2) * k) + static_cast<float>(i));
            result.push_back({.source = s_engine->addSource({.pixels = Image(32, 32, 3, SharedArray<float>(pixels)), .name = "waves"}), .model = model});
        }
        return result;
    }
};

TEST_F(VilaURelease, IsDescribed) {
    ModelFiles files(kGolden);
    const ModelInfo info = opened(files.write());
    EXPECT_EQ(info.family, "vila_u");
    EXPECT_EQ(info.layout, "whole release");
    EXPECT_THAT(info.capabilities, ElementsAre("encode", "quantize", "decode", "text", "describe", "generate"));
    EXPECT_TRUE(info.takesQuestions);
    EXPECT_TRUE(info.takesWhole);
    EXPECT_EQ(info.clipFrames, 8) << "num_video_frames";
    EXPECT_EQ(info.drawing.frames, 8);
    EXPECT_EQ(info.picturesTogether, 512 / 17);
    std::int64_t elements = 0;
    for (const char* part : {kLlm, "mm_projector/model.safetensors"}) {
        for (const auto& [name, tensor] : files.tensors(part)) elements += tensor.elements();
    }
    EXPECT_GT(info.parameters, elements);
    EXPECT_THAT(info.ignoredTensors, Not(testing::Contains(HasSubstr("rqtransformer")))) << "they draw";
}

TEST_F(VilaURelease, WordsAreCutAsUpstreamDoes) {
    const GoldenCase golden{fs::path(TESSERA_SOURCE_DIR) / "tests/golden" / kGolden};
    const TensorMap inputs = golden.tensors("");
    const std::string tokenizer = (golden.model() / "llm").string();
    for (const auto& [prefix, run] : goldenCase().at("runs").items()) {
        const std::string name = prefix == "greedy" ? std::string() : prefix;
        const auto ids = whole(inputs.at(name + "in.input_ids")), mask = whole(inputs.at(name + "in.attention_mask"));
        const std::size_t length = ids.size() / 2;
        const auto texts = tessera::textIds(tokenizer, "hf_slow_llama", std::vector<std::string>{run.at("conditional_text"), run.at("unconditional_text")});
        ASSERT_TRUE(texts) << toLine(texts.error());
        for (const std::size_t row : {0, 1}) {
            std::vector<int> recorded;
            for (std::size_t i = row * length; i < (row + 1) * length; ++i) {
                if (mask[i] != 0) recorded.push_back(ids[i]);
            }
            EXPECT_EQ(texts.value()[row], recorded) << prefix << " row " << row;
        }
    }
}

TEST_F(VilaURelease, DrawsFromTheWordsWhatUpstreamDraws) {
    const TensorMap recorded = GoldenCase(fs::path(TESSERA_SOURCE_DIR) / "tests/golden" / kGolden).tensors("");
    const Drawn picture = drawnBy(greedy(model(), "A snowy mountain."));
    ASSERT_TRUE(picture.answer) << toLine(picture.answer.error());
    const Generation& drawn = picture.answer.value();
    ASSERT_EQ(drawn.pictures.size(), 1u);
    EXPECT_EQ(drawn.pictures[0].codes, whole(recorded.at("out.generated_codes")));
    ASSERT_EQ(drawn.pictures[0].frames.size(), 1u);
    const Image& image = drawn.pictures[0].frames[0].image;
    const std::vector<double> values = valuesOf(recorded.at("out.reconstruction"));
    ASSERT_EQ(image.width(), 32);
    for (const int at : {0, 17, 500, 1023}) EXPECT_NEAR(image.at(at % 32, at / 32, 1), values[1024 + static_cast<std::size_t>(at)], 1e-3) << at;
    EXPECT_TRUE(drawn.finished);
    EXPECT_FALSE(drawn.pictures[0].frames[0].partial);
    EXPECT_EQ(drawn.precision, "fp32");
    EXPECT_GT(drawn.tokensPerSecond, 0);

    ASSERT_EQ(picture.partial.size(), std::size_t(kTokens) - 1) << "one for every token but the last, whose answer is the picture";
    for (int i = 0; i < kTokens - 1; ++i) {
        const Generation& so = picture.partial[static_cast<std::size_t>(i)];
        EXPECT_EQ(so.drawn, i + 1);
        EXPECT_FALSE(so.finished);
        EXPECT_EQ(so.pictures[0].trace.size(), std::size_t((i + 1) * kDepths));
        for (std::size_t k = 0; k < so.pictures[0].codes.size(); ++k) {
            EXPECT_EQ(so.pictures[0].codes[k], k < so.pictures[0].trace.size() ? drawn.pictures[0].codes[k] : -1) << "token " << i << ", code " << k;
        }
    }

    GenerateRequest clip = greedy(model(), "Fireworks in the air.");
    clip.video = true;
    const Generation frames = drawing(clip);
    EXPECT_EQ(frames.frames, 8);
    EXPECT_EQ(frames.pictures[0].codes, whole(recorded.at("video.out.generated_codes")));
    EXPECT_EQ(frames.pictures[0].frames.size(), 8u);
}

TEST_F(VilaURelease, TheTraceTellsWhatTheModelThought) {
    const TensorMap recorded = GoldenCase(fs::path(TESSERA_SOURCE_DIR) / "tests/golden" / kGolden).tensors("out.");
    const GeneratedPicture picture = drawing(greedy(model(), "A snowy mountain.")).pictures[0];
    const GenerationTrace& trace = picture.trace;
    ASSERT_EQ(trace.size(), std::size_t(kTokens * kDepths));
    ASSERT_EQ(trace.alternatives.size(), trace.size() * GenerationTrace::kAlternatives);
    const std::vector<double> guided = valuesOf(recorded.at("out.head_logits")), raw = valuesOf(recorded.at("out.head_logits_raw"));
    constexpr std::size_t K = 960;
    const auto logSum = [](const double* logits) {
        double sum = 0;
        for (std::size_t k = 0; k < K; ++k) sum += std::exp(logits[k]);
        return std::log(sum);
    };
    for (std::size_t i = 0; i < kDepths; ++i) {
        const double* logits = &guided[i * K];
        const auto code = static_cast<std::size_t>(picture.codes[i]);
        const double all = logSum(logits);
        double entropy = 0;
        for (std::size_t k = 0; k < K; ++k) entropy -= std::exp(logits[k] - all) * (logits[k] - all) / std::log(2.0);
        EXPECT_NEAR(trace.probability[i], std::exp(logits[code] - all), 1e-4) << i;
        EXPECT_NEAR(trace.entropy[i], entropy, 1e-3) << i;
        EXPECT_EQ(trace.rank[i], 0) << i;
        EXPECT_EQ(trace.alternatives[i * GenerationTrace::kAlternatives], picture.codes[i]);
        const double *cond = &raw[i * 2 * K], *without = cond + K;
        EXPECT_NEAR(trace.guidanceGain[i], (cond[code] - logSum(cond)) - (without[code] - logSum(without)), 2e-3) << i;
        for (std::size_t k = 1; k < GenerationTrace::kAlternatives; ++k) {
            const std::size_t at = i * GenerationTrace::kAlternatives + k;
            EXPECT_GE(trace.alternativeProbabilities[at - 1], trace.alternativeProbabilities[at]);
        }
    }
    GenerateRequest plain = request(model());
    plain.guidance = 1;
    EXPECT_TRUE(drawing(plain).pictures[0].trace.guidanceGain.empty());
}

TEST_F(VilaURelease, SeedsGiveTheSamePictureAloneAndTogether) {
    GenerateRequest asked = request(model());
    asked.seed = 41;
    asked.count = 3;
    const Generation together = drawing(asked);
    ASSERT_EQ(together.pictures.size(), 3u);
    std::set<std::vector<std::int32_t>> different;
    for (int i = 0; i < 3; ++i) {
        const GeneratedPicture& one = together.pictures[static_cast<std::size_t>(i)];
        EXPECT_EQ(one.seed, 41u + static_cast<unsigned>(i));
        GenerateRequest alone = asked;
        alone.seed = one.seed;
        alone.count = 1;
        EXPECT_EQ(drawing(alone).pictures[0].codes, one.codes) << i;
        EXPECT_THAT(one.codes, Each(Ge(0)));
        different.insert(one.codes);
    }
    EXPECT_EQ(different.size(), 3u);
}

TEST_F(VilaURelease, APictureGoesOnFromAnyTokenAndDepth) {
    const GenerateRequest asked = request(model());
    const GeneratedPicture picture = drawing(asked).pictures[0];
    for (const std::size_t kept : {1, 4, 22, 63}) {
        GenerateRequest rest = asked;
        rest.given = picture.codes;
        std::fill(rest.given.begin() + static_cast<std::ptrdiff_t>(kept), rest.given.end(), -1);
        const GeneratedPicture again = drawing(rest).pictures[0];
        EXPECT_EQ(again.codes, picture.codes) << "the same draws, " << kept << " codes kept";
        ASSERT_EQ(again.trace.size(), picture.trace.size());
        for (std::size_t i = 0; i < picture.trace.size(); ++i) {
            EXPECT_NEAR(again.trace.probability[i], picture.trace.probability[i], 1e-3) << i;
            EXPECT_NEAR(again.trace.guidanceGain[i], picture.trace.guidanceGain[i], 1e-2) << i;
        }
        // Another code at the place before: a branch.
        GenerateRequest branch = rest;
        branch.given[kept - 1] = picture.codes[kept - 1] == 7 ? 8 : 7;
        const GeneratedPicture other = drawing(branch).pictures[0];
        EXPECT_TRUE(std::equal(other.codes.begin(), other.codes.begin() + static_cast<std::ptrdiff_t>(kept), branch.given.begin()));
        EXPECT_THAT(other.codes, Each(Ge(0)));
    }
    // All given: nothing is drawn, and everything is told.
    GenerateRequest all = asked;
    all.given = picture.codes;
    const GeneratedPicture told = drawing(all).pictures[0];
    EXPECT_EQ(told.codes, picture.codes);
    EXPECT_EQ(told.trace.rank.size(), picture.codes.size());
    EXPECT_EQ(told.frames.size(), 1u);
}

/// What the trace says of codes that are all given, by the prompt alone.
TEST_F(VilaURelease, WordsAreWeighedByTheCodesThatTheyMadeLikelier) {
    GenerateRequest asked = request(model(), "a red clock");
    asked.seed = 3;
    asked.video = true;
    const std::vector<std::int32_t> codes = drawing(asked).pictures[0].codes;
    std::vector<WordInfluence> partial;
    const auto weigh = [&](WordInfluenceRequest request) {
        return wait<WordInfluence>([&](Observer<WordInfluence> observer) {
            observer.onPartial = [&partial](WordInfluence so) { partial.push_back(std::move(so)); };
            return s_engine->wordInfluence(std::move(request), Priority::Visible, std::move(observer));
        });
    };
    const WordInfluenceRequest whole{.model = model(), .prompt = " a  red clock\n", .video = true, .codes = codes};
    const auto answer = weigh(whole);
    ASSERT_TRUE(answer) << toLine(answer.error());
    const WordInfluence& words = answer.value();
    EXPECT_THAT(words.words, ElementsAre("a", "red", "clock"));
    EXPECT_TRUE(words.finished);
    ASSERT_EQ(words.frames, 8);
    ASSERT_EQ(words.rows * words.columns, kTokens);
    const std::size_t tokens = 8 * kTokens;
    ASSERT_EQ(words.gain.size(), 3 * tokens);
    ASSERT_GE(partial.size(), 3u) << "word by word";
    EXPECT_TRUE(std::isnan(partial[0].gain.back()));

    const auto logProbability = [&](const std::string& prompt) {
        GenerateRequest told = asked;
        told.prompt = prompt;
        told.guidance = 1;
        told.given = codes;
        const GenerationTrace trace = drawing(told).pictures[0].trace;
        std::vector<double> sums(tokens);
        for (std::size_t i = 0; i < trace.size(); ++i) sums[i / kDepths] += std::log(trace.probability[i]);
        return sums;
    };
    const std::vector<double> all = logProbability("a red clock"), without = logProbability("a clock");
    double most = 0;
    for (std::size_t i = 0; i < tokens; ++i) {
        EXPECT_NEAR(words.gain[tokens + i], all[i] - without[i], 2e-3) << "red, token " << i;
        most = std::max(most, std::abs(all[i] - without[i]));
    }
    EXPECT_GT(most, 0.02) << "the word does something";

    const auto refused = [&](auto change) {
        WordInfluenceRequest request = whole;
        change(request);
        const auto result = weigh(request);
        return result ? std::string() : toLine(result.error());
    };
    EXPECT_THAT(refused([](auto& r) { r.prompt = " "; }), HasSubstr("the prompt is empty"));
    EXPECT_THAT(refused([](auto& r) { r.codes.pop_back(); }), HasSubstr("given codes"));
    EXPECT_THAT(refused([](auto& r) { r.codes.clear(); }), HasSubstr("not drawn yet"));
    EXPECT_THAT(refused([](auto& r) { r.codes[7] = -1; }), HasSubstr("not drawn yet"));
    EXPECT_THAT(refused([](auto& r) { r.codes[7] = 960; }), HasSubstr("no codebook has"));
    ModelFiles llava("llava/llava15_full_single");
    const ModelId other = opened(llava.write()).id;
    EXPECT_THAT(refused([&](auto& r) { r.model = other; }), HasSubstr("does not draw token after token"));
}

TEST_F(VilaURelease, GuidanceGrowsOverThePicture) {
    GenerateRequest asked = request(model());
    asked.guidance = 9;
    asked.guidanceCourse = GuidanceCourse::Linear;
    const GeneratedPicture grown = drawing(asked).pictures[0];
    asked.guidanceCourse = GuidanceCourse::Constant;
    const GeneratedPicture constant = drawing(asked).pictures[0];
    EXPECT_NE(grown.codes, constant.codes);
    // The first token has guidance 1, the last all of it.
    GenerateRequest first = asked;
    first.guidance = 1;
    const GeneratedPicture plain = drawing(first).pictures[0];
    EXPECT_EQ(std::vector(grown.codes.begin(), grown.codes.begin() + kDepths), std::vector(plain.codes.begin(), plain.codes.begin() + kDepths));
    for (int i = 0; i < kDepths; ++i) EXPECT_NEAR(grown.trace.probability[static_cast<std::size_t>(i)], plain.trace.probability[static_cast<std::size_t>(i)], 1e-4);
    GenerateRequest last = asked;
    last.given = grown.codes;
    const GenerationTrace told = drawing(last).pictures[0].trace;
    EXPECT_NEAR(told.probability.back(), grown.trace.probability.back(), 1e-4);
    EXPECT_GT(std::abs(told.probability.front() - grown.trace.probability.front()), 1e-4);
}

TEST_F(VilaURelease, Int8WeightsDrawNearlyTheSame) {
    ModelFiles files(kGolden);
    const std::string path = files.write();
    const auto openIn = [&](bool int8) {
        const auto info = wait<ModelInfo>([&](auto observer) { return s_engine->openModel({.reference = path, .precision = Precision::Fp32, .int8Weights = int8}, std::move(observer)); });
        EXPECT_TRUE(info) << toLine(info.error());
        return info ? info.value() : ModelInfo();
    };
    const ModelInfo whole = openIn(false), small = openIn(true);
    EXPECT_NE(whole.id, small.id);
    EXPECT_TRUE(small.int8Weights);
    GenerateRequest asked = request(whole.id);
    const GeneratedPicture picture = drawing(asked).pictures[0];
    asked.given = picture.codes;
    const GenerationTrace exact = drawing(asked).pictures[0].trace;
    asked.model = small.id;
    const GenerationTrace near = drawing(asked).pictures[0].trace;
    double most = 0;
    for (std::size_t i = 0; i < exact.size(); ++i) most = std::max(most, std::abs(std::log(double(near.probability[i]) / exact.probability[i])));
    EXPECT_LT(most, 0.5);
    EXPECT_GT(most, 1e-6) << "another arithmetic";
    const auto bench = [&](ModelId id) { return wait<BenchReport>([&](auto observer) { return s_engine->bench(id, {.op = "generate", .size = 32, .runs = 1, .warmups = 0}, std::move(observer)); }); };
    const auto report = bench(small.id), plain = bench(whole.id);
    ASSERT_TRUE(report) << toLine(report.error());
    EXPECT_GT(report.value().int8LogitError, 1e-6);
    EXPECT_LT(report.value().int8LogitError, 0.05);
    EXPECT_GT(report.value().int8Agreement, 0.8);
    EXPECT_EQ(plain.value().int8LogitError, 0);
    EXPECT_LT(report.value().bytesPerPosition, plain.value().bytesPerPosition);
    // Nothing else of it can be small.
    const auto tower = wait<ModelInfo>([&](auto observer) { return s_engine->openModel({.reference = TESSERA_SOURCE_DIR "/tests/golden/vila_u/tower/model", .int8Weights = true}, std::move(observer)); });
    ASSERT_FALSE(tower);
    EXPECT_THAT(toLine(tower.error()), HasSubstr("stands alone"));
}

TEST_F(VilaURelease, ARectangleIsDrawnAnewAndTheRestStays) {
    const GenerateRequest asked = request(model());
    const Generation before = drawing(asked);
    GenerateRequest anew = asked;
    anew.seed = 99;
    anew.given = before.pictures[0].codes;
    for (int row = 1; row < 3; ++row) {
        for (int column = 2; column < 4; ++column) {
            for (int depth = 0; depth < kDepths; ++depth) anew.given[before.at(0, row, column, depth)] = -1;
        }
    }
    const GeneratedPicture after = drawing(anew).pictures[0];
    int changed = 0;
    for (std::size_t i = 0; i < after.codes.size(); ++i) {
        if (anew.given[i] >= 0) EXPECT_EQ(after.codes[i], anew.given[i]) << i;
        else changed += after.codes[i] != before.pictures[0].codes[i] ? 1 : 0;
    }
    EXPECT_GT(changed, 8);
    EXPECT_THAT(after.codes, Each(Ge(0)));
}

TEST_F(VilaURelease, PreviewsGrowWhileItDraws) {
    GenerateRequest asked = request(model());
    asked.previewSeconds = 1e-9;
    asked.seed = 5;
    const Drawn drawn = drawnBy(asked);
    ASSERT_TRUE(drawn.answer) << toLine(drawn.answer.error());
    int previews = 0;
    for (const Generation& so : drawn.partial) {
        for (const Picture& frame : so.pictures[0].frames) {
            ++previews;
            EXPECT_TRUE(frame.partial);
            EXPECT_EQ(frame.image.width(), 32);
        }
    }
    EXPECT_GT(previews, 0);
}

TEST_F(VilaURelease, WhatItCannotDrawIsRefused) {
    const auto changed = [&](auto change) {
        GenerateRequest asked = request(model());
        change(asked);
        return refusalOf(asked);
    };
    EXPECT_THAT(changed([](auto& r) { r.prompt = " \n"; }), HasSubstr("the prompt is empty"));
    EXPECT_THAT(changed([](auto& r) { r.prompt = "caf\xe9"; }), AllOf(HasSubstr("UTF-8"), Not(HasSubstr("\n"))));
    EXPECT_THAT(changed([](auto& r) { r.prompt = "as <image> but blue"; }), HasSubstr("the prompt holds <image>"));
    EXPECT_THAT(changed([](auto& r) { r.prompt = "the <unk> thing"; }), HasSubstr("vocabulary has nothing for"));
    EXPECT_THAT(changed([](auto& r) { r.prompt = std::string(3000, 'x'); }), AllOf(HasSubstr("and this model reads 512"), HasSubstr("shorter prompt")));
    EXPECT_THAT(changed([](auto& r) { r.count = 0; }), HasSubstr("use 1 to 64"));
    EXPECT_THAT(changed([](auto& r) { r.count = 65; }), HasSubstr("use 1 to 64"));
    EXPECT_THAT(changed([](auto& r) { r.temperature = -1; }), HasSubstr("the temperature is out of range"));
    EXPECT_THAT(changed([](auto& r) { r.guidance = NAN; }), HasSubstr("the guidance is out of range"));
    EXPECT_THAT(changed([](auto& r) { r.topP = 0; }), HasSubstr("top-p is out of range"));
    EXPECT_THAT(changed([](auto& r) { r.topK = -1; }), HasSubstr("top-k is out of range"));
    EXPECT_THAT(changed([](auto& r) { r.given = {1, 2, 3}; }), HasSubstr("there are 3 given codes, and what is drawn has 64"));
    EXPECT_THAT(changed([](auto& r) { r.given.assign(64, 960); }), HasSubstr("no codebook has the given code 960"));
    ModelFiles llava("llava/llava15_full_single");
    EXPECT_THAT(refusalOf(request(opened(llava.write()).id)), HasSubstr("draws no pictures"));
}

TEST_F(VilaURelease, ADrawingThatNobodyWaitsForEndsAndOthersAreServedMeanwhile) {
    GenerateRequest asked = request(model());
    asked.video = true;
    asked.count = 8;
    asked.seed = 1000;
    auto begun = std::make_shared<std::promise<Generation>>();
    auto ended = std::make_shared<std::promise<Result<Generation>>>();
    auto first = begun->get_future();
    auto result = ended->get_future();
    {
        Observer<Generation> observer;
        observer.onPartial = [begun](Generation so) {
            if (so.drawn == 2) begun->set_value(std::move(so));
        };
        observer.onDone = [ended](Result<Generation> answer) { ended->set_value(std::move(answer)); };
        const Subscription subscription = s_engine->generate(asked, Priority::Batch, std::move(observer));
        ASSERT_EQ(first.wait_for(std::chrono::seconds(60)), std::future_status::ready);
        const CellRef cell = cells(model(), 1).front();
        const auto picture = wait<Picture>([&](auto o) { return s_engine->request({.lens = "reconstruction", .cell = cell, .parameters = {}}, Priority::Visible, std::move(o)); });
        EXPECT_TRUE(picture);
        EXPECT_NE(result.wait_for(std::chrono::seconds(0)), std::future_status::ready) << "the lane was not free between two tokens";
    }
    ASSERT_EQ(result.wait_for(std::chrono::seconds(10)), std::future_status::ready);
    EXPECT_TRUE(result.get().cancelled());
    EXPECT_EQ(first.get().pictures[7].trace.size(), std::size_t(2 * kDepths)) << "what was drawn is not lost";
}

TEST_F(VilaURelease, SaysSomethingOfSeveralPictures) {
    const std::vector<CellRef> two = cells(model(), 2);
    const auto ask = [&](std::vector<CellRef> about, const std::string& question = "What changes?") {
        DescribeRequest asked{.cell = about.front(), .parameters = {}, .question = question, .maxTokens = 8};
        asked.others.assign(about.begin() + 1, about.end());
        const Told told = toldBy(*s_engine, asked);
        return told.answer ? told.answer.value().text : "refused: " + toLine(told.answer.error());
    };
    std::set<std::string> answers{ask({two[0]}), ask({two[1]}), ask({two[0], two[1]}), ask({two[1], two[0]})};
    EXPECT_EQ(answers.size(), 4u) << "which pictures, and their order, counts";
    for (const std::string& answer : answers) EXPECT_THAT(answer, Not(HasSubstr("refused")));
    EXPECT_THAT(ask(std::vector<CellRef>(31, two[0])), HasSubstr("at most 30 pictures together"));
    EXPECT_THAT(ask(std::vector<CellRef>(29, two[0])), HasSubstr("more than the 512 tokens"));
    EXPECT_THAT(ask({two[0]}, "Is <image> it?"), HasSubstr("the question holds <image>"));
    const Asking asking{*s_engine, two[0]};
    const DescribeRequest once = asking.request("What is it?", 10);
    DescribeRequest same = once;
    same.seed = 1;  // changes nothing but what the cache calls it
    expectAsEveryDescriber(asking, once, asking.answer(same).text);
    ModelFiles llava("llava/llava15_full_single");
    const std::vector<CellRef> other = cells(opened(llava.write()).id, 2);
    EXPECT_THAT(ask(other), HasSubstr("one picture at a time"));
}

TEST_F(VilaURelease, FilesThatDoNotBelongTogetherAreRefused) {
    EXPECT_THAT(with(kLlmConfig, "/model_type", "qwen2"), HasSubstr("the language model is a \"qwen2\""));
    EXPECT_THAT(with(kLlmConfig, "/vocab_size", 405), HasSubstr("model.embed_tokens.weight is [404, 64] instead of [405, 64]"));
    EXPECT_THAT(with(kLlmConfig, "/hidden_size", 32), HasSubstr("hidden_size says 32 where the tower's rqtransformer.input_embed_dim_2 has 64"));
    EXPECT_THAT(with(kLlmConfig, "/rope_scaling/type", "dynamic"), HasSubstr("rope_scaling.type is \"dynamic\""));
    EXPECT_THAT(with("mm_projector/config.json", "/mm_projector_type", "resampler"), HasSubstr("mm_projector_type is \"resampler\""));
    EXPECT_THAT(with("mm_projector/config.json", "/mm_projector_type", "linear"), HasSubstr("layers.weight"));
    EXPECT_THAT(with("mm_projector/config.json", "/mm_projector_type", "identity"), HasSubstr("the tower has 32 channels and the language model 64"));
    EXPECT_THAT(with("config.json", "/num_video_frames", 0), HasSubstr("num_video_frames should be a whole number"));
    ModelFiles missing(kGolden);
    missing.tensors(kLlm).erase("model.layers.1.mlp.up_proj.weight");
    missing.tensors(kLlm)["model.layers.2.extra"] = float32Tensor({1}, {0});
    EXPECT_THAT(refused(missing), AllOf(HasSubstr("1 missing tensor (model.layers.1.mlp.up_proj.weight [96, 64])"), HasSubstr("1 unexpected tensor (model.layers.2.extra)"), HasSubstr("llm/model.safetensors")));
    ModelFiles unbridged(kGolden);
    unbridged.weights.erase("model/mm_projector/model.safetensors");
    EXPECT_THAT(refused(unbridged), AllOf(HasSubstr("bring pictures into the language model are not there"), HasSubstr("mm_projector")));
    ModelFiles unconfigured(kGolden);
    unconfigured.configs.erase("model/llm/config.json");
    EXPECT_THAT(refused(unconfigured), AllOf(HasSubstr("no config.json"), HasSubstr("llm")));
}

TEST_F(VilaURelease, ShardsOfTheLanguageModelAreOneAndAMissingOneIsNamed) {
    ModelFiles files(kGolden);
    json map;
    for (const auto& [name, tensor] : files.tensors(kLlm)) {
        const std::string shard = map.size() % 2 == 0 ? "model-00001-of-00002.safetensors" : "model-00002-of-00002.safetensors";
        files.weights["model/llm/" + shard].emplace(name, tensor);
        map[name] = shard;
    }
    files.weights.erase("model/llm/model.safetensors");
    files.configs["model/llm/model.safetensors.index.json"] = {{"metadata", {{"total_size", 1}}}, {"weight_map", map}};
    EXPECT_EQ(mismatchesOf(files.write(), files.golden), "");
    files.weights.erase("model/llm/model-00002-of-00002.safetensors");
    EXPECT_THAT(refused(files), HasSubstr("model-00002-of-00002.safetensors"));
}

TEST_F(VilaURelease, PositionsAreStretchedAsTheConfigSays) {
    ModelFiles files(kGolden);
    files.config(kLlmConfig)["rope_scaling"] = nullptr;
    EXPECT_THAT(mismatchesOf(files.write(), files.golden), HasSubstr("out.head_logits"));
}

TEST_F(VilaURelease, ATokenizerOfAnotherModelIsRefused) {
    const TemporaryFolder folder;
    ModelFiles files(kGolden);
    std::ofstream(folder.path() / "added_tokens.json") << R"({"<im_end>": 401, "<im_start>": 400, "<vi_end>": 1403, "<vi_start>": 402})";
    files.others["model/llm/added_tokens.json"] = folder.path() / "added_tokens.json";
    EXPECT_THAT(refusalOf(request(opened(files.write()).id)), HasSubstr("the tokenizer has 1404 ids, and the language model knows 404"));
    ModelFiles without(kGolden);
    std::erase_if(without.others, [](const auto& entry) { return entry.first.find("token") != std::string::npos; });
    EXPECT_THAT(refusalOf(request(opened(without.write()).id)), HasSubstr("tokenizer"));
}

TEST_F(VilaURelease, LargeTensorsAreReadWhenTheyAreUsed) {
    ModelFiles files(kGolden);
    constexpr std::int64_t kWords = 110'000;  // a table of 27 MiB
    std::vector<float> table(kWords * 64, 0.01f);
    table.back() = NAN;
    files.config(kLlmConfig)["vocab_size"] = kWords;
    files.tensors(kLlm)["model.embed_tokens.weight"] = float32Tensor({kWords, 64}, table);
    files.tensors(kLlm)["lm_head.weight"] = float32Tensor({kWords, 64}, std::vector<float>(table.size(), 0.01f));
    const ModelId model = opened(files.write()).id;
    EXPECT_THAT(refusalOf(request(model)), AllOf(HasSubstr("1 weight tensor with NaN or infinity in it (model.embed_tokens.weight)"), HasSubstr("llm/model.safetensors")));
    // Smaller ones are read at once.
    ModelFiles small(kGolden);
    std::vector<double> norm = valuesOf(small.tensors(kLlm).at("model.norm.weight"));
    norm[3] = NAN;
    small.tensors(kLlm)["model.norm.weight"] = float32Tensor({64}, {norm.begin(), norm.end()});
    EXPECT_THAT(refused(small), HasSubstr("(model.norm.weight)"));
}

TEST_F(VilaURelease, DrawsInLowPrecisionToo) {
    ModelFiles files(kGolden);
    const auto low = openModel(*s_engine, files.write(), Precision::Bf16);
    ASSERT_TRUE(low) << toLine(low.error());
    const Generation drawn = drawing(request(low.value().id));
    EXPECT_EQ(drawn.precision, "bf16");
    EXPECT_EQ(drawn.drawn, kTokens);
}

}  // namespace
}  // namespace tessera::test
