// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/depth_history_model.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "models/table_text.h"

namespace tessera::test {
namespace {

using ui::DepthHistoryModel;

/// One row of two tokens; the second one's depth 2 was taken away, its depth 1 exchanged.
std::shared_ptr<const TokenGrid> grid() {
    auto grid = std::make_shared<TokenGrid>();
    grid->layout = {.kind = CodeLayout::Kind::Residual, .codebookSizes = {8, 8}, .codewordDim = 2, .pixelsPerCell = 8};
    grid->rows = 1;
    grid->columns = 2;
    grid->found = {1, 2, 3, 4};
    grid->codes = {1, 2, 7, -1};
    grid->norm = {5, 6};
    grid->codeNorm = {4.5F, 1.25F, 3.5F, 0};
    grid->residual = {2, 1, 4, 4};
    grid->nearest = {2, 1, 2.5F, 1};
    grid->second = {2.25F, 1.5F, 3, 1};
    grid->secondCode = {6, 5, 2, 1};
    return grid;
}

class DepthHistory : public testing::Test {
protected:
    std::string text(int depth, int section) const { return model.index(depth, section).data().toString().toStdString(); }
    DepthHistoryModel model;
};

TEST_F(DepthHistory, HasALinePerDepth) {
    model.setToken(grid(), {0, 0});
    ASSERT_EQ(model.rowCount(), 2);
    EXPECT_EQ(text(1, DepthHistoryModel::DepthSection), "2");
    EXPECT_EQ(text(1, DepthHistoryModel::CodeSection), "2");
    EXPECT_EQ(text(1, DepthHistoryModel::NormSection), "1.25");
    EXPECT_EQ(text(1, DepthHistoryModel::ResidualSection), "1.00");
}

TEST_F(DepthHistory, ShowsTheCodesAsTheyAreEdited) {
    model.setToken(grid(), {0, 1});
    EXPECT_EQ(text(0, DepthHistoryModel::CodeSection), "7");
    EXPECT_TRUE(model.index(0, DepthHistoryModel::CodeSection).data(DepthHistoryModel::EditedRole).toBool());
    EXPECT_THAT(model.index(0, DepthHistoryModel::CodeSection).data(Qt::ToolTipRole).toString().toStdString(), testing::HasSubstr("code 3"));
    EXPECT_THAT(model.index(0, DepthHistoryModel::CodeSection).data(Qt::AccessibleTextRole).toString().toStdString(), testing::HasSubstr("edited"));
    EXPECT_EQ(text(1, DepthHistoryModel::CodeSection), "–") << "no code";
    model.setToken(grid(), {0, 0});
    EXPECT_FALSE(model.index(0, DepthHistoryModel::CodeSection).data(DepthHistoryModel::EditedRole).toBool());
}

TEST_F(DepthHistory, PicturesAreThereOnceTheyAreGiven) {
    model.setToken(grid(), {0, 0});
    EXPECT_TRUE(model.index(0, DepthHistoryModel::SoFarSection).data(DepthHistoryModel::PatchRole).value<QImage>().isNull());
    QImage patch(8, 8, QImage::Format_RGB888);
    patch.fill(Qt::red);
    model.setPatches({QImage(), QImage()}, {QImage(), patch});
    EXPECT_EQ(model.index(1, DepthHistoryModel::SoFarSection).data(DepthHistoryModel::PatchRole).value<QImage>(), patch);
    EXPECT_TRUE(model.index(1, DepthHistoryModel::AloneSection).data(DepthHistoryModel::PatchRole).value<QImage>().isNull());
}

TEST_F(DepthHistory, WithoutATokenItIsEmpty) {
    model.setToken(grid(), {0, 0});
    model.setToken(nullptr, {});
    EXPECT_EQ(model.rowCount(), 0);
}

TEST_F(DepthHistory, CopiesAsTabSeparatedText) {
    model.setToken(grid(), {0, 1});
    EXPECT_EQ(ui::tabSeparated(model).toStdString(), "d\tcode\tnorm\tresidual\n1\t7\t3.50\t4.00\n2\t\t0.00\t4.00\n");
}

}  // namespace
}  // namespace tessera::test
