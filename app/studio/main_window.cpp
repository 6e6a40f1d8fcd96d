// SPDX-License-Identifier: GPL-3.0-or-later
#include "main_window.h"

#include <QCloseEvent>
#include <QCoreApplication>
#include <QFileInfo>
#include <QKeyEvent>
#include <QMenuBar>
#include <QScreen>
#include <QTimer>
#include <QVBoxLayout>

#include "actions.h"
#include "docks.h"
#include "incoming_files.h"
#include "key_bindings.h"
#include "model_opening.h"
#include "panels/banner.h"
#include "panels/command_palette.h"
#include "panels/dock.h"
#include "panels/empty_state.h"
#include "panels/generate/generate_view.h"
#include "panels/histogram_panel.h"
#include "panels/stage/board_menus.h"
#include "panels/stage/token_bar.h"
#include "panels/stage_view.h"
#include "panels/strip.h"
#include "panels/timeline.h"
#include "panels/train/train_view.h"
#include "search_field.h"
#include "session_keeper.h"
#include "sheet_export.h"
#include "status_line.h"
#include "tab_order.h"
#include "text_field_guard.h"
#include "theme/icons.h"
#include "token_export.h"
#include "token_import.h"
#include "tool_bar.h"
#include "workspace_layouts.h"

namespace tessera::studio {
namespace {

constexpr QSize kFirstSize{1440, 900}, kSmallest{800, 520};
constexpr int kEngineNiceness = 10;  // decoding and models leave frames and input the processor

}  // namespace

MainWindow::MainWindow(Document& document, const StartOptions& start, Settings settings) : m_document(document), m_settings(std::move(settings)) {
    m_engineOptions.device = (start.device.isEmpty() ? m_settings.device : start.device).toStdString();
    m_engineOptions.cpuThreads = start.threads;
    m_engineOptions.resourceDirectory = resourceDirectory().toStdString();
    QString model = start.model.isEmpty() ? m_settings.model : start.model;
    // A session finds it again, wherever the next studio is started.
    if (model.contains(u'/') && QFileInfo::exists(model)) model = QFileInfo(model).absoluteFilePath();
    m_modelAtStart = {model.toStdString(), start.precision.value_or(m_settings.precision)};
    m_document.session.setInitialModel(m_modelAtStart);
    build();
    connectFileActions();
    connectSessionActions();
    connectViewActions();
    connectBoardActions();
    connectTokenActions();
    connectRunActions();
    connectDrawing();
    connectTraining();
    connectWindowActions();
    connectState();
    restore(start);
}

MainWindow::~MainWindow() = default;

QString MainWindow::resourceDirectory() {
    const QString installed = QCoreApplication::applicationDirPath() + QStringLiteral("/../share/tessera");
    return QFileInfo(installed).isDir() ? QFileInfo(installed).canonicalFilePath() : QStringLiteral(TESSERA_RESOURCES);
}

void MainWindow::build() {
    setObjectName(QStringLiteral("studio"));
    setMinimumSize(kSmallest);
    setDockOptions(QMainWindow::AllowNestedDocks | QMainWindow::AllowTabbedDocks);
    setContextMenuPolicy(Qt::NoContextMenu);
    m_actions = new Actions(*this, m_document.session.undoStack());

    auto* centre = new QWidget(this);
    m_banner = new ui::Banner(centre);
    m_sessionBanner = new ui::Banner(centre);
    m_sessionBanner->setObjectName(QStringLiteral("sessionBanner"));
    m_stage = new ui::StageView(m_document.session, m_document.board, m_document.host, centre);
    m_strip = new ui::Strip(m_document.session, m_document.board, m_document.host, *m_stage, centre);
    m_timeline = new ui::Timeline(m_document.session, m_document.board, centre);
    m_stage->setTokens(m_document.tokens);
    m_train = new ui::TrainView(m_document.training, centre);
    m_generate = new ui::GenerateView(m_document.desk, {m_actions->pauseDrawing, m_actions->cancelDrawing, m_actions->redrawPart, m_actions->addToBoard, m_actions->compareWithPrompt, m_actions->saveDrawing, m_actions->playDrawing}, centre);
    m_drawingBanner = new ui::Banner(centre);
    m_drawingBanner->setObjectName(QStringLiteral("drawingBanner"));
    m_tokenBar = makeTokenBar(centre);
    auto* layout = new QVBoxLayout(centre);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(0);
    layout->addWidget(m_banner);
    layout->addWidget(m_sessionBanner);
    layout->addWidget(m_drawingBanner);
    layout->addWidget(m_tokenBar);
    layout->addWidget(m_stage, 1);
    layout->addWidget(m_timeline);
    layout->addWidget(m_strip);
    layout->addWidget(m_train, 1);
    layout->addWidget(m_generate, 1);
    setCentralWidget(centre);

    m_docks = new Docks(*this, m_document, *m_actions);
    m_docks->histogram->setLogarithmic({.peaked = m_settings.logarithmicPeaks, .even = m_settings.logarithmicCounts});
    m_layouts = new WorkspaceLayouts(*this, *m_docks, m_document.session, m_settings.layouts);
    m_sheetExport = new SheetExport(m_document, this);
    m_tokenExport = new TokenExport(m_document, this);
    m_tokenImport = new TokenImport(m_document, this);
    m_modelOpening = new ModelOpening(m_document, this);
    m_keeper = new SessionKeeper(m_document.session, SessionShelf(m_settings.stateFolder), this);
    m_stage->menus().setCellActions({m_actions->copyPicture, m_actions->copyCommand, m_actions->copyPython, m_actions->exportPicture, m_actions->exportTokens, m_actions->cancel});
    const Actions& a = *m_actions;
    m_stage->menus().setTokenActions({a.copyTokens, a.pasteTokens, a.typeCode, a.randomCode, a.dropCode, a.swapTokens, a.shuffleTokens, a.chooseSameCode, a.revertTokens, a.revertAllTokens},
                                     {a.zeroDepth, a.randomiseDepth, a.dropFromDepth});
    m_toolBar = new ToolBar(*m_actions, m_document.session, m_document.host, this);
    addToolBar(m_toolBar);
    m_status = new StatusLine(m_document, *m_actions, this);
    setStatusBar(m_status);
    fillMenuBar(*menuBar(), *m_actions, m_docks->actions(), [this](QMenu& menu) { addBoardMenus(menu); }, [this](QMenu& menu) { fillRecentMenu(menu); });
    auto* search = new SearchField(*m_actions->searchActions, menuBar());
    menuBar()->setCornerWidget(search);

    m_incoming = new IncomingFiles(m_document.session, *this);
    m_incoming->acceptDropsOn(*this);
    for (ui::Dock* dock : m_docks->docks()) m_incoming->acceptDropsOn(*dock);
    m_incoming->folder = m_settings.folder;
    m_incoming->modelFolder = m_settings.modelFolder;
    new TextFieldGuard(*this, [this] { return this->centre(); });
    m_stage->emptyState().setSamplesFolder(resourceDirectory());
    m_bindings = new KeyBindings(*this);
    m_bindings->apply(m_settings.keys);
    connect(m_bindings, &KeyBindings::bindingsChanged, this, [this] {
        m_settings.keys = m_bindings->changed();
        m_settings.writeKeys();
    });
    showKeys();
}

/// Words outside of menus that say the key of an action.
void MainWindow::showKeys() {
    const auto wordsOf = [](const QAction* action) { return action->shortcut().toString(QKeySequence::NativeText); };
    const auto showOnEmpty = [this, wordsOf] { m_stage->emptyState().setKeys(wordsOf(m_actions->openImages), wordsOf(m_actions->paste)); };
    for (const QAction* action : {m_actions->openImages, m_actions->paste}) connect(action, &QAction::changed, this, showOnEmpty);
    showOnEmpty();
    // Controls of the strip do what actions do: they name them.
    for (QObject* control : findChildren<QObject*>()) {
        const QStringList names = control->property("keysOf").toString().split(u' ', Qt::SkipEmptyParts);
        QList<const QAction*> actions;
        for (const QString& name : names) actions << findChild<QAction*>(name);
        actions.removeAll(nullptr);
        const auto show = [control, actions, wordsOf, help = control->property("toolTip").toString()] {
            QStringList keys;
            for (const QAction* action : actions) keys << wordsOf(action);
            keys.removeAll(QString());
            control->setProperty("toolTip", keys.isEmpty() ? help : QStringLiteral("%1 (%2)").arg(help, keys.join(QStringLiteral(", "))));
        };
        for (const QAction* action : actions) connect(action, &QAction::changed, control, show);
        if (!actions.isEmpty()) show();
    }
}

void MainWindow::restore(const StartOptions& start) {
    // Never larger than the screen: a window manager may not be there to see to it.
    resize(kFirstSize.boundedTo(screen() ? screen()->availableSize() : kFirstSize).expandedTo(minimumSize()));
    m_layouts->reset();
    if (!m_settings.geometry.isEmpty()) restoreGeometry(m_settings.geometry);
    restoreSession(start);
    m_layouts->restore();
    if (start.size) m_document.session.setParameter(-1, "size", std::int64_t(*start.size));
    if (!start.paths.isEmpty()) m_incoming->takePaths(start.paths);
    // How the board starts is no step to undo.
    QUndoStack& steps = m_document.session.undoStack();
    if (m_keeper->file().isEmpty()) steps.clear();
    if (steps.count() > 0 || !m_document.session.rows().empty() || start.paths.isEmpty()) return;
    // A folder is searched meanwhile.
    const auto forget = [this, &steps] {
        if (steps.count() == 1 && m_keeper->file().isEmpty()) steps.clear();
    };
    connect(&m_document.session, &ui::Session::rowsInserted, this, forget, static_cast<Qt::ConnectionType>(Qt::QueuedConnection | Qt::SingleShotConnection));
}

bool MainWindow::event(QEvent* event) {
    if (event->type() == QEvent::Paint && !m_painted) {
        m_painted = true;
        // The whole window is painted and flushed before the event loop runs again.
        QTimer::singleShot(0, this, &MainWindow::firstFrame);
    }
    // After a dialog not every window manager gives the keyboard back.
    if (event->type() == QEvent::WindowUnblocked) activateWindow();
    return QMainWindow::event(event);
}

void MainWindow::firstFrame() {
    openEngine();
    m_status->watchMemory();
    ui::Theme::instance().followSystem();
    setWindowIcon(ui::programIcon());
    Q_EMIT firstFrameShown();
}

void MainWindow::openEngine() {
    m_document.host.chooseModels(m_document.session.models(), m_document.session.model());
    EngineOptions options = m_engineOptions;
    options.niceness = kEngineNiceness;
    m_document.host.open(options);
}

ui::CommandPalette& MainWindow::palette() {
    if (!m_palette) m_palette = new ui::CommandPalette(this);
    return *m_palette;
}

void MainWindow::closeEvent(QCloseEvent* event) {
    m_settings.geometry = saveGeometry();
    m_settings.layouts = m_layouts->layouts();
    m_settings.systemWasDark = ui::Theme::instance().systemIsDark();
    m_settings.folder = m_incoming->folder;
    m_settings.modelFolder = m_incoming->modelFolder;
    m_settings.logarithmicPeaks = m_docks->histogram->logarithmic().peaked;
    m_settings.logarithmicCounts = m_docks->histogram->logarithmic().even;
    // What only the command line said is not remembered.
    if (const ui::ModelChoice& model = m_document.session.model(); model != m_modelAtStart) {
        m_settings.model = QString::fromStdString(model.reference);
        m_settings.precision = model.precision;
    }
    rememberDrawing();
    rememberTraining();
    m_settings.write();
    m_document.training.leave();
    keepUnfinishedDrawings();
    m_document.drawings.cancelAll();
    m_sheetExport->cancel();
    m_tokenExport->cancel();
    m_keeper->end();
    m_document.board.cancelAll();
    QMainWindow::closeEvent(event);
}

void MainWindow::changeEvent(QEvent* event) {
    // The key that is held may be let go in another window.
    if (event->type() == QEvent::ActivationChange && !isActiveWindow()) flipBack();
    QMainWindow::changeEvent(event);
}

void MainWindow::keyPressEvent(QKeyEvent* event) {
    const bool flips = event->key() == Qt::Key_Space && (event->modifiers() & ~Qt::ShiftModifier) == 0;
    if (!flips) return QMainWindow::keyPressEvent(event);
    if (event->isAutoRepeat()) return;
    changeView([original = bool(event->modifiers() & Qt::ShiftModifier)](ui::ViewState& view) { (original ? view.flipToOriginal : view.flipToInput) = true; });
}

void MainWindow::keyReleaseEvent(QKeyEvent* event) {
    if (event->key() != Qt::Key_Space) return QMainWindow::keyReleaseEvent(event);
    if (!event->isAutoRepeat()) flipBack();
}

void MainWindow::flipBack() {
    changeView([this](ui::ViewState& view) {
        view.flipToInput = m_actions->showInput->isChecked();
        view.flipToOriginal = false;
    });
}

bool MainWindow::focusNextPrevChild(bool next) {
    QWidget* target = nextInTabOrder(*this, next);
    if (!target) return false;
    target->setFocus(next ? Qt::TabFocusReason : Qt::BacktabFocusReason);
    return true;
}

}  // namespace tessera::studio
