// SPDX-License-Identifier: GPL-3.0-or-later
#include "bridge/drag_read.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

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
    EngineHost host;
    DragRead read{host};
};

TEST_F(DragReadTest, ReadsTheFileAndForgetsTheSourceWhenDone) {
    read.begin("/a.jpg");
    const auto job = engine->waiting("source", "/a.jpg");
    ASSERT_TRUE(job);
    job->answer(Picture{});
    runQueued();
    EXPECT_THAT(engine->sources, IsEmpty());
}

TEST_F(DragReadTest, ADragThatLeavesStopsReading) {
    read.begin("/a.jpg");
    const auto job = engine->waiting("source", "/a.jpg");
    read.giveUp();
    EXPECT_TRUE(job->cancelled);
    EXPECT_THAT(engine->sources, IsEmpty());
}

TEST_F(DragReadTest, WhatIsDroppedIsReadToItsEnd) {
    read.begin("/a.jpg");
    const auto job = engine->waiting("source", "/a.jpg");
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
    const auto first = engine->waiting("source", "/a.jpg");
    read.begin("/b.jpg");
    EXPECT_TRUE(first->cancelled);
    EXPECT_TRUE(engine->waiting("source", "/b.jpg"));
    read.dropped();
    read.begin("/b.jpg");
    EXPECT_THAT(engine->pictures, SizeIs(3)) << "another drag of a file that may have changed";
}

TEST_F(DragReadTest, WithoutAnEngineNothingHappens) {
    EngineHost closed;
    DragRead early(closed);
    early.begin("/a.jpg");
    early.dropped();
    early.giveUp();
    EXPECT_THAT(engine->pictures, IsEmpty());
}

}  // namespace
}  // namespace tessera::test
