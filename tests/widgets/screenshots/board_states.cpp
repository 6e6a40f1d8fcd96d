// SPDX-License-Identifier: GPL-3.0-or-later
// States of the board: many images, models and lenses.
#include <algorithm>

#include "docks.h"
#include "panels/dock.h"
#include "panels/histogram_plot.h"
#include "screenshot_program.h"
#include "workspace/column_edits.h"

namespace tessera::test {
namespace {

/// Beside the tokenizer that the studio starts with the autoencoder below it: two models that every machine has.
void twoModels(Studio& studio) {
    ui::Session& session = studio.session();
    session.editColumns(QStringLiteral("add model"), ui::withModel(session.groups(), {"mini-autoencoder", Precision::Auto}, session.nextLensId()));
}

void showCompare(Studio& studio) {
    studio.session().setWorkspace(ui::WorkspaceKind::Compare);
}

ui::LensColumnId lensOf(const ui::Session& session, int column) {
    return session.columns()[column].id.lens;
}

/// The page of that name, in front of the others of its dock.
void showPage(Studio& studio, const QString& page) {
    for (ui::Dock* dock : studio.window().docks().docks()) {
        const auto& pages = dock->pageActions();
        const auto it = std::ranges::find(pages, page, &QAction::text);
        if (it != pages.end()) dock->showPage(static_cast<int>(it - pages.begin()));
    }
}

/// Two of the samples, input beside a sweep of five strengths of noise.
void sweepOfNoise(Studio& studio, const QStringList& pictures) {
    studio.open(pictures.mid(0, 2));
    showCompare(studio);
    ui::Session& session = studio.session();
    const ui::LensColumnId lens = lensOf(session, 1);
    session.editColumns(QStringLiteral("remove"), ui::withoutLens(session.groups(), lensOf(session, 2)));
    session.editColumns(QStringLiteral("lens"), ui::withLensChanged(session.groups(), lens, "perturbed", {"size", "crop"}));
    session.editColumns(QStringLiteral("sweep"), ui::withSweep(session.groups(), lens, ui::Sweep{.parameter = "strength", .values = {Value(0.0), Value(0.5), Value(1.0), Value(2.0), Value(4.0)}}));
    session.setCurrentColumn(3);
    studio.waitForBoard();
}

}  // namespace

void Program::makeBoards() {
    const QStringList pictures = samples();
    make(QStringLiteral("board"), [&] {
        Studio studio;
        studio.open(pictures);
        showCompare(studio);
        twoModels(studio);
        studio.waitForBoard();
        studio.session().setCurrentRow(studio.session().rows().front().id);
        studio.session().setCurrentColumn(3);
        studio.pointAt(1, 0.55, 0.5);
        studio.actions().pin->trigger();
        save(studio.window(), QStringLiteral("board"));
        studio.actions().transpose->trigger();
        studio.waitForBoard();
        save(studio.window(), QStringLiteral("board-transposed"));
    });
    make(QStringLiteral("sweep"), [&] {
        Studio studio;
        sweepOfNoise(studio, pictures);
        save(studio.window(), QStringLiteral("sweep"));
    });
    make(QStringLiteral("lenses"), [&] {
        Studio studio;
        studio.open(pictures.mid(0, 3));
        showCompare(studio);
        ui::Session& session = studio.session();
        ui::Groups groups = session.groups();
        for (const char* lens : {"spectrum", "latent_pca", "latent_channel", "channel_statistics"}) groups = ui::withLens(std::move(groups), 1, lens, session.nextLensId());
        session.editColumns(QStringLiteral("lenses"), std::move(groups));
        studio.waitForBoard();
        save(studio.window(), QStringLiteral("lenses"));
    });
    makeClose(pictures);
    for (const char* mode : {"wipe", "onion", "differenceOfCells"}) {
        make(QStringLiteral("compare-") + QLatin1String(mode), [&] {
            Studio studio;
            studio.open(pictures);
            showCompare(studio);
            twoModels(studio);
            studio.waitForBoard();
            studio.window().findChild<QAction*>(QLatin1String(mode))->trigger();
            settle(300);
            save(studio.window(), QStringLiteral("compare-") + QLatin1String(mode));
        });
    }
    make(QStringLiteral("board-errors"), [&] {
        Studio studio;
        studio.open({pictures.first(), broken(), pictures.last()});
        showCompare(studio);
        ui::Session& session = studio.session();
        session.editColumns(QStringLiteral("add model"), ui::withModel(session.groups(), {"/nowhere/model.safetensors", Precision::Auto}, session.nextLensId()));
        studio.waitForBoard();
        save(studio.window(), QStringLiteral("board-errors"));
    });
    make(QStringLiteral("board-many"), [&] {
        Studio studio;
        studio.open(many(200));
        showCompare(studio);
        studio.session().stepCurrentRow(97);
        studio.waitForBoard();
        save(studio.window(), QStringLiteral("board-many"));
    });
}

/// Looking closely: the strip, the histogram with a brush, the table of the pixel with latents.
void Program::makeClose(const QStringList& pictures) {
    make(QStringLiteral("strip-perturbed"), [&] {
        Studio studio;
        sweepOfNoise(studio, pictures);
        save(studio.window(), QStringLiteral("strip-perturbed"));
        studio.window().resize(kNarrow);
        studio.waitForBoard();
        save(studio.window(), QStringLiteral("strip-perturbed-narrow"));
    });
    make(QStringLiteral("histogram"), [&] {
        Studio studio;
        studio.open(pictures);
        showCompare(studio);
        studio.waitForBoard();
        showPage(studio, QStringLiteral("Histogram"));
        studio.session().setCurrentColumn(1);
        settle(200);
        save(studio.window(), QStringLiteral("histogram-colour"));
        studio.session().setCurrentColumn(2);
        settle(200);
        auto* plot = studio.window().findChild<ui::HistogramPlot*>();
        drag(*plot, {plot->width() / 8, plot->height() / 2}, {plot->width() / 2, plot->height() / 2});
        settle(200);
        save(studio.window(), QStringLiteral("histogram"));
    });
    make(QStringLiteral("probe-table"), [&] {
        Studio studio;
        studio.open(pictures.mid(0, 2));
        showCompare(studio);
        twoModels(studio);
        studio.waitForBoard();
        studio.session().setCurrentRow(studio.session().rows().front().id);
        studio.window().findChild<QAction*>(QStringLiteral("differenceOfCells"))->trigger();
        studio.session().setCurrentColumn(3);
        studio.pointAt(3, 0.55, 0.5);
        studio.actions().pin->trigger();
        moveMouse(studio.window(), {2, 2});
        settle(800);
        save(studio.window(), QStringLiteral("probe-table"));
    });
}

}  // namespace tessera::test
