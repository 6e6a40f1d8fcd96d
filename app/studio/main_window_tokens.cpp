// SPDX-License-Identifier: GPL-3.0-or-later
// What the actions of tokens do, and what they show.
#include <tuple>
#include <utility>

#include <QClipboard>
#include <QGuiApplication>
#include <QMimeData>

#include "actions.h"
#include "main_window.h"
#include "panels/stage/token_bar.h"
#include "panels/stage/token_clipboard.h"
#include "panels/stage/token_hand.h"
#include "panels/stage/token_keyboard.h"
#include "panels/stage/token_surgery.h"
#include "panels/stage_view.h"
#include "status_line.h"

namespace tessera::studio {
namespace {

using ui::TokenSurgery;
using ui::Word;

}  // namespace

ui::TokenBar* MainWindow::makeTokenBar(QWidget* parent) {
    const Actions& a = *m_actions;
    return new ui::TokenBar({a.tokenTools->actions(), {a.tokenOverlay, a.copyTokens, a.pasteTokens, a.randomCode}, {a.shallowerDepth, a.deeperDepth}}, a.compareUnedited, parent);
}

void MainWindow::connectTokenActions() {
    Actions& a = *m_actions;
    ui::Session& session = m_document.session;
    TokenSurgery* surgery = m_stage->surgery();
    const auto does = [&](QAction* action, void (TokenSurgery::*what)()) { connect(action, &QAction::triggered, surgery, what); };
    does(a.chooseAllTokens, &TokenSurgery::chooseAll);
    does(a.chooseSameCode, &TokenSurgery::chooseSameCode);
    does(a.dropCode, &TokenSurgery::dropCode);
    does(a.randomCode, &TokenSurgery::randomCode);
    does(a.swapTokens, &TokenSurgery::beginSwap);
    does(a.shuffleTokens, &TokenSurgery::shuffle);
    does(a.zeroDepth, &TokenSurgery::zeroDepth);
    does(a.randomiseDepth, &TokenSurgery::randomiseDepth);
    does(a.dropFromDepth, &TokenSurgery::dropFromDepth);
    does(a.revertTokens, &TokenSurgery::revert);
    does(a.revertAllTokens, &TokenSurgery::revertAll);
    connect(a.copyTokens, &QAction::triggered, surgery, &TokenSurgery::copy);
    connect(a.pasteTokens, &QAction::triggered, surgery, &TokenSurgery::paste);
    connect(a.shallowerDepth, &QAction::triggered, surgery, [surgery] { surgery->setDepth(surgery->depth() - 1); });
    connect(a.deeperDepth, &QAction::triggered, surgery, [surgery] { surgery->setDepth(surgery->depth() + 1); });
    connect(a.typeCode, &QAction::triggered, m_stage, &ui::StageView::typeCode);
    connect(a.compareUnedited, &QAction::triggered, surgery, &TokenSurgery::setUnedited);
    connect(a.tokenOverlay, &QAction::triggered, this, [this](bool on) { changeView([on](ui::ViewState& view) { view.tokenGrid = on; }); });
    connect(a.tokenTools, &QActionGroup::triggered, this, [this](const QAction* chosen) { m_stage->tokenHand()->setTool(static_cast<ui::TokenTool>(chosen->data().toInt())); });
    m_stage->tokenKeyboard()->setActions(a.tokens);

    connect(surgery, &TokenSurgery::told, m_status, &StatusLine::say);
    connect(m_stage, &ui::StageView::tokenTold, m_status, &StatusLine::showToken);
    const auto readClipboard = [this] {
        const QMimeData* mime = QGuiApplication::clipboard()->mimeData();
        m_tokensToPaste = mime && ui::holdsTokens(*mime);
        showTokenActions();
    };
    // Each workspace begins as it is meant to be looked at.
    connect(&session, &ui::Session::workspaceChanged, this, [this, readClipboard, shown = session.workspace().kind]() mutable {
        const ui::WorkspaceKind now = m_document.session.workspace().kind;
        if (std::exchange(shown, now) != now) changeView([now](ui::ViewState& view) { view.tokenGrid = now == ui::WorkspaceKind::Tokens; });
        readClipboard();
    });
    // The camera moves often.
    const auto looked = [&session] { return std::tuple(session.view().tokens, session.view().tokenGrid, session.view().unedited); };
    connect(&session, &ui::Session::viewChanged, this, [this, looked, shown = looked()]() mutable {
        if (auto now = looked(); now != shown) {
            shown = std::move(now);
            showTokenActions();
        }
    });
    for (const auto signal : {&ui::Session::currentRowChanged, &ui::Session::currentColumnChanged}) connect(&session, signal, this, &MainWindow::showTokenActions);
    connect(&session, &ui::Session::tokensEdited, this, &MainWindow::showTokenActions);
    connect(&m_document.tokens, &ui::TokenReader::changed, this, &MainWindow::showTokenActions);
    connect(surgery, &TokenSurgery::changed, this, &MainWindow::showTokenActions);
    connect(m_stage->tokenHand(), &ui::TokenHand::toolChanged, this, &MainWindow::showTokenActions);
    connect(QGuiApplication::clipboard(), &QClipboard::dataChanged, this, readClipboard);
    showTokenActions();
}

void MainWindow::showTokenActions() {
    Actions& a = *m_actions;
    const TokenSurgery& surgery = *m_stage->surgery();
    const ui::ViewState& view = m_document.session.view();
    const auto grid = surgery.grid();
    const ui::TokenSelection tokens = surgery.here();
    const QString noCodes = surgery.refusal(), noToken = tr("Choose a token first");
    const bool image = m_document.session.find(m_document.session.currentRow()) != nullptr && ui::showsBoard(m_document.session.workspace().kind);
    Actions::enable(a.tokenOverlay, image, tr("There is no image yet"));
    a.tokenOverlay->setChecked(view.tokenGrid);
    for (QAction* tool : a.tokenTools->actions()) {
        Actions::enable(tool, surgery.isAboutTokens(), image ? tr("Show the token grid first") : tr("There is no image yet"));
        tool->setChecked(tool->data().toInt() == int(m_stage->tokenHand()->tool()));
    }
    Actions::enable(a.chooseAllTokens, surgery.area().has_value(), noCodes);
    for (QAction* action : {a.zeroDepth, a.randomiseDepth, a.dropFromDepth}) Actions::enable(action, grid != nullptr, noCodes);
    for (QAction* action : {a.chooseSameCode, a.copyTokens, a.typeCode, a.dropCode, a.randomCode, a.swapTokens, a.revertTokens}) {
        Actions::enable(action, grid && tokens.any(), grid ? noToken : noCodes);
    }
    Actions::enable(a.shuffleTokens, grid && tokens.chosen.size() > 1, grid ? tr("Choose at least two tokens to shuffle") : noCodes);
    Actions::enable(a.pasteTokens, grid && m_tokensToPaste, grid ? tr("The clipboard holds no tokens") : noCodes);
    Actions::enable(a.shallowerDepth, grid && surgery.depth() > 0, grid ? tr("This is the first depth") : noCodes);
    Actions::enable(a.deeperDepth, grid && surgery.depth() + 1 < surgery.depths(), grid ? tr("This is the last depth") : noCodes);
    const bool anyEdit = image && m_document.session.tokenEdit(m_document.session.currentRow(), m_document.session.model()) != nullptr;
    const bool codes = m_document.tokens.current() != nullptr;
    Actions::enable(a.applyTokens, codes, m_document.tokens.error() ? QString::fromStdString(toLine(*m_document.tokens.error())) : image ? tr("The codes are still being read") : tr("There is no image yet"));
    Actions::enable(a.revertAllTokens, anyEdit, tr("No token of this image is edited"));
    Actions::enable(a.compareUnedited, !m_document.session.tokenEdits().empty() || view.unedited, tr("No token is edited"));
    a.compareUnedited->setChecked(view.unedited);
    showTokenBar();
}

void MainWindow::showTokenBar() {
    const TokenSurgery& surgery = *m_stage->surgery();
    m_tokenBar->setVisible(surgery.isAboutTokens());
    if (!surgery.isAboutTokens()) return;
    std::vector<Word> middle, edited;
    if (!surgery.grid()) {
        middle = {{surgery.refusal(), Word::Role::Second}};
    } else {
        middle = {{tr("depth"), Word::Role::Second}, {QString::number(surgery.depth() + 1), Word::Role::Value}, {tr("of %1").arg(surgery.depths()), Word::Role::Second}};
        const auto count = surgery.here().chosen.size();
        if (count > 0) middle.push_back({count == 1 ? tr("· 1 token chosen") : tr("· %1 tokens chosen").arg(count), Word::Role::Second});
        if (const auto code = surgery.brush(); code && m_stage->tokenHand()->tool() == ui::TokenTool::Paint) middle.push_back({tr("· paints %1").arg(*code), Word::Role::Second});
        const int tokens = surgery.editedTokens();
        edited = {{tr("edited:"), Word::Role::Second}, {tokens == 1 ? tr("1 token") : tr("%1 tokens").arg(tokens), Word::Role::Value}};
    }
    m_tokenBar->setWords(std::move(middle), std::move(edited));
}

}  // namespace tessera::studio
