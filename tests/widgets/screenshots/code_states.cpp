// SPDX-License-Identifier: GPL-3.0-or-later
// States of the panels about codes.
#include <algorithm>

#include <QComboBox>
#include <QTableView>

#include "bridge/token_reader.h"
#include "docks.h"
#include "panels/codes/codebook_panel.h"
#include "panels/codes/rate_panel.h"
#include "panels/codes/usage_panel.h"
#include "panels/dock.h"
#include "screenshot_program.h"

namespace tessera::test {
namespace {

constexpr ui::TokenPlace kToken{4, 8};

/// A page of the dock that holds Usage.
void showUsagePage(Studio& studio, int page) {
    for (ui::Dock* dock : studio.window().docks().docks()) {
        if (dock->objectName() == u"usage") dock->showPage(page);
    }
    settle(300);
}

void chooseToken(Studio& studio, int depth) {
    const auto grid = studio.window().document().tokens.current();
    ui::ViewState view = studio.session().view();
    view.tokens = {.rows = grid ? grid->rows : 1, .columns = grid ? grid->columns : 1, .cursor = kToken, .depth = depth, .chosen = {}};
    studio.session().setView(view);
}

bool isQuiet(Studio& studio) {
    const auto& codes = studio.window().document().codes;
    return studio.board().totals().running + studio.board().totals().waiting == 0 && studio.window().document().tokens.current() && codes.library.coverage().complete() && !codes.depths.waiting();
}

/// The panels of the workspace have all that they ask for.
void waitForCodes(Studio& studio) {
    settle(300);
    waitUntil([&] { return isQuiet(studio); });
    settle(800);
}

/// All images were looked at once, the first is shown.
void openTokens(Studio& studio, const QStringList& pictures) {
    studio.open(pictures);
    studio.session().setWorkspace(ui::WorkspaceKind::Tokens);
    for (const std::size_t row : {std::size_t{2}, std::size_t{1}, std::size_t{0}}) {
        if (row < studio.session().rows().size()) studio.session().setCurrentRow(studio.session().rows()[row].id);
        waitForCodes(studio);
    }
}

}  // namespace

void Program::makeCodes() {
    const QStringList pictures = samples();
    make(QStringLiteral("codes"), [&] {
        Studio studio({.model = QStringLiteral("mini-rvq")});
        openTokens(studio, pictures);
        chooseToken(studio, 7);
        waitForCodes(studio);
        save(studio.window(), QStringLiteral("codes"));
        chooseToken(studio, 0);
        showUsagePage(studio, 1);
        studio.window().docks().rate->tools().front()->trigger();
        waitForCodes(studio);
        save(studio.window(), QStringLiteral("codes-depths"));
        showUsagePage(studio, 2);
        auto* which = studio.window().docks().codebook->findChild<QComboBox*>();
        which->setCurrentIndex(3);
        studio.window().docks().codebook->findChild<QTableView*>()->sortByColumn(5, Qt::AscendingOrder);
        settle(2000);
        waitForCodes(studio);
        save(studio.window(), QStringLiteral("codes-codewords"));
        studio.window().resize(kNarrow);
        settle(500);
        save(studio.window(), QStringLiteral("codes-narrow"));
    });
    make(QStringLiteral("codes-none"), [&] {
        Studio studio({.model = QStringLiteral("mini-autoencoder")});
        studio.open(pictures.mid(0, 1));
        studio.session().setWorkspace(ui::WorkspaceKind::Tokens);
        settle(500);
        waitUntil([&] { return studio.board().totals().running + studio.board().totals().waiting == 0; });
        save(studio.window(), QStringLiteral("codes-none"));
    });
    make(QStringLiteral("codes-counting"), [&] {
        Studio studio({.model = QStringLiteral("mini-rvq")});
        studio.session().setWorkspace(ui::WorkspaceKind::Tokens);
        studio.open(many(60));
        waitUntil([&] { return studio.window().document().codes.library.coverage().read >= 3; });
        save(studio.window(), QStringLiteral("codes-counting"));
    });
}

}  // namespace tessera::test
