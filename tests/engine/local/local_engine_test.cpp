// SPDX-License-Identifier: Apache-2.0
// The in-process engine through its public interface, as programs see it.
#include <chrono>
#include <atomic>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <future>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <tessera/engine_library.h>
#include <tessera/wait.h>

#include "support/temporary_folder.h"

namespace tessera {
namespace {

namespace fs = std::filesystem;
using test::TemporaryFolder;
using testing::HasSubstr;

const std::string kSource = TESSERA_SOURCE_DIR;

/// A smooth picture with some structure.
Image testPicture(int width, int height, int phase = 0) {
    std::vector<std::uint8_t> pixels;
    pixels.reserve(static_cast<std::size_t>(width) * height * 3);
    for (int y = 0; y < height; ++y) {
        for (int x = 0; x < width; ++x) {
            for (int c = 0; c < 3; ++c) pixels.push_back(static_cast<std::uint8_t>(127 + 100 * std::sin((x + phase) * 0.07 + c) * std::cos(y * 0.05 - c)));
        }
    }
    return Image(width, height, 3, SharedArray<std::uint8_t>(std::move(pixels)));
}

class LocalEngineTest : public testing::Test {
protected:
    static void SetUpTestSuite() {
        setenv("TESSERA_ENGINE", TESSERA_ENGINE_LIBRARY, 1);
        auto engine = openEngine({.device = "cpu", .resourceDirectory = kSource + "/resources"});
        ASSERT_TRUE(engine) << toLine(engine.error());
        s_engine = std::move(engine).value();
        auto model = wait<ModelInfo>([](auto observer) { return s_engine->openModel({"mini-autoencoder", Precision::Fp32}, std::move(observer)); });
        ASSERT_TRUE(model) << toLine(model.error());
        s_model = model.value().id;
    }
    static void TearDownTestSuite() { s_engine.reset(); }

    void SetUp() override { m_before = s_engine->status().stagesRun; }

    SourceId add(const Image& image) { return s_engine->addSource({.pixels = image, .name = "test"}); }
    SourceId addFile(const std::string& path) { return s_engine->addSource({.path = path}); }
    Query query(const std::string& lens, SourceId source, ParameterSet parameters = {}) {
        parameters.try_emplace("size", std::int64_t(64));
        return {lens, {.source = source, .model = s_model}, std::move(parameters)};
    }
    Result<Picture> ask(const Query& query, Priority priority = Priority::Visible) {
        return wait<Picture>([&](auto observer) { return s_engine->request(query, priority, std::move(observer)); });
    }
    /// How often a stage ran in this test.
    std::uint64_t runs(const std::string& stage) {
        const auto now = s_engine->status().stagesRun;
        const auto count = [&](const auto& map) { return map.count(stage) ? map.at(stage) : 0; };
        return count(now) - count(m_before);
    }

    static inline std::shared_ptr<Engine> s_engine;
    static inline ModelId s_model{};
    std::map<std::string, std::uint64_t> m_before;
};

TEST_F(LocalEngineTest, ReconstructionComesWithMeasuresAndPlace) {
    const auto picture = ask(query("reconstruction", add(testPicture(300, 200, 1))));
    ASSERT_TRUE(picture) << toLine(picture.error());
    EXPECT_EQ(picture.value().image.width(), 64);
    EXPECT_EQ(picture.value().precision, "fp32");
    EXPECT_GT(*picture.value().measure("psnr")->value, 20);
    EXPECT_EQ(picture.value().sourceWidth, 300);
    EXPECT_EQ(picture.value().region, (Picture::Region{50, 0, 200, 200}));
}

TEST_F(LocalEngineTest, MovingTheNoiseSliderRunsOneDecoderAndNoEncoder) {
    const SourceId source = add(testPicture(96, 96, 2));
    ASSERT_TRUE(ask(query("perturbed", source, {{"strength", 0.1}})));
    EXPECT_EQ(runs("latents"), 1u);
    EXPECT_EQ(runs("decoded"), 1u);
    ASSERT_TRUE(ask(query("perturbed", source, {{"strength", 0.2}})));
    EXPECT_EQ(runs("latents"), 1u);
    EXPECT_EQ(runs("decoded"), 2u);
    EXPECT_EQ(runs("input"), 1u);
}

TEST_F(LocalEngineTest, SwitchingTheDifferenceKindComputesNothing) {
    const SourceId source = add(testPicture(96, 96, 3));
    const auto absolute = ask(query("difference", source));
    ASSERT_TRUE(absolute) << toLine(absolute.error());
    const auto before = s_engine->status().stagesRun;
    for (const char* kind : {"signed", "squared", "flip", "ssim"}) {
        const auto picture = ask(query("difference", source, {{"kind", std::string(kind)}}));
        ASSERT_TRUE(picture);
        EXPECT_NE(picture.value().mapping, absolute.value().mapping) << kind;
    }
    EXPECT_EQ(s_engine->status().stagesRun, before);
}

TEST_F(LocalEngineTest, ReconstructionAndDifferenceShareTheirStages) {
    const SourceId source = add(testPicture(96, 96, 4));
    std::vector<std::future<bool>> answers;
    for (int i = 0; i < 8; ++i) {
        answers.push_back(std::async(std::launch::async, [&, i] { return static_cast<bool>(ask(query(i % 2 ? "difference" : "reconstruction", source))); }));
    }
    for (auto& answer : answers) EXPECT_TRUE(answer.get());
    EXPECT_EQ(runs("latents"), 1u);
    EXPECT_EQ(runs("decoded"), 1u);
    EXPECT_EQ(runs("input"), 1u);
}

TEST_F(LocalEngineTest, EqualContentInTwoSourcesIsComputedOnce) {
    ASSERT_TRUE(ask(query("reconstruction", add(testPicture(96, 96, 5)))));
    ASSERT_TRUE(ask(query("reconstruction", add(testPicture(96, 96, 5)))));
    EXPECT_EQ(runs("latents"), 1u);
}

TEST_F(LocalEngineTest, NewerRequestOfASlotReplacesTheOlder) {
    const SourceId source = add(testPicture(1600, 1600, 6));
    std::atomic<int> cancelled = 0, done = 0;
    std::vector<Subscription> subscriptions;
    const auto start = [&](double strength) {
        Observer<Picture> observer;
        observer.onDone = [&](Result<Picture> result) { ++(result.cancelled() ? cancelled : done); };
        subscriptions.push_back(s_engine->request(query("perturbed", source, {{"strength", strength}, {"size", std::int64_t(1024)}}), Priority::Visible, std::move(observer), 77));
    };
    for (int i = 0; i < 5; ++i) start(0.1 + i);
    EXPECT_EQ(cancelled, 4);
    subscriptions.back().cancel();
    EXPECT_EQ(cancelled + done, 5);
}

TEST_F(LocalEngineTest, CancelAnswersAtOnceAndOnlyOnce) {
    const SourceId source = add(testPicture(2048, 2048, 7));
    std::atomic<int> answers = 0;
    std::atomic<bool> cancelled = false;
    Observer<Picture> observer;
    observer.onDone = [&](Result<Picture> result) {
        ++answers;
        cancelled = result.cancelled();
    };
    Subscription subscription = s_engine->request(query("reconstruction", source, {{"size", std::int64_t(2048)}}), Priority::Visible, std::move(observer));
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    subscription.cancel();
    EXPECT_EQ(answers, 1);
    EXPECT_TRUE(cancelled);
    // The lane is free again for others.
    EXPECT_TRUE(ask(query("reconstruction", add(testPicture(96, 96, 8)))));
    EXPECT_EQ(answers, 1);
}

TEST_F(LocalEngineTest, LargeJpegIsPreviewedFromAScaledDecode) {
    const fs::path sample = kSource + "/resources/samples";
    std::string jpeg;
    for (const auto& entry : fs::directory_iterator(sample)) {
        if (entry.path().extension() == ".jpg" && fs::file_size(entry.path()) > 200'000) jpeg = entry.path().string();
    }
    if (jpeg.empty()) GTEST_SKIP() << "no sample is a JPEG of more than 200 kB";
    std::atomic<int> previews = 0;
    Picture preview;
    std::promise<Result<Picture>> promise;
    Observer<Picture> observer;
    observer.onPartial = [&](Picture picture) {
        preview = std::move(picture);
        ++previews;
    };
    observer.onDone = [&](Result<Picture> result) { promise.set_value(std::move(result)); };
    const Subscription subscription = s_engine->request(query("input", addFile(jpeg)), Priority::Visible, std::move(observer));
    const Result<Picture> picture = promise.get_future().get();
    ASSERT_TRUE(picture) << toLine(picture.error());
    EXPECT_FALSE(picture.value().partial);
    if (previews == 0) GTEST_SKIP() << "the whole decode was as fast";
    EXPECT_TRUE(preview.partial);
    EXPECT_EQ(preview.region, picture.value().region);
    EXPECT_EQ(preview.image.width(), picture.value().image.width());
}

TEST_F(LocalEngineTest, BrokenFileAnswersWithItsReasonAndHarmsNothing) {
    TemporaryFolder folder;
    std::ofstream(folder / "broken.png") << "no picture";
    const SourceId broken = addFile(folder / "broken.png"), good = add(testPicture(96, 96, 9));
    const auto failed = ask(query("reconstruction", broken));
    ASSERT_FALSE(failed);
    EXPECT_THAT(toLine(failed.error()), HasSubstr("broken.png"));
    EXPECT_TRUE(ask(query("reconstruction", good)));
    // It may be mended and asked for again.
    fs::remove(folder / "broken.png");
    EXPECT_FALSE(ask(query("input", addFile(folder / "broken.png"))));
}

TEST_F(LocalEngineTest, FileThatVanishesOrChangesIsAnErrorNotAnOldPicture) {
    TemporaryFolder folder;
    const std::string path = folder / "picture.png";
    std::string sample;
    for (const auto& entry : fs::directory_iterator(kSource + "/resources/samples")) {
        if (entry.path().extension() == ".png" || entry.path().extension() == ".jpg") sample = entry.path().string();
    }
    fs::copy(sample, path);
    const SourceId source = addFile(path);
    ASSERT_TRUE(ask(query("input", source, {{"size", std::int64_t(32)}})));
    std::ofstream(path, std::ios::trunc) << "something else";
    // Not cached under these parameters as long as the decoded source is; a new engine would read again.
    auto other = openEngine({.device = "cpu", .cacheBytes = 0, .resourceDirectory = kSource + "/resources"});
    ASSERT_TRUE(other);
    const SourceId second = other.value()->addSource({.path = path});
    const auto picture = wait<Picture>([&](auto observer) { return other.value()->request({"input", {.source = second}, {}}, Priority::Visible, std::move(observer)); });
    ASSERT_FALSE(picture);
    EXPECT_THAT(toLine(picture.error()), HasSubstr("picture.png"));
}

TEST_F(LocalEngineTest, WrongParametersAreRefusedWithWhatIsRight) {
    const SourceId source = add(testPicture(96, 96));
    const auto line = [&](const std::string& lens, ParameterSet parameters) {
        const auto picture = ask(query(lens, source, std::move(parameters)));
        return picture ? std::string() : toLine(picture.error());
    };
    EXPECT_THAT(line("reconstruction", {{"colour", true}}), HasSubstr("use one of: size, crop"));
    EXPECT_THAT(line("reconstruction", {{"size", std::int64_t(-3)}}), HasSubstr("0 to 8192"));
    EXPECT_THAT(line("reconstruction", {{"size", std::string("big")}}), HasSubstr("wrong type"));
    EXPECT_THAT(line("perturbed", {{"strength", std::nan("")}}), HasSubstr("finite"));
    EXPECT_THAT(line("difference", {{"kind", std::string("odd")}}), HasSubstr("absolute, signed"));
    EXPECT_THAT(line("telescope", {}), HasSubstr("telescope"));
    EXPECT_THAT(line("latent_channel", {{"channel", std::int64_t(4000)}}), HasSubstr("mini-autoencoder has "));
}

TEST_F(LocalEngineTest, OtherCellsAreRefusedWhereALensDrawsFromItsOwn) {
    Query query = this->query("reconstruction", add(testPicture(96, 96)));
    query.others = {{.source = add(testPicture(96, 96, 1)), .model = s_model}};
    const auto picture = ask(query);
    ASSERT_FALSE(picture);
    EXPECT_EQ(picture.error().code, ErrorCode::Invalid);
    EXPECT_THAT(toLine(picture.error()), HasSubstr("its own cell alone (lens reconstruction)"));
}

TEST_F(LocalEngineTest, AModelIsNeededWhereALensNeedsOne) {
    Query query{"reconstruction", {.source = add(testPicture(96, 96))}, {}};
    const auto picture = ask(query);
    ASSERT_FALSE(picture);
    EXPECT_EQ(picture.error().code, ErrorCode::NotFound);
}

TEST_F(LocalEngineTest, WholeCropKeepsEveryPixel) {
    const auto picture = ask(query("input", add(testPicture(301, 203)), {{"size", std::int64_t(0)}, {"crop", std::string("whole")}}));
    ASSERT_TRUE(picture);
    EXPECT_EQ(picture.value().image.width(), 301);
    EXPECT_EQ(picture.value().image.height(), 203);
}

TEST_F(LocalEngineTest, SourcesThatGoWhileTheyAreDescribedAnswerOnce) {
    constexpr int kSources = 400;
    std::atomic<int> answers = 0;
    std::vector<Subscription> jobs;
    for (int i = 0; i < kSources; ++i) {
        const SourceId source = add(testPicture(30 + i % 7, 20));
        Observer<SourceInfo> observer;
        observer.onDone = [&](const Result<SourceInfo>& result) {
            if (!result) {
                EXPECT_EQ(result.error().message, "the picture was removed");
            }
            ++answers;
        };
        jobs.push_back(s_engine->describeSource(source, std::move(observer)));
        if (i % 3 == 0) std::this_thread::yield();
        s_engine->removeSource(source);
    }
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    while (answers < kSources && std::chrono::steady_clock::now() < deadline) std::this_thread::sleep_for(std::chrono::milliseconds(5));
    EXPECT_EQ(answers, kSources);
}

TEST_F(LocalEngineTest, SourceIsDescribed) {
    const auto info = wait<SourceInfo>([&](auto observer) { return s_engine->describeSource(add(testPicture(30, 20)), std::move(observer)); });
    ASSERT_TRUE(info) << toLine(info.error());
    EXPECT_EQ(info.value().width, 30);
    EXPECT_EQ(info.value().height, 20);
    EXPECT_EQ(info.value().contentHash.size(), 32u);
}

TEST_F(LocalEngineTest, OpeningAModelTwiceGivesTheSameModel) {
    const auto again = wait<ModelInfo>([](auto observer) { return s_engine->openModel({"mini-autoencoder", Precision::Fp32}, std::move(observer)); });
    ASSERT_TRUE(again);
    EXPECT_EQ(again.value().id, s_model);
    const auto other = wait<ModelInfo>([](auto observer) { return s_engine->openModel({"mini-autoencoder", Precision::Bf16}, std::move(observer)); });
    ASSERT_TRUE(other);
    EXPECT_NE(other.value().id, s_model);
}

TEST_F(LocalEngineTest, FloatOverflowInLowPrecisionIsNotHidden) {
    // A finite picture far outside the range drives the decoder's output up, not to NaN: the notes stay empty.
    const auto picture = ask(query("perturbed", add(testPicture(96, 96, 10)), {{"strength", 50.0}}));
    ASSERT_TRUE(picture);
    EXPECT_TRUE(picture.value().notes.empty());
    EXPECT_LT(*picture.value().measure("psnr")->value, 20);
}

TEST_F(LocalEngineTest, EngineThatIsDroppedAnswersEverybody) {
    auto engine = openEngine({.device = "cpu", .resourceDirectory = kSource + "/resources"});
    ASSERT_TRUE(engine);
    std::atomic<int> answers = 0;
    std::vector<Subscription> subscriptions;
    for (int i = 0; i < 20; ++i) {
        const SourceId source = engine.value()->addSource({.pixels = testPicture(512, 512, i), .name = "n"});
        Observer<Picture> observer;
        observer.onDone = [&](Result<Picture>) { ++answers; };
        subscriptions.push_back(engine.value()->request({"input", {.source = source}, {}}, Priority::Batch, std::move(observer)));
    }
    engine.value().reset();
    EXPECT_EQ(answers, 20);
}

}  // namespace
}  // namespace tessera
