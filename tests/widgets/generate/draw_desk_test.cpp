// SPDX-License-Identifier: GPL-3.0-or-later
#include <cmath>

#include "widgets/generate/drawing_fixture.h"

namespace tessera::test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class DrawDeskTest : public DrawingFixture {
protected:
    static std::vector<std::int64_t> codesOf(const FakeEngine::DecodeJob& job) {
        const HostTensor& tensor = job.subject.at("codes");
        std::vector<std::int64_t> codes(tensor.bytes.size() / sizeof(std::int64_t));
        std::memcpy(codes.data(), tensor.bytes.data(), tensor.bytes.size());
        return codes;
    }
    void drawOne() {
        openPainter();
        order();
        finish();
        ASSERT_FALSE(desk.image().isNull());
    }
};

TEST_F(DrawDeskTest, FollowsWhatRunsUntilAnotherIsChosen) {
    openPainter();
    const auto first = order();
    EXPECT_EQ(desk.picture().drawing, first);
    finish();
    EXPECT_EQ(qGray(desk.image().pixel(0, 0)), 50);
    const auto second = order(QStringLiteral("second"));
    EXPECT_EQ(desk.picture().drawing, second);
    desk.show({first, 0});
    EXPECT_EQ(qGray(desk.image().pixel(0, 0)), 50);
    finish();
    const auto third = order(QStringLiteral("third"));
    EXPECT_EQ(desk.picture().drawing, first) << "what a person chose stays";
    desk.follow();
    EXPECT_EQ(desk.picture().drawing, third);
}

TEST_F(DrawDeskTest, TheLastFinishedPictureStaysUntilTheNextIsFinished) {
    openPainter();
    const auto first = order();
    EXPECT_TRUE(desk.lastFinished().isNull()) << "nothing is finished yet";
    finish();
    EXPECT_TRUE(desk.lastFinished().isNull()) << "it is what is looked at";
    order(QStringLiteral("second"));
    EXPECT_TRUE(desk.image().isNull());
    ASSERT_FALSE(desk.lastFinished().isNull());
    EXPECT_EQ(qGray(desk.lastFinished().pixel(0, 0)), 50);
    EXPECT_EQ(desk.lastFinishedPicture().drawing, first);
    finish();
    EXPECT_TRUE(desk.lastFinished().isNull());
    order(QStringLiteral("third"));
    queue.remove(desk.lastFinishedPicture().drawing);
    EXPECT_TRUE(desk.lastFinished().isNull()) << "what was taken out is not shown";
}

TEST_F(DrawDeskTest, TheTokenUnderThePointerGivesWayToTheOneThatIsChosen) {
    drawOne();
    desk.setHovered(3);
    desk.setToken(1);
    EXPECT_EQ(desk.hovered(), -1);
    desk.setHovered(3);
    EXPECT_EQ(desk.hovered(), 3);
    EXPECT_EQ(desk.token(), 1);
}

TEST_F(DrawDeskTest, WindingBackDecodesTheCodesThatWereThere) {
    drawOne();
    desk.setSteps(2);
    ASSERT_EQ(engine->decoded.size(), 1u);
    EXPECT_THAT(engine->decoded[0]->subject.at("codes").shape, ElementsAre(1, kRows, kColumns, kDepths));
    EXPECT_THAT(codesOf(*engine->decoded[0]), ElementsAre(0, 1, 10, 11, -1, -1, -1, -1, -1, -1, -1, -1));
    EXPECT_EQ(qGray(desk.image().pixel(0, 0)), 50) << "the one before stays until the other is there";
    engine->decoded[0]->answer(std::vector<Picture>{fakePicture(12, 8, 200)});
    runQueued();
    EXPECT_EQ(qGray(desk.image().pixel(0, 0)), 200);
    EXPECT_TRUE(desk.isThere(1));
    EXPECT_FALSE(desk.isThere(2));
    desk.setSteps({});
    EXPECT_EQ(qGray(desk.image().pixel(0, 0)), 50);
    desk.setSteps(2);
    EXPECT_EQ(engine->decoded.size(), 1u) << "it is kept";
    EXPECT_EQ(qGray(desk.image().pixel(0, 0)), 200);
}

TEST_F(DrawDeskTest, OnlyTheNewestWishIsDecoded) {
    drawOne();
    for (const int steps : {5, 4, 3, 1}) desk.setSteps(steps);
    ASSERT_EQ(engine->decoded.size(), 1u);
    engine->decoded[0]->answer(std::vector<Picture>{fakePicture(12, 8, 205)});
    runQueued();
    ASSERT_EQ(engine->decoded.size(), 2u);
    EXPECT_THAT(codesOf(*engine->decoded[1])[2], -1) << "one token, not five";
    engine->decoded[1]->answer(std::vector<Picture>{fakePicture(12, 8, 201)});
    runQueued();
    EXPECT_EQ(engine->decoded.size(), 2u);
    EXPECT_EQ(qGray(desk.image().pixel(0, 0)), 201);
}

TEST_F(DrawDeskTest, TokensThatAnOlderImageLacksAreKnown) {
    openPainter();
    order();
    Generation drawn = after(2);
    drawn.pictures[0].frames.push_back(fakePicture(12, 8, 77));
    job()->partial(drawn);
    job()->partial(after(4));
    runQueued();
    waitUntil([this] { return desk.drawing()->drawn.drawn == 4 && !desk.image().isNull(); });
    EXPECT_TRUE(desk.isInImage(1));
    EXPECT_TRUE(desk.isThere(3));
    EXPECT_FALSE(desk.isInImage(3));
    EXPECT_EQ(desk.underWay(), 4);
    // One that stands still is decoded with all that is there.
    queue.cancel(desk.picture().drawing);
    ASSERT_EQ(engine->decoded.size(), 1u);
    EXPECT_THAT(codesOf(*engine->decoded[0])[7], 31);
    engine->decoded[0]->answer(std::vector<Picture>{fakePicture(12, 8, 78)});
    runQueued();
    EXPECT_TRUE(desk.isInImage(3));
    EXPECT_EQ(desk.underWay(), -1);
}

TEST_F(DrawDeskTest, ADecodeThatFailsSaysSo) {
    drawOne();
    desk.setSteps(2);
    engine->decoded[0]->answer(Error{ErrorCode::OutOfMemory, "there is no memory left"});
    runQueued();
    EXPECT_EQ(desk.problem().toStdString(), "there is no memory left");
    desk.setSteps({});
    EXPECT_TRUE(desk.problem().isEmpty());
}

TEST_F(DrawDeskTest, TraceAndAlternativesOfACode) {
    drawOne();
    const auto entry = ui::traceAt(*desk.drawing(), 0, 3, 1);
    ASSERT_TRUE(entry);
    EXPECT_EQ(entry->code, 31);
    EXPECT_EQ(entry->rank, 2);
    EXPECT_FLOAT_EQ(entry->probability, 0.25F);
    EXPECT_FALSE(entry->gain);
    ASSERT_EQ(entry->alternatives.size(), 2u) << "a codebook of two codes has no ten";
    EXPECT_EQ(entry->alternatives[0].code, 90);
    EXPECT_FALSE(ui::traceAt(*desk.drawing(), 0, kTokens, 0));
    EXPECT_FALSE(ui::traceAt(*desk.drawing(), 1, 0, 0));
    EXPECT_NEAR(ui::logLikelihoodBefore(*desk.drawing(), 0, 2), 4 * std::log(0.25), 1e-6);
}

TEST_F(DrawDeskTest, AForkKeepsWhatCameBefore) {
    drawOne();
    desk.setToken(2);
    desk.setDepth(1);
    const auto id = desk.fork(77);
    runQueued();
    ASSERT_NE(id, ui::DrawingId{});
    EXPECT_THAT(job()->subject.given, ElementsAre(0, 1, 10, 11, 20, 77, -1, -1, -1, -1, -1, -1));
    EXPECT_EQ(job()->subject.seed, 5u);
    EXPECT_EQ(desk.picture().drawing, id);
    const auto fork = queue.find(id);
    ASSERT_TRUE(fork->origin);
    EXPECT_EQ(fork->origin->token, 2);
    EXPECT_EQ(fork->origin->before, 21);
    EXPECT_EQ(fork->origin->after, 77);
}

TEST_F(DrawDeskTest, ForksOfWhatIsNotThereAreRefused) {
    openPainter();
    EXPECT_FALSE(desk.forkRefusal().isEmpty());
    order();
    job()->partial(after(2));
    runQueued();
    EXPECT_FALSE(desk.forkRefusal().isEmpty()) << "no token is chosen";
    desk.setToken(4);
    EXPECT_EQ(desk.forkRefusal().toStdString(), "This token is not drawn yet");
    EXPECT_EQ(desk.fork(3), ui::DrawingId{});
    desk.setToken(1);
    EXPECT_TRUE(desk.forkRefusal().isEmpty()) << "while the rest is drawn";
}

TEST_F(DrawDeskTest, ARectangleIsDrawnAnewAndTheRestIsKept) {
    drawOne();
    EXPECT_FALSE(desk.redrawRefusal().isEmpty());
    desk.setPart(QRect(QPoint(1, 0), QPoint(2, 0)));
    desk.redraw();
    runQueued();
    EXPECT_THAT(job()->subject.given, ElementsAre(0, 1, -1, -1, -1, -1, 30, 31, 40, 41, 50, 51));
    EXPECT_EQ(job()->subject.seed, 6u) << "the same seed would draw the same again";
}

TEST_F(DrawDeskTest, TakingTheShownOneOutLooksAtAnother) {
    openPainter();
    const auto first = order();
    finish();
    const auto second = order(QStringLiteral("second"));
    finish();
    ASSERT_EQ(desk.picture().drawing, second);
    queue.remove(second);
    EXPECT_EQ(desk.picture().drawing, first);
    queue.remove(first);
    EXPECT_EQ(desk.drawing(), nullptr);
    EXPECT_TRUE(desk.image().isNull());
}

TEST_F(DrawDeskTest, OfTheHistoryThePictureIsDecodedFromItsCodes) {
    openPainter();
    ui::Drawing kept;
    kept.settings.prompt = QStringLiteral("an old one");
    kept.model = painter;
    kept.modelName = QStringLiteral("painter");
    kept.drawn = after(kTokens);
    kept.drawn.finished = true;
    kept.drawn.pictures[0].trace = {};
    desk.show({queue.addDrawn(kept), 0});
    ASSERT_EQ(engine->decoded.size(), 1u);
    EXPECT_THAT(codesOf(*engine->decoded[0]).back(), 51);
    engine->decoded[0]->answer(std::vector<Picture>{fakePicture(12, 8, 99)});
    runQueued();
    EXPECT_EQ(qGray(desk.image().pixel(0, 0)), 99);
    EXPECT_EQ(desk.drawing()->drawn.pictures[0].frames.size(), 1u) << "from then on it can be saved";
    EXPECT_THAT(engine->drawings, IsEmpty()) << "nothing of it is drawn";
}

TEST_F(DrawDeskTest, OfTheHistoryATraceThatComesLaterLetsItBeForked) {
    openPainter();
    ui::Drawing kept;
    kept.model = painter;
    kept.drawn = after(kTokens);
    kept.drawn.finished = true;
    const GenerationTrace trace = std::exchange(kept.drawn.pictures[0].trace, {});
    desk.show({queue.addDrawn(kept), 0});
    desk.setToken(2);
    EXPECT_FALSE(desk.forkRefusal().isEmpty());
    queue.keepTrace(desk.picture(), trace);
    EXPECT_TRUE(desk.forkRefusal().isEmpty()) << desk.forkRefusal().toStdString();
    GenerationTrace longer = trace;
    longer.probability.push_back(1);
    kept.drawn.pictures[0].trace = {};
    const ui::DrawnPicture other{queue.addDrawn(kept), 0};
    queue.keepTrace(other, longer);
    EXPECT_EQ(queue.find(other.drawing)->drawn.pictures[0].trace.size(), 0u) << "of another picture";
}

TEST_F(DrawDeskTest, WhatOtherWeightsDrewIsNotGoneOnFrom) {
    openPainter();
    ui::Drawing kept;
    kept.model = painter;
    kept.fingerprint = QStringLiteral("another");
    kept.drawn = after(3);
    const auto id = queue.addDrawn(kept);
    desk.show({id, 0});
    desk.setToken(1);
    EXPECT_TRUE(desk.forkRefusal().contains(QStringLiteral("has other weights than when this was drawn"))) << desk.forkRefusal().toStdString();
    EXPECT_EQ(desk.fork(7), ui::DrawingId{});
    desk.setPart(QRect(0, 0, 1, 1));
    EXPECT_EQ(desk.redrawRefusal(), desk.forkRefusal());
    queue.retry(id);
    runQueued();
    EXPECT_EQ(stateOf(id), ui::Drawing::State::Failed);
    EXPECT_EQ(queue.find(id)->problem, desk.forkRefusal());
    EXPECT_THAT(engine->drawings, IsEmpty());
}

}  // namespace
}  // namespace tessera::test
