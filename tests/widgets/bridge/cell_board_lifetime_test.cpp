// SPDX-License-Identifier: GPL-3.0-or-later
// Rows, engines and boards that go while there is work under way.
#include "widgets/bridge/board_fixture.h"

namespace tessera::test {
namespace {

using namespace ui;
using enum CellState;
using testing::Each;
using testing::ElementsAre;

class BoardLifetime : public BoardFixture {};

TEST_F(BoardLifetime, ARemovedRowEndsItsWork) {
    start();
    const RowId a = add("/p/a.png");
    const auto job = engine->waiting("reconstruction");
    const SourceId source = job->subject.cell.source;
    job->partial(fakePicture(3, 3));  // on its way
    session.removeRows({a});
    EXPECT_TRUE(job->cancelled);
    EXPECT_THAT(engine->removed, ElementsAre(source));
    runQueued();
    EXPECT_TRUE(engine->sources.empty());
    EXPECT_EQ(cell(a, kReconstruction).state, Waiting);
    EXPECT_EQ(width(a, kReconstruction), 0);
    EXPECT_EQ(board->totals(), CellBoard::Totals());
}

TEST_F(BoardLifetime, AnAnswerForARowThatIsGoneIsDropped) {
    start();
    const RowId a = add("/p/a.png");
    engine->answerAll();  // on their way
    session.removeRows({a});
    runQueued();
    EXPECT_EQ(width(a, kInput), 0);
}

TEST_F(BoardLifetime, UndoOfARemovalAsksAgain) {
    start();
    const RowId a = add("/p/a.png");
    answerAll();
    session.removeRows({a});
    runQueued();
    session.undoStack().undo();
    runQueued();
    EXPECT_THAT(states(a), Each(Running));
    const auto job = engine->waiting("reconstruction");
    ASSERT_TRUE(job);
    EXPECT_EQ(engine->sources.at(job->subject.cell.source).path, "/p/a.png");
    answerAll();
    EXPECT_THAT(states(a), Each(Done));
    session.undoStack().undo();  // the adding
    session.undoStack().redo();
    runQueued();
    EXPECT_THAT(states(a), Each(Running));
}

TEST_F(BoardLifetime, ABrokenRowThatComesBackStillSaysWhy) {
    start();
    const RowId a = add("/p/a.png");
    const Error gone{ErrorCode::NotFound, "the file is not there", "/p/a.png"};
    engine->described[0]->answer(gone);
    runQueued();
    session.removeRows({a});
    runQueued();
    session.undoStack().undo();
    runQueued();
    EXPECT_THAT(states(a), Each(Failed));
    EXPECT_EQ(cell(a, kInput).error, gone);
    EXPECT_EQ(engine->waiting("input"), nullptr);
}

TEST_F(BoardLifetime, ReplacedRowsGiveWayToTheNewOnes) {
    start();
    add("/p/a.png");
    const auto rows = session.replaceRows({{.path = "/p/b.png"}, {.path = "/p/c.png"}});
    runQueued();
    EXPECT_EQ(engine->waiting("reconstruction", "/p/a.png"), nullptr);
    EXPECT_TRUE(engine->waiting("reconstruction", "/p/b.png"));
    EXPECT_EQ(engine->sources.size(), 1u);
}

TEST_F(BoardLifetime, NothingRunsAfterTheBoardIsGone) {
    start();
    add("/p/a.png");
    add("/p/b.png");
    // Answers, news and previews that are queued when the board goes, and some that come later.
    for (const auto& job : engine->pictures) {
        job->progress({.fraction = 0.5});
        job->partial(fakePicture(2, 2));
    }
    engine->waiting("input")->answer(fakePicture(8, 8));
    engine->described[0]->answer(fakeInfo(8, 8));
    const std::size_t before = changed.size();
    int rowNews = 0;
    QObject::connect(&session, &Session::rowChanged, [&rowNews] { ++rowNews; });
    board.reset();
    for (const auto& job : engine->pictures) EXPECT_TRUE(job->answered) << "a job that nobody hears must not run on";
    EXPECT_TRUE(engine->sources.empty());
    engine->answerAll();
    session.addRows({{.path = "/p/c.png"}});
    session.setParameter(-1, "size", std::int64_t(64));
    runQueued();
    EXPECT_EQ(changed.size(), before);
    EXPECT_EQ(rowNews, 0);
}

TEST_F(BoardLifetime, AListenerMayTakeTheRowAway) {
    start();
    const auto rows = addMany(3);
    QObject::connect(&*board, &CellBoard::cellChanged, &*board, [&](RowId row, int) {
        if (session.find(row)) session.removeRows({row});
    });
    engine->described[0]->answer(Error{ErrorCode::NotFound, "the file is not there", "/p/0.png"});
    answerAll();
    answerAll();
    EXPECT_FALSE(session.find(rows[0]));
    EXPECT_TRUE(engine->sources.empty() || session.rows().size() == engine->sources.size());
}

TEST_F(BoardLifetime, EveryJobIsAnsweredOnceAnEngineGoes) {
    start();
    add("/p/a.png");
    const auto jobs = engine->pictures;
    std::weak_ptr<FakeEngine> old = engine;
    engine = std::make_shared<FakeEngine>();
    host.adopt(engine);
    ASSERT_TRUE(waitUntil([&] { return old.expired(); })) << "somebody holds on to the engine";
    for (const auto& job : jobs) EXPECT_TRUE(job->answered);
}

}  // namespace
}  // namespace tessera::test
