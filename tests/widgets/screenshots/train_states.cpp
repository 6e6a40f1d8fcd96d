// SPDX-License-Identifier: GPL-3.0-or-later
// States of the workspace that follows trainings: a tiny model, on the sample pictures.
#include <fstream>

#include <QSlider>

#include "docks.h"
#include "panels/train/curve_plot.h"
#include "panels/train/curves_view.h"
#include "panels/train/run_panel.h"
#include "panels/train/samples_panel.h"
#include "panels/train/train_view.h"
#include "screenshot_program.h"

namespace tessera::test {
namespace {

using State = ui::TrainingRun::State;

QString writeRecipe(const TemporaryFolder& files, const std::string& name, int steps, const std::string& more = {}) {
    std::ofstream(files / name) << "# A tiny autoencoder with new weights, on the sample pictures.\nrecipe = \"autoencoder\"\nname = \"tiny\"\n[model]\nstart = \"" TESSERA_SOURCE_DIR "/tests/golden/tessera_autoencoder/tiny/model\"\nfresh = true\n"
                                << "[[data]]\npath = \"" TESSERA_SOURCE_DIR "/resources/samples\"\n[held_out]\npaths = [\"" TESSERA_SOURCE_DIR "/resources/samples\"]\n[optimiser]\nrate = 4e-3\n[run]\nsteps = " << steps
                                << "\nbatch = 6\nside = 64\nreport_every = 2\nevaluate_every = 20\ncheckpoint_every = 100\n[settings]\ncharbonnier_eps = 0.01\n[settings.weights]\ncharbonnier = 1.0\ngradient = 0.25\nkl = 1e-5\n" << more;
    return QString::fromStdString(files / name);
}

bool waitFor(Studio& studio, const std::function<bool(const ui::TrainingRun&)>& holds) {
    const bool held = waitUntil([&] { return holds(studio.window().document().training); }, 300);
    settle(900);
    return held;
}

}  // namespace

void Program::makeTrainings() {
    qputenv("TESSERA_PROGRAM", TESSERA_PROGRAM);
    make(QStringLiteral("train-empty"), [&] {
        Studio studio;
        studio.session().setWorkspace(ui::WorkspaceKind::Train);
        settle(500);
        save(studio.window(), QStringLiteral("train-empty"));
    });
    make(QStringLiteral("train"), [&] {
        Studio studio;
        studio.open({writeRecipe(files, "tiny.toml", 4000)});
        studio.window().docks().run->setFolder(QString::fromStdString(files / "tiny run"));
        studio.actions().startTraining->trigger();
        waitFor(studio, [](const ui::TrainingRun& run) { return run.state() == State::Running && run.now().samples.size() > 5; });
        ui::CurvesView& curves = studio.window().train().curves();
        curves.setLook({.logarithmic = true, .smoothing = 90, .hidden = {}});
        const ui::CurvePlot& losses = curves.losses();
        moveMouse(curves.losses(), QPoint(losses.width() / 2, losses.height() / 2));
        save(studio.window(), QStringLiteral("train"));
        studio.actions().pauseTraining->trigger();
        waitFor(studio, [](const ui::TrainingRun& run) { return run.state() == State::Paused; });
        save(studio.window(), QStringLiteral("train-paused"));
        studio.window().resize(kNarrow);
        settle(500);
        save(studio.window(), QStringLiteral("train-narrow"));
    });
    make(QStringLiteral("train-failed"), [&] {
        Studio studio;
        studio.open({writeRecipe(files, "broken.toml", 40, "[optimizer]\n")});
        studio.window().docks().run->setFolder(QString::fromStdString(files / "broken run"));
        studio.actions().startTraining->trigger();
        waitFor(studio, [](const ui::TrainingRun& run) { return run.state() == State::Failed; });
        save(studio.window(), QStringLiteral("train-failed"));
    });
}

}  // namespace tessera::test
