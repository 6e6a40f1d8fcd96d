// SPDX-License-Identifier: GPL-3.0-or-later
#include "workspace/column_edits.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "workspace/session.h"

namespace tessera::test {
namespace {

using namespace ui;
using testing::ElementsAre;

class ColumnEdits : public testing::Test {
protected:
    ColumnEdits() { session.setInitialModel({"mini"}); session.setWorkspace(WorkspaceKind::Compare); }

    /// "model:lens" of every column, the source as "-".
    std::vector<std::string> shown() const {
        std::vector<std::string> result;
        for (const Column& column : session.columns()) result.push_back((column.source ? "-" : column.model.reference) + ":" + column.lens);
        return result;
    }
    std::uint32_t& ids() { return session.nextLensId(); }
    LensColumnId lens(int column) const { return session.columns()[column].id.lens; }
    void edit(Groups groups) { session.editColumns(QStringLiteral("edit"), std::move(groups)); }

    Session session;
};

TEST_F(ColumnEdits, AModelComesWithTheLensesOfTheOthers) {
    edit(withModel(session.groups(), {"flux"}, ids()));
    EXPECT_THAT(shown(), ElementsAre("-:input", "mini:reconstruction", "mini:difference", "flux:reconstruction", "flux:difference"));
    EXPECT_THAT(session.models(), testing::Contains(ModelChoice{"flux"}));
    edit(withoutModel(session.groups(), {"mini"}));
    EXPECT_THAT(shown(), ElementsAre("-:input", "flux:reconstruction", "flux:difference"));
    session.undoStack().undo();
    session.undoStack().undo();
    EXPECT_THAT(shown(), ElementsAre("-:input", "mini:reconstruction", "mini:difference"));
}

TEST_F(ColumnEdits, TheSourceIsGivenWhatTheFirstModelIsGiven) {
    EXPECT_EQ(session.columns()[0].model, ModelChoice{"mini"});
    edit(withGroupModel(session.groups(), 1, {"flux"}));
    EXPECT_EQ(session.columns()[0].model, ModelChoice{"flux"});
}

TEST_F(ColumnEdits, LensesMoveWithinAndBetweenModels) {
    edit(withModel(session.groups(), {"flux"}, ids()));
    const LensColumnId moved = lens(1);
    edit(withLensMoved(session.groups(), moved, 1, 2));
    EXPECT_THAT(shown(), ElementsAre("-:input", "mini:difference", "mini:reconstruction", "flux:reconstruction", "flux:difference"));
    edit(withLensMoved(session.groups(), moved, 2, 0));
    EXPECT_THAT(shown(), ElementsAre("-:input", "mini:difference", "flux:reconstruction", "flux:reconstruction", "flux:difference"));
    EXPECT_EQ(lens(2), moved);
    edit(withLensMoved(session.groups(), lens(1), 2, 99));
    EXPECT_THAT(shown(), ElementsAre("-:input", "flux:reconstruction", "flux:reconstruction", "flux:difference", "flux:difference")) << "an emptied group goes";
    edit(withGroupMoved(session.groups(), 1, 0));
    EXPECT_EQ(shown().back(), "-:input");
}

TEST_F(ColumnEdits, ABoardKeepsOneColumn) {
    while (session.columns().size() > 1) edit(withoutLens(session.groups(), lens(1)));
    EXPECT_THAT(shown(), ElementsAre("-:input"));
    const Groups before = session.groups();
    EXPECT_EQ(withoutLens(before, lens(0)), before);
    EXPECT_EQ(withoutGroup(before, 0), before);
}

TEST_F(ColumnEdits, ASweepUnfoldsIntoColumnsWithOneParameterEach) {
    edit(withSweep(session.groups(), lens(1), Sweep{.parameter = "strength", .values = {Value(0.0), Value(0.5), Value(1.0)}, .current = 1}));
    ASSERT_EQ(session.columns().size(), 5u);
    for (int step = 0; step < 3; ++step) {
        EXPECT_EQ(session.columns()[1 + step].parameters.at("strength"), Value(0.5 * step));
        EXPECT_EQ(session.columns()[1 + step].step, step);
    }
    EXPECT_THAT(lensSpans(session.columns()), ElementsAre(ColumnSpan{0, 0}, ColumnSpan{1, 3}, ColumnSpan{4, 4}));
    session.setParameter(2, "strength", 0.75);
    EXPECT_EQ(findLens(session.groups(), lens(1))->sweep->values[1], Value(0.75)) << "a step is edited in place";
    edit(withSweepFolded(session.groups(), lens(1), true));
    ASSERT_EQ(session.columns().size(), 3u);
    EXPECT_EQ(session.columns()[1].parameters.at("strength"), Value(0.75)) << "the current step stays";
    edit(withSweep(session.groups(), lens(1), std::nullopt));
    EXPECT_FALSE(session.columns()[1].step);
    EXPECT_EQ(session.columns()[1].parameters.at("strength"), Value(0.75)) << "what was looked at becomes the parameter";
}

TEST_F(ColumnEdits, AnotherLensKeepsTheParametersThatItHas) {
    session.setParameter(1, "size", std::int64_t(128));
    session.setParameter(1, "strength", 0.5);
    edit(withLensChanged(session.groups(), lens(1), "latent_pca", {"size", "crop"}));
    EXPECT_EQ(session.columns()[1].lens, "latent_pca");
    EXPECT_EQ(session.columns()[1].parameters, (ParameterSet{{"size", std::int64_t(128)}}));
}

TEST_F(ColumnEdits, AFoldedGroupShowsItsFirstColumn) {
    edit(withGroupFolded(session.groups(), 1, true));
    EXPECT_THAT(shown(), ElementsAre("-:input", "mini:reconstruction"));
    edit(withLens(session.groups(), 1, "spectrum", ids()));
    EXPECT_THAT(shown(), ElementsAre("-:input", "mini:reconstruction", "mini:difference", "mini:spectrum")) << "what is added is seen";
}

TEST_F(ColumnEdits, CopiesHaveNamesOfTheirOwn) {
    edit(withGroupCopied(session.groups(), 1, ids()));
    edit(withLensCopied(session.groups(), lens(1), ids()));
    std::vector<LensColumnId> names;
    for (int i = 0; i < static_cast<int>(session.columns().size()); ++i) names.push_back(lens(i));
    std::ranges::sort(names);
    EXPECT_EQ(std::ranges::adjacent_find(names), names.end());
    EXPECT_EQ(names.size(), 6u);
}

TEST_F(ColumnEdits, SweepValuesAreEvenOrDouble) {
    EXPECT_THAT(sweepValues(0.0, 1.0, 5, false), ElementsAre(Value(0.0), Value(0.25), Value(0.5), Value(0.75), Value(1.0)));
    EXPECT_THAT(sweepValues(0.0, 0.8, 5, true), ElementsAre(Value(0.0), Value(0.1), Value(0.2), Value(0.4), Value(0.8)));
    EXPECT_THAT(sweepValues(std::int64_t(1), std::int64_t(3), 5, false), ElementsAre(Value(std::int64_t(1)), Value(std::int64_t(2)), Value(std::int64_t(3)))) << "whole steps are not shown twice";
    EXPECT_THAT(sweepValues(2.0, 9.0, 1, true), ElementsAre(Value(2.0)));
    EXPECT_THAT(sweepValues(0.0, 1.0, 11, false)[3], Value(0.3)) << "as it would be typed";
}

TEST_F(ColumnEdits, TheCurrentColumnFollowsItsLens) {
    session.setCurrentColumn(2);
    const LensColumnId current = lens(2);
    edit(withLensMoved(session.groups(), current, 1, 0));
    EXPECT_EQ(session.currentColumn(), 1);
    EXPECT_EQ(lens(session.currentColumn()), current);
    edit(withoutLens(session.groups(), current));
    EXPECT_LT(session.currentColumn(), static_cast<int>(session.columns().size()));
}

TEST_F(ColumnEdits, AWorkspaceThatWasNeverEditedFollowsTheModels) {
    edit(withModel(session.groups(), {"flux"}, ids()));
    session.setCurrentColumn(3);
    session.setWorkspace(WorkspaceKind::Reconstruct);
    EXPECT_THAT(shown(), ElementsAre("-:input", "flux:reconstruction", "flux:difference")) << "Reconstruct shows the current model";
    session.setParameter(1, "size", std::int64_t(64));
    session.setWorkspace(WorkspaceKind::Compare);
    EXPECT_EQ(shown().size(), 5u) << "its own columns are as they were left";
    session.undoStack().undo();
    EXPECT_EQ(session.workspace().kind, WorkspaceKind::Reconstruct) << "what is undone is seen";
}

TEST_F(ColumnEdits, RowsMoveAndAreCopiedUndoably) {
    const auto rows = session.addRows({{.path = "/a.png"}, {.path = "/b.png"}, {.path = "/c.png"}});
    const auto names = [this] {
        std::string all;
        for (const Row& row : session.rows()) all += row.name.left(1).toStdString();
        return all;
    };
    session.moveRow(rows[0], 2);
    EXPECT_EQ(names(), "bca");
    session.duplicateRows({rows[1]});
    EXPECT_EQ(names(), "bbca");
    session.undoStack().undo();
    session.undoStack().undo();
    EXPECT_EQ(names(), "abc");
    session.moveRow(rows[2], 7);
    EXPECT_EQ(names(), "abc") << "it is at the end already";
}

}  // namespace
}  // namespace tessera::test
