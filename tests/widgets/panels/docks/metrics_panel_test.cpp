// SPDX-License-Identifier: GPL-3.0-or-later
#include "panels/metrics_panel.h"

#include <QApplication>
#include <QHeaderView>
#include <QTableView>

#include "models/metrics_model.h"
#include "widgets/bridge/board_fixture.h"
#include "window_events.h"
#include "workspace/column_edits.h"

namespace tessera::test {
namespace {

using testing::ElementsAre;

class MetricsPanelTest : public BoardFixture {
protected:
    void SetUp() override {
        panel.emplace(session, *board, host);
        panel->resize(900, 240);
        panel->show();
        start();
        for (const double psnr : {31.5, 24.25, 40.0}) addImage(psnr);
        settle(50);
        table = panel->findChild<QTableView*>();
    }
    void TearDown() override { panel.reset(); }

    void addImage(double psnr) {
        const ui::RowId row = add("/p/" + std::to_string(int(psnr)) + ",a.png");
        rows.push_back(row);
        Picture picture = fakePicture(8, 8);
        picture.measures = {{"psnr", psnr, Unit::Decibels, "sRGB"}};
        for (const char* lens : {"input", "reconstruction", "difference"}) {
            if (const auto job = engine->waiting(lens, "/p/" + std::to_string(int(psnr)) + ",a.png")) job->answer(picture);
            runQueued();
        }
    }
    std::vector<std::string> shown(int section = 0) const {
        std::vector<std::string> result;
        for (int line = 0; line < table->model()->rowCount(); ++line) result.push_back(table->model()->index(line, section).data().toString().toStdString());
        return result;
    }
    void clickHeader(int section) {
        QHeaderView* header = table->horizontalHeader();
        click(*header->viewport(), QPoint(header->sectionViewportPosition(section) + 20, header->height() / 2));
        settle(QApplication::doubleClickInterval() + 100);  // two clicks, not a double one
    }

    std::optional<ui::MetricsPanel> panel;
    QTableView* table = nullptr;
    std::vector<ui::RowId> rows;
};

TEST_F(MetricsPanelTest, AClickOnAHeaderSortsAndTheThirdTakesTheBoardsOrderAgain) {
    const std::vector<std::string> board{"31,a.png", "24,a.png", "40,a.png", "mean of 3"};
    EXPECT_EQ(shown(), board);
    clickHeader(ui::MetricsModel::PsnrSection);
    EXPECT_THAT(shown(), ElementsAre("24,a.png", "31,a.png", "40,a.png", "mean of 3"));
    clickHeader(ui::MetricsModel::PsnrSection);
    EXPECT_THAT(shown(), ElementsAre("40,a.png", "31,a.png", "24,a.png", "mean of 3")) << "means stay at the end";
    clickHeader(ui::MetricsModel::PsnrSection);
    EXPECT_EQ(shown(), board);
}

TEST_F(MetricsPanelTest, AClickOnALineMakesItsCellCurrent) {
    clickHeader(ui::MetricsModel::PsnrSection);
    session.setCurrentColumn(0);
    const QRect line = table->visualRect(table->model()->index(2, 0));
    click(*table->viewport(), line.center());
    EXPECT_EQ(session.currentRow(), rows[2]) << "the best of them";
    EXPECT_EQ(session.columns()[session.currentColumn()].lens, "reconstruction");
}

TEST_F(MetricsPanelTest, TheLineOfTheCurrentCellIsHighlighted) {
    ui::Groups groups = session.groups();
    session.editColumns("copy", ui::withGroupCopied(groups, 1, session.nextLensId()));
    runQueued();
    settle(50);
    const auto highlighted = [this] {
        const auto lines = table->selectionModel()->selectedRows();
        return lines.size() == 1 ? lines.first().row() : -1;
    };
    session.setCurrentRow(rows[1]);
    std::vector<int> seen;
    for (int column = 0; column < static_cast<int>(session.columns().size()); ++column) {
        if (session.columns()[column].lens != "reconstruction") continue;
        session.setCurrentColumn(column);
        seen.push_back(highlighted());
    }
    ASSERT_EQ(seen.size(), 2u);
    EXPECT_GE(seen[0], 0);
    EXPECT_EQ(seen[1], seen[0] + 1) << "the other column's line of the same image";
    // A column without numbers leaves the line where it is.
    session.setCurrentColumn(0);
    EXPECT_EQ(highlighted(), seen[1]);
}

TEST_F(MetricsPanelTest, CsvHoldsTheTableAsItIsShown) {
    clickHeader(ui::MetricsModel::PsnrSection);
    const QStringList lines = panel->csv().split(QStringLiteral("\r\n"));
    EXPECT_EQ(lines[0], "image,model,lens,PSNR (dB),SSIM,MS-SSIM,FLIP,LPIPS,time (s)");
    EXPECT_TRUE(lines[1].startsWith(QStringLiteral("\"24,a.png\",mini,reconstruction,24.25,"))) << lines[1].toStdString();
    EXPECT_TRUE(lines[3].startsWith(QStringLiteral("\"40,a.png\"")));
}

}  // namespace
}  // namespace tessera::test
