// SPDX-License-Identifier: GPL-3.0-or-later
// What a board asks the engine for, and when.
#include "widgets/bridge/board_fixture.h"

namespace tessera::test {
namespace {

using namespace ui;
using enum CellState;
using testing::Each;
using testing::ElementsAre;
using testing::UnorderedElementsAre;

class BoardPlanning : public BoardFixture {
protected:
    /// Files whose reconstruction is asked for and not answered, with the priority of each.
    std::map<std::string, Priority> underWay() const {
        std::map<std::string, Priority> result;
        for (const auto& job : engine->pictures) {
            if (!job->answered && job->subject.lens == "reconstruction") result.emplace(engine->pathOf(job->subject.cell.source), job->priority);
        }
        return result;
    }
};

TEST_F(BoardPlanning, AThousandRowsCostWhatIsLookedAt) {
    start();
    addMany(1000);
    EXPECT_THAT(underWay(), ElementsAre(std::pair("/p/0.png", Priority::Visible)));
    EXPECT_EQ(engine->pictures.size(), 3u);
    answerAll();
    EXPECT_LE(engine->sources.size(), 2u) << "the current row and the one after it";
    EXPECT_EQ(engine->countAsked("reconstruction"), 2);
}

TEST_F(BoardPlanning, NeighboursAreMadeOnceTheCurrentRowIsDone) {
    start();
    const auto rows = addMany(5);
    session.setCurrentRow(rows[2]);
    runQueued();
    EXPECT_THAT(underWay(), ElementsAre(std::pair("/p/2.png", Priority::Visible)));
    for (const char* lens : {"input", "reconstruction"}) answer(lens, fakePicture(8, 8));
    EXPECT_TRUE(underWay().empty()) << "the difference is still being made";
    answer("difference", fakePicture(8, 8));
    EXPECT_THAT(underWay(), UnorderedElementsAre(std::pair("/p/1.png", Priority::OffScreen), std::pair("/p/3.png", Priority::OffScreen)));
}

TEST_F(BoardPlanning, APrefetchIsRaisedWhenItsRowIsLookedAt) {
    start();
    const auto rows = addMany(3);
    engine->answerAll();
    runQueued();
    const auto prefetch = engine->waiting("reconstruction", "/p/1.png");
    ASSERT_TRUE(prefetch);
    EXPECT_EQ(prefetch->priority, Priority::OffScreen);
    prefetch->progress({.fraction = 0.5, .stage = "decoding"});
    runQueued();
    const auto since = cell(rows[1], kReconstruction).since;
    session.setCurrentRow(rows[1]);
    runQueued();
    EXPECT_TRUE(prefetch->cancelled);
    const auto raised = engine->waiting("reconstruction", "/p/1.png");
    ASSERT_TRUE(raised);
    EXPECT_EQ(raised->priority, Priority::Visible);
    EXPECT_EQ(raised->slot, prefetch->slot);
    EXPECT_EQ(cell(rows[1], kReconstruction).since, since) << "it is the same work";
    EXPECT_EQ(cell(rows[1], kReconstruction).progress.fraction, 0.5);
}

TEST_F(BoardPlanning, ARowThatWasNotLookedAtHasNotWaited) {
    start();
    const auto rows = addMany(3);
    EXPECT_THAT(states(rows[1]), Each(Waiting));
    EXPECT_EQ(cell(rows[1], kInput).since, std::chrono::steady_clock::time_point{}) << "a busy sign would come at once when it is shown";
}

TEST_F(BoardPlanning, WorkOfTheRowBeforeGivesWay) {
    start();
    const auto rows = addMany(3);
    session.setCurrentRow(rows[1]);
    runQueued();
    EXPECT_THAT(underWay(), UnorderedElementsAre(std::pair("/p/0.png", Priority::OffScreen), std::pair("/p/1.png", Priority::Visible)));
}

TEST_F(BoardPlanning, WhatNobodyLooksAtAnyMoreIsCancelled) {
    start();
    const auto rows = addMany(100);
    session.setCurrentRow(rows[50]);
    runQueued();
    EXPECT_THAT(underWay(), ElementsAre(std::pair("/p/50.png", Priority::Visible)));
    EXPECT_THAT(states(rows[0]), Each(Waiting));
    EXPECT_EQ(board->totals().running, 3);
    EXPECT_EQ(cell(rows[0], kInput).since, std::chrono::steady_clock::time_point{}) << "it does not wait: nobody asks for it";
    session.setCurrentRow(rows[0]);
    runQueued();
    EXPECT_THAT(states(rows[0]), Each(Running));
}

TEST_F(BoardPlanning, LeafingThroughAFolderAsksForTheRowThatStays) {
    start();
    addMany(100);
    answerAll();
    const int before = engine->countAsked("reconstruction");
    for (int i = 0; i < 50; ++i) session.stepCurrentRow(1);
    runQueued();
    EXPECT_EQ(engine->countAsked("reconstruction"), before + 1);
    EXPECT_THAT(underWay(), ElementsAre(std::pair("/p/50.png", Priority::Visible)));
}

TEST_F(BoardPlanning, RowsOnScreenAreMadeToo) {
    start();
    const auto rows = addMany(10);
    board->setVisibleRows({rows[4], rows[5]});
    runQueued();
    EXPECT_THAT(underWay(), UnorderedElementsAre(std::pair("/p/0.png", Priority::Visible), std::pair("/p/4.png", Priority::Visible), std::pair("/p/5.png", Priority::Visible)));
    board->setVisibleRows({});
    runQueued();
    EXPECT_THAT(underWay(), ElementsAre(std::pair("/p/0.png", Priority::Visible)));
}

TEST_F(BoardPlanning, PicturesAreThereWhenOneComesBack) {
    start();
    const auto rows = addMany(20);
    answerAll();
    session.setCurrentRow(rows[10]);
    runQueued();
    const int before = engine->countAsked("reconstruction");
    session.setCurrentRow(rows[0]);
    runQueued();
    EXPECT_EQ(engine->countAsked("reconstruction"), before);
    EXPECT_THAT(states(rows[0]), Each(Done));
}

TEST_F(BoardPlanning, PicturesOfFarRowsKnowThatTheyAreOutdated) {
    start();
    const auto rows = addMany(20);
    answerAll();
    session.setCurrentRow(rows[10]);
    runQueued();
    session.setParameter(-1, "size", std::int64_t(64));
    runQueued();
    EXPECT_TRUE(cell(rows[0], kReconstruction).outdated);
    session.undoStack().undo();
    runQueued();
    EXPECT_FALSE(cell(rows[0], kReconstruction).outdated);
}

TEST_F(BoardPlanning, PicturesOfFarRowsDoNotFillTheMemory) {
    start();
    const auto rows = addMany(100);
    const Picture large = fakePicture(4096, 4096);  // 48 MiB, once: all answers share it
    std::size_t held = 0;
    const auto count = [&] {
        held = 0;
        for (const RowId row : rows) {
            for (int column = 0; column < 3; ++column) held += cell(row, column).picture ? cell(row, column).picture->byteSize() : 0;
        }
    };
    for (int i = 0; i < 10; ++i) {
        session.setCurrentRow(rows[i * 10]);
        runQueued();
        for (const auto& job : engine->pictures) job->answer(large);
        runQueued();
    }
    count();
    EXPECT_LT(held, std::size_t(800) << 20);
    EXPECT_THAT(states(rows[90]), Each(Done)) << "what is looked at stays";
    EXPECT_EQ(width(rows[0], kInput), 0);
    session.setCurrentRow(rows[0]);
    runQueued();
    EXPECT_THAT(states(rows[0]), Each(Running)) << "and what went is asked for again";
}

TEST_F(BoardPlanning, AListIsDescribedAFewRowsAtATimeTheNewestFirst) {
    start();
    const auto rows = addMany(100);
    for (int i = 0; i < 50; ++i) board->showInList(rows[i]);
    runQueued();
    EXPECT_EQ(engine->described.size(), 1u) << "the current row's input comes first";
    answer("input", fakePicture(8, 8));
    EXPECT_LE(engine->described.size(), 5u);
    EXPECT_TRUE(engine->waiting("source", "/p/49.png"));
    EXPECT_FALSE(engine->waiting("source", "/p/1.png"));
    for (int i = 0; i < 40; ++i) {
        for (const auto& job : engine->described) job->answer(fakeInfo(8, 8));
        for (const auto& job : engine->pictures) {
            if (job->subject.lens == "source") job->answer(fakePicture(8, 8));
        }
        runQueued();
    }
    for (int i = 0; i < 50; ++i) {
        EXPECT_EQ(row(rows[i]).state, RowState::Ready) << i;
        EXPECT_FALSE(row(rows[i]).thumbnail.isNull()) << i;
    }
    EXPECT_EQ(row(rows[60]).state, RowState::Loading);
    EXPECT_EQ(engine->countAsked("reconstruction"), 1) << "a list needs no model";
}

TEST_F(BoardPlanning, ThumbnailsOfTheFirstScreenComeBeforeTheInputsOfItsOtherRows) {
    start();
    const auto rows = addMany(10);
    board->setVisibleRows({rows[0], rows[1], rows[2]});
    board->showInList(rows[5]);
    runQueued();
    EXPECT_EQ(engine->countAsked("source"), 0) << "what is looked at shows its input first";
    engine->waiting("input", "/p/0.png")->answer(fakePicture(8, 8));
    runQueued();
    for (const char* path : {"/p/0.png", "/p/1.png", "/p/2.png", "/p/5.png"}) {
        const auto thumbnail = engine->waiting("source", path);
        ASSERT_TRUE(thumbnail) << path;
        EXPECT_EQ(thumbnail->priority, Priority::Hovered) << path;
    }
    const auto input = engine->waiting("input", "/p/1.png");
    ASSERT_TRUE(input);
    EXPECT_EQ(input->priority, Priority::Visible);
    EXPECT_FALSE(engine->waiting("source", "/p/3.png")) << "it is not on screen";
}

TEST_F(BoardPlanning, AThumbnailUnderWayIsRaisedWhenItsRowIsLookedAt) {
    start();
    const auto rows = addMany(3);
    answer("input", fakePicture(8, 8));
    for (const char* lens : {"reconstruction", "difference", "source"}) answer(lens, fakePicture(8, 8));
    engine->waiting("input", "/p/1.png")->answer(fakePicture(8, 8));
    runQueued();
    const auto early = engine->waiting("source", "/p/1.png");
    ASSERT_TRUE(early);
    EXPECT_EQ(early->priority, Priority::OffScreen);
    session.setCurrentRow(rows[1]);
    runQueued();
    EXPECT_TRUE(early->cancelled);
    const auto raised = engine->waiting("source", "/p/1.png");
    ASSERT_TRUE(raised);
    EXPECT_EQ(raised->priority, Priority::Hovered);
    raised->answer(fakePicture(8, 8));
    runQueued();
    EXPECT_FALSE(row(rows[1]).thumbnail.isNull()) << "the end of the earlier request does not stop the later one";
}

TEST_F(BoardPlanning, CancellingAllDropsPrefetchesWithoutAMark) {
    start();
    const auto rows = addMany(3);
    engine->answerAll();
    runQueued();
    ASSERT_TRUE(engine->waiting("reconstruction", "/p/1.png"));
    board->cancelAll();
    runQueued();
    EXPECT_TRUE(underWay().empty());
    EXPECT_THAT(states(rows[1]), Each(Waiting)) << "nobody had asked for it";
    for (const auto& job : engine->described) job->answer(fakeInfo(8, 8));
    runQueued();
    EXPECT_TRUE(underWay().empty()) << "and what was cancelled does not begin again by itself";
    session.setCurrentRow(rows[1]);
    runQueued();
    EXPECT_THAT(states(rows[1]), Each(Running));
}

TEST_F(BoardPlanning, CancellingAllCancelsTheRowsOnScreen) {
    start();
    const auto rows = addMany(5);
    board->setVisibleRows({rows[3]});
    runQueued();
    board->cancelAll();
    runQueued();
    EXPECT_THAT(states(rows[0]), Each(Cancelled));
    EXPECT_THAT(states(rows[3]), Each(Cancelled));
    EXPECT_EQ(board->totals().running, 0);
}

TEST_F(BoardPlanning, TheCellWhoseTokensAreEditedGoesFirst) {
    start();
    const ui::RowId row = addMany(1).front();
    engine->answerAll();
    runQueued();
    ASSERT_EQ(session.currentColumn(), kReconstruction);
    session.editTokens("edit", row, session.model(), std::make_shared<const TokenEdit>(TokenEdit{.rows = 1, .columns = 1, .depths = 1, .changes = {{0, 0, 0, 1}}}));
    runQueued();
    ASSERT_TRUE(engine->waiting("reconstruction") && engine->waiting("difference"));
    EXPECT_EQ(engine->waiting("reconstruction")->priority, Priority::Hovered);
    EXPECT_EQ(engine->waiting("difference")->priority, Priority::Visible);
}

}  // namespace
}  // namespace tessera::test
