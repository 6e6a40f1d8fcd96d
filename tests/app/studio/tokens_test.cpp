// SPDX-License-Identifier: GPL-3.0-or-later
// The Tokens workspace of the real window: everything by the mouse alone, everything by the keyboard alone.
#include <algorithm>

#include <QApplication>
#include <QClipboard>
#include <QGuiApplication>
#include <QLineEdit>
#include <QMenu>
#include <QMenuBar>
#include <QStatusBar>
#include <QToolBar>
#include <QToolButton>

#include "panels/stage/cell_caption.h"
#include "panels/stage/code_field.h"
#include "panels/stage/stage_canvas.h"
#include "panels/stage/token_bar.h"
#include "panels/stage/token_hand.h"
#include "panels/stage/token_surgery.h"
#include "studio_window.h"
#include "widgets/stage/scripted_engine.h"
#include "widgets/stage/token_grids.h"

namespace tessera::test {
namespace {

using namespace ui;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr int kRows = 4, kColumns = 4, kDepths = 2;

Picture greyPicture(int side) {
    Picture picture;
    picture.image = Image(side, side, 3, SharedArray<std::uint8_t>(std::vector<std::uint8_t>(std::size_t(side) * side * 3, 128)));
    picture.sourceWidth = picture.sourceHeight = 64;
    picture.region = {0, 0, 64, 64};
    return picture;
}

class StudioTokens : public StudioWindow {
protected:
    /// A window with one image, over an engine that draws grey pictures and knows codes.
    void openTokens(int depths = kDepths) {
        engine->more = tokenLenses();
        engine->draw = [](const Query& query) -> std::optional<Picture> { return greyPicture(query.lens == "codes" || query.lens == "token_norm" ? kColumns : 64); };
        engine->model.capabilities = {"encode", "decode"};
        if (depths > 0) {
            engine->grid = tokenGrid(kRows, kColumns);
            engine->model.codes = engine->grid->layout;
            engine->model.capabilities.emplace_back("quantize");
        }
        open({}, false);
        // The window opens its own first, whether or not that is there.
        ASSERT_TRUE(waitUntil([&] { return document->host.state() == EngineHost::State::Ready || document->host.state() == EngineHost::State::Failed; }));
        document->host.adopt(engine);
        ASSERT_TRUE(waitUntil([&] { return document->host.model().has_value() && document->host.model()->name == "scripted"; }));
        dropFiles({QString::fromStdString(writeQuadrants(folder, "blocks.png", 64))});
        ASSERT_TRUE(waitForRow());
    }
    bool codesAreRead() {
        return waitUntil([this] { return document->tokens.current() != nullptr; }, 20);
    }
    int code(int row, int column, int depth = 0) const { return document->tokens.current()->codes[document->tokens.current()->at(row, column, depth)]; }
    const TokenSelection& tokens() { return session().view().tokens; }
    TokenBar& bar() { return *window().findChild<TokenBar*>(); }
    int edits() { return stage().surgery()->editedTokens(); }
    QPoint at(int row, int column) {
        const auto& panes = stage().canvas().canvas().panes();
        const int pane = session().currentColumn();
        EXPECT_LT(pane, int(panes.size()));
        const canvas::Rect picture = stage().canvas().canvas().pictureRect(pane);
        return QPoint(int(picture.x + picture.width * (float(column) + 0.5F) / kColumns), int(picture.y + picture.height * (float(row) + 0.5F) / kRows));
    }
    void clickToken(int row, int column) { click(stage().canvas(), at(row, column)); }
    /// A button of the token bar or the tool bar.
    void clickButton(const QAction* action) {
        for (QToolButton* button : window().findChildren<QToolButton*>()) {
            if (button->defaultAction() == action && button->isVisible()) return click(*button, button->rect().center());
        }
        ADD_FAILURE() << "no button for " << action->objectName().toStdString();
    }
    /// Through the menu bar.
    void clickMenu(const QAction* action) {
        for (QAction* title : window().menuBar()->actions()) {
            if (!title->menu() || !title->menu()->actions().contains(const_cast<QAction*>(action))) continue;
            click(*window().menuBar(), window().menuBar()->actionGeometry(title).center());
            ASSERT_TRUE(waitUntil([&] { return title->menu()->isVisible(); }, 5));
            click(*title->menu(), title->menu()->actionGeometry(const_cast<QAction*>(action)).center());
            settle(20);
            return;
        }
        ADD_FAILURE() << "no entry for " << action->objectName().toStdString();
    }
    void type(const QString& text) {
        for (const QChar letter : text) press(Qt::Key(letter.toUpper().unicode()), Qt::NoModifier, letter);
    }

    std::shared_ptr<ScriptedEngine> engine = std::make_shared<ScriptedEngine>();
};

TEST_F(StudioTokens, ByTheMouseAlone) {
    openTokens();
    EXPECT_FALSE(bar().isVisible());
    clickButton(actions().workspaces->actions()[1]);
    ASSERT_EQ(session().workspace().kind, WorkspaceKind::Tokens);
    ASSERT_TRUE(codesAreRead());
    ASSERT_TRUE(waitForRow());
    settle(50);
    EXPECT_TRUE(bar().isVisible());
    EXPECT_TRUE(session().view().tokenGrid) << "the workspace begins with the grid";
    clickToken(1, 2);
    EXPECT_EQ(tokens().cursor, (TokenPlace{1, 2}));
    drag(stage().canvas(), at(0, 0), at(1, 1));
    EXPECT_EQ(tokens().chosen, rectangle({0, 0}, {1, 1}));
    clickButton(actions().randomCode);
    EXPECT_GT(edits(), 0);
    EXPECT_THAT(bar().words().toStdString(), HasSubstr("edited:"));
    clickMenu(actions().revertAllTokens);
    EXPECT_EQ(edits(), 0);
    // A lasso round the middle, copied to a corner.
    clickButton(actions().tokenTools->actions()[1]);
    const QPoint half = (at(1, 1) - at(0, 0)) / 2;
    dragAlong(stage().canvas(), {at(1, 1) - half, at(1, 2) + QPoint(half.x(), -half.y()), at(1, 2) + half, at(1, 1) + QPoint(-half.x(), half.y())});
    EXPECT_THAT(tokens().chosen, ElementsAre(TokenPlace{1, 1}, TokenPlace{1, 2}));
    clickButton(actions().copyTokens);
    clickButton(actions().tokenTools->actions()[0]);
    clickToken(3, 0);
    clickButton(actions().pasteTokens);
    EXPECT_EQ(code(3, 0), 10);
    EXPECT_EQ(code(3, 1), 12);
    // The brush paints what was copied, at the depth that is chosen in the bar.
    clickButton(actions().deeperDepth);
    clickButton(actions().tokenTools->actions()[2]);
    drag(stage().canvas(), at(0, 0), at(0, 3));
    EXPECT_EQ(code(0, 3, 1), 11);
    EXPECT_EQ(code(0, 3, 0), 6);
    clickButton(actions().tokenTools->actions()[0]);
    // Swap from the menu, the target by a click.
    clickToken(2, 0);
    clickMenu(actions().swapTokens);
    clickToken(2, 3);
    EXPECT_EQ(code(2, 3), 16);
    EXPECT_EQ(code(2, 0), 22);
    // What it was before, and back.
    clickButton(actions().compareUnedited);
    EXPECT_TRUE(session().view().unedited);
    EXPECT_TRUE(waitUntil([&] { return engine->newest("depth")->query.cell.edit == EditId{}; }, 5));
    clickButton(actions().compareUnedited);
    EXPECT_TRUE(waitUntil([&] { return engine->newest("depth")->query.cell.edit != EditId{}; }, 5));
    clickButton(actions().tokenOverlay);
    EXPECT_FALSE(session().view().tokenGrid);
    clickButton(actions().workspaces->actions()[0]);
    EXPECT_FALSE(bar().isVisible());
    EXPECT_FALSE(session().view().tokenGrid);
}

TEST_F(StudioTokens, ByTheKeyboardAlone) {
    openTokens();
    stage().setFocus();
    press(Qt::Key_2, Qt::ControlModifier);
    ASSERT_EQ(session().workspace().kind, WorkspaceKind::Tokens);
    ASSERT_TRUE(codesAreRead());
    ASSERT_TRUE(waitForRow());
    settle(50);
    press(Qt::Key_Down);
    EXPECT_EQ(tokens().cursor, (TokenPlace{2, 2}));
    press(Qt::Key_Return);
    type(QStringLiteral("42"));
    press(Qt::Key_Return);
    EXPECT_EQ(code(2, 2), 42);
    // Only what was found elsewhere too: two tokens.
    press(Qt::Key_BracketRight, Qt::NoModifier, QStringLiteral("]"));
    EXPECT_EQ(tokens().depth, 1);
    press(Qt::Key_Delete);
    EXPECT_EQ(code(2, 2, 1), -1);
    EXPECT_EQ(session().rows().size(), 1U) << "the key that removes images elsewhere";
    press(Qt::Key_BracketLeft, Qt::NoModifier, QStringLiteral("["));
    press(Qt::Key_Right, Qt::ShiftModifier);
    EXPECT_THAT(tokens().chosen, ElementsAre(TokenPlace{2, 2}, TokenPlace{2, 3}));
    press(Qt::Key_C, Qt::ControlModifier);
    for (int i = 0; i < 3; ++i) press(Qt::Key_Up);
    for (int i = 0; i < 3; ++i) press(Qt::Key_Left);
    EXPECT_EQ(tokens().cursor, (TokenPlace{0, 0}));
    press(Qt::Key_V, Qt::ControlModifier);
    EXPECT_EQ(code(0, 0), 42);
    EXPECT_EQ(code(0, 0, 1), -1);
    EXPECT_EQ(code(0, 1), 22);
    press(Qt::Key_A, Qt::ShiftModifier, QStringLiteral("A"));
    EXPECT_THAT(tokens().chosen, ElementsAre(TokenPlace{0, 0}, TokenPlace{2, 2}));
    press(Qt::Key_Backspace);
    EXPECT_EQ(code(0, 0), 0);
    EXPECT_EQ(code(2, 2), 20);
    press(Qt::Key_Z, Qt::ControlModifier);
    EXPECT_EQ(code(0, 0), 42);
    // Swap: the place goes with the arrows.
    press(Qt::Key_Right);
    press(Qt::Key_S, Qt::ShiftModifier, QStringLiteral("S"));
    press(Qt::Key_Down);
    press(Qt::Key_Return);
    EXPECT_EQ(code(1, 1), 22);
    EXPECT_EQ(code(0, 1), 10);
    press(Qt::Key_R, Qt::ShiftModifier, QStringLiteral("R"));
    press(Qt::Key_Delete, Qt::ShiftModifier);
    EXPECT_EQ(code(3, 3), -1) << "the whole depth";
    press(Qt::Key_D, Qt::ControlModifier);
    EXPECT_TRUE(session().view().unedited);
    press(Qt::Key_D, Qt::ControlModifier);
    EXPECT_FALSE(session().view().unedited);
    press(Qt::Key_Backspace, Qt::ShiftModifier);
    EXPECT_EQ(edits(), 0);
    press(Qt::Key_T, Qt::NoModifier, QStringLiteral("t"));
    EXPECT_FALSE(session().view().tokenGrid);
    // Elsewhere the same keys do what they always did.
    press(Qt::Key_1, Qt::ControlModifier);
    press(Qt::Key_D, Qt::ControlModifier);
    EXPECT_EQ(session().rows().size(), 2U);
}

TEST_F(StudioTokens, TheMenuOfATokenHasWhatCanBeDoneWithIt) {
    openTokens();
    session().setWorkspace(WorkspaceKind::Tokens);
    ASSERT_TRUE(codesAreRead());
    ASSERT_TRUE(waitForRow());
    settle(50);
    session().setCurrentColumn(0);
    settle(50);
    const auto menuAt = [this](int row, int column) {
        // Without a window manager the display may take the focus away, and all menus with it, some time after the window before was closed.
        for (int attempt = 0; attempt < 20; ++attempt) {
            activate(window());
            click(stage().canvas(), at(row, column), Qt::RightButton);
            settle(150);
            if (auto* menu = qobject_cast<QMenu*>(QApplication::activePopupWidget())) return menu;
        }
        ADD_FAILURE() << "no menu at " << row << ", " << column;
        return static_cast<QMenu*>(nullptr);
    };
    const auto subMenu = [](QMenu* menu, const QString& title) -> QMenu* {
        for (QAction* action : menu->actions()) {
            if (action->text() == title) return action->menu();
        }
        return nullptr;
    };
    const auto clickEntry = [](QMenu* menu, QAction* action) {
        ASSERT_TRUE(menu && menu->actions().contains(action)) << action->objectName().toStdString();
        click(*menu, menu->actionGeometry(action).center());
        EXPECT_TRUE(waitUntil([] { return QApplication::activePopupWidget() == nullptr; }, 10)) << action->objectName().toStdString();
        settle(50);
    };
    clickEntry(menuAt(1, 2), actions().randomCode);
    EXPECT_EQ(tokens().cursor, (TokenPlace{1, 2})) << "the one that was pressed";
    EXPECT_EQ(edits(), 1);
    clickEntry(menuAt(1, 2), actions().revertTokens);
    EXPECT_EQ(edits(), 0);
    // One of the chosen ones: the menu is that of all of them.
    drag(stage().canvas(), at(0, 0), at(1, 1));
    clickEntry(menuAt(1, 1), actions().copyTokens);
    EXPECT_EQ(tokens().chosen.size(), 4u);
    clickEntry(menuAt(2, 2), actions().pasteTokens);
    EXPECT_EQ(code(3, 3), 10);
    clickEntry(menuAt(2, 1), actions().chooseSameCode);
    EXPECT_EQ(tokens().cursor, (TokenPlace{2, 1}));
    QMenu* menu = menuAt(0, 3);
    ASSERT_TRUE(menu);
    for (QAction* action : {actions().typeCode, actions().dropCode, actions().swapTokens, actions().shuffleTokens, actions().revertAllTokens}) EXPECT_TRUE(menu->actions().contains(action));
    EXPECT_EQ(subMenu(menu, QStringLiteral("This Depth"))->actions(), (QList<QAction*>{actions().zeroDepth, actions().randomiseDepth, actions().dropFromDepth}));
    // A lens of the token gets a column, once.
    for (int i = 0; i < 2; ++i) {
        if (i > 0) menu = menuAt(0, 3);
        ASSERT_TRUE(menu);
        QMenu* lenses = subMenu(menu, QStringLiteral("Show for This Token"));
        ASSERT_TRUE(lenses);
        ASSERT_EQ(lenses->actions().size(), 1);
        lenses->actions().first()->trigger();
        menu->close();
        settle(50);
        EXPECT_EQ(session().columns()[session().currentColumn()].lens, "token_similarity");
        EXPECT_EQ(std::ranges::count(session().columns(), "token_similarity", &Column::lens), 1);
        session().setCurrentColumn(0);
        settle(50);
    }
    // The menu key asks for that of the token that is looked at.
    settle(100);  // the display hears late that the last menu is gone
    ASSERT_TRUE(waitUntil([&] {
        activate(window());
        stage().setFocus();
        return window().isActiveWindow() && stage().hasFocus() && !QApplication::activePopupWidget();
    }, 10));
    press(Qt::Key_Menu);
    ASSERT_TRUE(waitUntil([&] { return qobject_cast<QMenu*>(QApplication::activePopupWidget()) != nullptr; }, 10));
    menu = qobject_cast<QMenu*>(QApplication::activePopupWidget());
    EXPECT_TRUE(menu->actions().contains(actions().copyTokens));
    menu->close();
    // Without the grid it is the cell's alone.
    activate(window());
    press(Qt::Key_1, Qt::ControlModifier);
    ASSERT_EQ(session().workspace().kind, WorkspaceKind::Reconstruct);
    ASSERT_TRUE(waitForRow());
    settle(100);
    menu = menuAt(0, 3);
    ASSERT_TRUE(menu);
    EXPECT_FALSE(menu->actions().contains(actions().copyTokens));
    menu->close();
}

TEST_F(StudioTokens, ComparingToUneditedIsSeenInTheBarAndTheCaptions) {
    openTokens();
    session().setWorkspace(WorkspaceKind::Tokens);
    ASSERT_TRUE(codesAreRead());
    ASSERT_TRUE(waitForRow());
    settle(50);
    clickToken(1, 1);
    clickButton(actions().randomCode);
    const auto captionOf = [this](int column) { return stage().findChildren<CellCaption*>().at(column)->row().text(); };
    const auto button = [this] {
        for (QToolButton* each : bar().findChildren<QToolButton*>()) {
            if (each->defaultAction() == actions().compareUnedited) return each;
        }
        return static_cast<QToolButton*>(nullptr);
    };
    ASSERT_TRUE(button());
    settle(100);
    moveMouse(window(), {1, 1});
    const QRect inside = button()->rect().adjusted(3, 3, -3, -3);
    const QColor before = screenColour(*button(), inside.topLeft());
    EXPECT_FALSE(captionOf(0).contains("unedited"));
    press(Qt::Key_D, Qt::ControlModifier);
    ASSERT_TRUE(waitForRow());
    settle(200);
    EXPECT_NE(screenColour(*button(), inside.topLeft()), before) << "the button is down";
    EXPECT_TRUE(captionOf(0).startsWith("unedited")) << captionOf(0).toStdString();
    EXPECT_EQ(session().columns()[3].lens, "token_norm");
    press(Qt::Key_D, Qt::ControlModifier);
    ASSERT_TRUE(waitForRow());
    settle(200);
    EXPECT_FALSE(captionOf(0).contains("unedited"));
}

TEST_F(StudioTokens, WhereToSwapIsNoQuestionAfterTheSwap) {
    openTokens();
    session().setWorkspace(WorkspaceKind::Tokens);
    ASSERT_TRUE(codesAreRead());
    ASSERT_TRUE(waitForRow());
    settle(50);
    const auto said = [this] { return window().statusBar()->findChildren<WordLine*>().first()->isVisible(); };
    clickToken(2, 0);
    clickMenu(actions().swapTokens);
    EXPECT_TRUE(said());
    clickToken(2, 3);
    settle(20);
    EXPECT_EQ(edits(), 2);
    EXPECT_FALSE(said());
}

TEST_F(StudioTokens, AModelWithoutCodesSaysSo) {
    openTokens(0);
    session().setWorkspace(WorkspaceKind::Tokens);
    ASSERT_TRUE(waitForRow());
    settle(50);
    ASSERT_EQ(session().columns().front().lens, "token_norm");
    EXPECT_THAT(bar().words().toStdString(), HasSubstr("scripted has no codes: choose a model that quantizes"));
    EXPECT_FALSE(actions().randomCode->isEnabled());
    EXPECT_THAT(actions().randomCode->toolTip().toStdString(), HasSubstr("no codes"));
    // Its tokens can be looked at all the same.
    session().setCurrentColumn(0);
    settle(50);
    clickToken(1, 3);
    EXPECT_EQ(tokens().cursor, (TokenPlace{1, 3}));
}

TEST_F(StudioTokens, TheStatusLineAndTheToolsHaveWords) {
    openTokens();
    session().setWorkspace(WorkspaceKind::Tokens);
    ASSERT_TRUE(codesAreRead());
    ASSERT_TRUE(waitForRow());
    settle(50);
    for (const QToolButton* button : bar().findChildren<QToolButton*>()) EXPECT_FALSE(button->accessibleName().isEmpty());
    EXPECT_EQ(actions().copyTokens->isEnabled(), false);
    EXPECT_THAT(actions().copyTokens->toolTip().toStdString(), HasSubstr("Choose a token first"));
    clickToken(0, 0);
    EXPECT_TRUE(actions().copyTokens->isEnabled());
    // An image in the clipboard is pasted as an image.
    QImage image(8, 8, QImage::Format_RGB32);
    image.fill(Qt::red);
    QGuiApplication::clipboard()->setImage(image);
    settle(20);
    EXPECT_FALSE(actions().pasteTokens->isEnabled());
    stage().setFocus();
    press(Qt::Key_V, Qt::ControlModifier);
    EXPECT_TRUE(waitUntil([this] { return session().rows().size() == 2; }, 5));
}

}  // namespace
}  // namespace tessera::test
