// SPDX-License-Identifier: GPL-3.0-or-later
// What each action does.
#include <algorithm>

#include <QClipboard>
#include <QFileDialog>
#include <QFileInfo>
#include <QGuiApplication>
#include <QMessageBox>
#include <QSaveFile>

#include "actions.h"
#include "bridge/drag_read.h"
#include "bridge/studio_trace.h"
#include "docks.h"
#include "exports.h"
#include "incoming_files.h"
#include "keys_window.h"
#include "main_window.h"
#include "models/log_model.h"
#include "model_opening.h"
#include "panels/banner.h"
#include "panels/command_palette.h"
#include "panels/empty_state.h"
#include "panels/images_panel.h"
#include "panels/log_panel.h"
#include "panels/metrics_panel.h"
#include "panels/models_panel.h"
#include "panels/pixel_panel.h"
#include "panels/stage_view.h"
#include "sheet_export.h"
#include "status_line.h"
#include "theme/theme.h"
#include "token_export.h"
#include "token_import.h"
#include "tool_bar.h"
#include "workspace_layouts.h"
#include "workspace/difference_kind.h"

namespace tessera::studio {
namespace {

constexpr float kExposureStep = 0.5f, kLargestExposure = 8;
constexpr double kPanStep = 64;  // logical pixels

template <typename Receiver, typename Function>
void onTriggered(QAction* action, Receiver* receiver, Function function) {
    QObject::connect(action, &QAction::triggered, receiver, function);
}

}  // namespace

void MainWindow::changeView(const std::function<void(ui::ViewState&)>& change) {
    ui::ViewState view = m_document.session.view();
    change(view);
    m_document.session.setView(view);
}

void MainWindow::connectFileActions() {
    Actions& a = *m_actions;
    const ui::EmptyState& empty = m_stage->emptyState();
    onTriggered(a.openImages, m_incoming, &IncomingFiles::askForImages);
    onTriggered(a.openFolder, m_incoming, &IncomingFiles::askForFolder);
    onTriggered(a.openModel, m_incoming, &IncomingFiles::askForModel);
    onTriggered(a.paste, m_incoming, &IncomingFiles::paste);
    onTriggered(a.exportPicture, this, &MainWindow::askForExport);
    onTriggered(a.exportSheet, this, &MainWindow::askForSheet);
    onTriggered(a.exportTokens, this, &MainWindow::askForTokenExport);
    onTriggered(a.applyTokens, m_incoming, &IncomingFiles::askForTokens);
    connect(m_incoming, &IncomingFiles::tokensGiven, m_tokenImport, &TokenImport::open);
    connect(m_incoming, &IncomingFiles::tokensToApply, m_tokenImport, &TokenImport::apply);
    connect(m_tokenImport, &TokenImport::told, m_incoming, &IncomingFiles::told);
    connect(m_tokenExport, &TokenExport::finished, this, &MainWindow::tokensExported);
    onTriggered(a.exportMetrics, this, &MainWindow::askForMetrics);
    onTriggered(a.quit, this, &QWidget::close);
    connect(&empty, &ui::EmptyState::openImageRequested, m_incoming, &IncomingFiles::askForImages);
    connect(&empty, &ui::EmptyState::openFolderRequested, m_incoming, &IncomingFiles::askForFolder);
    connect(&empty, &ui::EmptyState::pasteRequested, m_incoming, &IncomingFiles::paste);
    connect(&empty, &ui::EmptyState::sampleRequested, m_incoming, [this](const QString& path) { m_incoming->takePaths({path}); });
    connect(m_incoming, &IncomingFiles::dragChanged, m_stage, &ui::StageView::setDropActive);
    auto* dragRead = new ui::DragRead(m_document.session, m_document.host, m_document.board, this);
    connect(m_incoming, &IncomingFiles::dragOffers, dragRead, [dragRead](const QString& path) { path.isEmpty() ? dragRead->giveUp() : dragRead->begin(path.toStdString()); });
    connect(m_incoming, &IncomingFiles::dragDropped, dragRead, &ui::DragRead::dropped);
    connect(m_incoming, &IncomingFiles::modelsGiven, m_modelOpening, &ModelOpening::openAll);
    connect(m_incoming, &IncomingFiles::told, m_status, &StatusLine::say);
    onTriggered(a.copyPicture, this, [this] {
        if (const auto picture = currentPicture(m_document)) QGuiApplication::clipboard()->setImage(imageOf(*picture));
    });
    onTriggered(a.copyValues, this, [this] { QGuiApplication::clipboard()->setText(m_docks->pixel->text()); });
    connect(m_incoming, &IncomingFiles::told, this, [this](const QString& sentence) { m_docks->log->model().tell(ui::LogModel::Severity::Information, tr("files"), sentence); });
    onTriggered(a.copyLog, this, [this] { QGuiApplication::clipboard()->setText(m_docks->log->text()); });
    onTriggered(a.copyMetrics, this, [this] { QGuiApplication::clipboard()->setText(m_docks->metrics->text()); });
    onTriggered(a.copyCommand, this, &MainWindow::copyCommand);
    onTriggered(a.copyPython, this, [this] {
        const Result<QString> program = copiedPython(m_document);
        if (program) QGuiApplication::clipboard()->setText(program.value());
        m_status->say(program ? tr("The Python program is in the clipboard") : QString::fromStdString(toLine(program.error())));
    });
    onTriggered(a.removeImage, this, [this] { m_document.session.removeRows(m_docks->images->selectedRows()); });
}

QFileDialog* MainWindow::askForPath(const QString& title, const QString& name, const QString& filter, const std::function<void(const QString& path)>& chosen) {
    auto* dialog = new QFileDialog(this, title, m_incoming->folder, filter);
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setAcceptMode(QFileDialog::AcceptSave);
    dialog->setDefaultSuffix(QFileInfo(name).suffix());
    dialog->selectFile(name);
    // The ending says the format.
    connect(dialog, &QFileDialog::filterSelected, dialog, [dialog](const QString& filter) {
        const qsizetype dot = filter.lastIndexOf(u'.');
        dialog->setDefaultSuffix(filter.mid(dot + 1).chopped(1));
    });
    connect(dialog, &QFileDialog::fileSelected, this, chosen);
    dialog->open();
    return dialog;
}

void MainWindow::askForFile(const QString& title, const QString& name, const QString& filter, const std::function<QString(const QString& path)>& write) {
    askForPath(title, name, filter, [this, write](const QString& path) { sayWritten(path, write(path)); });
}

/// An empty problem is success.
void MainWindow::sayWritten(const QString& path, const QString& problem) {
    m_status->say(problem.isEmpty() ? tr("%1 is written").arg(QFileInfo(path).fileName()) : problem);
}

void MainWindow::askForExport() {
    askForFile(tr("Export the picture"), exportName(m_document), tr("PNG (*.png)"), [this](const QString& path) { return exportPicture(m_document, path); });
}

void MainWindow::copyCommand() {
    // A command cannot hold edited tokens, but a file can.
    if (commandNeedsTokenFile(m_document)) {
        m_copiesCommand = true;
        m_status->say(tr("The tokens of this cell are edited: choose a file for them, and the command will name it"));
        return askForTokenExport();
    }
    QGuiApplication::clipboard()->setText(copiedCommand(m_document));
    m_status->say(tr("The command line is in the clipboard"));
}

void MainWindow::askForTokenExport() {
    auto* dialog = askForPath(m_copiesCommand ? tr("Export the tokens that the command names") : tr("Export the tokens"), m_tokenExport->suggestedName(), m_tokenExport->filter(),
                              [this](const QString& path) {
                                  m_tokenExport->start(path);
                                  showRowActions();
                              });
    connect(dialog, &QFileDialog::rejected, this, [this] { m_copiesCommand = false; });
}

void MainWindow::tokensExported(const QString& path, const QString& written, const QString& problem) {
    showRowActions();
    const bool copies = std::exchange(m_copiesCommand, false) && problem.isEmpty();
    if (copies) QGuiApplication::clipboard()->setText(copiedCommand(m_document));
    if (!problem.isEmpty()) return m_status->say(problem);
    const QString words = tr("%1 is written: %2").arg(QFileInfo(path).fileName(), written);
    m_status->say(copies ? tr("%1. The command line is in the clipboard").arg(words) : words);
}

void MainWindow::askForSheet() {
    // As large as all images fit into one file.
    const auto rows = static_cast<int>(m_document.session.rows().size());
    SheetLook look{.dark = ui::Theme::instance().isDark()};
    for (const auto& [width, scale] : {std::pair(256, 2), {256, 1}, {160, 1}, {96, 1}, {48, 1}}) {
        look.cellWidth = width;
        look.scale = scale;
        if (rows <= mostRows(look, m_document.session.columns().size())) break;
    }
    askForPath(tr("Export the board"), tr("contact sheet.png"), tr("PNG (*.png)"), [this, look](const QString& path) { m_sheetExport->start(path, look); });
}

void MainWindow::askForMetrics() {
    askForFile(tr("Export the metrics"), tr("metrics.csv"), tr("CSV (*.csv)"), [this](const QString& path) {
        QSaveFile file(path);
        const QByteArray words = m_docks->metrics->csv().toUtf8();
        if (file.open(QIODevice::WriteOnly) && file.write(words) == words.size() && file.commit()) return QString();
        return tr("%1 cannot be written: %2").arg(QFileInfo(path).fileName(), file.errorString());
    });
}

void MainWindow::connectViewActions() {
    Actions& a = *m_actions;
    onTriggered(a.fit, m_stage, &ui::StageView::fit);
    onTriggered(a.actualSize, m_stage, &ui::StageView::actualSize);
    onTriggered(a.zoomIn, m_stage, &ui::StageView::zoomIn);
    onTriggered(a.zoomOut, m_stage, &ui::StageView::zoomOut);
    onTriggered(a.resetView, m_stage, &ui::StageView::reset);
    onTriggered(a.pin, m_stage, &ui::StageView::togglePin);
    onTriggered(a.hud, m_stage, &ui::StageView::setHudVisible);
    onTriggered(a.values, this, [this](bool on) { changeView([on](ui::ViewState& view) { view.values = on; }); });
    onTriggered(a.pixelGrid, this, [this](bool on) { changeView([on](ui::ViewState& view) { view.pixelGrid = on; }); });
    // The pictures go the other way.
    const auto pan = [this](QAction* action, QPointF towards) { onTriggered(action, this, [this, towards] { m_stage->panBy(-kPanStep * towards); }); };
    pan(a.panLeft, {-1, 0});
    pan(a.panRight, {1, 0});
    pan(a.panUp, {0, -1});
    pan(a.panDown, {0, 1});
    onTriggered(a.normalise, this, [this](bool on) { changeView([on](ui::ViewState& view) { view.range = on ? ui::FieldRange::Cell : ui::FieldRange::Declared; }); });
    onTriggered(a.showInput, this, [this](bool on) { changeView([on](ui::ViewState& view) { view.flipToInput = on; }); });
    const auto expose = [this](float by) {
        changeView([by](ui::ViewState& view) { view.exposureStops = std::clamp(view.exposureStops + by, -kLargestExposure, kLargestExposure); });
    };
    onTriggered(a.exposureUp, this, [expose] { expose(kExposureStep); });
    onTriggered(a.exposureDown, this, [expose] { expose(-kExposureStep); });
    connect(a.samplings, &QActionGroup::triggered, this, [this](const QAction* chosen) {
        changeView([chosen](ui::ViewState& view) { view.sampling = static_cast<canvas::Sampling>(chosen->data().toInt()); });
    });
    connect(a.themes, &QActionGroup::triggered, this, [this](const QAction* chosen) {
        m_settings.theme = static_cast<ui::Theme::Choice>(chosen->data().toInt());
        ui::Theme::instance().setChoice(m_settings.theme);
    });
    connect(a.kinds, &QActionGroup::triggered, this, [this](const QAction* chosen) {
        const auto& columns = m_document.session.columns();
        const auto column = std::ranges::find(columns, "difference", &ui::Column::lens);
        if (column != columns.end()) m_document.session.setParameter(static_cast<int>(column - columns.begin()), "kind", chosen->data().toString().toStdString());
    });
    onTriggered(a.nextKind, this, &MainWindow::chooseNextKind);
}

void MainWindow::chooseNextKind() {
    const QList<QAction*> kinds = m_actions->kinds->actions();
    const qsizetype current = kinds.indexOf(m_actions->kinds->checkedAction());
    kinds[(current + 1) % kinds.size()]->trigger();
}

/// The model before stays one click away.
void MainWindow::tellExchange(const ui::ModelChoice& before, const ui::ModelChoice& now) {
    if (m_document.session.rows().empty()) return;
    const QString nameBefore = m_toolBar->nameOf(before), name = m_toolBar->nameOf(now);
    m_banner->tell(ui::Banner::Kind::Information, tr("The board shows %1 in the place of %2").arg(name, nameBefore), tr("Back to %1").arg(nameBefore),
                   [this, before] { m_document.session.chooseModel(before); });
    m_banner->addChoice(tr("Compare both"), [this, before] {
        ui::Session& session = m_document.session;
        session.setWorkspace(ui::WorkspaceKind::Compare);
        const std::vector<ui::ModelChoice> shown = ui::modelsOf(session.groups());
        if (std::ranges::find(shown, before) == shown.end()) session.editColumns(tr("add model"), ui::withModel(session.groups(), before, session.nextLensId()));
    });
}

void MainWindow::chooseDevice(const QString& device) {
    m_settings.device = device;
    m_engineOptions.device = device.toStdString();
    m_actions->setDevices(m_document.host.devices(), device);
    openEngine();
}

void MainWindow::connectRunActions() {
    Actions& a = *m_actions;
    ui::Session& session = m_document.session;
    onTriggered(a.cancel, this, [this] {
        ui::traceEvent("cancel_pressed");
        m_document.board.cancel(m_document.session.currentRow());
    });
    onTriggered(a.cancelAll, this, [this] {
        ui::traceEvent("cancel_pressed");
        m_document.board.cancelAll();
        m_document.drawings.cancelAll();
        m_sheetExport->cancel();
    });
    onTriggered(a.retry, this, [this] { m_document.board.retry(m_document.session.currentRow()); });
    onTriggered(a.restartEngine, this, &MainWindow::openEngine);
    connect(a.precisions, &QActionGroup::triggered, this, [&session](const QAction* chosen) {
        session.chooseModel({session.model().reference, static_cast<Precision>(chosen->data().toInt()), session.model().int8Weights});
    });
    onTriggered(a.int8Weights, this, [&session](bool on) { session.chooseModel({session.model().reference, session.model().precision, on}); });
    connect(a.devices, &QActionGroup::triggered, this, [this](const QAction* chosen) {
        chooseDevice(chosen->data().toString());
    });
    connect(m_toolBar, &ToolBar::modelChosen, m_modelOpening, &ModelOpening::choose);
    connect(m_toolBar, &ToolBar::openModelRequested, m_incoming, &IncomingFiles::askForModel);
    connect(m_docks->models, &ui::ModelsPanel::modelChosen, m_modelOpening, &ModelOpening::choose);
    connect(m_modelOpening, &ModelOpening::told, m_status, &StatusLine::say);
    connect(m_modelOpening, &ModelOpening::exchanged, this, &MainWindow::tellExchange);
    connect(m_modelOpening, &ModelOpening::refused, this, [this](const ui::ModelChoice& model, const Error& error) {
        const QString sentence = QString::fromStdString(toLine(error));
        m_docks->log->model().tell(ui::LogModel::Severity::Error, tr("model"), sentence);
        m_banner->tell(ui::Banner::Kind::Error, tr("The model was not opened, and the board is as it was: %1").arg(sentence), tr("Retry"),
                       [this, model] { m_modelOpening->retry(model); }, sentence);
    });
    connect(m_docks->models, &ui::ModelsPanel::openRequested, m_incoming, &IncomingFiles::askForModel);
    connect(m_stage, &ui::StageView::modelActionRequested, m_docks, &Docks::showModels);
    onTriggered(a.previousImage, &session, [&session] { session.stepCurrentRow(-1); });
    onTriggered(a.nextImage, &session, [&session] { session.stepCurrentRow(1); });
    onTriggered(a.firstImage, &session, [&session] { session.stepCurrentRow(-static_cast<int>(session.rows().size())); });
    onTriggered(a.lastImage, &session, [&session] { session.stepCurrentRow(static_cast<int>(session.rows().size())); });
}

void MainWindow::connectWindowActions() {
    Actions& a = *m_actions;
    onTriggered(a.resetLayout, m_layouts, &WorkspaceLayouts::reset);
    onTriggered(a.fullScreen, this, [this](bool on) { setWindowState(windowState().setFlag(Qt::WindowFullScreen, on)); });
    onTriggered(a.searchActions, this, [this] { palette().popUp(); });
    onTriggered(a.keys, this, [this] {
        if (!m_keys) m_keys = new KeysWindow(*m_bindings, this);
        m_keys->show();
        m_keys->raise();
    });
    onTriggered(a.about, this, [this] {
        auto* box = new QMessageBox(QMessageBox::NoIcon, tr("About Tessera"), tr("<b>Tessera %1</b><br>See what visual tokenizers see.").arg(QStringLiteral(TESSERA_VERSION)), QMessageBox::Ok, this);
        box->setInformativeText(tr("Studio and widgets: GPL-3.0-or-later. Engine, canvas and command line: Apache-2.0. Pictures never leave this computer."));
        box->setAttribute(Qt::WA_DeleteOnClose);
        box->open();
    });
}

}  // namespace tessera::studio
