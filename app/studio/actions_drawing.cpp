// SPDX-License-Identifier: GPL-3.0-or-later
#include "actions.h"

#include "key_bindings.h"

namespace tessera::studio {

void Actions::addDrawing() {
    const auto add = [this](const char* name, const QString& text, const QList<QKeySequence>& keys, const QString& help, const char* icon = nullptr) {
        QAction* action = this->add(name, text, keys, help, icon);
        action->setProperty(KeyBindings::kDomainProperty, KeyBindings::kDrawing);
        drawing << action;
        return action;
    };
    queueDrawing = add("queueDrawing", tr("&Queue"), {QKeySequence(tr("Ctrl+Return"))}, tr("What the panel Prompt says is drawn after what waits already"), "play");
    sweepDrawing = add("sweepDrawing", tr("S&weep…"), {QKeySequence(tr("Ctrl+Shift+Return"))}, tr("A row of pictures: one for each of several values of one setting, or on the way from this seed to another"), "side-by-side");
    chooseStart = add("chooseStart", tr("&Start from a Picture…"), {}, tr("Drawing sets out from a picture in place of noise; one that is dropped on the window does too"), "image");
    pauseDrawing = add("pauseDrawing", tr("&Pause"), {}, tr("Stops at the next token, and goes on from there"), "pause");
    cancelDrawing = add("cancelDrawing", tr("&Cancel"), {QKeySequence(Qt::Key_Escape)}, tr("What is drawn already stays"), "close");
    forkDrawing = add("forkDrawing", tr("&Fork Here"), {QKeySequence(Qt::Key_F)}, tr("Draws on from the token with another code, as a new branch; what came before it stays"), "branch");
    redrawPart = add("redrawPart", tr("&Redraw"), {QKeySequence(Qt::Key_R)}, tr("Draws the rectangle of tokens anew by the next seed. What draws in steps knows all around it; what draws token after token those before it, row after row, and what lies behind is kept but not known"), "retry");
    addToBoard = add("addToBoard", tr("Add to &Board"), {QKeySequence(tr("Ctrl+B"))}, tr("The picture, or the clip, as a row: to be reconstructed, compared and measured by any model"), "plus");
    compareWithPrompt = add("compareWithPrompt", tr("Compare with &Its Prompt"), {QKeySequence(tr("Ctrl+Shift+B"))}, tr("The picture as a row in the workspace Heatmap, with its prompt among the words that are looked for"), "search");
    addTokensToBoard = add("addTokensToBoard", tr("Add &Tokens to Board"), {}, tr("Its codes as a row, under the model that drew them"), "plus");
    saveDrawing = add("saveDrawing", tr("&Save Picture…"), {QKeySequence(tr("Ctrl+E"))}, tr("As PNG, a clip as MP4, GIF or WebP too, with its prompt, seed and settings as text inside"), "download");
    earlierToken = add("earlierToken", tr("One Step &Back"), {QKeySequence(Qt::Key_Comma)}, tr("The picture as it was before its last token, or at the kept step before"), "chevron-left");
    laterToken = add("laterToken", tr("One Step F&orward"), {QKeySequence(Qt::Key_Period)}, tr("And with one more"), "chevron-right");
    playDrawing = add("playDrawing", tr("P&lay"), {QKeySequence(Qt::Key_V)}, tr("Shows the drawing step after step, from its first or from where it is wound back to"), "play");
    coarserCode = add("coarserCode", tr("Coarser &Depth"), {QKeySequence(Qt::Key_BracketLeft)}, tr("The depth that maps and alternatives show"));
    finerCode = add("finerCode", tr("Fi&ner Depth"), {QKeySequence(Qt::Key_BracketRight)}, tr("The depth that maps and alternatives show"));
}

}  // namespace tessera::studio
