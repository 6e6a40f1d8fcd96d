// SPDX-License-Identifier: GPL-3.0-or-later
#include "bridge/drag_read.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "bridge/cell_board.h"
#include "widgets/support/event_loop.h"
#include "widgets/support/fake_engine.h"

namespace tessera::test {
namespace {

using namespace ui;
using testing::IsEmpty;
using testing::SizeIs;

class DragReadTest : public testing::Test {
protected:
    DragReadTest() {
        host.adopt(engine);
        runQueued();
    }

    std::shared_ptr<FakeEngine> engine = std::make_shared<FakeEngine>();
    Session session;
    EngineHost host;
    CellBoard board{session, host};
    DragRead read{session, host, board};
};

TEST_F(DragReadTest, ReadsTheFileAndForgetsTheSourceWhenDone) {
    read.begin("/a.jpg");
    const auto job = engine->waiting("input", "/a.jpg");
    ASSERT_TRUE(job);
    job->answer(Picture{});
    runQueued();
    EXPECT_THAT(engine->sources, IsEmpty());
}

TEST_F(DragReadTest, AsksForTheFirstColumnAsTheBoardWill) {
    session.setParameter(0, "size", std::int64_t(512));
    session.setInitialModel({"mini"});
    runQueued();
    engine->giveModel(7);
    runQueued();
    read.begin("/a.jpg");
    const auto job = engine->waiting("input", "/a.jpg");
    ASSERT_TRUE(job);
    EXPECT_EQ(job->subject.cell.model, ModelId{7});
    EXPECT_EQ(job->subject.parameters.at("size"), Value(std::int64_t(512)));
    EXPECT_TRUE(job->observer.onPartial) << "else there is no preview";
    session.addRows({{.path = "/a.jpg"}});
    runQueued();
    const auto asked = engine->waiting("input", "/a.jpg");
    ASSERT_NE(asked, job);
    EXPECT_EQ(asked->subject.parameters, job->subject.parameters);
    EXPECT_EQ(asked->subject.cell.model, job->subject.cell.model);
}

TEST_F(DragReadTest, TheDroppedRowShowsWhatWasDrawnUntilTheEngineAnswers) {
    read.begin("/a.jpg");
    engine->waiting("input", "/a.jpg")->answer(Picture{.summary = "drawn ahead"});
    runQueued();
    read.dropped();
    const std::vector<RowId> rows = session.addRows({{.path = "/other.jpg"}, {.path = "/a.jpg"}});
    session.setCurrentRow(rows[1]);
    runQueued();
    ASSERT_TRUE(board.cell(rows[1], 0).picture);
    EXPECT_EQ(board.cell(rows[1], 0).picture->summary, "drawn ahead");
    EXPECT_TRUE(board.cell(rows[1], 0).picture->partial);
    EXPECT_EQ(board.cell(rows[1], 0).state, CellState::Running);
    EXPECT_FALSE(board.cell(rows[0], 0).picture);
    engine->waiting("input", "/a.jpg")->answer(Picture{.summary = "whole"});
    runQueued();
    EXPECT_EQ(board.cell(rows[1], 0).picture->summary, "whole");
    EXPECT_FALSE(board.cell(rows[1], 0).picture->partial);
}

TEST_F(DragReadTest, TheModelComesAfterTheFirstFrame) {
    session.setInitialModel({"mini"});
    runQueued();
    engine->giveModel(7);
    runQueued();
    read.begin("/a.jpg");
    engine->waiting("input", "/a.jpg")->answer(Picture{});
    runQueued();
    read.dropped();
    session.addRows({{.path = "/a.jpg"}});
    runQueued();
    EXPECT_TRUE(engine->waiting("input", "/a.jpg"));
    EXPECT_FALSE(engine->waiting("reconstruction"));
    EXPECT_TRUE(waitUntil([&] { return engine->waiting("reconstruction", "/a.jpg") && engine->waiting("difference", "/a.jpg"); }));
}

TEST_F(DragReadTest, OtherSettingsOrADragThatLeftOfferNothing) {
    read.begin("/a.jpg");
    engine->waiting("input", "/a.jpg")->answer(Picture{});
    runQueued();
    session.setParameter(0, "size", std::int64_t(512));
    const RowId row = session.addRows({{.path = "/a.jpg"}})[0];
    runQueued();
    EXPECT_FALSE(board.cell(row, 0).picture);
    read.begin("/b.jpg");
    engine->waiting("input", "/b.jpg")->answer(Picture{});
    runQueued();
    read.giveUp();
    const RowId second = session.addRows({{.path = "/b.jpg"}})[0];
    session.setCurrentRow(second);
    runQueued();
    EXPECT_FALSE(board.cell(second, 0).picture);
}

TEST_F(DragReadTest, ADragThatLeavesStopsReading) {
    read.begin("/a.jpg");
    const auto job = engine->waiting("input", "/a.jpg");
    read.giveUp();
    EXPECT_TRUE(job->cancelled);
    EXPECT_THAT(engine->sources, IsEmpty());
}

TEST_F(DragReadTest, WhatIsDroppedIsReadToItsEnd) {
    read.begin("/a.jpg");
    const auto job = engine->waiting("input", "/a.jpg");
    read.dropped();
    EXPECT_FALSE(job->answered);
    job->answer(Error{ErrorCode::Invalid, "broken", "/a.jpg", {}});
    runQueued();
    EXPECT_THAT(engine->sources, IsEmpty());
}

TEST_F(DragReadTest, TheSameFileIsReadOnceADragAndTheNextFileReplacesIt) {
    read.begin("/a.jpg");
    read.begin("/a.jpg");
    EXPECT_THAT(engine->pictures, SizeIs(1));
    const auto first = engine->waiting("input", "/a.jpg");
    read.begin("/b.jpg");
    EXPECT_TRUE(first->cancelled);
    EXPECT_TRUE(engine->waiting("input", "/b.jpg"));
    read.dropped();
    read.begin("/b.jpg");
    EXPECT_THAT(engine->pictures, SizeIs(3)) << "another drag of a file that may have changed";
}

TEST_F(DragReadTest, WithoutAnEngineNothingHappens) {
    EngineHost closed;
    CellBoard none(session, closed);
    DragRead early(session, closed, none);
    early.begin("/a.jpg");
    early.dropped();
    early.giveUp();
    EXPECT_THAT(engine->pictures, IsEmpty());
}

}  // namespace
}  // namespace tessera::test
