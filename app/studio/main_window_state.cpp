// SPDX-License-Identifier: GPL-3.0-or-later
// What the actions show, and what is told of the engine and the model.
#include <algorithm>
#include <cmath>

#include <QFileInfo>

#include "actions.h"
#include "bridge/studio_trace.h"
#include "docks.h"
#include "exports.h"
#include "incoming_files.h"
#include "main_window.h"
#include "model_opening.h"
#include "panels/banner.h"
#include "panels/histogram_panel.h"
#include "panels/images_panel.h"
#include "panels/pixel_panel.h"
#include "panels/prompts_panel.h"
#include "panels/stage_view.h"
#include "panels/strip.h"
#include "panels/timeline.h"
#include "session_keeper.h"
#include "sheet_export.h"
#include "status_line.h"
#include "theme/icons.h"
#include "token_export.h"
#include "tool_bar.h"
#include "workspace/difference_kind.h"

namespace tessera::studio {
namespace {

void check(const QActionGroup& group, const QVariant& data) {
    for (QAction* action : group.actions()) {
        if (action->data() == data) action->setChecked(true);
    }
}

}  // namespace

void MainWindow::connectState() {
    ui::Session& session = m_document.session;
    for (const auto signal : {&ui::Session::rowsInserted, &ui::Session::rowsRemoved}) connect(&session, signal, this, &MainWindow::showRowActions);
    connect(&session, &ui::Session::currentRowChanged, this, &MainWindow::showRowActions);
    connect(&session, &ui::Session::currentColumnChanged, this, &MainWindow::showRowActions);
    connect(&session, &ui::Session::rowChanged, this, &MainWindow::showRowActions);
    connect(&session, &ui::Session::viewChanged, this, &MainWindow::showViewActions);
    connect(&session, &ui::Session::modelChanged, this, &MainWindow::showModelActions);
    connect(&m_document.host, &ui::EngineHost::modelChanged, this, &MainWindow::showModelActions);
    connect(&session, &ui::Session::columnChanged, this, &MainWindow::showKind);
    connect(&session, &ui::Session::columnsChanged, this, &MainWindow::showKind);
    connect(&session, &ui::Session::columnsChanged, this, &MainWindow::showRowActions);
    connect(&session, &ui::Session::columnChanged, this, &MainWindow::showRowActions);
    connect(&m_document.host, &ui::EngineHost::stateChanged, this, &MainWindow::showRowActions);
    connect(&m_document.host, &ui::EngineHost::modelChanged, this, &MainWindow::showRowActions);
    connect(&session, &ui::Session::tokensEdited, this, &MainWindow::showRowActions);
    connect(&session, &ui::Session::formChanged, this, &MainWindow::showViewActions);
    connect(&session, &ui::Session::rowsMoved, this, &MainWindow::showRowActions);
    connect(&m_document.board, &ui::CellBoard::totalsChanged, this, &MainWindow::showRowActions);
    connect(&m_document.host, &ui::EngineHost::stateChanged, this, &MainWindow::showEngine);
    connect(&m_document.host, &ui::EngineHost::modelChanged, this, &MainWindow::showEngine);
    connect(m_sheetExport, &SheetExport::progressed, this, [this] {
        if (m_sheetExport->rowsDrawn() == 0) showRowActions();
        m_status->showExport(m_sheetExport->rowsDrawn(), m_sheetExport->rows());
    });
    connect(m_sheetExport, &SheetExport::finished, this, [this](const QString& path, const QString& problem) {
        showRowActions();
        m_status->showExport(0, 0);
        sayWritten(path, problem);
    });
    connect(&ui::Theme::instance(), &ui::Theme::changed, this, [this] { check(*m_actions->themes, int(ui::Theme::instance().choice())); });
    connect(m_stage, &ui::StageView::hovered, this, [this](const ui::StageProbe* probe) {
        m_status->showProbe(probe);
        m_docks->pixel->setProbe(probe);
        m_docks->prompts->setProbe(probe);
        Actions::enable(m_actions->copyValues, probe != nullptr, tr("Point at a picture first"));
    });
    connect(m_stage, &ui::StageView::panesChanged, this, [this] { m_docks->histogram->setPane(m_stage->currentPane()); });
    connect(m_strip, &ui::Strip::allParametersRequested, m_docks, &Docks::showAdjust);
    connect(m_stage, &ui::StageView::viewChanged, this, [this] {
        m_status->showZoom(m_stage->zoomShown(), m_stage->isFitted());
        m_docks->images->setVisibleRegion(m_stage->visibleRegion());
        showViewActions();
    });
    Actions::enable(m_actions->copyValues, false, tr("Point at a picture first"));
    check(*m_actions->themes, int(ui::Theme::instance().choice()));
    m_actions->setDevices({}, QString::fromStdString(m_engineOptions.device));
    showRowActions();
    showViewActions();
    showModelActions();
    showKind();
}

void MainWindow::showRowActions() {
    Actions& a = *m_actions;
    const ui::Session& session = m_document.session;
    // What is not to be seen is not acted on.
    const bool board = ui::showsBoard(session.workspace().kind);
    const int count = board ? static_cast<int>(session.rows().size()) : 0, index = session.indexOf(session.currentRow());
    const ui::Row* row = session.find(session.currentRow());
    const QString noImage = board ? tr("There is no image yet") : tr("The images are in another workspace"), noPicture = tr("The current cell has no picture yet");
    const ui::CellBoard::Totals totals = m_document.board.totals();
    m_strip->setVisible(count > 0);
    m_timeline->setAvailable(count > 0);
    const bool clips = count > 0 && session.frames() > 1;
    for (QAction* action : {a.playClips, a.previousFrame, a.nextFrame}) Actions::enable(action, clips, count > 0 ? tr("No row is a clip") : noImage);
    a.playClips->setText(m_timeline->isPlaying() ? tr("Stop &Clips") : tr("Play &Clips"));
    a.playClips->setIcon(ui::themedIcon(m_timeline->isPlaying() ? QStringLiteral("pause") : QStringLiteral("play")));
    for (QAction* action : {a.fit, a.actualSize, a.zoomIn, a.zoomOut, a.resetView, a.exposureUp, a.exposureDown, a.pin, a.showInput, a.panLeft, a.panDown, a.panUp, a.panRight, a.retry, a.removeImage, a.duplicateImage, a.copyMetrics, a.exportMetrics, a.sideBySide, a.wipe, a.onion,
                            a.differenceOfCells, a.falseColour, a.wipeLevel, a.logarithmic, a.clipping, a.columnRange, a.gainUp, a.gainDown, a.useAsReference}) {
        Actions::enable(action, count > 0, noImage);
    }
    Actions::enable(a.exportSheet, count > 0 && !m_sheetExport->isRunning(), count == 0 ? noImage : tr("A contact sheet is on its way"));
    Actions::enable(a.previousImage, index > 0, count == 0 ? noImage : tr("This is the first image"));
    Actions::enable(a.firstImage, index > 0, count == 0 ? noImage : tr("This is the first image"));
    Actions::enable(a.nextImage, index + 1 < count, count == 0 ? noImage : tr("This is the last image"));
    Actions::enable(a.lastImage, index + 1 < count, count == 0 ? noImage : tr("This is the last image"));
    Actions::enable(a.moveImageBack, index > 0, count == 0 ? noImage : tr("This is the first image"));
    Actions::enable(a.moveImageForward, index + 1 < count, count == 0 ? noImage : tr("This is the last image"));
    const int columns = static_cast<int>(session.columns().size()), column = session.currentColumn();
    Actions::enable(a.previousColumn, column > 0, tr("This is the first column"));
    Actions::enable(a.nextColumn, column + 1 < columns, tr("This is the last column"));
    Actions::enable(a.moveColumnLeft, column > 0, tr("This is the first column"));
    Actions::enable(a.moveColumnRight, column + 1 < columns, tr("This is the last column"));
    for (QAction* action : {a.stepDown, a.stepUp}) Actions::enable(action, board && steppedParameter() != nullptr, tr("The lens of the current column takes no number of its own"));
    Actions::enable(a.removeColumn, ui::lensSpans(session.columns()).size() > 1, tr("A board keeps one column"));
    const bool draws = session.workspace().kind == ui::WorkspaceKind::Generate;
    const bool picture = !draws && currentPicture(m_document) != nullptr;
    Actions::enable(a.exportPicture, picture, row ? noPicture : noImage);
    Actions::enable(a.copyPicture, picture, row ? noPicture : noImage);
    const std::optional<Error> noCommand = commandRefusal(m_document);
    Actions::enable(a.copyCommand, !noCommand, noCommand ? QString::fromStdString(toLine(*noCommand)) : QString());
    const QString noTokens = m_tokenExport->isRunning() ? tr("Tokens are being exported") : m_tokenExport->refusal();
    Actions::enable(a.exportTokens, noTokens.isEmpty(), noTokens);
    const std::optional<Error> refusal = pythonRefusal(m_document);
    Actions::enable(a.copyPython, !refusal, refusal ? QString::fromStdString(toLine(*refusal)) : QString());
    const bool busy = totals.running + totals.waiting > 0;
    Actions::enable(a.cancel, busy && !draws, draws ? noImage : tr("Nothing is running"));
    Actions::enable(a.cancelAll, busy || m_sheetExport->isRunning() || m_document.drawings.running() || m_document.drawings.waiting() > 0, tr("Nothing is running"));
    showTitle();
}

void MainWindow::showViewActions() {
    const ui::ViewState& view = m_document.session.view();
    m_actions->values->setChecked(view.values);
    m_actions->pixelGrid->setChecked(view.pixelGrid);
    m_actions->normalise->setChecked(view.range == ui::FieldRange::Cell);
    m_actions->columnRange->setChecked(view.range == ui::FieldRange::Column);
    m_actions->logarithmic->setChecked(view.logarithmic);
    m_actions->clipping->setChecked(view.clipping);
    m_actions->wipeLevel->setChecked(view.wipeLine == canvas::WipeLine::Level);
    check(*m_actions->compareModes, int(view.compare));
    check(*m_actions->samplings, int(view.sampling));
    const ui::Workspace& workspace = m_document.session.workspace();
    check(*m_actions->workspaces, int(workspace.kind));
    m_actions->grid->setChecked(workspace.form.grid);
    m_actions->transpose->setChecked(workspace.form.transposed);
    for (QAction* action : {m_actions->largerCells, m_actions->smallerCells}) Actions::enable(action, workspace.form.grid, tr("Only a grid has cells of a chosen size"));
    m_actions->hud->setChecked(m_stage->isHudVisible());
}

void MainWindow::showModelActions() {
    const ui::ModelChoice& model = m_document.session.model();
    check(*m_actions->precisions, int(model.precision));
    m_actions->int8Weights->setChecked(model.int8Weights);
    const ModelInfo* drawer = m_document.drawings.drawer(model);
    const bool speaks = model.int8Weights || (drawer && drawer->drawing.by == DrawnBy::Tokens && drawer->drawing.prompts);
    Actions::enable(m_actions->int8Weights, speaks, tr("The model has no language model that draws"));
}

void MainWindow::showKind() {
    const auto& columns = m_document.session.columns();
    const auto column = std::ranges::find(columns, "difference", &ui::Column::lens);
    std::string kind(ui::differenceKinds().front().name);
    if (column != columns.end()) {
        const auto it = column->parameters.find("kind");
        if (it != column->parameters.end() && std::holds_alternative<std::string>(it->second)) kind = std::get<std::string>(it->second);
    }
    check(*m_actions->kinds, QString::fromStdString(kind));
}

void MainWindow::showTitle() {
    const ui::Row* row = m_document.session.find(m_document.session.currentRow());
    const ui::CellBoard::Totals totals = m_document.board.totals();
    QStringList names;
    if (row) names << QString(row->name).replace(QLatin1String("[*]"), QLatin1String("[*][*]"));
    if (const QString& file = m_keeper->file(); !file.isEmpty()) names << QFileInfo(file).completeBaseName().replace(QLatin1String("[*]"), QLatin1String("[*][*]")) + QStringLiteral("[*]");
    names << tr("Tessera");
    QString title = names.join(QStringLiteral(" – "));
    const ui::TrainingRun& training = m_document.training;
    if (training.isBusy() && training.steps() > 0) title = tr("%1 % · %2").arg(100 * training.step() / training.steps()).arg(title);
    else if (const auto drawn = m_document.drawings.running(); drawn && drawn->length() > 0) title = tr("%1 % · %2").arg(100 * drawn->drawn.drawn / drawn->length()).arg(title);
    else if (totals.running > 0 && totals.secondsLeft) title = tr("%1 % · %2").arg(std::lround(totals.fraction * 100)).arg(title);
    setWindowTitle(title);
    setWindowModified(m_keeper->isModified());
}

void MainWindow::showEngine() {
    using State = ui::EngineHost::State;
    const ui::EngineHost& host = m_document.host;
    Actions::enable(m_actions->restartEngine, host.state() != State::Opening && host.state() != State::Closed, tr("The engine is starting"));
    if (host.state() == State::Ready) m_actions->setDevices(host.devices(), QString::fromStdString(m_engineOptions.device));
    if (host.state() == State::Failed && host.error()) {
        const QString sentence = QString::fromStdString(toLine(*host.error()));
        const bool gpu = host.error()->code == ErrorCode::DeviceLost && m_engineOptions.device != "cpu";
        m_banner->tell(ui::Banner::Kind::Error, tr("The engine did not start: %1").arg(sentence), gpu ? tr("Use the CPU") : tr("Retry"),
                       [this, gpu] { gpu ? chooseDevice(QStringLiteral("cpu")) : openEngine(); }, sentence);
    } else if (host.modelError() && !host.modelOpening()) {
        const QString sentence = QString::fromStdString(toLine(*host.modelError()));
        const bool embedded = m_document.session.model().reference == kEmbeddedModel;
        m_banner->tell(ui::Banner::Kind::Error, tr("The model was not opened: %1").arg(sentence), embedded ? tr("Retry") : tr("Use %1").arg(QLatin1String(kEmbeddedModel)),
                       [this] {
                           if (m_document.session.model().reference == kEmbeddedModel) return openEngine();
                           m_modelOpening->choose(QLatin1String(kEmbeddedModel));
                       },
                       sentence);
    } else if (host.state() != State::Failed) {
        m_banner->dismiss();
    }
    if (host.state() == State::Ready && host.model() && !m_engineWasReady) {
        m_engineWasReady = true;
        ui::traceEvent("engine_ready");
    }
}

}  // namespace tessera::studio
