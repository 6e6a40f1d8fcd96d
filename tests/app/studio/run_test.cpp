// SPDX-License-Identifier: GPL-3.0-or-later
// Running, cancelling, failing: nothing of it opens a dialog.
#include <QApplication>
#include <QPushButton>

#include "panels/banner.h"
#include "studio_window.h"

namespace tessera::test {
namespace {

using testing::HasSubstr;

class StudioRun : public StudioWindow {
protected:
    void openWithLargePicture() {
        open();
        session().setParameter(-1, "size", Value(std::int64_t(4096)));
        dropFiles({QString::fromStdString(writeQuadrants(folder, "large.png", 512))});
        stage().setFocus();
        ASSERT_TRUE(waitUntil([&] { return document->board.totals().running > 0; }));
    }
    static QList<QWidget*> dialogs() {
        QList<QWidget*> found;
        for (QWidget* widget : QApplication::topLevelWidgets()) {
            if (widget->isVisible() && widget->inherits("QDialog")) found << widget;
        }
        return found;
    }
};

TEST_F(StudioRun, TheFirstStartHasOneModelForEveryBoard) {
    settings = {};
    open();
    ASSERT_EQ(session().model().reference, "tessera-mini");
    dropFiles({QString::fromStdString(writeQuadrants(folder, "first.png", 64))});
    for (const ui::WorkspaceKind kind : {ui::WorkspaceKind::Reconstruct, ui::WorkspaceKind::Tokens, ui::WorkspaceKind::Compare, ui::WorkspaceKind::Heatmap}) {
        session().setWorkspace(kind);
        session().setParameter(-1, "size", Value(std::int64_t(64)));
        ASSERT_TRUE(waitForRow()) << ui::keyOf(kind);
        ASSERT_GT(session().columns().size(), 2u) << ui::keyOf(kind);
        for (int column = 0; column < static_cast<int>(session().columns().size()); ++column) {
            EXPECT_EQ(cell(column).state, ui::CellState::Done) << ui::keyOf(kind) << ' ' << column;
            EXPECT_TRUE(cell(column).picture) << ui::keyOf(kind) << ' ' << column;
        }
    }
}

TEST_F(StudioRun, EscapeCancelsTheCurrentImageAndRunAgainBringsIt) {
    openWithLargePicture();
    press(Qt::Key_Escape);
    ASSERT_TRUE(waitForRow(10));
    EXPECT_EQ(cell(1).state, ui::CellState::Cancelled);
    EXPECT_EQ(document->board.totals().running, 0);
    session().setParameter(-1, "size", Value(std::int64_t(64)));
    press(Qt::Key_F5);
    ASSERT_TRUE(waitForRow());
    EXPECT_EQ(cell(1).state, ui::CellState::Done);
    EXPECT_THAT(dialogs(), testing::IsEmpty());
}

TEST_F(StudioRun, WhatWasCancelledBeforeTheEngineIsThereStaysCancelled) {
    using State = ui::EngineHost::State;
    studio::StartOptions start;
    start.paths = {QString::fromStdString(writeQuadrants(folder, "early.png"))};
    openWith(start, [this] {
        activateAtOnce(window());
        stage().setFocus();
        EXPECT_EQ(document->host.state(), State::Opening);
        EXPECT_EQ(document->board.totals().waiting, 3);
        keyDown(Qt::Key_Escape);
        keyUp(Qt::Key_Escape);
        EXPECT_EQ(document->host.state(), State::Opening);
        EXPECT_EQ(cell(1).state, ui::CellState::Cancelled);
    });
    for (int column = 0; column < 3; ++column) EXPECT_EQ(cell(column).state, ui::CellState::Cancelled) << column;
    ASSERT_TRUE(waitUntil([&] { return document->host.model().has_value(); }));
    settle(300);
    for (int column = 0; column < 3; ++column) EXPECT_EQ(cell(column).state, ui::CellState::Cancelled) << column;
    EXPECT_EQ(document->host.engine()->status().stagesRun.count("decoded"), 0u);
    EXPECT_FALSE(cell(0).picture);
    press(Qt::Key_Return, Qt::ControlModifier);
    ASSERT_TRUE(waitForRow());
    for (int column = 0; column < 3; ++column) EXPECT_EQ(cell(column).state, ui::CellState::Done) << column;
}

TEST_F(StudioRun, ShiftEscapeCancelsAll) {
    openWithLargePicture();
    press(Qt::Key_Escape, Qt::ShiftModifier);
    ASSERT_TRUE(waitUntil([&] { return document->board.totals().running + document->board.totals().waiting == 0; }, 10));
    EXPECT_EQ(cell(1).state, ui::CellState::Cancelled);
}

TEST_F(StudioRun, MissingEngineIsSaidInTheWindowAndRetryOpensIt) {
    const Environment missing("TESSERA_ENGINE", "/nowhere/libtessera_engine.so");
    open({}, false);
    ASSERT_TRUE(waitUntil([&] { return document->host.state() == ui::EngineHost::State::Failed; }));
    settle(100);
    EXPECT_TRUE(window().banner().isVisible());
    EXPECT_THAT(window().banner().sentence().toStdString(), HasSubstr("/nowhere/libtessera_engine.so"));
    EXPECT_THAT(dialogs(), testing::IsEmpty());
    dropFiles({QString::fromStdString(writeQuadrants(folder, "waiting.png"))});
    EXPECT_EQ(session().rows().size(), 1u);

    missing.restore();
    for (QPushButton* button : window().banner().findChildren<QPushButton*>()) {
        if (button->text() == u"Retry") click(*button, button->rect().center());
    }
    ASSERT_TRUE(waitForRow());
    EXPECT_EQ(cell(1).state, ui::CellState::Done);
    EXPECT_FALSE(window().banner().isVisible());
}

TEST_F(StudioRun, ModelThatCannotBeOpenedIsSaidAndTheBuiltInOneIsOffered) {
    studio::StartOptions start;
    start.model = QStringLiteral("/nowhere/model.safetensors");
    open(start, false);
    ASSERT_TRUE(waitUntil([&] { return document->host.modelError().has_value(); }));
    settle(100);
    EXPECT_THAT(window().banner().sentence().toStdString(), HasSubstr("/nowhere/model.safetensors"));
    EXPECT_THAT(dialogs(), testing::IsEmpty());
    for (QPushButton* button : window().banner().findChildren<QPushButton*>()) {
        if (button->text().contains(u"tessera-mini")) click(*button, button->rect().center());
    }
    ASSERT_TRUE(waitUntil([&] { return document->host.model().has_value(); }));
    EXPECT_FALSE(window().banner().isVisible());
}

TEST_F(StudioRun, ClosingWhileSomethingRunsEndsCleanly) {
    openWithLargePicture();
    close();
    EXPECT_EQ(document->board.totals().running, 0);
}

TEST_F(StudioRun, PrecisionIsAStepToUndo) {
    open();
    dropFiles({QString::fromStdString(writeQuadrants(folder, "picture.png"))});
    ASSERT_TRUE(waitForRow());
    for (QAction* action : actions().precisions->actions()) {
        if (action->text() == u"fp32") action->trigger();
    }
    EXPECT_EQ(session().model().precision, Precision::Fp32);
    ASSERT_TRUE(waitUntil([&] { return document->host.model() && document->host.model()->precision == "fp32"; }));
    press(Qt::Key_Z, Qt::ControlModifier);
    EXPECT_EQ(session().model().precision, Precision::Auto);
    EXPECT_EQ(actions().precisions->checkedAction()->text(), u"auto");
}

}  // namespace
}  // namespace tessera::test
