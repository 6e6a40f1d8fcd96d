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
    DragRead read{session, host};
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
    host.chooseModel({"mini"});
    runQueued();
    engine->giveModel(7);
    runQueued();
    read.begin("/a.jpg");
    const auto job = engine->waiting("input", "/a.jpg");
    ASSERT_TRUE(job);
    EXPECT_EQ(job->subject.cell.model, ModelId{7});
    EXPECT_EQ(job->subject.parameters.at("size"), Value(std::int64_t(512)));
    EXPECT_TRUE(job->observer.onPartial) << "else there is no preview";
    CellBoard board(session, host);
    const RowId row = session.addRows({{.path = "/a.jpg"}})[0];
    board.setVisibleRows({row});
    runQueued();
    const auto asked = engine->waiting("input", "/a.jpg");
    ASSERT_NE(asked, job);
    EXPECT_EQ(asked->subject.parameters, job->subject.parameters);
    EXPECT_EQ(asked->subject.cell.model, job->subject.cell.model);
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
    DragRead early(session, closed);
    early.begin("/a.jpg");
    early.dropped();
    early.giveUp();
    EXPECT_THAT(engine->pictures, IsEmpty());
}

}  // namespace
}  // namespace tessera::test
