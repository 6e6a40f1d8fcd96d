// SPDX-License-Identifier: GPL-3.0-or-later
#include "panels/stage/stage_layout.h"

#include <gtest/gtest.h>

#include "panels/stage/busy_phase.h"

namespace tessera::ui {
namespace {

constexpr StageRows kRows{.model = 26, .lens = 22, .parameter = 22, .caption = 20};

TEST(StageLayout, HeadersBodiesAndCaptionsFollowEachOtherFourPixelsApart) {
    const StageLayout layout = layOutStage({900, 500}, kRows, 3, {1, 1}, false);
    ASSERT_EQ(layout.cells.size(), 3U);
    for (const StageLayout::Cell& cell : layout.cells) {
        EXPECT_EQ(cell.header.height(), 22 + 1 + 22);
        EXPECT_EQ(cell.header.bottom() + 1 - layout.models[0].top(), 72);
        EXPECT_EQ(cell.body.top() - cell.header.bottom() - 1, 4);
        EXPECT_EQ(cell.caption.top(), cell.body.bottom() + 1);
        EXPECT_EQ(cell.caption.height(), 20);
        EXPECT_EQ(cell.caption.bottom() + 1, 496);
    }
    EXPECT_EQ(layout.cells[1].body.left() - layout.cells[0].body.right() - 1, 4);
    EXPECT_EQ(layout.models[1].left(), layout.cells[1].header.left());
    EXPECT_EQ(layout.models[1].right(), layout.cells[2].header.right());
}

TEST(StageLayout, BodiesAreOfOneSizeWhateverTheWidth) {
    for (int width = 100; width < 140; ++width) {
        const StageLayout layout = layOutStage({width, 90}, kRows, 3, {4, 3}, false);
        for (const StageLayout::Cell& cell : layout.cells) {
            EXPECT_EQ(cell.body.size(), layout.cells[0].body.size()) << width;
            EXPECT_GE(cell.body.left(), 0);
            EXPECT_LE(cell.body.right(), width);
        }
    }
}

TEST(StageLayout, ANarrowStageKeepsItsColumnsSideBySide) {
    EXPECT_FALSE(layOutStage({420, 380}, kRows, 3, {1, 1}, false).stacked);
}

TEST(StageLayout, APortraitStageStacksWherePicturesGrow) {
    const StageLayout stacked = layOutStage({420, 1200}, kRows, 3, {1, 1}, false);
    ASSERT_TRUE(stacked.stacked);
    for (int i = 1; i < 3; ++i) {
        EXPECT_GT(stacked.cells[i].header.top(), stacked.cells[i - 1].caption.bottom());
        EXPECT_EQ(stacked.cells[i].body.size(), stacked.cells[0].body.size());
    }
    EXPECT_LE(stacked.cells[2].caption.bottom(), 1200);
    // Tall pictures are no larger on top of each other.
    EXPECT_FALSE(layOutStage({420, 1200}, kRows, 3, {1, 4}, false).stacked);
}

TEST(StageLayout, AStageThatIsResizedDoesNotFlipToAndFro) {
    int changes = 0;
    bool stacked = false;
    for (int height = 500; height < 1100; ++height) {
        const bool now = layOutStage({420, height}, kRows, 3, {1, 1}, stacked).stacked;
        changes += now != stacked;
        stacked = now;
    }
    EXPECT_EQ(changes, 1);
    int smallest = 1100;
    while (smallest > 500 && layOutStage({420, smallest}, kRows, 3, {1, 1}, true).stacked) --smallest;
    EXPECT_FALSE(layOutStage({420, smallest + 5}, kRows, 3, {1, 1}, false).stacked) << "it stays stacked where it would not have begun";
}

TEST(StageLayout, AStageWithoutRoomHasNoNegativeSizes) {
    for (const StageLayout::Cell& cell : layOutStage({3, 3}, kRows, 3, {1, 1}, false).cells) {
        EXPECT_GE(cell.body.width(), 0);
        EXPECT_GE(cell.body.height(), 0);
    }
}

TEST(BusyPhase, NothingThenASpinnerThenABar) {
    using namespace std::chrono_literals;
    EXPECT_EQ(busyPhase(0ms), BusyPhase::Hidden);
    EXPECT_EQ(busyPhase(299ms), BusyPhase::Hidden);
    EXPECT_EQ(busyPhase(300ms), BusyPhase::Spinner);
    EXPECT_EQ(busyPhase(1999ms), BusyPhase::Spinner);
    EXPECT_EQ(busyPhase(2s), BusyPhase::Bar);
}

}  // namespace
}  // namespace tessera::ui
