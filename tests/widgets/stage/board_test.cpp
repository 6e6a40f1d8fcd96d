// SPDX-License-Identifier: GPL-3.0-or-later
// The board on the screen, driven by real events.
#include <QMenu>
#include <QPushButton>
#include <QScrollBar>
#include <QSpinBox>
#include <QTest>
#include <QToolButton>

#include "panels/stage/board_header.h"
#include "panels/stage/board_menus.h"
#include "staged.h"
#include "theme/theme.h"
#include "workspace/column_edits.h"

namespace tessera::test {
namespace {

using testing::ElementsAre;

class Board : public Staged {
protected:
    void SetUp() override {
        Staged::SetUp();
        session.setWorkspace(ui::WorkspaceKind::Compare);
        window.resize(1100, 700);
        settle(100);
    }
    /// Adds images and answers every cell that is asked for, each row in a colour of its own.
    std::vector<ui::RowId> addRows(int count) {
        std::vector<SourceRequest> requests;
        for (int i = 0; i < count; ++i) requests.push_back({.path = "/pictures/" + std::to_string(i) + ".png"});
        const auto rows = session.addRows(std::move(requests));
        answerEverything();
        return rows;
    }
    void answerEverything() {
        for (int round = 0; round < 200; ++round) {
            settle(5);
            bool any = false;
            for (const char* lens : {"input", "reconstruction", "difference", "perturbed"}) {
                while (const auto job = engine->waiting(lens)) {
                    any = true;
                    job->answer(std::string(lens) == "input" ? *input : std::string(lens) == "difference" ? *difference : *reconstruction);
                }
            }
            if (!any && round > 3) break;
        }
        settle(150);
    }
    template <typename Header>
    std::vector<Header*> headers() const {
        std::vector<Header*> shown;
        for (Header* header : stage.findChildren<Header*>()) {
            if (header->isVisible()) shown.push_back(header);
        }
        std::ranges::sort(shown, [](const Header* a, const Header* b) { return std::pair(a->x(), a->y()) < std::pair(b->x(), b->y()); });
        return shown;
    }
    std::vector<std::string> lenses() const {
        std::vector<std::string> result;
        for (const ui::Column& column : session.columns()) result.push_back(column.lens);
        return result;
    }
    std::string rowNames() const {
        std::string names;
        for (const ui::Row& row : session.rows()) names += row.name.left(1).toStdString();
        return names;
    }
    /// Chooses an entry of the menu that is open.
    void choose(const QString& text) {
        ASSERT_TRUE(waitUntil([] { return qobject_cast<QMenu*>(QApplication::activePopupWidget()) != nullptr; }, 10));
        auto* menu = qobject_cast<QMenu*>(QApplication::activePopupWidget());
        for (QAction* action : menu->actions()) {
            if (action->text() != text) continue;
            click(*menu, menu->actionGeometry(action).center());
            settle(50);
            return;
        }
        FAIL() << "no entry " << text.toStdString();
    }
    /// Presses the left button over a header, takes it along, does something meanwhile, and lets go of it elsewhere.
    void dragWhile(const QWidget* header, QPoint to, const std::function<void()>& meanwhile) {
        QWindow* handle = window.windowHandle();
        const QPoint from = stage.mapTo(&window, header->geometry().center()), end = stage.mapTo(&window, to);
        QTest::mousePress(handle, Qt::LeftButton, {}, from);
        for (int i = 1; i <= 4; ++i) QTest::mouseMove(handle, from + (end - from) * i / 8);
        meanwhile();
        settle(50);
        for (int i = 5; i <= 8; ++i) QTest::mouseMove(handle, from + (end - from) * i / 8);
        QTest::mouseRelease(handle, Qt::LeftButton, {}, end);
        settle(20);
    }
    QPoint centre(ui::RowId row, int column) const { return stage.cellBody(row, column).center(); }
};

TEST_F(Board, EveryImageIsARowAndAClickMakesItsCellCurrent) {
    const auto rows = addRows(3);
    for (const ui::RowId row : rows) {
        EXPECT_EQ(screenPixel(centre(row, 0)), qRgb(200, 40, 90));
        EXPECT_EQ(screenPixel(centre(row, 1)), qRgb(20, 160, 60));
    }
    EXPECT_GT(stage.cellBody(rows[1], 0).top(), stage.cellBody(rows[0], 0).bottom());
    click(stage, centre(rows[2], 1));
    EXPECT_EQ(session.currentRow(), rows[2]);
    EXPECT_EQ(session.currentColumn(), 1);
    const QRect body = stage.cellBody(rows[2], 1);
    settle(50);
    EXPECT_EQ(screenPixel(body.topLeft() - QPoint(2, -10)), ui::tokens().accent.rgb()) << "the outline of the current cell";
}

TEST_F(Board, ArrowsWalkOverTheBoard) {
    const auto rows = addRows(3);
    session.setCurrentRow(rows[0]);
    session.setCurrentColumn(0);
    activate(window);
    stage.setFocus();
    settle(20);
    for (const Qt::Key key : {Qt::Key_Down, Qt::Key_Right, Qt::Key_Right, Qt::Key_Down, Qt::Key_Left}) {
        keyDown(key);
        keyUp(key);
    }
    EXPECT_EQ(session.currentRow(), rows[2]);
    EXPECT_EQ(session.currentColumn(), 1);
}

TEST_F(Board, AThousandImagesHaveWidgetsForThoseThatAreSeen) {
    std::vector<SourceRequest> requests;
    for (int i = 0; i < 1000; ++i) requests.push_back({.path = "/pictures/" + std::to_string(i) + ".png"});
    const auto rows = session.addRows(std::move(requests));
    settle(200);
    EXPECT_LT(headers<ui::ImageHeader>().size(), 12u);
    EXPECT_LT(engine->requests("reconstruction"), 24u) << "only what is looked at is asked for";
    session.setCurrentRow(rows[600]);
    settle(100);
    const QRect body = stage.cellBody(rows[600], 1);
    ASSERT_FALSE(body.isNull()) << "the current row is scrolled into view";
    EXPECT_TRUE(stage.rect().contains(body));
    EXPECT_LT(headers<ui::ImageHeader>().size(), 12u);
}

TEST_F(Board, TheWheelOverHeadersScrollsAndOverPicturesZooms) {
    addRows(8);
    session.setCurrentRow(session.rows().front().id);
    settle(50);
    auto* bar = [this]() -> QScrollBar* {
        for (QScrollBar* each : stage.findChildren<QScrollBar*>()) {
            if (each->orientation() == Qt::Vertical) return each;
        }
        return nullptr;
    }();
    ASSERT_TRUE(bar && bar->isVisible());
    const double zoom = stage.zoomShown();
    turnWheel(stage, headers<ui::ImageHeader>().front()->geometry().center(), -2);
    EXPECT_GT(bar->value(), 0);
    EXPECT_EQ(stage.zoomShown(), zoom);
    const int scrolled = bar->value();
    turnWheel(stage, centre(session.rows()[2].id, 1), 2);
    EXPECT_GT(stage.zoomShown(), zoom);
    EXPECT_EQ(bar->value(), scrolled);
}

TEST_F(Board, ALensHeaderThatIsDraggedMovesItsColumn) {
    addRows(2);
    const auto shown = headers<ui::LensHeader>();
    ASSERT_EQ(shown.size(), 3u);
    drag(stage, shown[2]->geometry().center() - QPoint(30, 0), shown[1]->geometry().center() - QPoint(40, 0), 8);
    EXPECT_THAT(lenses(), ElementsAre("input", "difference", "reconstruction"));
    settle(100);
    EXPECT_EQ(screenPixel(centre(session.rows()[0].id, 2)), qRgb(20, 160, 60)) << "its pictures go along";
    session.undoStack().undo();
    EXPECT_THAT(lenses(), ElementsAre("input", "reconstruction", "difference"));
}

TEST_F(Board, AnImageHeaderThatIsDraggedMovesItsRow) {
    addRows(3);
    const auto shown = headers<ui::ImageHeader>();
    ASSERT_EQ(shown.size(), 3u);
    drag(stage, shown[0]->geometry().center(), shown[2]->geometry().center() + QPoint(0, 30), 8);
    EXPECT_EQ(rowNames(), "120");
    session.undoStack().undo();
    EXPECT_EQ(rowNames(), "012");
}

TEST_F(Board, EscGivesADragUp) {
    addRows(3);
    const auto shown = headers<ui::ImageHeader>();
    QWindow* handle = window.windowHandle();
    const auto at = [&](QPoint place) { return stage.mapTo(&window, place); };
    QTest::mousePress(handle, Qt::LeftButton, {}, at(shown[0]->geometry().center()));
    for (int i = 1; i <= 5; ++i) QTest::mouseMove(handle, at(shown[0]->geometry().center() + QPoint(0, 40 * i)));
    keyDown(Qt::Key_Escape);
    keyUp(Qt::Key_Escape);
    QTest::mouseRelease(handle, Qt::LeftButton, {}, at(shown[2]->geometry().center()));
    EXPECT_EQ(rowNames(), "012");
}

TEST_F(Board, AnUndoUnderADragLetsGoOfTheKeyboard) {
    addRows(2);
    session.editColumns(QStringLiteral("add"), ui::withLens(session.groups(), 1, "difference", session.nextLensId()));
    answerEverything();
    const auto shown = headers<ui::ParameterHeader>();
    ASSERT_EQ(shown.size(), 4u);
    QWindow* handle = window.windowHandle();
    const auto at = [&](QPoint place) { return stage.mapTo(&window, place); };
    const QPoint from = shown[3]->geometry().center();
    QTest::mousePress(handle, Qt::LeftButton, {}, at(from));
    for (int i = 1; i <= 5; ++i) QTest::mouseMove(handle, at(from - QPoint(30 * i, 0)));
    EXPECT_EQ(QWidget::keyboardGrabber(), shown[3]);
    session.undoStack().undo();
    settle(50);
    EXPECT_EQ(QWidget::keyboardGrabber(), nullptr);
    QTest::mouseRelease(handle, Qt::LeftButton, {}, at(from - QPoint(150, 0)));
    EXPECT_THAT(lenses(), ElementsAre("input", "reconstruction", "difference"));
}

TEST_F(Board, ADragMovesWhatWasPressedEvenIfAnUndoBringsAnotherUnderItsHeader) {
    addRows(1);
    session.editColumns(QStringLiteral("swap"), ui::withLensMoved(session.groups(), session.columns()[2].id.lens, 1, 0));
    answerEverything();
    ASSERT_THAT(lenses(), ElementsAre("input", "difference", "reconstruction"));
    const auto shown = headers<ui::LensHeader>();
    dragWhile(shown[1], shown[0]->geometry().center() - QPoint(40, 0), [this] { session.undoStack().undo(); });
    EXPECT_THAT(lenses(), ElementsAre("difference", "input", "reconstruction")) << "not the reconstruction, which stood at the header in the end";
}

TEST_F(Board, ADragOfAColumnThatAnUndoTookAwayMovesNothing) {
    addRows(1);
    session.editColumns(QStringLiteral("copy"), ui::withLensCopied(session.groups(), session.columns()[1].id.lens, session.nextLensId()));
    answerEverything();
    ASSERT_THAT(lenses(), ElementsAre("input", "reconstruction", "reconstruction", "difference"));
    const auto shown = headers<ui::LensHeader>();
    dragWhile(shown[2], shown[0]->geometry().center() - QPoint(40, 0), [this] { session.undoStack().undo(); });
    EXPECT_THAT(lenses(), ElementsAre("input", "reconstruction", "difference"));
}

TEST_F(Board, ADragOfAGroupMovesTheOneThatWasPressed) {
    addRows(1);
    session.editColumns(QStringLiteral("copy"), ui::withGroupCopied(session.groups(), 1, session.nextLensId()));
    session.editColumns(QStringLiteral("change"), ui::withLensChanged(session.groups(), session.groups()[2].lenses[0].id, "perturbed", {}));
    session.editColumns(QStringLiteral("swap"), ui::withGroupMoved(session.groups(), 2, 1));
    answerEverything();
    ASSERT_THAT(lenses(), ElementsAre("input", "perturbed", "difference", "reconstruction", "difference"));
    const auto shown = headers<ui::ModelHeader>();
    ASSERT_EQ(shown.size(), 3u);
    dragWhile(shown[1], shown[0]->geometry().center() - QPoint(40, 0), [this] { session.undoStack().undo(); });
    EXPECT_THAT(lenses(), ElementsAre("perturbed", "difference", "input", "reconstruction", "difference"));
}

TEST_F(Board, ADragOfAnImageThatAnUndoTookAwayMovesNothing) {
    const auto rows = addRows(3);
    const auto copies = session.duplicateRows({rows[0]});
    answerEverything();
    ASSERT_EQ(rowNames(), "0012");
    const auto shown = headers<ui::ImageHeader>();
    ASSERT_GE(shown.size(), 3u);
    dragWhile(shown[1], shown.back()->geometry().center() + QPoint(0, 30), [this] { session.undoStack().undo(); });
    EXPECT_EQ(session.find(copies[0]), nullptr);
    EXPECT_EQ(rowNames(), "012");
}

TEST_F(Board, AGroupFoldsToItsFirstColumn) {
    addRows(1);
    const auto models = headers<ui::ModelHeader>();
    ASSERT_EQ(models.size(), 2u);
    models[1]->foldButton()->click();
    EXPECT_THAT(lenses(), ElementsAre("input", "reconstruction"));
    settle(50);
    headers<ui::ModelHeader>()[1]->foldButton()->click();
    EXPECT_THAT(lenses(), ElementsAre("input", "reconstruction", "difference"));
}

TEST_F(Board, MenusOfHeadersComeFromTheLensesOfTheEngine) {
    addRows(1);
    headers<ui::ModelHeader>()[1]->addButton()->click();
    ASSERT_TRUE(waitUntil([] { return QApplication::activePopupWidget() != nullptr; }, 10));
    std::vector<std::string> entries;
    for (const QAction* action : QApplication::activePopupWidget()->actions()) entries.push_back(action->text().toStdString());
    std::vector<std::string> offered;
    for (const LensInfo& lens : engine->lenses()) offered.push_back(lens.name);
    EXPECT_EQ(entries, offered);
    choose(QStringLiteral("difference"));
    EXPECT_THAT(lenses(), ElementsAre("input", "reconstruction", "difference", "difference"));
    click(stage, headers<ui::LensHeader>()[3]->geometry().center(), Qt::RightButton);
    choose(QStringLiteral("Remove Column"));
    EXPECT_THAT(lenses(), ElementsAre("input", "reconstruction", "difference"));
}

TEST(FirstSweep, BeginsWithValuesThatTellSomething) {
    const auto whole = [](std::int64_t initial, std::int64_t low, std::int64_t high, Unit unit = Unit::None) {
        std::vector<std::int64_t> numbers;
        for (const Value& value : ui::firstSweep({.name = "n", .initial = initial, .low = low, .high = high, .unit = unit})) numbers.push_back(std::get<std::int64_t>(value));
        return numbers;
    };
    EXPECT_THAT(whole(256, 0, 8192, Unit::Pixels), ElementsAre(64, 128, 256, 512, 1024)) << "size";
    EXPECT_THAT(whole(1, -256, 256), ElementsAre(1, 2, 3, 4, 5)) << "a shift to both sides";
    EXPECT_THAT(whole(0, 0, 0xffffffff), ElementsAre(0, 1, 2, 3, 4)) << "seed";
    EXPECT_THAT(whole(8, 1, 8), ElementsAre(1, 2, 3, 4, 5, 6, 7, 8)) << "depth";
}

TEST_F(Board, ASweepIsEditedInItsHeader) {
    const auto rows = addRows(1);
    const ui::LensColumnId lens = session.columns()[1].id.lens;
    ui::Groups groups = ui::withLensChanged(session.groups(), lens, "perturbed", {});
    session.editColumns(QStringLiteral("sweep"), ui::withSweep(std::move(groups), lens, ui::Sweep{.parameter = "strength", .values = {Value(0.0), Value(0.5), Value(1.0)}}));
    answerEverything();
    const auto shown = headers<ui::LensHeader>();
    ASSERT_EQ(shown.size(), 3u) << "one header over three columns";
    EXPECT_EQ(shown[1]->x(), stage.cellBody(rows[0], 1).left());
    EXPECT_EQ(shown[1]->geometry().right(), stage.cellBody(rows[0], 3).right());
    EXPECT_EQ(screenPixel(centre(rows[0], 3)), qRgb(20, 160, 60));
    shown[1]->sweepButton()->click();
    ASSERT_TRUE(waitUntil([] { return QApplication::activePopupWidget() != nullptr; }, 10));
    QWidget* popup = QApplication::activePopupWidget();
    auto* count = popup->findChild<QSpinBox*>();
    ASSERT_TRUE(count);
    EXPECT_EQ(count->value(), 3);
    count->stepUp();
    settle(50);
    ASSERT_EQ(session.columns().size(), 6u);
    EXPECT_EQ(session.columns()[4].parameters.at("strength"), Value(1.0)) << "to where it went before";
    popup->close();
    settle(50);
    headers<ui::LensHeader>()[1]->setFocus();
    session.setCurrentColumn(3);
    Q_EMIT headers<ui::LensHeader>()[1]->foldRequested(true);
    settle(50);
    ASSERT_EQ(session.columns().size(), 3u);
    EXPECT_EQ(session.columns()[1].step, 2) << "folded to the step that is looked at";
}

TEST_F(Board, TransposedImagesRunAcross) {
    const auto rows = addRows(3);
    ui::BoardForm form = session.workspace().form;
    form.transposed = true;
    session.setBoardForm(form);
    settle(200);
    EXPECT_GT(stage.cellBody(rows[1], 0).left(), stage.cellBody(rows[0], 0).right());
    EXPECT_GT(stage.cellBody(rows[0], 1).top(), stage.cellBody(rows[0], 0).bottom());
    EXPECT_EQ(screenPixel(centre(rows[2], 0)), qRgb(200, 40, 90));
    session.setCurrentRow(rows[0]);
    activate(window);
    stage.setFocus();
    keyDown(Qt::Key_Right);
    keyUp(Qt::Key_Right);
    EXPECT_EQ(session.currentRow(), rows[1]) << "arrows go where they point";
}

TEST_F(Board, TheLineOfAWipeIsDraggedInAllCells) {
    const auto rows = addRows(2);
    ui::ViewState view = session.view();
    view.compare = canvas::Compare::Wipe;
    session.setView(view);
    settle(100);
    const QRect body = stage.cellBody(rows[0], 1);
    EXPECT_EQ(screenPixel(body.center() - QPoint(15, 0)), qRgb(20, 160, 60)) << "the picture";
    EXPECT_EQ(screenPixel(body.center() + QPoint(15, 0)), qRgb(200, 40, 90)) << "the reference";
    const canvas::Camera camera = session.view().camera;
    drag(stage, body.center(), body.center() + QPoint(30, 0), 6);
    EXPECT_GT(session.view().wipe, 0.5F);
    EXPECT_EQ(session.view().camera, camera) << "the picture stays";
    settle(100);
    EXPECT_EQ(screenPixel(centre(rows[1], 1) + QPoint(15, 0)), qRgb(20, 160, 60)) << "the other rows follow";
    EXPECT_EQ(screenPixel(centre(rows[1], 0)), qRgb(200, 40, 90)) << "the reference is not compared with itself";
}

TEST_F(Board, AnyCellCanBeTheReferenceOfAll) {
    const auto rows = addRows(2);
    click(stage, centre(rows[1], 1), Qt::RightButton);
    choose(QStringLiteral("Use Cell as Reference"));
    ASSERT_TRUE(session.view().reference);
    EXPECT_EQ(session.view().reference->row, rows[1]);
    ui::ViewState view = session.view();
    view.flipToInput = true;
    session.setView(view);
    settle(100);
    EXPECT_EQ(screenPixel(centre(rows[0], 0)), qRgb(20, 160, 60)) << "every cell shows the reference";
    view.flipToInput = false;
    view.compare = canvas::Compare::Difference;
    session.setView(view);
    settle(100);
    EXPECT_EQ(qGray(screenPixel(centre(rows[0], 1))), qGray(screenPixel(centre(rows[0], 1) + QPoint(8, 0)))) << "equal pictures differ nowhere";
    EXPECT_NE(screenPixel(centre(rows[0], 0)), qRgb(200, 40, 90)) << "the input does";
}

TEST_F(Board, AProbeThatIsPinnedIsMarkedInEveryCell) {
    const auto rows = addRows(2);
    moveMouse(stage, centre(rows[0], 1) + QPoint(10, 5));
    stage.togglePin();
    moveMouse(stage, {2, 2});
    const auto probe = stage.probe();
    ASSERT_TRUE(probe && probe->pinned);
    ASSERT_EQ(probe->values.size(), 3u);
    EXPECT_TRUE(probe->values[0].present);
    for (const ui::RowId row : rows) {
        for (int column = 0; column < 3; ++column) {
            const QPoint place = centre(row, column) + QPoint(10, 5);
            const QImage around = screen(QRect(place - QPoint(10, 10), QSize(21, 21)));
            int marked = 0;
            for (int y = 0; y < around.height(); ++y) {
                for (int x = 0; x < around.width(); ++x) marked += around.pixel(x, y) == 0xff5aa7ff;
            }
            EXPECT_GT(marked, 6) << "column " << column;
        }
    }
}

TEST_F(Board, InNarrowColumnsTheKindOfADifferenceGivesWayToTheNameOfTheLens) {
    addRows(1);
    const auto shown = headers<ui::LensHeader>();
    ASSERT_EQ(shown.size(), 3u);
    QToolButton* kind = shown[2]->kindButton();
    ASSERT_TRUE(kind);
    EXPECT_EQ(kind->text(), "absolute");
    const int lens = QFontMetrics(ui::Theme::instance().font(ui::TextSize::Table)).horizontalAdvance(QStringLiteral("difference"));
    for (const auto& [width, text] : {std::pair(132, "abs"), std::pair(100, "")}) {
        ui::BoardForm form = session.workspace().form;
        form.cellWidth = width;
        session.setBoardForm(form);
        settle(50);
        ASSERT_EQ(shown[2]->width(), width);
        EXPECT_EQ(kind->text(), text);
        EXPECT_GE(kind->x(), lens + 8) << "the name is not elided";
        EXPECT_TRUE(shown[2]->rect().contains(kind->geometry()));
        EXPECT_TRUE(kind->accessibleName().contains("absolute"));
        EXPECT_FALSE(kind->toolTip().isEmpty());
    }
}

TEST_F(Board, TheHeaderOfABrokenImageSaysWhatKindOfTroubleItIs) {
    addRows(2);
    const std::string sentence = "the PNG file is damaged (invalid chunk type)";
    session.setRowError(session.rows()[1].id, {ErrorCode::Invalid, sentence, "/pictures/1.png", "copy the file again"});
    settle(50);
    const auto shown = headers<ui::ImageHeader>();
    ASSERT_GE(shown.size(), 2u);
    EXPECT_EQ(shown[1]->words().detail, "Not a valid picture");
    EXPECT_TRUE(shown[1]->toolTip().contains(QString::fromStdString(sentence)));
    EXPECT_EQ(shown[1]->accessibleName(), "1.png, Not a valid picture");
}

TEST_F(Board, WhatScrollsUnderTheHeadersLeavesALineOfTheGround) {
    addRows(8);
    session.setCurrentRow(session.rows()[3].id);
    settle(50);
    turnWheel(stage, headers<ui::ImageHeader>().front()->geometry().center(), -1);
    settle(100);
    const auto parameters = headers<ui::ParameterHeader>();
    const int below = parameters[1]->geometry().bottom() + 1, x = parameters[1]->geometry().center().x();
    EXPECT_EQ(screenPixel(QPoint(x, below)), ui::tokens().canvas.rgb());
    EXPECT_EQ(screenPixel(QPoint(x, below + 1)), ui::tokens().canvas.rgb());
    EXPECT_NE(screenPixel(QPoint(x, below + 2)), ui::tokens().canvas.rgb()) << "a cell lies there";
    EXPECT_EQ(screenPixel(QPoint(headers<ui::ImageHeader>().front()->geometry().center().x(), below + 1)), ui::tokens().canvas.rgb());
}

TEST_F(Board, CellsOfAGridAreSized) {
    const auto rows = addRows(2);
    const int before = stage.cellBody(rows[0], 0).width();
    stage.sizeCells(1.5);
    settle(50);
    EXPECT_NEAR(stage.cellBody(rows[0], 0).width(), before * 1.5, 2);
}

}  // namespace
}  // namespace tessera::test
