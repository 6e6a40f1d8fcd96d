// SPDX-License-Identifier: GPL-3.0-or-later
#include "generate/drawing_words.h"

#include <QFile>
#include <QImage>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <tessera/files.h>
#include <tessera/source_words.h>

#include "support/temporary_folder.h"

namespace tessera::test {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

ui::DrawingSettings unusual() {
    return {.prompt = QStringLiteral("ein Löwe, 水彩"), .seed = 12'345'678'901'234'567'890ULL, .guidance = 4.5, .temperature = 0.7, .topK = 0, .topP = 0.8, .course = GuidanceCourse::Cosine, .count = 4, .video = false};
}

std::map<std::string, std::string> wordsOf(const ui::DrawingSettings& settings) {
    ModelInfo model;
    model.name = "painter";
    model.fingerprint = "0123456789abcdef0123456789abcdef";
    return generationWords(model, ui::requestOf(settings, {}), settings.seed, "Tessera");
}

TEST(DrawingWords, WhatTheCommandLineWritesComesBack) {
    const auto file = ui::drawnFileFrom(wordsOf(unusual()));
    ASSERT_TRUE(file);
    ui::DrawingSettings expected = unusual();
    expected.count = 1;  // of one picture
    EXPECT_EQ(file->settings, expected);
    EXPECT_EQ(file->modelName, u"painter");
    EXPECT_EQ(file->fingerprint, u"0123456789abcdef0123456789abcdef");
    EXPECT_FALSE(file->keptCodes);
}

TEST(DrawingWords, WhatModelsThatDrawInStepsFollowComesBack) {
    ui::DrawingSettings flow = unusual();
    flow.steps = 31;
    flow.keptSteps = 5;
    flow.sampler = QStringLiteral("dopri5");
    flow.guidanceFrom = 0.25;
    flow.guidanceTo = 0.75;
    flow.weakGuide = true;
    flow.towardsSeed = 12'345'678'901'234'567'890ULL;
    flow.towards = 0.5;
    ModelInfo model;
    model.drawing = {.by = DrawnBy::Flow, .weakModel = true, .steps = 49, .samplers = {"euler", "dopri5"}, .startsFromPictures = true};
    const auto file = ui::drawnFileFrom(generationWords(model, ui::requestOf(flow, {}), flow.seed, "Tessera"));
    ASSERT_TRUE(file);
    ui::DrawingSettings expected = flow;
    expected.count = 1;
    expected.keptSteps = file->settings.keptSteps;  // changes nothing of the picture
    EXPECT_EQ(file->settings, expected);
    // And through one line of the history, with where it set out from.
    flow.start = std::make_shared<const SourceRequest>(SourceRequest{.path = "/pictures/cat.png", .bytes = {}, .pixels = {}, .name = {}});
    flow.startTime = 0.6;
    ui::DrawingSettings read = unusual();
    EXPECT_EQ(ui::readSteps(ui::textOfSteps(flow, DrawnBy::Flow), read), DrawnBy::Flow);
    ASSERT_TRUE(read.start);
    EXPECT_EQ(read.start->path, "/pictures/cat.png");
    read.start = flow.start;
    EXPECT_EQ(read, flow);
    // Of masks, their schedule.
    ui::DrawingSettings masks = unusual();
    masks.steps = 9;
    masks.schedule = QStringLiteral("pow1.5");
    model.drawing = {.by = DrawnBy::Masks, .steps = 12, .schedules = {"cosine"}};
    const auto masked = ui::drawnFileFrom(generationWords(model, ui::requestOf(masks, {}), masks.seed, "Tessera"));
    ASSERT_TRUE(masked);
    EXPECT_EQ(masked->settings.schedule, u"pow1.5");
    EXPECT_EQ(masked->settings.steps, 9);
    EXPECT_THAT(ui::commonParameters(masks, 41, "painter", "0123"), HasSubstr("Mask schedule: pow1.5"));
    ui::DrawingSettings told = unusual();
    EXPECT_EQ(ui::readSteps(ui::textOfSteps(masks, DrawnBy::Masks), told), DrawnBy::Masks);
    EXPECT_EQ(told, masks);
    // Of what draws token after token there is nothing to be said, and nonsense is not believed.
    EXPECT_TRUE(ui::textOfSteps(flow, DrawnBy::Tokens).isEmpty());
    ui::DrawingSettings wild;
    EXPECT_EQ(ui::readSteps(QStringLiteral(R"({"by":"masks","steps":1e9,"guidance_from":7})"), wild), DrawnBy::Masks);
    EXPECT_EQ(wild.steps, 1000);
    EXPECT_EQ(wild.guidanceFrom, 1);
}

TEST(DrawingWords, AModelIsNotAskedForWhatItDoesNotFollow) {
    ui::DrawingSettings all = unusual();
    all.steps = 31;
    all.sampler = QStringLiteral("heun");
    all.schedule = QStringLiteral("pow1.5");
    all.weakGuide = true;
    all.startTime = 0.5;
    all.towards = 0.5;
    ModelInfo model;
    model.inputSide = 256;
    const ui::DrawingSettings tokens = ui::followed(all, model);
    ui::DrawingSettings expected = unusual();
    expected.keptSteps = 0;
    EXPECT_EQ(tokens, expected);
    model.drawing = {.by = DrawnBy::Flow, .guided = false, .steps = 49, .samplers = {"euler", "heun"}};
    all.count = 64;
    all.keptSteps = 64;
    const ui::DrawingSettings flow = ui::followed(all, model);
    EXPECT_EQ(flow.guidance, 1);
    EXPECT_EQ(flow.sampler, u"heun");
    EXPECT_FALSE(flow.weakGuide);
    EXPECT_EQ(flow.startTime, 1) << "there is no picture";
    EXPECT_EQ(flow.keptSteps, 64) << "the engine knows how many fit";
    EXPECT_TRUE(flow.schedule.isEmpty());
    model.drawing = {.by = DrawnBy::Masks, .steps = 12, .schedules = {"cosine", "uniform"}};
    EXPECT_EQ(ui::followed(all, model).schedule, u"pow1.5") << "powers that are not offered as well";
}

TEST(DrawingWords, NumbersOutOfRangeAreClampedAndNonsenseIsTheUsual) {
    auto words = wordsOf(unusual());
    words["Guidance"] = "1e9";
    words["Temperature"] = "-3";
    words["Top-k"] = "many";
    words["Top-p"] = "nan";
    words["Guidance course"] = "uphill";
    const auto file = ui::drawnFileFrom(words);
    ASSERT_TRUE(file);
    EXPECT_EQ(file->settings.guidance, 100);
    EXPECT_EQ(file->settings.temperature, 0);
    EXPECT_EQ(file->settings.topK, 900);
    EXPECT_EQ(file->settings.topP, 0.96);
    EXPECT_EQ(file->settings.course, GuidanceCourse::Constant);
}

TEST(DrawingWords, OtherPicturesSayNothing) {
    const TemporaryFolder folder;
    EXPECT_FALSE(ui::drawnFileFrom({}));
    EXPECT_FALSE(ui::drawnFileFrom({{"Prompt", ""}, {"Seed", "1"}}));
    const QString plain = QString::fromStdString(folder / "plain.png");
    ASSERT_TRUE(QImage(4, 4, QImage::Format_RGB888).save(plain));
    EXPECT_FALSE(ui::readDrawnFile(plain));
    EXPECT_FALSE(ui::readDrawnFile(QString::fromStdString(folder / "missing.png")));
    QImage image(4, 4, QImage::Format_RGB888);
    for (const auto& [key, value] : wordsOf(unusual())) image.setText(QString::fromStdString(key), QString::fromStdString(value));
    const QString drawn = QString::fromStdString(folder / "drawn.PNG");
    ASSERT_TRUE(image.save(drawn, "PNG"));
    const auto file = ui::readDrawnFile(drawn);
    ASSERT_TRUE(file);
    EXPECT_EQ(file->settings.prompt, unusual().prompt);
    // Cut anywhere, or with lengths that lie, it says what it can or nothing.
    QFile whole(drawn);
    ASSERT_TRUE(whole.open(QIODevice::ReadOnly));
    const QByteArray bytes = whole.readAll();
    const QString broken = QString::fromStdString(folder / "broken.png");
    for (qsizetype size = 0; size < bytes.size(); size += 7) {
        for (const char tail : {'\0', '\xff'}) {
            QFile file(broken);
            ASSERT_TRUE(file.open(QIODevice::WriteOnly));
            file.write(bytes.left(size) + QByteArray(12, tail));
            file.close();
            ui::readDrawnFile(broken);
        }
    }
}

TEST(DrawingWords, KeywordsWithSpacesAreRead) {
    const TemporaryFolder folder;
    auto words = wordsOf(unusual());
    words["Kept codes"] = "some";
    const std::string path = folder / "drawn.png";
    const Image pixels(4, 4, 3, SharedArray<std::uint8_t>(std::vector<std::uint8_t>(48, 7)));
    ASSERT_FALSE(writePngFile(path, pixels, words));
    const auto file = ui::readDrawnFile(QString::fromStdString(path));
    ASSERT_TRUE(file);
    EXPECT_TRUE(file->keptCodes);
    EXPECT_EQ(file->settings.prompt, unusual().prompt) << "not in ASCII";
    EXPECT_EQ(file->settings.seed, unusual().seed);
}

TEST(DrawingWords, OtherProgramsFindTheirOwnLine) {
    const std::string line = ui::commonParameters(unusual(), 41, "painter", "0123456789abcdef");
    EXPECT_THAT(line, StartsWith("ein Löwe, 水彩\n"));
    EXPECT_THAT(line, HasSubstr("Seed: 41, CFG scale: 4.5, CFG schedule: cosine"));
    EXPECT_THAT(line, HasSubstr("Model hash: 0123456789"));
}

TEST(DrawingWords, NamesOfFilesHaveNoSeparators) {
    EXPECT_EQ(ui::drawnName({.prompt = QStringLiteral("a/b: c?")}, 7).toStdString(), "a b c, seed 7");
    EXPECT_EQ(ui::groupedNumber(41207).toStdString(), "41\u2009207");
    EXPECT_EQ(ui::groupedNumber(7).toStdString(), "7");
}

}  // namespace
}  // namespace tessera::test
