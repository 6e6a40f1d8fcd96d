// SPDX-License-Identifier: GPL-3.0-or-later
// Trainings: what the actions and panels do, and what the window shows in their workspace.
#include <QDir>
#include <QFileDialog>
#include <QFileInfo>
#include <QStandardPaths>

#include "actions.h"
#include "docks.h"
#include "incoming_files.h"
#include "main_window.h"
#include "model_opening.h"
#include "models/log_model.h"
#include "panels/generate/generate_view.h"
#include "panels/log_panel.h"
#include "panels/stage_view.h"
#include "panels/strip.h"
#include "panels/train/curves_view.h"
#include "panels/train/run_panel.h"
#include "panels/train/train_view.h"
#include "status_line.h"

namespace tessera::studio {
namespace {

QString runsFolder() {
    return QStandardPaths::writableLocation(QStandardPaths::GenericDataLocation) + QStringLiteral("/tessera/runs");
}

}  // namespace

void MainWindow::connectTraining() {
    Actions& a = *m_actions;
    ui::TrainingRun& training = m_document.training;
    ui::RunPanel* panel = m_docks->run;
    const TrainingSettings& kept = m_settings.training;
    panel->setRecipesFolder(resourceDirectory() + QStringLiteral("/recipes"));
    panel->setRecipe(QFileInfo::exists(kept.recipe) ? kept.recipe : QString());
    panel->setSmoke(kept.smoke);
    panel->setRunsFolder(runsFolder());
    panel->setRecent(kept.runs);
    m_train->curves().setLook({.logarithmic = kept.logarithmic, .smoothing = kept.smoothing, .hidden = kept.hidden});

    connect(a.startTraining, &QAction::triggered, this, &MainWindow::startTraining);
    connect(a.pauseTraining, &QAction::triggered, &training, &ui::TrainingRun::pause);
    connect(a.resumeTraining, &QAction::triggered, &training, &ui::TrainingRun::resume);
    connect(a.stopTraining, &QAction::triggered, &training, &ui::TrainingRun::stop);
    connect(a.closeRun, &QAction::triggered, &training, &ui::TrainingRun::close);
    connect(a.openRecipe, &QAction::triggered, this, &MainWindow::askForRecipe);
    connect(a.openRun, &QAction::triggered, this, &MainWindow::askForRun);
    const auto openModel = [this] {
        m_document.session.setWorkspace(ui::WorkspaceKind::Compare);
        m_modelOpening->open(QString::fromStdString(m_document.training.now().facts.model));
    };
    connect(a.openTrainedModel, &QAction::triggered, this, openModel);
    connect(m_train, &ui::TrainView::modelRequested, this, openModel);
    connect(m_train, &ui::TrainView::recipeRequested, this, &MainWindow::askForRecipe);
    connect(m_train, &ui::TrainView::runRequested, this, &MainWindow::askForRun);
    connect(m_train, &ui::TrainView::smokeRequested, this, [this, panel] {
        panel->setSmoke(true);
        panel->suggestFolder();
        startTraining();
    });
    connect(panel, &ui::RunPanel::startRequested, this, &MainWindow::startTraining);
    connect(panel, &ui::RunPanel::recipeWanted, this, &MainWindow::askForRecipe);
    connect(panel, &ui::RunPanel::runWanted, this, &MainWindow::askForRun);
    connect(panel, &ui::RunPanel::runChosen, this, &MainWindow::openRun);
    connect(panel, &ui::RunPanel::folderWanted, this, [this, panel] {
        auto* dialog = new QFileDialog(this, tr("Folder of the run"), QFileInfo(panel->folder()).absolutePath());
        dialog->setAttribute(Qt::WA_DeleteOnClose);
        dialog->setFileMode(QFileDialog::Directory);
        dialog->setAcceptMode(QFileDialog::AcceptSave);
        connect(dialog, &QFileDialog::fileSelected, panel, &ui::RunPanel::setFolder);
        dialog->open();
    });
    connect(m_incoming, &IncomingFiles::recipeGiven, this, &MainWindow::openRecipe);
    connect(m_incoming, &IncomingFiles::runGiven, this, &MainWindow::openRun);
    connect(m_incoming, &IncomingFiles::dragChanged, m_train, &ui::TrainView::setDropActive);
    connect(m_incoming, &IncomingFiles::boardWanted, this, [this](bool models) {
        const ui::WorkspaceKind kind = m_document.session.workspace().kind;
        if (!ui::showsBoard(kind) && !(models && kind == ui::WorkspaceKind::Generate)) m_document.session.setWorkspace(m_board);
    });
    connect(&training, &ui::TrainingRun::stateChanged, this, [this] {
        const ui::TrainingRun& run = m_document.training;
        if (run.state() == ui::TrainingRun::State::Failed) m_docks->log->model().tell(ui::LogModel::Severity::Error, tr("training"), run.problem());
        if (run.state() == ui::TrainingRun::State::Finished) m_status->say(tr("%1: all %2 steps are trained").arg(QFileInfo(run.folder()).fileName()).arg(run.steps()));
        if (run.state() == ui::TrainingRun::State::Starting && !run.isForeign()) m_docks->run->note(run.folder());
        showTraining();
    });
    connect(&training, &ui::TrainingRun::read, this, &MainWindow::showTraining);
    connect(&training, &ui::TrainingRun::folderChanged, this, &MainWindow::showTraining);
    connect(panel, &ui::RunPanel::orderChanged, this, &MainWindow::showTraining);
    connect(&m_document.session, &ui::Session::workspaceChanged, this, &MainWindow::showCentre);
    showCentre();
    showTraining();
    if (QFileInfo::exists(QDir(kept.open).filePath(QStringLiteral("recipe.json"))) && !kept.open.isEmpty()) training.open(kept.open);
}

void MainWindow::startTraining() {
    const ui::TrainingOrder order = m_docks->run->order();
    if (order.recipe.isEmpty() || m_docks->run->folder().isEmpty() || m_document.training.isBusy()) return;
    m_document.session.setWorkspace(ui::WorkspaceKind::Train);
    m_document.training.start(order);
}

void MainWindow::openRun(const QString& folder) {
    m_document.session.setWorkspace(ui::WorkspaceKind::Train);
    ui::TrainingRun& training = m_document.training;
    if (folder == training.folder()) return;
    if (training.isBusy() && !training.isForeign()) return m_incoming->told(tr("A training is going on: pause or stop it before another run is opened"));
    training.open(folder);
    m_docks->run->note(folder);
}

void MainWindow::openRecipe(const QString& path) {
    m_document.session.setWorkspace(ui::WorkspaceKind::Train);
    m_docks->run->setRecipe(path);
}

void MainWindow::askForRecipe() {
    auto* dialog = new QFileDialog(this, tr("Open a recipe"), QFileInfo(m_docks->run->recipe()).absolutePath(), tr("Recipes (*.toml *.yaml *.yml *.json)"));
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setFileMode(QFileDialog::ExistingFile);
    connect(dialog, &QFileDialog::fileSelected, this, &MainWindow::openRecipe);
    dialog->open();
}

void MainWindow::askForRun() {
    const QStringList recent = m_docks->run->recent();
    auto* dialog = new QFileDialog(this, tr("Open the folder of a run"), recent.isEmpty() ? runsFolder() : QFileInfo(recent.first()).absolutePath());
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setFileMode(QFileDialog::Directory);
    dialog->setOption(QFileDialog::ShowDirsOnly);
    connect(dialog, &QFileDialog::fileSelected, this, &MainWindow::openRun);
    dialog->open();
}

void MainWindow::showTraining() {
    Actions& a = *m_actions;
    const ui::TrainingRun& run = m_document.training;
    const bool busy = run.isBusy(), ending = run.state() == ui::TrainingRun::State::Ending, none = run.state() == ui::TrainingRun::State::None;
    const QString idle = tr("Nothing is being trained"), noRun = tr("No run is open"), goesOn = tr("A training is going on");
    const bool ordered = !m_docks->run->recipe().isEmpty() && !m_docks->run->folder().isEmpty();
    Actions::enable(a.startTraining, !busy && ordered, busy ? goesOn : tr("Choose a recipe and a folder first"));
    Actions::enable(a.pauseTraining, busy && !ending, ending ? tr("The training is ending") : idle);
    Actions::enable(a.stopTraining, busy && !run.isKilling(), ending ? tr("The training is ending") : idle);
    Actions::enable(a.resumeTraining, run.canResume(), busy ? goesOn : none ? noRun : run.state() == ui::TrainingRun::State::Finished ? tr("All steps are done") : tr("There is no checkpoint to go on from"));
    Actions::enable(a.closeRun, !none && (!busy || run.isForeign()), none ? noRun : goesOn);
    Actions::enable(a.openTrainedModel, !busy && !run.now().facts.model.empty(), busy ? goesOn : none ? noRun : tr("The run has written no model yet"));
    showTitle();
}

/// The board, what is drawn, or the training.
QWidget* MainWindow::centre() const {
    switch (m_document.session.workspace().kind) {
        case ui::WorkspaceKind::Generate: return m_generate;
        case ui::WorkspaceKind::Train: return m_train;
        default: return m_stage;
    }
}

void MainWindow::showCentre() {
    const ui::WorkspaceKind kind = m_document.session.workspace().kind;
    if (ui::showsBoard(kind)) m_board = kind;
    QWidget* shown = centre();
    bool focused = false;
    const QList<QWidget*> all{m_stage, m_generate, m_train};
    for (QWidget* each : all) {
        if (each != shown) focused |= each->hasFocus() || each->isAncestorOf(focusWidget());
    }
    shown->show();
    // The focus would go to whatever button comes next.
    if (focused) shown->setFocus(Qt::OtherFocusReason);
    for (QWidget* each : all) each->setVisible(each == shown);
    showRowActions();
    showTokenActions();
    showDrawing();
}

void MainWindow::rememberTraining() {
    const ui::CurvesLook look = m_train->curves().look();
    const ui::RunPanel& panel = *m_docks->run;
    m_settings.training = {.recipe = panel.recipe(), .smoke = panel.isSmoke(), .runs = panel.recent(), .open = m_document.training.folder(), .logarithmic = look.logarithmic, .smoothing = look.smoothing, .hidden = look.hidden};
}

}  // namespace tessera::studio
