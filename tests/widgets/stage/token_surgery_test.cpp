// SPDX-License-Identifier: GPL-3.0-or-later
// Tokens on a stage: looked at, chosen and changed by hand.
#include <QAccessible>
#include <QAction>
#include <QClipboard>
#include <QGuiApplication>
#include <QLineEdit>
#include <QMimeData>

#include "bridge/token_reader.h"
#include "panels/stage/code_field.h"
#include "panels/stage/token_clipboard.h"
#include "panels/stage/token_hand.h"
#include "panels/stage/token_keyboard.h"
#include "panels/stage/token_surgery.h"
#include "panels/stage/token_words.h"
#include "staged.h"
#include "token_grids.h"

namespace tessera::test {
namespace {

using namespace ui;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr int kRows = 4, kColumns = 4;

class StageTokens : public Staged {
protected:
    StageTokens() {
        engine->grid = tokenGrid(kRows, kColumns);
        engine->model.codes = engine->grid->layout;
        engine->model.capabilities.emplace_back("quantize");
    }
    void SetUp() override {
        Staged::SetUp();
        stage.setTokens(reader);
        QObject::connect(&surgery(), &TokenSurgery::told, &window, [this](const QString& sentence) { told = sentence.toStdString(); });
        show(true);
        addRow();
        answerAll();
        ASSERT_TRUE(waitUntil([this] { return reader.current() != nullptr; }, 20));
        stage.setFocus();
    }
    TokenSurgery& surgery() { return *stage.surgery(); }
    void show(bool grid) {
        ViewState view = session.view();
        view.tokenGrid = grid;
        session.setView(view);
    }
    /// The middle of a token in a column's cell, on the canvas.
    QPoint at(int column, int row, int tokenColumn) {
        const canvas::Rect picture = stage.canvas().canvas().pictureRect(column);
        const double ratio = stage.canvas().devicePixelRatioF();
        return QPointF((picture.x + picture.width * (tokenColumn + 0.5) / kColumns) / ratio, (picture.y + picture.height * (row + 0.5) / kRows) / ratio).toPoint();
    }
    const TokenSelection& tokens() const { return session.view().tokens; }
    int code(int row, int column, int depth = 0) const { return reader.current()->codes[reader.current()->at(row, column, depth)]; }
    void press(Qt::Key key, Qt::KeyboardModifiers modifiers = Qt::NoModifier, const QString& text = {}) {
        keyDown(key, modifiers, text);
        keyUp(key, modifiers, text);
        settle(10);
    }

    TokenReader reader{session, host, board};
    std::string told;
};

TEST_F(StageTokens, AClickLooksAtATokenAndMakesItsCellTheCurrentOne) {
    ASSERT_EQ(session.currentColumn(), 1);
    click(stage.canvas(), at(2, 1, 3));
    EXPECT_EQ(session.currentColumn(), 2);
    EXPECT_EQ(tokens().cursor, (TokenPlace{1, 3}));
    EXPECT_THAT(tokens().chosen, IsEmpty());
    EXPECT_EQ(tokens().rows, kRows);
    // The camera stays where it is: the left button is the tokens'.
    drag(stage.canvas(), at(2, 0, 0), at(2, 2, 1));
    EXPECT_EQ(session.view().camera, canvas::Camera());
    EXPECT_EQ(tokens().chosen, rectangle({0, 0}, {2, 1}));
    EXPECT_EQ(tokens().cursor, (TokenPlace{2, 1}));
    // Dragged out of the picture: to its edge.
    drag(stage.canvas(), at(2, 2, 2), at(2, 2, 2) + QPoint(400, 400));
    EXPECT_EQ(tokens().chosen, rectangle({2, 2}, {3, 3}));
    EXPECT_EQ(session.undoStack().count(), 1) << "the row alone";
}

TEST_F(StageTokens, WithoutTheGridTheMouseMovesThePictures) {
    show(false);
    drag(stage.canvas(), at(1, 0, 0), at(1, 2, 2));
    EXPECT_FALSE(tokens().any());
    EXPECT_NE(session.view().camera, canvas::Camera());
}

TEST_F(StageTokens, KeysAddExtendAndTakeAllOfOneCode) {
    click(stage.canvas(), at(1, 0, 0));
    click(stage.canvas(), at(1, 2, 2), Qt::LeftButton, Qt::ControlModifier);
    EXPECT_THAT(tokens().chosen, ElementsAre(TokenPlace{0, 0}, TokenPlace{2, 2}));
    click(stage.canvas(), at(1, 0, 0), Qt::LeftButton, Qt::ControlModifier);
    EXPECT_EQ(tokens().places(), std::vector{(TokenPlace{2, 2})});
    click(stage.canvas(), at(1, 1, 1));
    click(stage.canvas(), at(1, 2, 3), Qt::LeftButton, Qt::ShiftModifier);
    EXPECT_EQ(tokens().chosen, rectangle({1, 1}, {2, 3}));
    // Codes of the first depth are 2 * place: give one of them to another.
    surgery().lookAt({0, 1});
    surgery().setCode(2 * (3 * kColumns));
    click(stage.canvas(), at(1, 3, 0), Qt::LeftButton, Qt::AltModifier);
    EXPECT_THAT(tokens().chosen, ElementsAre(TokenPlace{0, 1}, TokenPlace{3, 0}));
    EXPECT_THAT(told, HasSubstr("2 tokens with code 24 at depth 1"));
}

TEST_F(StageTokens, ALassoChoosesWhatItGoesRound) {
    stage.tokenHand()->setTool(TokenTool::Lasso);
    const QPoint inside = at(1, 1, 1);
    const int side = at(1, 0, 1).x() - at(1, 0, 0).x();
    const auto corner = [&](int x, int y) { return inside + QPoint(x, y) * side * 3 / 4; };
    dragAlong(stage.canvas(), {corner(-1, -1), corner(1, -1), corner(1, 1), corner(-1, 1)});
    EXPECT_THAT(tokens().places(), ElementsAre(TokenPlace{1, 1}));
    // Ctrl adds.
    dragAlong(stage.canvas(), {at(1, 3, 0), at(1, 3, 0) + QPoint(1, 1)}, Qt::ControlModifier);
    EXPECT_THAT(tokens().chosen, ElementsAre(TokenPlace{1, 1}, TokenPlace{3, 0}));
}

TEST_F(StageTokens, AStrokeOfTheBrushIsOneStep) {
    click(stage.canvas(), at(1, 3, 3));
    surgery().setCode(77);
    stage.tokenHand()->setTool(TokenTool::Paint);
    const int before = session.undoStack().count();
    drag(stage.canvas(), at(1, 0, 0), at(1, 0, 3), 2);
    for (int column = 0; column < kColumns; ++column) EXPECT_EQ(code(0, column), 77) << "fast strokes leave no gaps: " << column;
    EXPECT_EQ(code(0, 0, 1), 1) << "one depth alone";
    EXPECT_EQ(session.undoStack().count(), before + 1);
    drag(stage.canvas(), at(1, 1, 0), at(1, 1, 1));
    EXPECT_EQ(session.undoStack().count(), before + 2) << "the next stroke is another step";
    session.undoStack().undo();
    EXPECT_EQ(code(1, 0), 8);
    EXPECT_EQ(code(0, 3), 77);
    session.undoStack().undo();
    EXPECT_EQ(code(0, 3), 6);
    EXPECT_EQ(session.undoStack().redoText(), "paint code 77");
}

TEST_F(StageTokens, ArrowsMoveShiftChoosesAndBracketsAreTheActions) {
    press(Qt::Key_Right);
    EXPECT_EQ(tokens().cursor, (TokenPlace{2, 2})) << "the first step shows where one is";
    press(Qt::Key_Up);
    press(Qt::Key_Left);
    EXPECT_EQ(tokens().cursor, (TokenPlace{1, 1}));
    press(Qt::Key_Right, Qt::ShiftModifier);
    press(Qt::Key_Down, Qt::ShiftModifier);
    EXPECT_EQ(tokens().chosen, rectangle({1, 1}, {2, 2}));
    for (int i = 0; i < 9; ++i) press(Qt::Key_Down);
    EXPECT_EQ(tokens().cursor, (TokenPlace{3, 2})) << "the grid ends there";
    EXPECT_THAT(tokens().chosen, IsEmpty());
    EXPECT_EQ(session.currentColumn(), 1);
    show(false);
    press(Qt::Key_Right);
    EXPECT_EQ(session.currentColumn(), 2) << "without tokens arrows choose a cell";
}

TEST_F(StageTokens, EnterTypesACodeAndWhatIsNoneIsSaid) {
    press(Qt::Key_Right);
    press(Qt::Key_Return);
    auto* field = stage.findChild<CodeField*>();
    ASSERT_TRUE(field->isVisible());
    EXPECT_EQ(field->line().text(), "20");
    EXPECT_EQ(field->line().accessibleName(), "Code at depth 1, 0 to 99");
    const auto type = [](const QString& text) {
        for (const QChar letter : text) {
            keyDown(Qt::Key(letter.toUpper().unicode()), Qt::NoModifier, letter);
            keyUp(Qt::Key(letter.toUpper().unicode()), Qt::NoModifier, letter);
        }
    };
    type("100");
    press(Qt::Key_Return);
    EXPECT_TRUE(field->isVisible());
    EXPECT_EQ(field->problem(), "There is no code 100 at depth 1: give 0 to 99, or −1 for no code");
    EXPECT_EQ(code(2, 2), 20);
    type("x");
    EXPECT_TRUE(field->problem().isEmpty()) << "typing goes on";
    press(Qt::Key_Return);
    EXPECT_EQ(field->problem(), "“x” is no whole number");
    type("99");
    press(Qt::Key_Return);
    EXPECT_FALSE(field->isVisible());
    EXPECT_TRUE(stage.hasFocus());
    EXPECT_EQ(code(2, 2), 99);
    EXPECT_EQ(code(2, 2, 1), 21);
    // Esc leaves it as it is.
    press(Qt::Key_Return);
    type("5");
    press(Qt::Key_Escape);
    EXPECT_FALSE(field->isVisible());
    EXPECT_EQ(code(2, 2), 99);
}

TEST_F(StageTokens, SwapExchangesWithThePlaceThatIsConfirmed) {
    surgery().choose({{0, 0}, {0, 1}}, {0, 0});
    surgery().beginSwap();
    EXPECT_TRUE(surgery().isSwapping());
    click(stage.canvas(), at(1, 2, 2));
    EXPECT_FALSE(surgery().isSwapping());
    EXPECT_EQ(code(2, 2), 0);
    EXPECT_EQ(code(2, 3), 2);
    EXPECT_EQ(code(0, 0), 20);
    EXPECT_EQ(code(0, 1, 1), 23);
    EXPECT_THAT(tokens().chosen, ElementsAre(TokenPlace{0, 0}, TokenPlace{0, 1})) << "what is chosen stays chosen";
    session.undoStack().undo();
    // By keyboard: arrows move the place, Enter confirms it, Esc gives up.
    surgery().beginSwap();
    press(Qt::Key_Down);
    EXPECT_EQ(surgery().target(), (TokenPlace{1, 0}));
    press(Qt::Key_Escape);
    EXPECT_FALSE(surgery().isSwapping());
    surgery().beginSwap();
    press(Qt::Key_Down);
    press(Qt::Key_Return);
    EXPECT_EQ(code(1, 0), 0);
    EXPECT_EQ(code(0, 0), 8);
}

TEST_F(StageTokens, WhatIsCopiedIsPastedWithItsCornerAtTheToken) {
    surgery().choose({{0, 0}, {1, 1}}, {0, 0});
    EXPECT_TRUE(surgery().copy());
    EXPECT_THAT(QGuiApplication::clipboard()->text().toStdString(), testing::Eq("0\t0\t0\t1\n1\t1\t10\t11\n"));
    surgery().lookAt({2, 2});
    EXPECT_TRUE(surgery().paste());
    EXPECT_EQ(code(2, 2), 0);
    EXPECT_EQ(code(2, 2, 1), 1);
    EXPECT_EQ(code(3, 3), 10);
    EXPECT_EQ(code(2, 3), 22) << "what was not chosen stays";
    EXPECT_EQ(session.undoStack().undoText(), "paste tokens");
    // In another row of the same model.
    addRow("second.png");
    answerAll();
    ASSERT_TRUE(waitUntil([this] { return reader.current() != nullptr; }, 20));
    EXPECT_EQ(code(0, 2), 4);
    surgery().lookAt({0, 2});
    EXPECT_TRUE(surgery().paste());
    EXPECT_EQ(code(0, 2), 0);
    // Codes of another model mean something else.
    TokenBlock other = cutOut(tokenGrid(kRows, kColumns, "another"), {{0, 0}});
    QGuiApplication::clipboard()->setMimeData(toMime(other).release());
    EXPECT_TRUE(surgery().paste());
    EXPECT_THAT(told, HasSubstr("codes of another model: copy tokens of scripted"));
    QGuiApplication::clipboard()->setText("no tokens");
    EXPECT_FALSE(surgery().paste());
}

TEST_F(StageTokens, ABrokenClipboardIsRefused) {
    const TokenBlock block = cutOut(tokenGrid(kRows, kColumns), {{0, 0}, {0, 1}});
    const auto good = toMime(block);
    ASSERT_TRUE(fromMime(*good));
    EXPECT_EQ(fromMime(*good)->codes, block.codes);
    const QByteArray json = good->data(good->formats().filter("tessera").front());
    for (const auto& [from, to] : {std::pair("\"rows\":1", "\"rows\":-1"), {"\"rows\":1", "\"rows\":99999"}, {"\"codes\":[0,", "\"codes\":[100,"}, {"\"codes\":[0,", "\"codes\":["}, {"\"codebooks\":[100,100]", "\"codebooks\":[]"}, {"{", "["}}) {
        QByteArray broken = json;
        broken.replace(broken.indexOf(from), qstrlen(from), to);
        QMimeData mime;
        mime.setData(good->formats().filter("tessera").front(), broken);
        EXPECT_FALSE(fromMime(mime)) << to;
    }
    QMimeData mime;
    mime.setData(good->formats().filter("tessera").front(), "{}");
    QGuiApplication::clipboard()->setMimeData(new QMimeData);
    surgery().lookAt({0, 0});
    EXPECT_FALSE(surgery().paste());
}

TEST_F(StageTokens, DepthsAreZeroedRandomisedAndDropped) {
    surgery().lookAt({0, 0});
    surgery().setDepth(1);
    surgery().zeroDepth();
    EXPECT_EQ(code(3, 3, 1), -1) << "all tokens where only one is looked at";
    EXPECT_EQ(code(3, 3, 0), 30);
    session.undoStack().undo();
    surgery().choose({{0, 0}, {0, 1}}, {0, 0});
    surgery().setDepth(0);
    surgery().dropFromDepth();
    EXPECT_EQ(code(0, 1, 0), -1);
    EXPECT_EQ(code(0, 1, 1), -1);
    EXPECT_EQ(code(1, 0, 0), 8) << "the chosen ones alone";
    EXPECT_EQ(surgery().editedTokens(), 2);
    session.undoStack().undo();
    surgery().setSeeds([] { return std::uint64_t(5); });
    surgery().randomiseDepth();
    const int drawn = code(0, 0);
    session.undoStack().undo();
    surgery().randomiseDepth();
    EXPECT_EQ(code(0, 0), drawn);
    EXPECT_EQ(session.undoStack().undoText(), "randomise depth");
    surgery().shuffle();
    surgery().revert();
    EXPECT_EQ(surgery().editedTokens(), 0);
    surgery().dropCode();
    surgery().revertAll();
    EXPECT_EQ(session.tokenEdits().size(), 0U);
}

TEST_F(StageTokens, AnEditTakesBackTheComparison) {
    surgery().lookAt({0, 0});
    surgery().dropCode();
    surgery().setUnedited(true);
    settle(20);
    EXPECT_EQ(stage.canvas().canvas().panes()[1].tokens->marked, std::vector<char>());
    surgery().randomCode();
    EXPECT_FALSE(session.view().unedited) << "what is changed is to be seen";
    settle(20);
    EXPECT_EQ(stage.canvas().canvas().panes()[1].tokens->marked[0], 1);
}

TEST_F(StageTokens, ActionsKeysGoBeforeTheWindowsWhereThereAreTokens) {
    QAction picture("picture", &window), copy("copy", &window), flip("flip", &window);
    picture.setShortcut(QKeySequence::Copy);
    window.addAction(&picture);
    copy.setShortcut(QKeySequence::Copy);
    copy.setShortcutContext(Qt::WidgetShortcut);
    flip.setShortcut(QKeySequence("Ctrl+D"));
    flip.setCheckable(true);
    flip.setProperty(TokenKeyboard::kHeldProperty, true);
    stage.tokenKeyboard()->setActions({&copy, &flip});
    int pictures = 0, copies = 0;
    QObject::connect(&picture, &QAction::triggered, &window, [&] { ++pictures; });
    QObject::connect(&copy, &QAction::triggered, &window, [&] { ++copies; });
    press(Qt::Key_C, Qt::ControlModifier);
    EXPECT_EQ(std::pair(pictures, copies), std::pair(0, 1));
    copy.setEnabled(false);
    press(Qt::Key_C, Qt::ControlModifier);
    EXPECT_EQ(std::pair(pictures, copies), std::pair(1, 1)) << "what cannot be done leaves its key to others";
    copy.setEnabled(true);
    show(false);
    press(Qt::Key_C, Qt::ControlModifier);
    EXPECT_EQ(std::pair(pictures, copies), std::pair(2, 1));
    show(true);
    // A tap switches, a key that is held switches back when it is let go.
    press(Qt::Key_D, Qt::ControlModifier);
    EXPECT_TRUE(flip.isChecked());
    press(Qt::Key_D, Qt::ControlModifier);
    EXPECT_FALSE(flip.isChecked());
    keyDown(Qt::Key_D, Qt::ControlModifier);
    EXPECT_TRUE(flip.isChecked());
    settle(500);
    keyUp(Qt::Key_D, Qt::ControlModifier);
    EXPECT_FALSE(flip.isChecked());
}

TEST_F(StageTokens, TheLayersShowWhatIsLookedAtChosenAndEdited) {
    surgery().choose({{0, 0}, {1, 1}}, {1, 1});
    surgery().dropCode();
    settle(20);
    for (int column = 0; column < 3; ++column) {
        const auto layer = stage.canvas().canvas().panes()[column].tokens;
        ASSERT_TRUE(layer) << column;
        EXPECT_EQ(layer->cursor, (canvas::TokenLayer::Cell{1, 1}));
        EXPECT_EQ(layer->chosen[layer->at(0, 0)], 1);
        EXPECT_EQ(layer->chosen[layer->at(0, 1)], 0);
        EXPECT_EQ(layer->marked[layer->at(1, 1)], 1);
        EXPECT_TRUE(layer->lines);
    }
    show(false);
    settle(20);
    EXPECT_EQ(stage.canvas().canvas().panes()[0].tokens, nullptr);
}

TEST_F(StageTokens, TheTokenIsToldInWordsAndToReaders) {
    std::vector<Word> words;
    QObject::connect(&stage, &StageView::tokenTold, &window, [&](const std::vector<Word>& now) { words = now; });
    const auto text = [&] {
        QStringList parts;
        for (const Word& word : words) parts << word.text;
        return parts.join(u' ').toStdString();
    };
    moveMouse(stage.canvas(), at(1, 1, 2));
    EXPECT_EQ(text(), "token 1, 2 codes 12 13 norm 17.79 error 3.76 nearest 3.50, 4.25");
    moveMouse(stage, {2, 2});
    EXPECT_THAT(text(), IsEmpty());
    surgery().lookAt({3, 0});
    surgery().setDepth(1);
    surgery().dropCode();
    EXPECT_THAT(text(), HasSubstr("token 3, 0 codes 24 none norm"));
    EXPECT_EQ(tokenName(reader.current().get(), {3, 0}, 1), "row 3, column 0, depth 2, code none, edited, found 25");
    QAccessibleInterface* table = QAccessible::queryAccessibleInterface(&stage);
    QAccessibleInterface* cell = table->tableInterface()->cellAt(0, 1);
    EXPECT_THAT(cell->text(QAccessible::Name).toStdString(), testing::StartsWith("row 3, column 0, depth 2, code none"));
    EXPECT_THAT(table->tableInterface()->cellAt(0, 2)->text(QAccessible::Name).toStdString(), testing::StartsWith("row 1 of 1"));
}

}  // namespace
}  // namespace tessera::test
