// SPDX-License-Identifier: GPL-3.0-or-later
#include "workspace/session.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tessera::test {
namespace {

using namespace ui;
using testing::ElementsAre;
using testing::IsEmpty;

std::vector<SourceRequest> files(std::initializer_list<const char*> names) {
    std::vector<SourceRequest> requests;
    for (const char* name : names) requests.push_back({.path = std::string("/pictures/") + name});
    return requests;
}

class SessionTest : public testing::Test {
protected:
    SessionTest() {
        QObject::connect(&session, &Session::rowsRemoved, [this](int first, int last) { removed.emplace_back(first, last); });
        QObject::connect(&session, &Session::rowsInserted, [this](int first, int last) { inserted.emplace_back(first, last); });
    }

    std::vector<std::string> names() const {
        std::vector<std::string> result;
        for (const Row& row : session.rows()) result.push_back(row.name.toStdString());
        return result;
    }
    std::string current() const {
        const Row* row = session.find(session.currentRow());
        return row ? row->name.toStdString() : std::string();
    }
    Value parameter(int column, const std::string& name) const {
        const auto& parameters = session.columns()[column].parameters;
        const auto it = parameters.find(name);
        return it == parameters.end() ? Value(std::string("unset")) : it->second;
    }

    Session session;
    std::vector<std::pair<int, int>> removed, inserted;
};

TEST_F(SessionTest, NewRowsComeLastAndTheFirstOfThemIsCurrent) {
    session.addRows(files({"a.png"}));
    session.addRows(files({"b.png", "c.png"}));
    EXPECT_THAT(names(), ElementsAre("a.png", "b.png", "c.png"));
    EXPECT_EQ(current(), "b.png");
    EXPECT_EQ(session.rows()[0].state, RowState::Loading);
    EXPECT_THAT(inserted, ElementsAre(std::pair(0, 0), std::pair(1, 2)));
}

TEST_F(SessionTest, UndoOfAddingRestoresWhatWasCurrent) {
    const auto first = session.addRows(files({"a.png"}));
    const auto more = session.addRows(files({"b.png", "c.png"}));
    session.undoStack().undo();
    EXPECT_THAT(names(), ElementsAre("a.png"));
    EXPECT_EQ(session.currentRow(), first[0]);
    session.undoStack().redo();
    EXPECT_THAT(names(), ElementsAre("a.png", "b.png", "c.png"));
    EXPECT_EQ(session.currentRow(), more[0]) << "a row keeps its name through undo and redo";
    session.undoStack().undo();
    session.undoStack().undo();
    EXPECT_THAT(names(), IsEmpty());
    EXPECT_EQ(session.currentRow(), RowId{});
}

TEST_F(SessionTest, ReplacingIsOneStep) {
    session.addRows(files({"a.png", "b.png"}));
    session.setCurrentRow(session.rows()[1].id);
    session.replaceRows(files({"c.png", "d.png", "e.png"}));
    EXPECT_THAT(names(), ElementsAre("c.png", "d.png", "e.png"));
    EXPECT_EQ(current(), "c.png");
    session.undoStack().undo();
    EXPECT_THAT(names(), ElementsAre("a.png", "b.png"));
    EXPECT_EQ(current(), "b.png");
    session.undoStack().redo();
    EXPECT_THAT(names(), ElementsAre("c.png", "d.png", "e.png"));
    EXPECT_EQ(current(), "c.png");
}

TEST_F(SessionTest, ReplacingNothingAdds) {
    session.replaceRows(files({"a.png"}));
    EXPECT_THAT(names(), ElementsAre("a.png"));
    session.replaceRows({});
    EXPECT_THAT(names(), ElementsAre("a.png")) << "nothing dropped is nothing replaced";
}

TEST_F(SessionTest, RemovedRowsComeBackInTheirPlaces) {
    const auto ids = session.addRows(files({"a.png", "b.png", "c.png", "d.png", "e.png", "f.png"}));
    session.removeRows({ids[4], ids[0], ids[2], ids[1]});
    EXPECT_THAT(names(), ElementsAre("d.png", "f.png"));
    session.undoStack().undo();
    EXPECT_THAT(names(), ElementsAre("a.png", "b.png", "c.png", "d.png", "e.png", "f.png"));
    session.undoStack().redo();
    EXPECT_THAT(names(), ElementsAre("d.png", "f.png"));
}

TEST_F(SessionTest, NeighboursGoTogether) {
    const auto ids = session.addRows(files({"a.png", "b.png", "c.png", "d.png", "e.png"}));
    session.removeRows({ids[1], ids[2], ids[3]});
    EXPECT_THAT(removed, ElementsAre(std::pair(1, 3)));
    session.undoStack().undo();
    EXPECT_THAT(inserted, ElementsAre(std::pair(0, 4), std::pair(1, 3)));
}

TEST_F(SessionTest, TheRowAfterARemovedOneIsCurrentNext) {
    const auto ids = session.addRows(files({"a.png", "b.png", "c.png", "d.png", "e.png"}));
    session.setCurrentRow(ids[2]);
    session.removeRows({ids[0], ids[2]});
    EXPECT_EQ(current(), "d.png");
    session.undoStack().undo();
    EXPECT_EQ(current(), "c.png");
    session.setCurrentRow(ids[4]);
    session.removeRows({ids[3], ids[4]});
    EXPECT_EQ(current(), "c.png") << "at the end it is the one before";
    session.removeRows({ids[0], ids[1], ids[2]});
    EXPECT_EQ(session.currentRow(), RowId{});
}

TEST_F(SessionTest, RemovingOthersLeavesTheCurrentRow) {
    const auto ids = session.addRows(files({"a.png", "b.png", "c.png"}));
    session.setCurrentRow(ids[1]);
    session.removeRows({ids[0], ids[2]});
    EXPECT_EQ(session.currentRow(), ids[1]);
}

TEST_F(SessionTest, RemovingWhatIsGoneIsNoStep) {
    const auto ids = session.addRows(files({"a.png"}));
    session.removeRows(ids);
    const int steps = session.undoStack().count();
    session.removeRows(ids);
    EXPECT_EQ(session.undoStack().count(), steps);
}

TEST_F(SessionTest, WhatWasLearnedOfARowSurvivesItsRemoval) {
    const auto ids = session.addRows(files({"a.png", "b.png"}));
    session.setRowInfo(ids[0], {.format = "PNG", .width = 12, .height = 8});
    session.setRowThumbnail(ids[0], QImage(3, 2, QImage::Format_RGB888));
    session.setRowError(ids[1], {ErrorCode::Unreadable, "the file is cut off"});
    session.removeRows(ids);
    session.undoStack().undo();
    const Row* first = session.find(ids[0]);
    ASSERT_TRUE(first && first->info);
    EXPECT_EQ(first->state, RowState::Ready);
    EXPECT_EQ(first->info->width, 12);
    EXPECT_EQ(first->thumbnail.size(), QSize(3, 2));
    EXPECT_EQ(session.find(ids[1])->state, RowState::Failed);
    EXPECT_EQ(session.find(ids[1])->error->message, "the file is cut off");
}

TEST_F(SessionTest, NewsOfARowThatIsGoneIsIgnored) {
    const auto ids = session.addRows(files({"a.png"}));
    session.undoStack().undo();
    session.setRowInfo(ids[0], {.width = 12});
    session.setRowError(ids[0], {ErrorCode::Unreadable, "late"});
    session.setRowThumbnail(ids[0], QImage());
    session.setRowLoading(ids[0]);
    session.undoStack().redo();
    EXPECT_EQ(session.find(ids[0])->state, RowState::Loading);
}

TEST_F(SessionTest, InformationEndsAnErrorAndTheOtherWayRound) {
    const RowId row = session.addRows(files({"a.png"}))[0];
    session.setRowError(row, {ErrorCode::Unreadable, "no"});
    EXPECT_EQ(session.find(row)->state, RowState::Failed);
    session.setRowLoading(row);
    EXPECT_EQ(session.find(row)->state, RowState::Loading);
    EXPECT_FALSE(session.find(row)->error);
    session.setRowError(row, {ErrorCode::Unreadable, "no"});
    session.setRowInfo(row, {.width = 5});
    EXPECT_EQ(session.find(row)->state, RowState::Ready);
    EXPECT_FALSE(session.find(row)->error);
}

TEST_F(SessionTest, ANameThatIsGivenWinsOverThePath) {
    session.addRows({{.path = "/tmp/x83hd.png", .name = "holiday"}, {.path = "/tmp/x83hd.png"}});
    EXPECT_THAT(names(), ElementsAre("holiday", "x83hd.png"));
    EXPECT_EQ(session.rows()[1].request.name, "x83hd.png");
}

TEST_F(SessionTest, StepsStopAtBothEnds) {
    const auto ids = session.addRows(files({"a.png", "b.png", "c.png"}));
    session.stepCurrentRow(-1);
    EXPECT_EQ(session.currentRow(), ids[0]);
    session.stepCurrentRow(5);
    EXPECT_EQ(session.currentRow(), ids[2]);
    session.setCurrentRow(RowId{99});
    EXPECT_EQ(session.currentRow(), ids[2]) << "there is no such row";
    session.setCurrentColumn(17);
    EXPECT_EQ(session.currentColumn(), 2);
}

TEST_F(SessionTest, MovesOfOneSliderAreOneStep) {
    session.setParameter(1, "size", std::int64_t(128));
    for (const int size : {160, 192, 224, 256}) session.setParameter(1, "size", std::int64_t(size), true);
    EXPECT_EQ(session.undoStack().count(), 2);
    EXPECT_EQ(parameter(1, "size"), Value(std::int64_t(256)));
    session.undoStack().undo();
    EXPECT_EQ(parameter(1, "size"), Value(std::int64_t(128)));
    session.undoStack().redo();
    EXPECT_EQ(parameter(1, "size"), Value(std::int64_t(256)));
}

TEST_F(SessionTest, ASliderThatWasLetGoBeginsAnotherStep) {
    session.setParameter(1, "size", std::int64_t(160), true);
    session.setParameter(1, "size", std::int64_t(192), true);
    session.setParameter(1, "size", std::int64_t(192));  // let go
    session.setParameter(1, "size", std::int64_t(224), true);
    EXPECT_EQ(session.undoStack().count(), 2);
    session.undoStack().undo();
    EXPECT_EQ(parameter(1, "size"), Value(std::int64_t(192)));
}

TEST_F(SessionTest, AnotherParameterOrColumnIsAnotherStep) {
    session.setParameter(1, "size", std::int64_t(160), true);
    session.setParameter(2, "size", std::int64_t(160), true);
    session.setParameter(2, "strength", 0.5, true);
    EXPECT_EQ(session.undoStack().count(), 3);
}

TEST_F(SessionTest, AParameterOfAllColumnsIsOneStep) {
    session.setParameter(1, "size", std::int64_t(64));
    int told = 0;
    QObject::connect(&session, &Session::columnChanged, [&told] { ++told; });
    session.setParameter(-1, "size", std::int64_t(512));
    EXPECT_EQ(told, 3);
    for (int column = 0; column < 3; ++column) EXPECT_EQ(parameter(column, "size"), Value(std::int64_t(512)));
    session.undoStack().undo();
    EXPECT_EQ(parameter(0, "size"), Value(std::string("unset")));
    EXPECT_EQ(parameter(1, "size"), Value(std::int64_t(64)));
}

TEST_F(SessionTest, WhatChangesNothingIsNoStep) {
    session.setParameter(1, "size", std::int64_t(64));
    session.setParameter(1, "size", std::int64_t(64));
    session.chooseModel({"mini", Precision::Auto});
    session.chooseModel({"mini", Precision::Auto});
    EXPECT_EQ(session.undoStack().count(), 2);
}

TEST_F(SessionTest, ChoosingAModelIsUndoable) {
    session.setInitialModel({"mini", Precision::Auto});
    EXPECT_FALSE(session.undoStack().canUndo()) << "the model of the start is nothing to undo";
    session.chooseModel({"mini", Precision::Fp32});
    session.chooseModel({"/models/flux", Precision::Fp32});
    session.undoStack().undo();
    EXPECT_EQ(session.model(), (ModelChoice{"mini", Precision::Fp32}));
    session.undoStack().undo();
    EXPECT_EQ(session.model(), (ModelChoice{"mini", Precision::Auto}));
}

TEST_F(SessionTest, TheViewIsNothingToUndo) {
    int told = 0;
    QObject::connect(&session, &Session::viewChanged, [&told] { ++told; });
    ViewState view = session.view();
    view.exposureStops = 2;
    session.setView(view);
    session.setView(view);
    EXPECT_EQ(told, 1);
    EXPECT_FALSE(session.undoStack().canUndo());
}

// What listeners are told must suffice to follow the rows.
TEST_F(SessionTest, SignalsDescribeEveryChangeOfTheRows) {
    std::vector<RowId> mirror;
    QObject::connect(&session, &Session::rowsInserted, [&](int first, int last) {
        for (int i = first; i <= last; ++i) mirror.insert(mirror.begin() + i, session.rows()[i].id);
    });
    QObject::connect(&session, &Session::rowsAboutToBeRemoved, [&](int first, int last) {
        for (int i = first; i <= last; ++i) EXPECT_EQ(session.rows()[i].id, mirror[i]);
    });
    QObject::connect(&session, &Session::rowsRemoved, [&](int first, int last) { mirror.erase(mirror.begin() + first, mirror.begin() + last + 1); });
    const auto check = [&] {
        std::vector<RowId> rows;
        for (const Row& row : session.rows()) rows.push_back(row.id);
        EXPECT_EQ(mirror, rows);
    };
    const auto ids = session.addRows(files({"a.png", "b.png", "c.png", "d.png", "e.png"}));
    session.removeRows({ids[0], ids[1], ids[3]});
    check();
    session.replaceRows(files({"f.png", "g.png"}));
    check();
    while (session.undoStack().canUndo()) {
        session.undoStack().undo();
        check();
    }
    while (session.undoStack().canRedo()) {
        session.undoStack().redo();
        check();
    }
}

TEST(SessionTokens, CodesThatStandSideBySideLeaveNoResidual) {
    Session session;
    const ModelChoice model{"unitok"};
    session.setInitialModel(model);
    session.setWorkspace(WorkspaceKind::Tokens);
    const auto lenses = [&] {
        std::vector<std::string> names;
        for (const Column& column : session.columns()) names.push_back(column.lens);
        return names;
    };
    session.noteDepths(model, {.count = 8, .residual = true});
    EXPECT_THAT(lenses(), testing::Contains("residual"));
    session.noteDepths(model, {.count = 8, .residual = false});
    EXPECT_THAT(lenses(), testing::AllOf(testing::Contains("codes"), testing::Not(testing::Contains("residual"))));
    session.noteDepths(model, {.count = 8, .residual = true});
    EXPECT_THAT(lenses(), testing::Contains("residual"));
}

}  // namespace
}  // namespace tessera::test
