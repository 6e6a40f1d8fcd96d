// SPDX-License-Identifier: GPL-3.0-or-later
// Makes a picture of every state of the real studio with the real engine: screenshot_states --theme dark|light --out DIR [--suffix S] [--type png|jpg] [STATE...]
#include <fstream>

#include <QApplication>
#include <QDockWidget>
#include <QLineEdit>
#include <QTreeView>

#include "docks.h"
#include "keys_window.h"
#include "panels/banner.h"
#include "panels/command_palette.h"
#include "panels/stage/stage_canvas.h"
#include "screenshot_program.h"
#include "theme/studio_style.h"

namespace tessera::test {

int Program::run() {
    const QStringList pictures = samples();
    if (pictures.isEmpty()) {
        std::fprintf(stderr, "screenshot_states: no samples in %s/samples: run it in the source tree\n", qPrintable(studio::MainWindow::resourceDirectory()));
        return 1;
    }
    make(QStringLiteral("empty"), [&] {
        Studio studio;
        save(studio.window(), QStringLiteral("empty"));
    });
    make(QStringLiteral("dragging"), [&] {
        Studio studio;
        QMimeData mime;
        mime.setUrls({QUrl::fromLocalFile(pictures.first())});
        dragOver(studio.stage(), studio.stage().rect().center(), mime);
        save(studio.window(), QStringLiteral("dragging"));
        dragAway(studio.stage());
    });
    make(QStringLiteral("reconstructed"), [&] {
        Studio studio;
        studio.open(pictures);
        studio.visitAllRows();
        studio.pointAt(1, 0.52, 0.45);
        save(studio.window(), QStringLiteral("reconstructed"));
    });
    make(QStringLiteral("dragging-over-pictures"), [&] {
        Studio studio;
        studio.open({pictures.first()});
        studio.waitForRow();
        QMimeData mime;
        mime.setUrls({QUrl::fromLocalFile(pictures.first())});
        dragOver(studio.stage(), studio.stage().rect().center(), mime);
        save(studio.window(), QStringLiteral("dragging-over-pictures"));
        dragAway(studio.stage());
    });
    make(QStringLiteral("zoomed-in-with-values"), [&] {
        Studio studio;
        studio.open({pictures.first()});
        studio.waitForRow();
        studio.stage().setZoom(64 * studio.window().devicePixelRatioF());
        settle(300);
        studio.pointAt(0, 0.5, 0.5);
        studio.actions().pin->trigger();
        save(studio.window(), QStringLiteral("zoomed-in-with-values"));
    });
    make(QStringLiteral("busy"), [&] {
        Studio studio;
        studio.open(pictures);
        studio.waitForRow();
        studio.session().setParameter(-1, "size", Value(std::int64_t(3072)));
        waitUntil([&] { return studio.board().totals().running > 0; });
        waitUntil([&] { return studio.board().totals().secondsLeft.has_value(); }, 6);
        settle(2500);
        save(studio.window(), QStringLiteral("busy"));
        keyDown(Qt::Key_Escape);
        keyUp(Qt::Key_Escape);
        studio.waitForRow();
        save(studio.window(), QStringLiteral("cancelled"));
    });
    make(QStringLiteral("error-file"), [&] {
        Studio studio;
        studio.open({pictures.first(), broken()});
        studio.waitForRow();
        studio.session().stepCurrentRow(1);
        studio.waitForRow();
        save(studio.window(), QStringLiteral("error-file"));
    });
    make(QStringLiteral("error-model"), [&] {
        Studio studio;
        studio.open({pictures.first()});
        studio.waitForRow();
        std::ofstream(files / "model.safetensors") << "this is no checkpoint";
        studio.open({QString::fromStdString(files / "model.safetensors")});
        waitUntil([&] { return studio.window().document().host.modelError().has_value(); });
        settle(300);
        save(studio.window(), QStringLiteral("error-model"));
    });
    make(QStringLiteral("error-engine"), [&] {
        qputenv("TESSERA_ENGINE", "/usr/lib/tessera/libtessera_engine.so");
        Studio studio;
        qunsetenv("TESSERA_ENGINE");
        save(studio.window(), QStringLiteral("error-engine"));
    });
    make(QStringLiteral("differences"), [&] {
        Studio studio;
        studio.open({pictures.first()});
        studio.waitForRow();
        const char* names[] = {"difference-absolute", "difference-signed", "difference-squared", "difference-flip"};
        for (int kind = 0; kind < 4; ++kind) {
            studio.chooseKind(kind);
            save(studio.window(), QLatin1String(names[kind]));
        }
    });
    make(QStringLiteral("narrow"), [&] {
        Studio studio;
        studio.open({pictures.first()});
        studio.waitForRow();
        studio.window().resize(kNarrow);
        settle(300);
        save(studio.window(), QStringLiteral("narrow"));
    });
    make(QStringLiteral("palette"), [&] {
        Studio studio;
        studio.open({pictures.first()});
        studio.waitForRow();
        studio.actions().searchActions->trigger();
        studio.window().palette().findChild<QLineEdit*>()->setText(QStringLiteral("zo"));
        save(studio.window(), QStringLiteral("palette"));
        studio.window().palette().hide();
    });
    make(QStringLiteral("many-images"), [&] {
        Studio studio;
        studio.open(many(60));
        studio.waitForRow();
        studio.session().stepCurrentRow(7);
        studio.waitForRow();
        save(studio.window(), QStringLiteral("many-images"));
    });
    make(QStringLiteral("file"), [&] {
        Studio studio;
        studio.open({pictures.last()});
        studio.waitForRow();
        studio.window().docks().actions().at(3)->trigger();
        save(studio.window(), QStringLiteral("file"));
    });
    make(QStringLiteral("keys"), [&] {
        Studio studio;
        studio.actions().keys->trigger();
        settle(200);
        save(studio.window(), QStringLiteral("keys"));
        auto* keys = studio.window().findChild<studio::KeysWindow*>();
        auto* tree = keys->findChild<QTreeView*>();
        tree->setCurrentIndex(tree->model()->index(0, studio::KeysWindow::Key, tree->model()->index(2, 0)));
        keys->record(*studio.actions().fit, studio::KeysWindow::Key, QKeySequence(Qt::Key_G));
        settle(200);
        save(studio.window(), QStringLiteral("keys-taken"));
    });
    make(QStringLiteral("log"), [&] {
        Studio studio;
        studio.open({pictures.first(), broken()});
        studio.visitAllRows();
        studio.window().findChild<QAction*>(QStringLiteral("panel.Log"))->trigger();
        save(studio.window(), QStringLiteral("log"));
    });
    make(QStringLiteral("panels-hidden"), [&] {
        Studio studio;
        studio.open({pictures.first()});
        studio.waitForRow();
        for (const char* name : {"images", "models", "inspector", "adjust", "metrics"}) studio.window().findChild<QDockWidget*>(QLatin1String(name))->hide();
        settle(200);
        save(studio.window(), QStringLiteral("panels-hidden"));
    });
    makeBoards();
    makeCodes();
    makeDrawings();
    makeTrainings();
    return 0;
}

}  // namespace tessera::test

int main(int argc, char** argv) {
    using namespace tessera;
    test::Program program;
    ui::Theme::Choice theme = ui::Theme::Choice::Dark;
    for (int i = 1; i < argc; ++i) {
        const QString argument = QString::fromLocal8Bit(argv[i]);
        const QString value = i + 1 < argc ? QString::fromLocal8Bit(argv[i + 1]) : QString();
        if (argument == u"--theme") theme = value == u"light" ? ui::Theme::Choice::Light : ui::Theme::Choice::Dark, ++i;
        else if (argument == u"--out") program.folder = value, ++i;
        else if (argument == u"--suffix") program.suffix = value, ++i;
        else if (argument == u"--type") program.type = value, ++i;
        else program.wanted << argument;
    }
    if (program.folder.isEmpty() || !QDir().mkpath(program.folder)) {
        std::fputs("screenshot_states: usage: --theme dark|light --out DIR [--suffix S] [--type png|jpg] [STATE...]\n", stderr);
        return 2;
    }
    const test::TemporaryFolder settings;
    qputenv("XDG_CONFIG_HOME", QByteArray::fromStdString(settings.path().string()));
    qputenv("XDG_DATA_HOME", QByteArray::fromStdString(settings / "data"));
    QSurfaceFormat::setDefaultFormat(ui::stageSurfaceFormat());
    int bareArgc = 1;
    QApplication application(bareArgc, argv);
    ui::Theme dress(application, theme, true);
    ui::FocusRing ring(&application);
    return program.run();
}
