// SPDX-License-Identifier: GPL-3.0-or-later
#include "actions.h"

#include "key_bindings.h"
#include "panels/stage/token_hand.h"
#include "panels/stage/token_keyboard.h"

namespace tessera::studio {

void Actions::addTokens() {
    // Keys that other actions may have too: these go first while the stage has the keyboard and shows tokens.
    const auto add = [this](const char* name, const QString& text, const QList<QKeySequence>& keys, const QString& help, const char* icon = nullptr) {
        QAction* action = this->add(name, text, keys, help, icon);
        action->setShortcutContext(Qt::WidgetShortcut);
        action->setProperty(KeyBindings::kDomainProperty, KeyBindings::kTokens);
        tokens << action;
        return action;
    };
    tokenOverlay = this->add("tokenOverlay", tr("Token &Grid"), {QKeySequence(Qt::Key_T)}, tr("Lines between tokens, and a mark on those with another code than was found"), "grid");
    tokenOverlay->setCheckable(true);
    tokenTools = new QActionGroup(&m_window);
    const auto tool = [&](const char* name, const QString& text, Qt::Key key, ui::TokenTool data, const QString& help, const char* icon) {
        QAction* action = add(name, text, {QKeySequence(key)}, help, icon);
        action->setCheckable(true);
        action->setData(int(data));
        tokenTools->addAction(action);
    };
    tool("tokenSelect", tr("&Select Tokens"), Qt::Key_V, ui::TokenTool::Select, tr("A click looks at a token, a drag chooses a rectangle; Ctrl adds, Shift extends, Alt takes all with that code"), "pointer");
    tool("tokenLasso", tr("&Lasso"), Qt::Key_Q, ui::TokenTool::Lasso, tr("A drag chooses the tokens that it goes round; Ctrl adds"), "lasso");
    tool("tokenPaint", tr("&Paint Code"), Qt::Key_B, ui::TokenTool::Paint, tr("A drag gives tokens the code that was typed or copied last, at the current depth"), "pencil");

    chooseAllTokens = add("chooseAllTokens", tr("Choose &All"), {QKeySequence(tr("Ctrl+A"))}, tr("Every token of the current cell"));
    chooseSameCode = add("chooseSameCode", tr("Choose the Same &Code"), {QKeySequence(tr("Shift+A"))}, tr("All tokens with this code at the current depth"));
    shallowerDepth = add("shallowerDepth", tr("Coarser &Depth"), {QKeySequence(Qt::Key_BracketLeft)}, tr("The depth that is read and edited"), "chevron-left");
    deeperDepth = add("deeperDepth", tr("Fi&ner Depth"), {QKeySequence(Qt::Key_BracketRight)}, tr("The depth that is read and edited"), "chevron-right");

    copyTokens = add("copyTokens", tr("Co&py Tokens"), {QKeySequence::Copy}, tr("The chosen tokens with all their codes"), "copy");
    pasteTokens = add("pasteTokens", tr("Pas&te Tokens"), {QKeySequence::Paste}, tr("With their top left corner at the current token, also under another image of the same model"), "clipboard");
    typeCode = add("typeCode", tr("T&ype a Code…"), {QKeySequence(Qt::Key_F2)}, tr("For the chosen tokens at the current depth; Enter does so too"));
    dropCode = add("dropCode", tr("Dr&op Code"), {QKeySequence(Qt::Key_Delete)}, tr("No code at the current depth: it adds nothing"));
    randomCode = add("randomCode", tr("&Random Code"), {QKeySequence(tr("Shift+R"))}, tr("Drawn evenly from the codebook, for the chosen tokens at the current depth"), "die");
    swapTokens = add("swapTokens", tr("S&wap with…"), {QKeySequence(tr("Shift+S"))}, tr("Exchanges the chosen tokens with those at the place that is clicked next, or that Enter confirms"));
    shuffleTokens = add("shuffleTokens", tr("S&huffle"), {QKeySequence(tr("Ctrl+Shift+H"))}, tr("The chosen tokens in another order"));
    zeroDepth = add("zeroDepth", tr("&Zero This Depth"), {QKeySequence(tr("Shift+Del"))}, tr("No code at the current depth, of the chosen tokens or of all"));
    randomiseDepth = add("randomiseDepth", tr("Random&ise This Depth"), {QKeySequence(tr("Ctrl+Shift+R"))}, tr("A random code at the current depth, for the chosen tokens or for all"));
    dropFromDepth = add("dropFromDepth", tr("Drop This Depth and &Finer"), {QKeySequence(tr("Ctrl+Del"))}, tr("No codes from the current depth on, of the chosen tokens or of all"));
    revertTokens = add("revertTokens", tr("Re&vert Tokens"), {QKeySequence(Qt::Key_Backspace)}, tr("The chosen tokens as they were found"), "reset");
    revertAllTokens = add("revertAllTokens", tr("Revert All Tokens"), {QKeySequence(tr("Shift+Backspace"))}, tr("All tokens of this image under this model as they were found"));
    applyTokens = this->add("applyTokens", tr("Apply Tokens from &File…"), {}, tr("The codes of a file in place of those of the current cell; a file that is dropped while Ctrl is held does so too"), "folder");
    compareUnedited = add("compareUnedited", tr("Compare to &Unedited"), {QKeySequence(tr("Ctrl+D"))}, tr("All pictures as they were before any token was edited; held or switched"));
    compareUnedited->setCheckable(true);
    compareUnedited->setProperty(ui::TokenKeyboard::kHeldProperty, true);
}

}  // namespace tessera::studio
