// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/images_model.h"

#include <QAbstractItemModelTester>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "workspace/session.h"

namespace tessera::test {
namespace {

using namespace ui;

class ImagesModelTest : public testing::Test {
protected:
    std::string text(int row, int role) const { return model.index(row).data(role).toString().toStdString(); }

    Session session;
    ImagesModel model{session};
    QAbstractItemModelTester tester{&model, QAbstractItemModelTester::FailureReportingMode::Fatal};
};

TEST_F(ImagesModelTest, ARowTellsNameSizeAndState) {
    const RowId row = session.addRows({{.path = "/p/blocks.jpg"}})[0];
    EXPECT_EQ(text(0, Qt::DisplayRole), "blocks.jpg");
    EXPECT_EQ(text(0, ImagesModel::DetailRole), "loading");
    EXPECT_EQ(model.index(0).data(ImagesModel::StateRole).toInt(), int(RowState::Loading));
    EXPECT_TRUE(model.index(0).data(Qt::DecorationRole).value<QImage>().isNull());
    session.setRowInfo(row, {.format = "JPEG", .width = 1200, .height = 1200, .notes = {"EXIF orientation 6 applied"}});
    QImage thumbnail(4, 4, QImage::Format_RGB888);
    session.setRowThumbnail(row, thumbnail);
    EXPECT_EQ(text(0, ImagesModel::DetailRole), "1200 × 1200 px");
    EXPECT_EQ(text(0, Qt::AccessibleTextRole), "blocks.jpg, 1200 × 1200 px");
    EXPECT_THAT(text(0, Qt::ToolTipRole), testing::HasSubstr("EXIF orientation 6 applied"));
    EXPECT_EQ(model.index(0).data(Qt::DecorationRole).value<QImage>().size(), QSize(4, 4));
}

TEST_F(ImagesModelTest, ABrokenRowSaysWhatIsWrong) {
    const RowId row = session.addRows({{.path = "/p/a.png"}})[0];
    session.setRowError(row, {ErrorCode::Unreadable, "the file is cut off", "/p/a.png", "copy it again"});
    EXPECT_EQ(text(0, ImagesModel::DetailRole), "the file is cut off");
    EXPECT_EQ(text(0, ImagesModel::ErrorRole), "the file is cut off (/p/a.png): copy it again");
    EXPECT_EQ(text(0, Qt::AccessibleTextRole), "a.png, cannot be shown: the file is cut off");
}

TEST_F(ImagesModelTest, ARowWhoseFileIsAnotherOneThanWasSavedSaysSo) {
    SessionState state;
    state.rows.push_back({.request = {.path = "/pictures/a.png"}, .name = "a.png", .savedHash = "aa"});
    session.restore(std::move(state));
    session.setRowInfo(session.rows()[0].id, {.width = 1200, .height = 800, .contentHash = "bb"});
    EXPECT_EQ(text(0, ImagesModel::DetailRole), "1200 × 800 px · changed");
    EXPECT_THAT(text(0, Qt::ToolTipRole), testing::HasSubstr("changed since the session was saved"));
    session.noteSaved();
    EXPECT_EQ(text(0, ImagesModel::DetailRole), "1200 × 800 px");
}

TEST_F(ImagesModelTest, FollowsTheSession) {
    const auto rows = session.addRows({{.path = "/p/a.png"}, {.path = "/p/b.png"}, {.path = "/p/c.png"}});
    EXPECT_EQ(model.rowCount(), 3);
    EXPECT_EQ(model.rowAt(model.index(1)), rows[1]);
    EXPECT_EQ(model.indexOf(rows[2]).row(), 2);
    session.removeRows({rows[0], rows[2]});
    EXPECT_EQ(model.rowCount(), 1);
    EXPECT_FALSE(model.indexOf(rows[2]).isValid());
    EXPECT_EQ(model.rowAt({}), RowId{});
    session.undoStack().undo();
    session.replaceRows({{.path = "/p/d.png"}});
    session.undoStack().undo();
    EXPECT_EQ(model.rowCount(), 3);
    EXPECT_EQ(text(2, Qt::DisplayRole), "c.png");
}

TEST_F(ImagesModelTest, TellsWhichRowIsCurrent) {
    const auto rows = session.addRows({{.path = "/p/a.png"}, {.path = "/p/b.png"}});
    std::vector<int> told;
    QObject::connect(&model, &QAbstractItemModel::dataChanged, [&told](const QModelIndex& index) { told.push_back(index.row()); });
    session.setCurrentRow(rows[1]);
    EXPECT_THAT(told, testing::ElementsAre(0, 1));
    EXPECT_FALSE(model.index(0).data(ImagesModel::CurrentRole).toBool());
    EXPECT_TRUE(model.index(1).data(ImagesModel::CurrentRole).toBool());
}

}  // namespace
}  // namespace tessera::test
