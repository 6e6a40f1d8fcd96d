// SPDX-License-Identifier: GPL-3.0-or-later
#include "panels/timeline.h"

#include <QLabel>
#include <QSlider>
#include <QToolButton>

#include "widgets/bridge/board_fixture.h"
#include "window_events.h"

namespace tessera::test {
namespace {

class TimelineTest : public BoardFixture {
protected:
    void SetUp() override {
        timeline.emplace(session, *board);
        start();
    }
    void TearDown() override { timeline.reset(); }
    ui::RowId addClip(const std::string& path, int frames, double rate = 50) {
        const ui::RowId row = add(path);
        SourceInfo info = fakeInfo(8, 8);
        info.frames = frames;
        info.framesPerSecond = rate;
        engine->described.back()->answer(info);
        runQueued();
        return row;
    }
    int frame() const { return session.view().frame; }

    std::optional<ui::Timeline> timeline;
};

TEST_F(TimelineTest, IsThereOnlyWhileARowIsAClip) {
    add("/p/still.png");
    EXPECT_FALSE(timeline->isVisibleTo(nullptr));
    const ui::RowId clip = addClip("/p/a.mp4", 5, 25);
    EXPECT_TRUE(timeline->isVisibleTo(nullptr));
    EXPECT_EQ(timeline->findChild<QLabel*>()->text(), u"frame 1 of 5, 25 per second");
    timeline->setAvailable(false);
    EXPECT_FALSE(timeline->isVisibleTo(nullptr));
    timeline->setAvailable(true);
    session.removeRows({clip});
    EXPECT_FALSE(timeline->isVisibleTo(nullptr));
}

TEST_F(TimelineTest, OneFrameIsShownInEveryCellAndAShorterClipWaitsAtItsEnd) {
    const ui::RowId longer = addClip("/p/a.mp4", 5), shorter = addClip("/p/b.gif", 2), still = add("/p/c.png");
    for (const ui::RowId row : {longer, shorter, still}) {
        session.setCurrentRow(row);
        runQueued();
        answerAll();
    }
    timeline->findChild<QSlider*>()->setValue(3);
    EXPECT_EQ(frame(), 3);
    const auto asked = [this](ui::RowId row, const std::string& path) {
        session.setCurrentRow(row);
        runQueued();
        const auto job = engine->waiting("reconstruction", path);
        return job ? job->subject.cell.frame : -1;
    };
    EXPECT_EQ(asked(longer, "/p/a.mp4"), 3);
    EXPECT_EQ(asked(shorter, "/p/b.gif"), 1);
    EXPECT_EQ(asked(still, "/p/c.png"), -1) << "a picture stays as it is: nothing is asked anew";
}

TEST_F(TimelineTest, StepsGoRound) {
    addClip("/p/a.mp4", 3);
    timeline->step(1);
    timeline->step(1);
    EXPECT_EQ(frame(), 2);
    timeline->step(1);
    EXPECT_EQ(frame(), 0);
    timeline->step(-1);
    EXPECT_EQ(frame(), 2);
}

TEST_F(TimelineTest, PlaysAFrameOnlyWhenTheOneBeforeIsThere) {
    addClip("/p/a.mp4", 4);
    answerAll();
    auto& button = *timeline->findChild<QToolButton*>();
    timeline->setPlaying(true);
    EXPECT_TRUE(timeline->isPlaying());
    EXPECT_EQ(button.text(), u"Pause");
    ASSERT_TRUE(waitUntil([this] { return frame() == 1; }, 10));
    settle(200);
    EXPECT_EQ(frame(), 1) << "its cells are not there yet";
    answerAll();
    ASSERT_TRUE(waitUntil([this] { return frame() == 2; }, 10));
    timeline->setPlaying(false);
    answerAll();
    settle(100);
    EXPECT_EQ(frame(), 2);
    EXPECT_EQ(button.text(), u"Play");
}

}  // namespace
}  // namespace tessera::test
