// SPDX-License-Identifier: GPL-3.0-or-later
// tessera-studio: drop a photograph, see what a visual tokenizer makes of it.
#include <cstdio>

#include <QApplication>
#include <QLoggingCategory>

#include "bridge/studio_trace.h"
#include "end_signals.h"
#include "main_window.h"
#include "panels/stage/stage_canvas.h"
#include "theme/studio_style.h"

int main(int argc, char** argv) {
    using namespace tessera;
    ui::traceEvent("process_start");
    QStringList arguments;
    for (int i = 1; i < argc; ++i) arguments << QString::fromLocal8Bit(argv[i]);
    const auto parsed = studio::parseCommandLine(arguments);
    if (const auto* end = std::get_if<studio::EndAtOnce>(&parsed)) {
        std::fputs(end->text.toLocal8Bit().constData(), end->exitCode == 0 ? stdout : stderr);
        return end->exitCode;
    }
    const auto& start = std::get<studio::StartOptions>(parsed);
    // Qt reads thumbnails of samples only; what is wrong with a person's picture the engine says in its cell.
    QLoggingCategory::setFilterRules(QStringLiteral("qt.gui.imageio.warning=false"));
    QApplication::setApplicationName(QStringLiteral("tessera-studio"));
    QApplication::setDesktopFileName(QStringLiteral("tessera-studio"));
    QSurfaceFormat::setDefaultFormat(ui::stageSurfaceFormat());
    QApplication::setHighDpiScaleFactorRoundingPolicy(Qt::HighDpiScaleFactorRoundingPolicy::PassThrough);
    int bareArgc = 1;  // Qt's own options are not ours
    QApplication application(bareArgc, argv);
    const studio::Settings settings = studio::Settings::read();
    ui::Theme theme(application, start.theme.value_or(settings.theme), settings.systemWasDark);
    ui::FocusRing ring(&application);
    studio::Document document;
    studio::MainWindow window(document, start, settings);
    studio::closeOnSignals(window);
    window.show();
    return QApplication::exec();
}
