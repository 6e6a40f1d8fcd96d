// SPDX-License-Identifier: GPL-3.0-or-later
#include "generate/branch_tree.h"

#include "widgets/generate/drawing_fixture.h"

namespace tessera::test {
namespace {

class BranchTreeTest : public DrawingFixture {};

TEST_F(BranchTreeTest, BranchesStandBelowWhatTheyLeft) {
    openPainter();
    const auto main = order();
    finish();
    desk.setToken(2);
    const auto fork = desk.fork(90);
    runQueued();
    finish();
    desk.setToken(4);
    const auto forkOfFork = desk.fork(91);
    runQueued();
    finish();
    desk.show({main, 0});
    desk.setPart(QRect(QPoint(0, 1), QPoint(1, 1)));
    const auto redrawn = desk.redraw();
    runQueued();
    order(QStringLiteral("another picture"));

    for (const ui::DrawingId any : {main, fork, forkOfFork, redrawn}) {
        const auto branches = ui::branchesOf(queue, {any, 0});
        ASSERT_EQ(branches.size(), 4u) << "all of them are one tree";
        EXPECT_EQ(branches[0].picture.drawing, main);
        EXPECT_EQ(branches[0].parent, -1);
        EXPECT_EQ(branches[1].picture.drawing, fork);
        EXPECT_EQ(branches[1].parent, 0);
        EXPECT_EQ(branches[1].from, 2);
        EXPECT_EQ(branches[1].drawn, kTokens);
        EXPECT_EQ(branches[2].picture.drawing, forkOfFork);
        EXPECT_EQ(branches[2].parent, 1);
        EXPECT_EQ(branches[2].from, 4);
        EXPECT_EQ(branches[3].picture.drawing, redrawn);
        EXPECT_EQ(branches[3].parent, 0);
        EXPECT_EQ(branches[3].from, 3);
        EXPECT_EQ(branches[3].tokens, kTokens) << "known before it has begun";
        EXPECT_EQ(ui::branchName(queue, branches, 0).toStdString(), "main");
        EXPECT_EQ(ui::branchName(queue, branches, 1).toStdString(), "fork 1");
        EXPECT_EQ(ui::branchName(queue, branches, 3).toStdString(), "redraw 3");
        EXPECT_EQ(ui::branchExchange(queue, branches[1]).toStdString(), "code 20 → 90");
        EXPECT_EQ(ui::branchExchange(queue, branches[3]).toStdString(), "columns 1–2, rows 2–2");
    }
    queue.remove(fork);
    EXPECT_EQ(ui::branchesOf(queue, {main, 0}).size(), 2u);
    EXPECT_EQ(ui::branchesOf(queue, {forkOfFork, 0}).size(), 1u) << "what it came from is gone";
}

}  // namespace
}  // namespace tessera::test
