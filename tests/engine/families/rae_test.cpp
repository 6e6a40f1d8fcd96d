// SPDX-License-Identifier: Apache-2.0
// Pictures that flow out of noise: what seeds, steps, guidance and starts mean, what is kept, and what is refused. That a velocity is upstream's: tests/parity_all over recorded runs.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <numeric>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <tessera/files.h>
#include <tessera/wait.h>

#include "engine/families/drawing.h"
#include "engine/families/rae_model.h"

namespace tessera::test {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using testing::AllOf;
using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;

constexpr int kTokens = RaeModel::kGrid * RaeModel::kGrid;

class Rae : public DrawingTest {
protected:
    static GenerateRequest request(const RaeModel& model, const std::string& prompt = "1") { return {.model = opened(model.write()).id, .prompt = prompt, .guidance = 1}; }
    static std::vector<float> pixels(const Image& image) {
        const Image rgb = image.toFloatRgb();
        const auto& values = std::get<SharedArray<float>>(rgb.samples());
        return {values.span().begin(), values.span().end()};
    }
    static std::vector<float> pixels(const Generation& drawn, std::size_t index = 0) { return drawn.pictures.size() > index && !drawn.pictures[index].frames.empty() ? pixels(drawn.pictures[index].frames[0].image) : std::vector<float>(); }
    static double distance(const std::vector<float>& a, const std::vector<float>& b) {
        EXPECT_EQ(a.size(), b.size());
        double most = 0;
        for (std::size_t i = 0; i < std::min(a.size(), b.size()); ++i) most = std::max(most, std::abs(static_cast<double>(a[i]) - b[i]));
        return most;
    }
    /// A file with a picture of the model's own size.
    SourceId pictureToStartFrom(Image* image = nullptr) {
        std::vector<std::uint8_t> rgb;
        for (int i = 0; i < RaeModel::kSide * RaeModel::kSide * 3; ++i) rgb.push_back(static_cast<std::uint8_t>(i * 37 % 251));
        const Image picture(RaeModel::kSide, RaeModel::kSide, 3, SharedArray<std::uint8_t>(std::move(rgb)));
        if (image) *image = picture;
        const std::string path = m_folder / "start.png";
        EXPECT_FALSE(writePngFile(path, picture));
        return s_engine->addSource({.path = path});
    }
    static std::string with(const std::string& pointer, const json& value) {
        RaeModel model;
        if (pointer.starts_with("/stage_2")) model.config["guidance"] = {{"scale", 1.0}};
        model.config[json::json_pointer(pointer)] = value;
        return refusal(*s_engine, model.write());
    }
    TemporaryFolder m_folder;
};

TEST_F(Rae, SaysWhatItDraws) {
    const RaeModel model;
    const ModelInfo info = opened(model.write());
    EXPECT_EQ(info.family, "rae");
    EXPECT_EQ(info.inputSide, RaeModel::kSide);
    EXPECT_EQ(info.latentChannels, RaeModel::kChannels);
    EXPECT_THAT(info.capabilities, ElementsAre("encode", "decode", "generate"));
    EXPECT_THAT(info.ignoredTensors, testing::UnorderedElementsAre("embeddings.mask_token", "layernorm.weight", "layernorm.bias"));
    EXPECT_EQ(info.drawing.by, DrawnBy::Flow);
    EXPECT_FALSE(info.drawing.prompts);
    EXPECT_EQ(info.drawing.classCount, 3);
    EXPECT_EQ(info.drawing.steps, 6) << "seven times are six steps";
    EXPECT_THAT(info.drawing.samplers, ElementsAre("euler", "heun", "dopri5"));
    EXPECT_DOUBLE_EQ(info.drawing.guidance, 1.5);
    EXPECT_TRUE(info.drawing.weakModel);
}

TEST_F(Rae, ASeedIsAPictureWhateverIsDrawnBesideIt) {
    const RaeModel model;
    for (const char* sampler : {"euler", "heun", "dopri5"}) {
        GenerateRequest asked = request(model);
        asked.sampler = sampler;
        asked.seed = 40;
        asked.count = 3;
        asked.guidance = 2;
        const Generation together = drawing(asked);
        ASSERT_EQ(together.pictures.size(), 3u);
        asked.count = 1;
        asked.seed = 42;
        const Generation alone = drawing(asked);
        EXPECT_EQ(pixels(alone), pixels(together, 2)) << sampler;
        EXPECT_EQ(together.pictures[2].seed, 42u);
        EXPECT_GT(distance(pixels(together, 0), pixels(together, 1)), 1e-3);
    }
}

TEST_F(Rae, SamplersAgreeWhereStepsAreShort) {
    const RaeModel model;
    const auto of = [&](const char* sampler, int steps) {
        GenerateRequest asked = request(model);
        asked.sampler = sampler;
        asked.steps = steps;
        return pixels(drawing(asked));
    };
    const std::vector<float> exact = of("heun", 400);
    const double fine = distance(of("euler", 1000), exact), coarse = distance(of("euler", 10), exact);
    EXPECT_LT(fine, coarse / 20) << "an error that falls with the length of a step";
    EXPECT_LT(distance(of("heun", 40), exact), distance(of("euler", 40), exact) / 3) << "a second order";
    EXPECT_LT(distance(of("dopri5", 10), exact), 2e-2) << "a tolerance of 1e-3";
}

TEST_F(Rae, KeptStepsArePicturesOfTheWay) {
    const RaeModel model;
    GenerateRequest asked = request(model);
    asked.keptSteps = 3;
    asked.count = 2;
    const Generation drawn = drawing(asked);
    EXPECT_EQ(drawn.by, DrawnBy::Flow);
    EXPECT_TRUE(drawn.finished);
    EXPECT_EQ(drawn.positions, 6);
    EXPECT_EQ(drawn.drawn, 6);
    EXPECT_EQ(drawn.depths, 0);
    for (const GeneratedPicture& picture : drawn.pictures) {
        EXPECT_TRUE(picture.codes.empty());
        ASSERT_EQ(picture.steps.size(), 3u);
        EXPECT_EQ(picture.steps[0].step, 0) << "the first";
        EXPECT_EQ(picture.steps[2].step, 5) << "the last";
        for (const GenerationStep& step : picture.steps) {
            EXPECT_EQ(step.expected.image.width(), RaeModel::kSide);
            EXPECT_EQ(step.state.image.width(), RaeModel::kGrid);
            ASSERT_EQ(step.perToken.size(), kTokens);
            EXPECT_THAT(step.perToken, Each(testing::Gt(0)));
        }
        EXPECT_GT(picture.steps[0].time, picture.steps[1].time);
    }
    // u = 1 - 3 * 0.999 / 6, and a shift of 2.
    const double u = 1 - 3 * 0.999 / 6;
    EXPECT_NEAR(drawn.pictures[0].steps[1].time, 2 * u / (1 + u), 1e-12);
    EXPECT_EQ(drawn.pictures[0].steps[0].time, 1);
    asked.keptSteps = 64;
    EXPECT_EQ(drawing(asked).pictures[0].steps.size(), 6u);
    asked.keptSteps = 0;
    EXPECT_TRUE(drawing(asked).pictures[0].steps.empty());
}

TEST_F(Rae, ASmallCacheKeepsFewerStepsAndSaysSo) {
    const RaeModel model;
    const std::string path = model.write();
    constexpr std::size_t kStep = 2 * 3 * RaeModel::kSide * RaeModel::kSide * sizeof(float);
    const auto kept = [&](std::size_t cacheBytes, int count) {
        const auto engine = openCpuEngine(cacheBytes);
        const auto opened = openModel(*engine, path);
        EXPECT_TRUE(opened) << toLine(opened.error());
        const GenerateRequest asked{.model = opened.value().id, .prompt = "1", .count = count, .guidance = 1, .keptSteps = 6};
        const auto drawn = wait<Generation>([&](Observer<Generation> observer) { return engine->generate(asked, Priority::Visible, std::move(observer)); });
        EXPECT_TRUE(drawn) << toLine(drawn.error());
        std::vector<int> steps;
        for (const GenerationStep& step : drawn.value().pictures.at(0).steps) steps.push_back(step.step);
        const bool said = std::ranges::any_of(drawn.value().pictures[0].frames.at(0).notes, [](const Note& note) { return note.text.find("steps are kept in place of 6") != std::string::npos; });
        EXPECT_EQ(said, steps.size() < 6);
        return steps;
    };
    EXPECT_THAT(kept(kStep * 6, 1), ElementsAre(0, 1, 2, 3, 4, 5));
    EXPECT_THAT(kept(kStep * 6, 2), ElementsAre(0, 3, 5));
    EXPECT_THAT(kept(0, 1), ElementsAre(0, 5));
}

TEST_F(Rae, GuidanceIsFollowedBetweenItsTimes) {
    const RaeModel model;
    GenerateRequest asked = request(model);
    const std::vector<float> plain = pixels(drawing(asked));
    asked.guidance = 4;
    const std::vector<float> guided = pixels(drawing(asked));
    EXPECT_GT(distance(plain, guided), 1e-3);
    asked.guidanceTo = 0.001;  // the way ends before
    EXPECT_EQ(pixels(drawing(asked)), plain);
    asked.guidanceTo = 0.8;
    const std::vector<float> late = pixels(drawing(asked));
    EXPECT_GT(distance(late, plain), 1e-4);
    EXPECT_GT(distance(late, guided), 1e-4);
    asked.guidanceTo = 1;
    asked.weakGuide = true;
    EXPECT_GT(distance(pixels(drawing(asked)), guided), 1e-4) << "another guide";
    asked.guidance = 1;
    EXPECT_EQ(pixels(drawing(asked)), plain);
}

TEST_F(Rae, SetsOutFromAPicture) {
    const RaeModel model;
    GenerateRequest asked = request(model);
    Image image;
    asked.start = pictureToStartFrom(&image);
    asked.startTime = 0;
    const Generation still = drawing(asked);
    std::vector<float> planes;
    for (int c = 0; c < 3; ++c) {
        for (int i = 0; i < RaeModel::kSide * RaeModel::kSide; ++i) planes.push_back(image.at(i % RaeModel::kSide, i / RaeModel::kSide, c));
    }
    const auto encoded = computed(model.write(), {{"in.image", float32Tensor({1, 3, RaeModel::kSide, RaeModel::kSide}, planes)}});
    ASSERT_TRUE(encoded) << toLine(encoded.error());
    const std::vector<float> reconstruction = pixels(pictureOf(encoded.value().at("out.reconstruction")));
    EXPECT_LT(distance(pixels(still), reconstruction), 1e-4) << "at time 0 the picture stays";
    EXPECT_TRUE(still.finished);
    EXPECT_EQ(still.drawn, still.positions);

    double before = 0;
    for (const double time : {0.1, 0.5, 1.0}) {
        asked.startTime = time;
        const Generation drawn = drawing(asked);
        EXPECT_LE(drawn.positions, 6);
        const double off = distance(pixels(drawn), reconstruction);
        EXPECT_GT(off, before) << time;
        before = off;
    }
    GenerateRequest fromNoise = request(model);
    EXPECT_EQ(pixels(drawing(asked)), pixels(drawing(fromNoise))) << "at time 1 nothing of it is left";

    asked.drawnAnew.assign(kTokens, 0);
    EXPECT_LT(distance(pixels(drawing(asked)), reconstruction), 1e-4) << "nothing is drawn";
    asked.drawnAnew[5] = 1;
    const double some = distance(pixels(drawing(asked)), reconstruction);
    EXPECT_GT(some, 1e-3);
    asked.drawnAnew.assign(kTokens, 1);
    EXPECT_EQ(pixels(drawing(asked)), pixels(drawing(fromNoise))) << "all is";
}

TEST_F(Rae, GoesFromOneNoiseToAnother) {
    const RaeModel model;
    GenerateRequest asked = request(model);
    asked.seed = 3;
    const std::vector<float> here = pixels(drawing(asked));
    asked.seed = 8;
    const std::vector<float> there = pixels(drawing(asked));
    asked.seed = 3;
    asked.towardsSeed = 8;
    EXPECT_EQ(pixels(drawing(asked)), here);
    asked.towards = 1;
    EXPECT_LT(distance(pixels(drawing(asked)), there), 1e-3);
    asked.towards = 0.5;
    const std::vector<float> between = pixels(drawing(asked));
    EXPECT_GT(distance(between, here), 1e-3);
    EXPECT_GT(distance(between, there), 1e-3);
}

TEST_F(Rae, ClassesHaveNamesWhereAFileSaysThem) {
    RaeModel model;
    EXPECT_THAT(refusalOf(request(model, "goldfish")), AllOf(HasSubstr("draws classes by number"), HasSubstr("0 to 2"), HasSubstr("classes.txt")));
    EXPECT_THAT(refusalOf(request(model, "3")), AllOf(HasSubstr("there is no class 3"), HasSubstr("0 to 2")));
    model.classes = "tench, Tinca tinca\ngoldfish, Carassius auratus\ngreat white shark\n";
    const std::vector<float> byNumber = pixels(drawing(request(model, "1")));
    EXPECT_EQ(pixels(drawing(request(model, "Goldfish"))), byNumber);
    EXPECT_EQ(pixels(drawing(request(model, " carassius auratus "))), byNumber);
    EXPECT_THAT(refusalOf(request(model, "goldfisch")), AllOf(HasSubstr("there is no class \"goldfisch\""), HasSubstr("nearest are \"goldfish, Carassius auratus\" (1)")));
    EXPECT_THAT(refusalOf(request(model, "shark")), HasSubstr("nearest are \"great white shark\" (2)"));
    model.classes = "one\ntwo\n";
    EXPECT_THAT(refusal(*s_engine, model.write()), AllOf(HasSubstr("2 names for 3 classes"), HasSubstr("classes.txt")));
}

TEST_F(Rae, SiglipAndMaeAreEncodersToo) {
    std::vector<float> planes;
    for (int i = 0; i < 3 * RaeModel::kSide * RaeModel::kSide; ++i) planes.push_back(static_cast<float>(i * 37 % 251) / 251);
    const TensorMap picture{{"in.image", float32Tensor({1, 3, RaeModel::kSide, RaeModel::kSide}, planes)}};
    std::vector<std::vector<double>> tokens;
    for (void (RaeModel::*over)() : {&RaeModel::overSiglip2, &RaeModel::overMae}) {
        RaeModel model;
        (model.*over)();
        SCOPED_TRACE(model.config["stage_1"]["params"]["encoder_cls"].get<std::string>());
        const std::string path = model.write();
        const ModelInfo info = opened(path);
        EXPECT_EQ(info.family, "rae");
        EXPECT_EQ(info.inputSide, RaeModel::kSide);
        EXPECT_EQ(info.downsample, RaeModel::kSide / RaeModel::kGrid);
        EXPECT_EQ(info.latentChannels, RaeModel::kChannels);
        EXPECT_THAT(info.capabilities, ElementsAre("encode", "decode", "generate"));
        const auto out = computed(path, picture), again = computed(model.write(), picture);
        ASSERT_TRUE(out) << toLine(out.error());
        ASSERT_TRUE(again) << toLine(again.error());
        EXPECT_THAT(out.value().at("out.tokens").shape, ElementsAre(1, kTokens, RaeModel::kChannels));
        EXPECT_THAT(out.value().at("out.latents").shape, ElementsAre(1, RaeModel::kChannels, RaeModel::kGrid, RaeModel::kGrid));
        EXPECT_THAT(out.value().at("out.reconstruction").shape, ElementsAre(1, 3, RaeModel::kSide, RaeModel::kSide));
        for (const char* name : {"out.tokens", "out.reconstruction"}) EXPECT_EQ(valuesOf(out.value().at(name)), valuesOf(again.value().at(name))) << name << " of the same weights in another folder";
        // The last norm has no weights: each token has mean 0 and variance 1.
        const std::vector<double> values = valuesOf(out.value().at("out.tokens"));
        for (std::size_t i = 0; i < values.size(); i += RaeModel::kChannels) {
            double sum = 0, squares = 0;
            for (std::size_t c = i; c < i + RaeModel::kChannels; ++c) sum += values[c], squares += values[c] * values[c];
            EXPECT_NEAR(sum, 0, 1e-4);
            EXPECT_NEAR(squares, RaeModel::kChannels, 1e-2);
        }
        tokens.push_back(values);
        const Generation drawn = drawing({.model = info.id, .prompt = "1", .guidance = 1});
        EXPECT_EQ(pixels(drawn).size(), planes.size());
        EXPECT_EQ(pixels(drawn), pixels(drawing(request(model))));
    }
    ASSERT_EQ(tokens.size(), 2u);
    EXPECT_NE(tokens[0], tokens[1]);
}

TEST_F(Rae, AnEncoderOfAnotherKindThanTheConfigSaysIsRefused) {
    RaeModel model;
    model.overMae();
    model.config["stage_1"]["params"]["encoder_cls"] = "Dinov2withNorm";
    EXPECT_THAT(refusal(*s_engine, model.write()), HasSubstr("not of the kind that the config says"));
    RaeModel narrow;
    narrow.overSiglip2();
    narrow.encoder["vision_config"]["image_size"] = 20;
    EXPECT_THAT(refusal(*s_engine, narrow.write()), AllOf(HasSubstr("position_embedding.weight"), HasSubstr("[16, 12]"), HasSubstr("[25, 12]")));
}

TEST_F(Rae, LightningDiTAndAModelWithoutAFlowAreReadToo) {
    RaeModel model;
    model.config["stage_2"] = {{"target", "stage2.models.lightningDiT.LightningDiT"},
                               {"ckpt", model.config["stage_2"]["ckpt"]},
                               {"params", {{"input_size", 4}, {"in_channels", 12}, {"hidden_size", 16}, {"depth", 2}, {"num_heads", 2}, {"mlp_ratio", 2.0}, {"num_classes", 3}}}};
    model.config["guidance"] = {{"scale", 1.0}};
    model.makeFlow();
    EXPECT_FALSE(pixels(drawing(request(model))).empty());
    model.config.erase("stage_2");
    const ModelInfo info = opened(model.write());
    EXPECT_THAT(info.capabilities, ElementsAre("encode", "decode"));
}

TEST_F(Rae, AConfigStandsForTheFolderItsPathsBeginIn) {
    const RaeModel model;
    const fs::path folder = model.write();
    fs::copy_file(folder / "configs/stage2/sample.yaml", folder / "configs/stage2/other.yaml");
    const ModelInfo info = opened((folder / "configs/stage2/other.yaml").string());
    EXPECT_EQ(info.family, "rae");
    EXPECT_EQ(info.drawing.classCount, 3);
}

TEST_F(Rae, WhatDoesNotFitIsRefused) {
    EXPECT_THAT(with("/stage_2/params/in_channels", 13), AllOf(HasSubstr("13 channels on a grid of 4 x 4"), HasSubstr("12 channels on a grid of 4 x 4")));
    EXPECT_THAT(with("/stage_2/params/input_size", 5), HasSubstr("on a grid of 5 x 5"));
    EXPECT_THAT(with("/stage_2/params/depth", json{1, 2}), HasSubstr("missing"));
    EXPECT_THAT(with("/stage_2/params/use_rope", false), HasSubstr("use_rope is false"));
    EXPECT_THAT(with("/stage_2/params/wo_shift", true), HasSubstr("wo_shift is true"));
    EXPECT_THAT(with("/stage_2/target", "stage2.models.DiT"), HasSubstr("DiTwDDTHead and LightningDiT only"));
    EXPECT_THAT(with("/stage_2/ckpt", "models/none.pt"), HasSubstr("models/none.pt is missing"));
    EXPECT_THAT(with("/stage_2/ckpt", "../up.pt"), HasSubstr("ckpt should name a file below"));
    EXPECT_THAT(with("/stage_1/params/encoder_cls", "DINOv3"), HasSubstr("encoder_cls"));
    EXPECT_THAT(with("/stage_1/params/encoder_config_path", "facebook/huge"), HasSubstr("the encoder facebook/huge of this RAE is not here"));
    EXPECT_THAT(with("/transport/params/prediction", "noise"), HasSubstr("prediction"));
    RaeModel model;
    model.weights.at("models/stats/stat.safetensors").at("var") = float32Tensor({1}, {1});
    EXPECT_THAT(refusal(*s_engine, model.write()), HasSubstr("var is [1]"));
}

TEST_F(Rae, RequestsThatCannotBeFollowedAreRefused) {
    const RaeModel model;
    const auto refused = [&](const auto& change) {
        GenerateRequest asked = request(model);
        change(asked);
        return refusalOf(asked);
    };
    EXPECT_THAT(refused([](auto& r) { r.sampler = "rk4"; }), HasSubstr("use one of: euler, heun, dopri5"));
    EXPECT_THAT(refused([](auto& r) { r.schedule = "cosine"; }), HasSubstr("only models that draw by masks have a schedule"));
    EXPECT_THAT(refused([](auto& r) { r.steps = 1001; }), HasSubstr("the number of steps"));
    EXPECT_THAT(refused([](auto& r) { r.keptSteps = 65; }), HasSubstr("steps to keep"));
    EXPECT_THAT(refused([](auto& r) { r.startTime = 0.5; }), HasSubstr("needs a picture"));
    EXPECT_THAT(refused([](auto& r) { r.drawnAnew.assign(kTokens, 1); }), HasSubstr("no picture for the others"));
    EXPECT_THAT(refused([](auto& r) { r.guidanceFrom = 0.5, r.guidanceTo = 0.4; }), HasSubstr("the lower one first"));
    EXPECT_THAT(refused([](auto& r) { r.towards = 2; }), HasSubstr("between two noises"));
    EXPECT_THAT(refused([](auto& r) { r.given.assign(16, 0); }), HasSubstr("continuous tokens"));
    EXPECT_THAT(refused([&](auto& r) { r.start = pictureToStartFrom(), r.drawnAnew.assign(3, 1); }), HasSubstr("3 tokens"));
    RaeModel unguided;
    unguided.config["guidance"] = {{"scale", 1.0}};
    GenerateRequest asked = request(unguided);
    asked.weakGuide = true;
    EXPECT_THAT(refusalOf(asked), HasSubstr("no weaker model"));
}

}  // namespace
}  // namespace tessera::test
