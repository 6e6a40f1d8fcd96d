// SPDX-License-Identifier: GPL-3.0-or-later
// Drawings: what the actions and panels do, and what the window shows in their workspace.
#include <QDir>
#include <QFileDialog>
#include <QFileInfo>
#include <QStandardPaths>
#include <QThreadPool>

#include "actions.h"
#include "bridge/qt_executor.h"
#include "docks.h"
#include "drawing_export.h"
#include "generate/drawing_words.h"
#include "incoming_files.h"
#include "main_window.h"
#include "model_opening.h"
#include "models/log_model.h"
#include "panels/banner.h"
#include "panels/generate/alternatives_panel.h"
#include "panels/generate/generate_view.h"
#include "panels/generate/history_panel.h"
#include "panels/generate/prompt_panel.h"
#include "panels/generate/sweep_dialog.h"
#include "panels/log_panel.h"
#include "panels/prompts_panel.h"
#include "panels/stage/board_menus.h"
#include "panels/stage_view.h"
#include "status_line.h"
#include "theme/icons.h"
#include "workspace/dropped_files.h"

namespace tessera::studio {
namespace {

QString historyFile() {
    return QStandardPaths::writableLocation(QStandardPaths::GenericDataLocation) + QStringLiteral("/tessera/history.sqlite");
}

}  // namespace

void MainWindow::connectDrawing() {
    Actions& a = *m_actions;
    ui::DrawQueue& queue = m_document.drawings;
    ui::DrawDesk& desk = m_document.desk;
    m_document.history.setFile(historyFile());
    if (m_settings.drawing.kept) m_docks->prompt->setSettings(m_settings.drawing.settings, m_settings.drawing.settingsOf);
    m_docks->prompt->setSeedLocked(m_settings.drawing.seedLocked);
    m_stage->menus().setWay(m_settings.way);
    connect(&m_stage->menus(), &ui::BoardMenus::wayChosen, this, [this](int pictures) { m_settings.way = pictures; });

    connect(a.queueDrawing, &QAction::triggered, this, &MainWindow::queueDrawing);
    connect(a.sweepDrawing, &QAction::triggered, this, &MainWindow::sweepDrawing);
    connect(a.chooseStart, &QAction::triggered, m_incoming, &IncomingFiles::askForStart);
    connect(a.playDrawing, &QAction::triggered, this, [this] { m_generate->setPlaying(!m_generate->isPlaying()); });
    connect(m_generate, &ui::GenerateView::playingChanged, this, &MainWindow::showDrawing);
    connect(m_docks->prompt, &ui::PromptPanel::sweepRequested, this, &MainWindow::sweepDrawing);
    connect(m_docks->prompt, &ui::PromptPanel::startRequested, m_incoming, &IncomingFiles::askForStart);
    const auto setOut = [this](const SourceRequest& picture) {
        m_docks->prompt->setStart(std::make_shared<const SourceRequest>(picture));
        m_docks->showPrompt();
    };
    connect(m_incoming, &IncomingFiles::startGiven, this, setOut);
    m_incoming->takePicture = [this, setOut](const SourceRequest& picture) {
        if (m_document.session.workspace().kind != ui::WorkspaceKind::Generate || !m_docks->prompt->takesStarts()) return false;
        setOut(picture);
        m_status->say(tr("The next drawing sets out from this picture"));
        return true;
    };
    connect(a.pauseDrawing, &QAction::triggered, this, [this] { m_document.drawings.setPaused(!m_document.drawings.isPaused()); });
    connect(a.cancelDrawing, &QAction::triggered, this, [this] {
        if (const auto running = m_document.drawings.running()) m_document.drawings.cancel(running->id);
    });
    connect(a.forkDrawing, &QAction::triggered, this, &MainWindow::forkDrawing);
    connect(a.redrawPart, &QAction::triggered, this, [this] { m_document.desk.redraw(); });
    connect(a.addToBoard, &QAction::triggered, this, &MainWindow::addDrawingToBoard);
    connect(a.compareWithPrompt, &QAction::triggered, this, &MainWindow::compareWithPrompt);
    connect(a.addTokensToBoard, &QAction::triggered, this, &MainWindow::addDrawnTokensToBoard);
    connect(a.saveDrawing, &QAction::triggered, this, &MainWindow::saveDrawing);
    connect(a.earlierToken, &QAction::triggered, &desk, [&desk] { desk.setSteps(desk.tokensShown() - 1); });
    connect(a.laterToken, &QAction::triggered, &desk, [&desk] { desk.setSteps(desk.tokensShown() + 1); });
    connect(a.coarserCode, &QAction::triggered, &desk, [&desk] { desk.setDepth(desk.depth() - 1); });
    connect(a.finerCode, &QAction::triggered, &desk, [&desk] { desk.setDepth(desk.depth() + 1); });

    connect(m_docks->prompt, &ui::PromptPanel::queueRequested, this, &MainWindow::queueDrawing);
    connect(m_docks->prompt, &ui::PromptPanel::edited, this, &MainWindow::showDrawing);
    connect(m_docks->alternatives, &ui::AlternativesPanel::codeChanged, this, &MainWindow::showDrawing);
    connect(m_generate, &ui::GenerateView::openModelRequested, m_incoming, &IncomingFiles::askForModel);
    connect(m_generate, &ui::GenerateView::modelRequested, m_modelOpening, &ModelOpening::choose);
    connect(m_generate, &ui::GenerateView::promptRequested, m_docks, &Docks::showPrompt);
    connect(m_generate, &ui::GenerateView::retryRequested, this, [this] { m_document.drawings.retry(m_document.desk.picture().drawing); });
    connect(m_incoming, &IncomingFiles::dragChanged, m_generate, &ui::GenerateView::setDropActive);
    connect(m_incoming, &IncomingFiles::imagesTaken, this, [this](const QStringList& paths) {
        if (paths.size() == 1) offerSettings(paths.first());
    });
    connect(m_docks->history, &ui::HistoryPanel::restoreRequested, this, [this](const ui::HistoryEntry& entry) { takeSettings(entry.settings, entry.fingerprint, entry.modelName, entry.keptCodes); });
    connect(m_docks->history, &ui::HistoryPanel::openRequested, this, &MainWindow::openHistoryEntry);

    connect(&queue, &ui::DrawQueue::listChanged, this, &MainWindow::showDrawing);
    connect(&queue, &ui::DrawQueue::listChanged, this, &MainWindow::showRowActions);
    connect(&queue, &ui::DrawQueue::changed, this, &MainWindow::showTitle);
    connect(&desk, &ui::DrawDesk::pictureChanged, this, &MainWindow::showDrawing);
    connect(&desk, &ui::DrawDesk::placeChanged, this, &MainWindow::showDrawing);
    connect(&queue, &ui::DrawQueue::finished, this, [this](ui::DrawingId id) {
        const auto drawing = m_document.drawings.find(id);
        for (int i = 0; i < static_cast<int>(drawing->drawn.pictures.size()); ++i) m_document.history.add(ui::historyEntryOf(*drawing, i));
    });
    connect(&queue, &ui::DrawQueue::failed, this, [this](ui::DrawingId id) {
        const auto drawing = m_document.drawings.find(id);
        m_docks->log->model().tell(ui::LogModel::Severity::Error, tr("drawing"), drawing->problem);
    });
    connect(&m_document.history, &ui::DrawHistory::changed, this, [this, told = QString()]() mutable {
        const QString& problem = m_document.history.problem();
        if (std::exchange(told, problem) != problem && !problem.isEmpty()) m_docks->log->model().tell(ui::LogModel::Severity::Error, tr("history"), problem);
    });
    connect(&m_document.host, &ui::EngineHost::modelChanged, this, &MainWindow::showDrawer);
    connect(&m_document.host, &ui::EngineHost::stateChanged, this, &MainWindow::showDrawer);
    connect(&m_document.session, &ui::Session::modelChanged, this, &MainWindow::showDrawer);
    const auto showKeys = [this] {
        const QString keys = m_actions->queueDrawing->shortcut().toString(QKeySequence::NativeText);
        m_docks->prompt->setKeys(keys);
        m_generate->setKeys(keys);
    };
    connect(a.queueDrawing, &QAction::changed, this, showKeys);
    showKeys();
    showDrawer();
}

/// Who would draw now.
void MainWindow::showDrawer() {
    constexpr std::string_view kDrawing[]{"vila_u", "maskgit", "rae", "flow"};  // families whose models draw, nearly all of them
    const ui::EngineHost& host = m_document.host;
    const ui::ModelChoice& choice = m_document.session.model();
    const ModelInfo* drawer = m_document.drawings.drawer(choice);
    const ui::ModelStatus& status = host.modelOf(choice);
    QString why;
    if (!drawer) {
        why = !host.engine() ? tr("The engine is starting") : status.opening ? tr("The model is being opened") : status.info ? tr("%1 draws no pictures: choose a model that does").arg(QString::fromStdString(status.info->name)) : tr("Open a model that draws first");
    }
    m_docks->prompt->setModel(drawer, why);
    QList<QPair<QString, QString>> known;
    for (const ModelEntry& entry : host.models()) {
        if (std::ranges::find(kDrawing, entry.family) != std::end(kDrawing)) known << QPair(QString::fromStdString(entry.path), QString::fromStdString(entry.name));
    }
    m_generate->setDrawer(drawer, known);
    showDrawing();
}

void MainWindow::showDrawing() {
    Actions& a = *m_actions;
    const bool here = m_document.session.workspace().kind == ui::WorkspaceKind::Generate;
    const QString elsewhere = tr("This is done in the workspace Generate");
    const ui::DrawQueue& queue = m_document.drawings;
    const ui::DrawDesk& desk = m_document.desk;
    const auto drawing = desk.drawing();
    const auto enable = [&](QAction* action, bool enabled, const QString& why) { Actions::enable(action, here && enabled, here ? why : elsewhere); };
    const bool draws = queue.drawer(m_document.session.model()) != nullptr;
    const QString noOrder = draws ? m_docks->prompt->refusal() : tr("Open a model that draws first");
    enable(a.queueDrawing, noOrder.isEmpty(), noOrder);
    enable(a.sweepDrawing, noOrder.isEmpty(), noOrder);
    enable(a.chooseStart, m_docks->prompt->takesStarts(), tr("Open a model that sets out from pictures first: an RAE or a flow"));
    const bool playing = m_generate->isPlaying();
    a.playDrawing->setText(playing ? tr("Stop P&laying") : tr("P&lay"));
    a.playDrawing->setIcon(ui::themedIcon(playing ? QStringLiteral("pause") : QStringLiteral("play")));
    enable(a.playDrawing, desk.stepCount() > 0, tr("Nothing is drawn yet"));
    const bool open = queue.running() || queue.waiting() > 0;
    enable(a.pauseDrawing, open || queue.isPaused(), tr("Nothing is queued"));
    a.pauseDrawing->setText(queue.isPaused() ? tr("&Go On") : tr("&Pause"));
    a.pauseDrawing->setIcon(ui::themedIcon(queue.isPaused() ? QStringLiteral("play") : QStringLiteral("pause")));
    enable(a.cancelDrawing, queue.running() != nullptr, tr("Nothing is being drawn"));
    const QString noFork = !desk.forkRefusal().isEmpty() ? desk.forkRefusal() : m_docks->alternatives->code() < 0 ? tr("Choose a code first") : QString();
    enable(a.forkDrawing, noFork.isEmpty(), noFork);
    enable(a.redrawPart, desk.redrawRefusal().isEmpty(), desk.redrawRefusal());
    const bool frames = drawing && desk.picture().index < static_cast<int>(drawing->drawn.pictures.size()) && !drawing->drawn.pictures[desk.picture().index].frames.empty() && drawing->drawn.finished;
    const QString unfinished = !drawing ? tr("Nothing is drawn yet") : drawing->state == ui::Drawing::State::Finished ? tr("The picture has to be decoded first") : tr("The picture is not finished");
    for (QAction* action : {a.addToBoard, a.saveDrawing}) enable(action, frames, unfinished);
    const bool words = drawing && !queue.wordsOf(*drawing).isEmpty();
    enable(a.compareWithPrompt, frames && words, !frames ? unfinished : tr("What it was drawn from has no name"));
    const bool codes = !drawing || !drawing->hasTokens() || !drawing->drawn.pictures[desk.picture().index].codes.empty();
    enable(a.addTokensToBoard, codes && drawing && drawing->state == ui::Drawing::State::Finished, codes ? unfinished : tr("A flow draws no codes"));
    const bool tokens = drawing && drawing->hasTokens();
    enable(a.earlierToken, tokens && desk.tokensShown() > 0, tr("Nothing is drawn yet"));
    enable(a.laterToken, tokens && desk.steps().has_value(), tr("All tokens are shown"));
    const int depths = tokens ? drawing->drawn.depths : 0;
    enable(a.coarserCode, desk.depth() > 0, tr("This is the first depth"));
    enable(a.finerCode, desk.depth() + 1 < depths, tr("This is the last depth"));
}

void MainWindow::queueDrawing() {
    ui::PromptPanel& panel = *m_docks->prompt;
    const ui::DrawingSettings settings = panel.settings();
    const ui::ModelChoice model = m_document.session.model();
    if (!panel.refusal().isEmpty() || !m_document.drawings.drawer(model)) return;
    if (!m_document.drawings.running()) m_document.desk.follow();
    const ui::DrawingId id = m_document.drawings.add(settings, model);
    if (!m_document.desk.drawing()) m_document.desk.show({id, 0});
    panel.taken();
}

void MainWindow::sweepDrawing() {
    const ui::ModelChoice model = m_document.session.model();
    const ModelInfo* drawer = m_document.drawings.drawer(model);
    if (!drawer || !m_docks->prompt->refusal().isEmpty()) return;
    auto* dialog = new ui::SweepDialog(m_docks->prompt->settings(), *drawer, m_settings.way, this);
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    connect(dialog, &ui::SweepDialog::ordered, this, [this, model, dialog](const std::vector<std::pair<QString, ui::DrawingSettings>>& drawings) {
        m_settings.way = dialog->way();
        m_stage->menus().setWay(m_settings.way);
        if (!m_document.drawings.running()) m_document.desk.follow();
        const ui::DrawingId first = m_document.drawings.addSeries(drawings, model);
        if (!m_document.desk.drawing()) m_document.desk.show({first, 0});
        m_docks->prompt->taken();
    });
    dialog->open();
}

void MainWindow::forkDrawing() {
    m_document.desk.fork(m_docks->alternatives->code());
}

void MainWindow::saveDrawing() {
    const auto drawing = m_document.desk.drawing();
    if (!drawing) return;
    const int picture = m_document.desk.picture().index, frame = m_document.desk.frameShown();
    const QString name = ui::drawnName(drawing->settings, drawing->drawn.pictures[picture].seed) + QStringLiteral(".png");
    askForFile(tr("Save picture"), name, drawing->drawn.frames > 1 ? tr("The frame as PNG (*.png);;The clip as MP4 (*.mp4);;The clip as GIF (*.gif);;The clip as WebP (*.webp)") : tr("PNG (*.png)"),
               [drawing, picture, frame](const QString& path) { return studio::saveDrawing(*drawing, picture, frame, path); });
}

/// The picture that is looked at, as a row. A clip is written aside: it takes a while.
void MainWindow::writeRow(std::function<void(SourceRequest)> then) {
    const auto drawing = m_document.desk.drawing();
    const int picture = m_document.desk.picture().index;
    if (!drawing || picture >= static_cast<int>(drawing->drawn.pictures.size())) return;
    const auto take = [this, then = std::move(then)](const std::optional<SourceRequest>& row) {
        row ? then(*row) : m_status->say(tr("The picture could not be kept: there is no place for temporary files"));
    };
    if (drawing->drawn.frames == 1) return take(rowOf(*drawing, picture));
    m_status->say(tr("The clip is being written"));
    QThreadPool::globalInstance()->start([drawing = ui::Drawing(*drawing), picture, take, executor = ui::guiExecutor(this)] {
        executor([take, row = rowOf(drawing, picture)] { take(row); });
    });
}

void MainWindow::addDrawingToBoard() {
    writeRow([this](SourceRequest row) {
        const QString name = QString::fromStdString(row.name);
        m_document.session.addRows({std::move(row)});
        m_status->say(tr("%1 is a row of the board now").arg(name));
    });
}

void MainWindow::addDrawnTokensToBoard() {
    const auto drawing = m_document.desk.drawing();
    if (!drawing) return;
    std::vector<SourceRequest> rows = tokenRowsOf(*drawing, m_document.desk.picture().index);
    if (rows.empty()) return m_status->say(tr("The tokens could not be kept: there is no place for temporary files"));
    const QString name = QString::fromStdString(rows.front().name);
    m_document.session.addRows(std::move(rows));
    m_status->say(tr("%1 is a row of the board now").arg(name));
}

/// Its row, which may be there already, and its prompt beside the words of the board: one step to undo.
void MainWindow::compareWithPrompt() {
    const auto drawing = m_document.desk.drawing();
    if (!drawing) return;
    writeRow([this, words = m_document.drawings.wordsOf(*drawing)](SourceRequest row) {
        ui::Session& session = m_document.session;
        const auto same = [&row](const ui::Row& each) { return std::ranges::equal(each.request.bytes.span(), row.bytes.span()); };
        const auto known = std::ranges::find_if(session.rows(), same);
        const bool fresh = known == session.rows().end();
        if (fresh) {
            session.undoStack().beginMacro(tr("compare with its prompt"));
            session.addRows({std::move(row)});
        } else {
            session.setCurrentRow(known->id);
        }
        session.setWorkspace(ui::WorkspaceKind::Heatmap);
        m_docks->prompts->addPrompt(words);
        if (fresh) session.undoStack().endMacro();
    });
}

void MainWindow::offerSettings(const QString& path) {
    const auto file = ui::readDrawnFile(path);
    if (!file) return;
    const QString name = QFileInfo(path).fileName();
    m_drawingBanner->tell(ui::Banner::Kind::Information, tr("%1 was drawn by %2 from “%3”.").arg(name, file->modelName.isEmpty() ? tr("a model") : file->modelName, file->settings.prompt.left(80)), tr("Take its settings"), [this, file = *file] {
        m_drawingBanner->dismiss();
        takeSettings(file.settings, file.fingerprint, file.modelName, file.keptCodes);
        if (!file.start.isEmpty()) m_status->say(tr("The settings are taken; the picture set out from another one, %1, which has to be given again").arg(file.start));
    });
    m_drawingBanner->addChoice(tr("Only the picture"), [this] { m_drawingBanner->dismiss(); });
}

void MainWindow::takeSettings(const ui::DrawingSettings& settings, const QString& fingerprint, const QString& modelName, bool keptCodes) {
    m_document.session.setWorkspace(ui::WorkspaceKind::Generate);
    m_docks->prompt->setSettings(settings, fingerprint);
    m_docks->prompt->setSeedLocked(true);
    m_docks->showPrompt();
    const ModelInfo* drawer = m_document.drawings.drawer(m_document.session.model());
    const QString other = !drawer || (!fingerprint.isEmpty() && QString::fromStdString(drawer->fingerprint) != fingerprint) ? tr("The settings are taken; they draw the same picture by %1 alone").arg(modelName) : QString();
    m_status->say(keptCodes ? tr("The settings are taken; the picture was a branch, so they draw what it began from") : other.isEmpty() ? tr("The settings are taken, with the seed kept") : other);
}

/// Its codes and what the model thought of them, to be looked at and gone on from. A branch comes with what it went on from.
void MainWindow::openHistoryEntry(const ui::HistoryEntry& entry) {
    if (entry.codes.empty() && entry.by != DrawnBy::Flow) return m_status->say(tr("The history holds no codes of this picture"));
    if (entry.codes.empty()) {
        takeSettings(entry.settings, entry.fingerprint, entry.modelName, entry.keptCodes);
        return m_status->say(tr("Of a flow the history holds no tokens: its settings are taken, and draw the picture again"));
    }
    m_document.session.setWorkspace(ui::WorkspaceKind::Generate);
    const ui::DrawnPicture picture = drawingOf(entry);
    m_document.desk.show(picture);
    if (entry.by != DrawnBy::Tokens) return;
    const auto drawing = m_document.drawings.find(picture.drawing);
    const QString other = m_document.drawings.otherWeights(*drawing);
    if (!other.isEmpty()) m_status->say(other);
    else if (!m_document.drawings.drawer(drawing->model)) m_status->say(tr("%1, which drew this, is not open: to fork it or to go on opens it").arg(entry.modelName));
}

/// The picture in the list of drawings, put there if it is not.
ui::DrawnPicture MainWindow::drawingOf(const ui::HistoryEntry& entry) {
    for (const auto& each : m_document.drawings.drawings()) {
        for (int i = 0; i < static_cast<int>(each->drawn.pictures.size()); ++i) {
            if (!entry.key.isEmpty() && ui::historyKey(*each, i) == entry.key && each->state == ui::Drawing::State::Finished) return {each->id, i};
        }
    }
    ui::Drawing drawing;
    if (const ui::HistoryEntry* parent = entry.origin ? m_document.history.find(entry.parent) : nullptr; parent && !parent->codes.empty() && parent->id < entry.id) {
        drawing.origin = entry.origin;
        drawing.origin->from = drawingOf(ui::HistoryEntry(*parent));
        drawing.parentKey = entry.parent;
    }
    drawing.key = entry.key.section(u'/', 0, -2);
    drawing.keyIndex = entry.key.section(u'/', -1).toInt();
    drawing.settings = entry.settings;
    drawing.model = {entry.model.toStdString(), m_document.session.model().precision};
    // The same weights under another name draw the same.
    const ui::ModelChoice& now = m_document.session.model();
    if (const ModelInfo* drawer = m_document.drawings.drawer(now); drawer && QString::fromStdString(drawer->fingerprint) == entry.fingerprint) drawing.model = now;
    drawing.modelName = entry.modelName;
    drawing.fingerprint = entry.fingerprint;
    Generation& drawn = drawing.drawn;
    drawn.frames = entry.frames;
    drawn.rows = entry.rows;
    drawn.columns = entry.columns;
    drawn.depths = entry.depths;
    drawn.positions = entry.frames * entry.rows * entry.columns;
    const auto missing = std::ranges::find(entry.codes, -1);
    drawn.drawn = missing == entry.codes.end() ? drawn.positions : static_cast<int>(missing - entry.codes.begin()) / std::max(1, entry.depths);
    drawn.by = drawing.info.by = entry.by;
    if (entry.by != DrawnBy::Tokens) drawn.drawn = drawn.positions = std::max(1, entry.settings.steps);
    drawn.seconds = entry.seconds;
    drawn.precision = entry.precision.toStdString();
    drawn.finished = ui::isFinished(entry);
    drawn.pictures.push_back({.seed = entry.settings.seed, .codes = entry.codes, .trace = {}, .frames = {}});
    if (!entry.thumbnail.isNull()) {
        drawing.last.emplace_back();
        drawing.last.back().image = ui::imageFrom(entry.thumbnail);
    }
    const ui::DrawnPicture added{m_document.drawings.addDrawn(std::move(drawing)), 0};
    m_document.history.readTrace(entry, ui::guiExecutor(this), [this, added](GenerationTrace trace) { m_document.drawings.keepTrace(added, std::move(trace)); });
    return added;
}

/// What is not finished when the window closes is in the history, as far as it came.
void MainWindow::keepUnfinishedDrawings() {
    for (const auto& drawing : m_document.drawings.drawings()) {
        using State = ui::Drawing::State;
        const bool kept = drawing->isOpen() || ((drawing->state == State::Cancelled || drawing->state == State::Failed) && drawing->hasTokens());
        if (!kept || drawing->state == State::Finished) continue;
        const int pictures = drawing->hasTokens() ? static_cast<int>(drawing->drawn.pictures.size()) : drawing->settings.count;
        for (int i = 0; i < pictures; ++i) m_document.history.add(ui::historyEntryOf(*drawing, i));
    }
}

void MainWindow::rememberDrawing() {
    const ModelInfo* drawer = m_document.drawings.drawer(m_document.session.model());
    m_settings.drawing = {.settings = m_docks->prompt->settings(), .by = drawer ? drawer->drawing.by : DrawnBy::Tokens, .settingsOf = m_docks->prompt->settingsOf(), .seedLocked = m_docks->prompt->isSeedLocked(), .kept = true};
}

}  // namespace tessera::studio
