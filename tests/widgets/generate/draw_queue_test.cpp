// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/generate/drawing_fixture.h"

namespace tessera::test {
namespace {

using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using State = ui::Drawing::State;

class DrawQueueTest : public DrawingFixture {};

TEST_F(DrawQueueTest, OneDrawingAtATimeInTheirOrder) {
    openPainter();
    const auto first = order(), second = order(QStringLiteral("a red apple"), 3, 9);
    ASSERT_EQ(engine->drawings.size(), 1u);
    EXPECT_EQ(engine->drawings[0]->subject.prompt, "a leopard");
    EXPECT_EQ(engine->drawings[0]->subject.model, ModelId{7});
    EXPECT_GT(engine->drawings[0]->subject.previewSeconds, 0);
    EXPECT_EQ(stateOf(first), State::Running);
    EXPECT_EQ(stateOf(second), State::Waiting);
    finish();
    EXPECT_EQ(stateOf(first), State::Finished);
    EXPECT_THAT(finished, ElementsAre(first));
    ASSERT_EQ(engine->drawings.size(), 2u);
    EXPECT_EQ(engine->drawings[1]->subject.prompt, "a red apple");
    EXPECT_EQ(engine->drawings[1]->subject.count, 3);
    EXPECT_EQ(engine->drawings[1]->subject.seed, 9u);
    EXPECT_EQ(stateOf(second), State::Running);
}

TEST_F(DrawQueueTest, AnEarlierPlaceInTheListIsDrawnEarlier) {
    openPainter();
    order();
    const auto second = order(QStringLiteral("second")), third = order(QStringLiteral("third"));
    queue.move(third, -1);
    EXPECT_EQ(queue.drawings()[1]->id, third);
    finish();
    EXPECT_EQ(job()->subject.prompt, "third");
    EXPECT_EQ(stateOf(second), State::Waiting);
    queue.move(second, 99);
    EXPECT_EQ(queue.drawings()[2]->id, second);
}

TEST_F(DrawQueueTest, CancellingTheRunningOneIsTrueAtOnceAndKeepsWhatIsDrawn) {
    openPainter();
    const auto id = order(), next = order(QStringLiteral("next"));
    job()->partial(after(4));
    runQueued();
    queue.cancel(id);
    EXPECT_EQ(stateOf(id), State::Cancelled) << "before the engine has said anything";
    EXPECT_TRUE(engine->drawings[0]->cancelled);
    EXPECT_EQ(queue.find(id)->drawn.drawn, 4);
    runQueued();
    EXPECT_EQ(stateOf(id), State::Cancelled);
    EXPECT_EQ(stateOf(next), State::Running);
    EXPECT_THAT(failed, IsEmpty());
}

TEST_F(DrawQueueTest, OneThatWaitsIsTakenOutByCancelling) {
    openPainter();
    order();
    const auto second = order(QStringLiteral("second"));
    queue.cancel(second);
    EXPECT_EQ(queue.find(second), nullptr);
    EXPECT_EQ(queue.drawings().size(), 1u);
}

TEST_F(DrawQueueTest, AFailureKeepsItsSentenceAndWhatIsDrawnAndGoesOnFromThere) {
    openPainter();
    const auto id = order();
    job()->partial(after(3));
    runQueued();
    job()->answer(Error{ErrorCode::OutOfMemory, "the GPU's memory is full", "cuda:0", "close another model"});
    runQueued();
    EXPECT_EQ(stateOf(id), State::Failed);
    EXPECT_THAT(queue.find(id)->problem.toStdString(), HasSubstr("the GPU's memory is full"));
    EXPECT_THAT(failed, ElementsAre(id));
    EXPECT_EQ(queue.find(id)->drawn.drawn, 3);
    queue.retry(id);
    runQueued();
    ASSERT_EQ(engine->drawings.size(), 2u);
    EXPECT_THAT(job()->subject.given, ElementsAre(0, 1, 10, 11, 20, 21, -1, -1, -1, -1, -1, -1));
    EXPECT_TRUE(queue.find(id)->problem.isEmpty());
    finish();
    EXPECT_EQ(stateOf(id), State::Finished);
    EXPECT_EQ(queue.drawings().size(), 1u);
}

TEST_F(DrawQueueTest, AFailureBeforeTheFirstTokenBeginsAnew) {
    openPainter();
    const auto id = order();
    job()->answer(Error{ErrorCode::Invalid, "the prompt is too long"});
    runQueued();
    queue.retry(id);
    runQueued();
    EXPECT_THAT(job()->subject.given, IsEmpty());
}

TEST_F(DrawQueueTest, PausingStopsTheRunningOneAndGoesOnFromItsTokens) {
    openPainter();
    const auto id = order(), next = order(QStringLiteral("next"));
    job()->partial(after(2));
    runQueued();
    queue.setPaused(true);
    EXPECT_EQ(stateOf(id), State::Paused);
    EXPECT_TRUE(engine->drawings[0]->cancelled);
    runQueued();
    EXPECT_EQ(engine->drawings.size(), 1u) << "nothing runs while paused";
    queue.setPaused(false);
    runQueued();
    ASSERT_EQ(engine->drawings.size(), 2u);
    EXPECT_EQ(stateOf(id), State::Running);
    EXPECT_EQ(stateOf(next), State::Waiting);
    EXPECT_THAT(job()->subject.given, ElementsAre(0, 1, 10, 11, -1, -1, -1, -1, -1, -1, -1, -1));
    EXPECT_EQ(job()->subject.seed, 5u);
}

TEST_F(DrawQueueTest, PicturesThatWereDrawnTogetherGoOnOneByOne) {
    openPainter();
    const auto id = order(QStringLiteral("two of them"), 2);
    job()->partial(after(1, 2));
    runQueued();
    queue.setPaused(true);
    queue.setPaused(false);
    runQueued();
    ASSERT_EQ(queue.drawings().size(), 2u);
    EXPECT_EQ(queue.drawings()[0]->id, id);
    EXPECT_EQ(job()->subject.count, 1);
    EXPECT_EQ(job()->subject.seed, 5u);
    EXPECT_EQ(job()->subject.given[0], 0);
    finish();
    EXPECT_EQ(job()->subject.seed, 6u);
    EXPECT_EQ(job()->subject.given[0], 100);
    EXPECT_EQ(job()->subject.given[1], 101);
    EXPECT_EQ(job()->subject.given[2], -1);
}

TEST_F(DrawQueueTest, ThePreviewStaysUntilThereIsAnother) {
    openPainter();
    const auto id = order();
    Generation drawn = after(2);
    drawn.pictures[0].frames.push_back(fakePicture(12, 8, 77));
    job()->partial(drawn);
    job()->partial(after(3));
    runQueued();
    ASSERT_EQ(queue.find(id)->last.size(), 1u);
    EXPECT_EQ(queue.find(id)->last[0].image.width(), 12);
    EXPECT_EQ(queue.find(id)->lastTokens, 2);
    EXPECT_EQ(queue.find(id)->drawn.drawn, 3);
}

TEST_F(DrawQueueTest, ItsModelStaysOpenWhateverTheBoardsShow) {
    openPainter();
    order();
    order(QStringLiteral("second"));
    host.chooseModel({"another"});
    engine->giveModel(8);
    runQueued();
    EXPECT_THAT(engine->closed, IsEmpty());
    finish();
    EXPECT_EQ(job()->subject.prompt, "second");
    EXPECT_EQ(job()->subject.model, ModelId{7});
    finish();
    EXPECT_THAT(engine->closed, ElementsAre(ModelId{7})) << "nothing needs it any more";
}

TEST_F(DrawQueueTest, AnEngineThatGoesLosesNothing) {
    openPainter();
    const auto id = order();
    job()->partial(after(2));
    runQueued();
    const auto next = std::make_shared<FakeEngine>();
    host.adopt(next);
    runQueued();
    EXPECT_EQ(stateOf(id), State::Waiting);
    engine = next;
    engine->giveModel(9, {"decode", "generate"});
    runQueued();
    ASSERT_FALSE(engine->drawings.empty());
    EXPECT_EQ(job()->subject.model, ModelId{9});
    EXPECT_EQ(job()->subject.given[0], 0);
}

TEST_F(DrawQueueTest, AModelThatCannotBeOpenedFailsItsDrawingAlone) {
    openPainter();
    order();
    const auto broken = queue.add({.prompt = QStringLiteral("by a broken one")}, {"broken"});
    const auto after = order(QStringLiteral("after"));
    runQueued();
    engine->opened.back()->answer(Error{ErrorCode::Mismatch, "a tensor is missing", "llm", "take another copy"});
    runQueued();
    finish();
    EXPECT_EQ(stateOf(broken), State::Failed);
    EXPECT_THAT(queue.find(broken)->problem.toStdString(), HasSubstr("a tensor is missing"));
    EXPECT_EQ(stateOf(after), State::Running);
}

}  // namespace
}  // namespace tessera::test
