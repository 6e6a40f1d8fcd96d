// SPDX-License-Identifier: GPL-3.0-or-later
#include "panels/stage/board_layout.h"

#include <gtest/gtest.h>

#include "panels/stage/busy_phase.h"

namespace tessera::ui {
namespace {

constexpr BoardLengths kLengths{.model = 26, .lens = 22, .parameter = 22, .caption = 20, .rowHeader = 84, .imageHeader = 48, .columnHeader = 176, .smallestCell = 128};

/// Source of one column, a model of `columns - 1`, each with a lens of its own.
BoardShape shapeOf(int columns, const QSizeF& picture = {1, 1}) {
    BoardShape shape{.columns = columns, .images = 1, .picture = picture};
    shape.groups = {{0, 0}};
    if (columns > 1) shape.groups.push_back({1, columns - 1});
    for (int i = 0; i < columns; ++i) shape.lenses.push_back({i, i});
    return shape;
}

BoardShape gridOf(int columns, int images) {
    BoardShape shape = shapeOf(columns);
    shape.images = images;
    shape.form.grid = true;
    return shape;
}

TEST(BoardLayout, HeadersBodiesAndCaptionsFollowEachOtherFourPixelsApart) {
    const BoardLayout layout = layOutBoard({900, 500}, kLengths, shapeOf(3));
    ASSERT_EQ(layout.cells.size(), 3U);
    for (const BoardLayout::Cell& cell : layout.cells) {
        const QRect& lens = layout.lenses[cell.column];
        const QRect& parameter = layout.parameters[cell.column];
        EXPECT_EQ(lens.height(), 22);
        EXPECT_EQ(parameter.top() - lens.bottom() - 1, 1);
        EXPECT_EQ(parameter.bottom() + 1 - layout.groups[0].top(), 72);
        EXPECT_EQ(cell.body.top() - parameter.bottom() - 1, 4);
        EXPECT_EQ(cell.caption.top(), cell.body.bottom() + 1);
        EXPECT_EQ(cell.caption.height(), 20);
        EXPECT_EQ(cell.caption.bottom() + 1, 496);
    }
    EXPECT_EQ(layout.cells[1].body.left() - layout.cells[0].body.right() - 1, 4);
    EXPECT_EQ(layout.groups[1].left(), layout.cells[1].body.left());
    EXPECT_EQ(layout.groups[1].right(), layout.cells[2].body.right());
}

TEST(BoardLayout, BodiesAreOfOneSizeWhateverTheWidth) {
    for (int width = 300; width < 340; ++width) {
        const BoardLayout layout = layOutBoard({width, 290}, kLengths, shapeOf(3, {4, 3}));
        for (const BoardLayout::Cell& cell : layout.cells) {
            EXPECT_EQ(cell.body.size(), layout.cells[0].body.size()) << width;
            EXPECT_GE(cell.body.left(), 0);
            EXPECT_LE(cell.body.right(), width);
        }
    }
}

TEST(BoardLayout, ANarrowStageKeepsItsColumnsSideBySide) {
    EXPECT_FALSE(layOutBoard({420, 380}, kLengths, shapeOf(3)).stacked);
}

TEST(BoardLayout, APortraitStageStacksWherePicturesGrow) {
    const BoardLayout stacked = layOutBoard({420, 1200}, kLengths, shapeOf(3));
    ASSERT_TRUE(stacked.stacked);
    for (int i = 1; i < 3; ++i) {
        EXPECT_GT(stacked.lenses[i].top(), stacked.cells[i - 1].caption.bottom());
        EXPECT_EQ(stacked.cells[i].body.size(), stacked.cells[0].body.size());
    }
    EXPECT_LE(stacked.cells[2].caption.bottom(), 1200);
    // Tall pictures are no larger on top of each other.
    EXPECT_FALSE(layOutBoard({420, 1200}, kLengths, shapeOf(3, {1, 4})).stacked);
}

TEST(BoardLayout, AStageThatIsResizedDoesNotFlipToAndFro) {
    const auto stackedAt = [](int height, bool before) {
        BoardShape shape = shapeOf(3);
        shape.wasStacked = before;
        return layOutBoard({420, height}, kLengths, shape).stacked;
    };
    int changes = 0;
    bool stacked = false;
    for (int height = 500; height < 1100; ++height) {
        const bool now = stackedAt(height, stacked);
        changes += now != stacked;
        stacked = now;
    }
    EXPECT_EQ(changes, 1);
    int smallest = 1100;
    while (smallest > 500 && stackedAt(smallest, true)) --smallest;
    EXPECT_FALSE(stackedAt(smallest + 5, false)) << "it stays stacked where it would not have begun";
}

TEST(BoardLayout, ALeadIsLargeAndTheOthersStandBesideItUnderHeadersOfTheirOwn) {
    BoardShape shape = shapeOf(7);
    shape.groups = {{0, 6}};
    shape.lead = true;
    const BoardLayout layout = layOutBoard({920, 525}, kLengths, shape);
    ASSERT_TRUE(layout.lead);
    ASSERT_EQ(layout.cells.size(), 7U);
    ASSERT_EQ(layout.lenses.size(), 7U);
    const QRect whole(0, 0, 920, 525);
    const QRect& lead = layout.cells[0].body;
    for (int i = 0; i < 7; ++i) {
        const BoardLayout::Cell& cell = layout.cells[i];
        EXPECT_EQ(cell.column, i);
        EXPECT_TRUE(whole.contains(cell.frame())) << i;
        EXPECT_EQ(layout.parameters[i].bottom() + 2, cell.body.top());
        EXPECT_EQ(layout.lenses[i].bottom() + 2, layout.parameters[i].top());
        EXPECT_EQ(layout.parameters[i].width(), cell.body.width());
        EXPECT_GT(layout.lenses[i].top(), layout.groups[0].bottom());
        if (i == 0) continue;
        EXPECT_EQ(cell.body.size(), layout.cells[1].body.size());
        EXPECT_GT(cell.body.left(), lead.right());
        EXPECT_GT(std::min(lead.width(), lead.height()), 2 * std::min(cell.body.width(), cell.body.height()));
        for (int j = 1; j < i; ++j) EXPECT_FALSE(cell.frame().united(layout.lenses[i]).intersects(layout.cells[j].frame().united(layout.lenses[j]))) << i << ' ' << j;
    }
    EXPECT_GT(std::min(lead.width(), lead.height()), 3 * layOutBoard({920, 525}, kLengths, shapeOf(7)).cells[0].body.width()) << "than side by side";
    // Of two columns there is none, nor of two models, nor on a board of all images.
    BoardShape other = shapeOf(2);
    other.groups = {{0, 1}};
    other.lead = true;
    EXPECT_FALSE(layOutBoard({920, 525}, kLengths, other).lead);
    shape.groups = {{0, 2}, {3, 6}};
    EXPECT_FALSE(layOutBoard({920, 525}, kLengths, shape).lead);
    shape.groups = {{0, 6}};
    shape.form.grid = true;
    EXPECT_FALSE(layOutBoard({920, 525}, kLengths, shape).lead);
    shape.form.grid = false;
    for (int side = 0; side < 200; side += 7) {
        for (const BoardLayout::Cell& cell : layOutBoard({side, side}, kLengths, shape).cells) EXPECT_GE(std::min(cell.body.width(), cell.body.height()), 0) << side;
    }
}

TEST(BoardLayout, AStageWithoutRoomHasNoNegativeSizes) {
    for (const bool grid : {false, true}) {
        for (const bool transposed : {false, true}) {
            BoardShape shape = gridOf(3, 4);
            shape.form = {.grid = grid, .transposed = transposed};
            for (const BoardLayout::Cell& cell : layOutBoard({3, 3}, kLengths, shape).cells) {
                EXPECT_GE(cell.body.width(), 0);
                EXPECT_GE(cell.body.height(), 0);
            }
        }
    }
}

TEST(BoardLayout, AGridLaysOutOnlyTheImagesThatCanBeSeen) {
    const BoardLayout layout = layOutBoard({1000, 700}, kLengths, gridOf(5, 1000));
    EXPECT_EQ(layout.cells.size() % 5, 0U);
    EXPECT_LE(layout.cells.size(), 5U * 7) << "a thousand images cost what is seen of them";
    EXPECT_EQ(layout.images.size() * 5, layout.cells.size());
    EXPECT_EQ(layout.images.front().image, 0);
    EXPECT_EQ(layout.content.height(), 1000 * layout.step.height() + 4);
    for (const BoardLayout::Cell& cell : layout.cells) {
        EXPECT_GE(cell.body.left(), layout.left.right() + 1);
        const double shape = double(cell.body.height()) / cell.body.width();
        EXPECT_GE(shape, 0.65);
        EXPECT_LE(shape, 1.0);
    }
}

TEST(BoardLayout, ScrollingShowsTheWantedCellAndStopsAtTheEnd) {
    BoardShape shape = gridOf(5, 1000);
    const BoardLayout first = layOutBoard({1000, 700}, kLengths, shape);
    EXPECT_EQ(first.scrollTo(0, 0), QPoint(0, 0));
    shape.scroll = first.scrollTo(437, 2);
    const BoardLayout there = layOutBoard({1000, 700}, kLengths, shape);
    const BoardLayout::Cell* cell = there.cell(437, 2);
    ASSERT_TRUE(cell);
    EXPECT_TRUE(there.area.contains(cell->frame()));
    EXPECT_EQ(there.scrollTo(437, 2), there.scroll) << "what is seen needs no scrolling";
    shape.scroll = {0, 1 << 28};
    const BoardLayout end = layOutBoard({1000, 700}, kLengths, shape);
    ASSERT_TRUE(end.cell(999, 0));
    EXPECT_TRUE(end.area.contains(end.cell(999, 0)->frame()));
    EXPECT_EQ(end.scroll.y(), end.content.height() - end.area.height());
}

TEST(BoardLayout, ManyColumnsScrollSidewaysInsteadOfVanishing) {
    const BoardLayout layout = layOutBoard({1000, 700}, kLengths, gridOf(20, 3));
    EXPECT_GT(layout.content.width(), layout.area.width());
    EXPECT_GE(layout.cells.front().body.width(), 128);
    EXPECT_FALSE(layout.cell(0, 19)) << "it is scrolled away";
    EXPECT_EQ(layout.parameters.size(), 20U);
}

TEST(BoardLayout, TransposedImagesRunAcrossAndColumnsDown) {
    BoardShape shape = gridOf(3, 4);
    shape.form.transposed = true;
    const BoardLayout layout = layOutBoard({1000, 700}, kLengths, shape);
    ASSERT_TRUE(layout.cell(0, 0) && layout.cell(1, 0) && layout.cell(0, 1));
    EXPECT_GT(layout.cell(1, 0)->body.left(), layout.cell(0, 0)->body.right());
    EXPECT_GT(layout.cell(0, 1)->body.top(), layout.cell(0, 0)->caption.bottom());
    EXPECT_EQ(layout.cell(1, 0)->body.top(), layout.cell(0, 0)->body.top());
    EXPECT_EQ(layout.parameters[2].left(), layout.parameters[0].left());
    EXPECT_EQ(layout.images[1].place.left(), layout.cell(1, 0)->body.left());
    EXPECT_EQ(layout.groups[1].top(), layout.cell(0, 1)->body.top()) << "a model stands at its first column";
}

TEST(BoardLayout, ASweepHasOneLensHeaderOverItsColumns) {
    BoardShape shape = gridOf(6, 2);
    shape.lenses = {{0, 0}, {1, 5}};
    const BoardLayout layout = layOutBoard({1200, 700}, kLengths, shape);
    ASSERT_EQ(layout.lenses.size(), 2U);
    EXPECT_EQ(layout.lenses[1].left(), layout.parameters[1].left());
    EXPECT_EQ(layout.lenses[1].right(), layout.parameters[5].right());
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
