// SPDX-License-Identifier: GPL-3.0-or-later
#include "docks.h"

#include <array>

#include <QAction>
#include <QMainWindow>
#include <QToolButton>

#include "actions.h"
#include "document.h"
#include "models/log_model.h"
#include "panels/adjust_panel.h"
#include "panels/agreement_panel.h"
#include "panels/codes/codebook_panel.h"
#include "panels/codes/codewords_panel.h"
#include "panels/codes/depth_history_panel.h"
#include "panels/codes/depths_panel.h"
#include "panels/codes/rate_panel.h"
#include "panels/codes/usage_panel.h"
#include "panels/describe_panel.h"
#include "panels/dock.h"
#include "panels/dock_title.h"
#include "panels/file_panel.h"
#include "panels/generate/alternatives_panel.h"
#include "panels/generate/branches_panel.h"
#include "panels/generate/history_panel.h"
#include "panels/generate/prompt_panel.h"
#include "panels/generate/queue_panel.h"
#include "panels/generate/words_panel.h"
#include "panels/histogram_panel.h"
#include "panels/images_panel.h"
#include "panels/log_panel.h"
#include "panels/metrics_panel.h"
#include "panels/models_panel.h"
#include "panels/pixel_panel.h"
#include "panels/prompts_panel.h"
#include "panels/ranking_panel.h"
#include "panels/train/messages_panel.h"
#include "panels/train/run_panel.h"
#include "panels/train/samples_panel.h"
#include "theme/icons.h"
#include "theme/theme.h"

namespace tessera::studio {
namespace {

constexpr int kLeftWidth = 208, kRightWidth = 272, kMetricsHeight = 152, kAdjustHeight = 256, kImagesHeight = 300, kPromptsHeight = 320;
constexpr int kRunWidth = 300, kSamplesHeight = 236, kMessagesWidth = 380;
constexpr int kPromptWidth = 288, kPromptHeight = 476, kAlternativesWidth = 292, kBranchesHeight = 216, kHistoryWidth = 400;
constexpr int kTokensLeftWidth = 144, kTokensRightWidth = 336, kHistoryHeight = 304, kPlotsHeight = 180;

}  // namespace

Docks::Docks(QMainWindow& window, Document& document, Actions& actions) : QObject(&window), m_window(window) {
    images = new ui::ImagesPanel(document.session, document.board);
    models = new ui::ModelsPanel(document.session, document.host);
    pixel = new ui::PixelPanel(document.session, document.board, document.host);
    histogram = new ui::HistogramPanel(document.session, document.host);
    prompts = new ui::PromptsPanel(document.session, document.host);
    describe = new ui::DescribePanel(document.session, document.board, document.host);
    describe->setSelection([this] { return images->selectedRows(); });
    connect(images, &ui::ImagesPanel::selectionChanged, describe, &ui::DescribePanel::selectionChanged);
    ranking = new ui::RankingPanel(document.session, document.board, document.host);
    file = new ui::FilePanel(document.session);
    adjust = new ui::AdjustPanel(document.session, document.host);
    metrics = new ui::MetricsPanel(document.session, document.board, document.host);
    agreement = new ui::AgreementPanel(document.session, document.board, document.host);
    log = new ui::LogPanel(document.session, document.board, document.host);

    m_images = makeDock("images");
    m_models = makeDock("models");
    m_inspector = makeDock("inspector");
    m_adjust = makeDock("adjust");
    m_metrics = makeDock("metrics");
    m_prompts = makeDock("prompts");
    addPage(m_images, tr("Images"), images, tr("Alt+1"));
    addPage(m_models, tr("Models"), models, tr("Alt+2"));
    addPage(m_inspector, tr("Pixel"), pixel, tr("Alt+3"));
    addPage(m_inspector, tr("Histogram"), histogram, tr("Alt+8"));
    addPage(m_inspector, tr("File"), file, tr("Alt+4"));
    addPage(m_adjust, tr("Adjust"), adjust, tr("Alt+5"));
    addPage(m_prompts, tr("Prompts"), prompts, {});
    addPage(m_prompts, tr("Describe"), describe, {});
    addPage(m_prompts, tr("Ranking"), ranking, {});
    addPage(m_metrics, tr("Metrics"), metrics, tr("Alt+6"));
    addPage(m_metrics, tr("Agreement"), agreement, {});
    addPage(m_metrics, tr("Log"), log, tr("Alt+7"));

    auto* add = new QAction(ui::themedIcon(QStringLiteral("plus")), tr("Add images"), m_images);
    const auto showKeys = [add, open = actions.openImages] {
        const QString keys = open->shortcut().toString(QKeySequence::NativeText);
        add->setToolTip(keys.isEmpty() ? add->text() : QStringLiteral("%1 (%2)").arg(add->text(), keys));
    };
    connect(actions.openImages, &QAction::changed, add, showKeys);
    showKeys();
    connect(add, &QAction::triggered, actions.openImages, &QAction::trigger);
    m_images->head().addTool(add);
    auto* reset = new QAction(ui::themedIcon(QStringLiteral("reset")), tr("Reset parameters"), m_adjust);
    connect(reset, &QAction::triggered, adjust, &ui::AdjustPanel::resetAll);
    m_adjust->head().addTool(reset);
    const std::array copyTools{m_metrics->head().addTool(actions.copyMetrics), m_metrics->head().addTool(agreement->copyAction()), m_metrics->head().addTool(actions.copyLog)};
    const auto showTool = [copyTools](int page) {
        for (std::size_t i = 0; i < copyTools.size(); ++i) copyTools[i]->setVisible(static_cast<int>(i) == page);
    };
    connect(m_metrics, &ui::Dock::pageChanged, this, showTool);
    showTool(0);
    log->setMenu({actions.copyLog, actions.clearLog});
    connect(actions.clearLog, &QAction::triggered, &log->model(), &ui::LogModel::clear);
    const auto showLogActions = [this, &actions] {
        for (QAction* action : {actions.copyLog, actions.clearLog}) Actions::enable(action, log->model().rowCount() > 0, tr("The log is empty"));
    };
    connect(&log->model(), &QAbstractItemModel::rowsInserted, this, showLogActions);
    connect(&log->model(), &QAbstractItemModel::modelReset, this, showLogActions);
    showLogActions();
    pixel->setTools({actions.pin, actions.copyValues});
    images->setMenu({actions.retry, actions.copyCommand, actions.removeImage});
    addCodesPages(document);
    addTrainingPages(document);
    addDrawingPages(document, actions);

    window.setCorner(Qt::BottomLeftCorner, Qt::LeftDockWidgetArea);
    window.setCorner(Qt::BottomRightCorner, Qt::RightDockWidgetArea);
}

void Docks::addCodesPages(Document& document) {
    depthHistory = new ui::DepthHistoryPanel(document.codes);
    codebook = new ui::CodebookPanel(document.codes);
    usage = new ui::UsagePanel(document.codes);
    depths = new ui::DepthsPanel(document.codes, usage->imageOnly());
    codewords = new ui::CodewordsPanel(document.codes);
    rate = new ui::RatePanel(document.codes);
    m_depthHistory = makeDock("depthHistory");
    m_codebook = makeDock("codebook");
    m_usage = makeDock("usage");
    m_rate = makeDock("rate");
    addCodesPage(m_depthHistory, tr("Depth history"), depthHistory, tr("Alt+9"));
    addCodesPage(m_codebook, tr("Codebook"), codebook, tr("Alt+0"));
    addCodesPage(m_usage, tr("Usage"), usage);
    addCodesPage(m_usage, tr("Depths"), depths);
    addCodesPage(m_usage, tr("Codewords"), codewords);
    addCodesPage(m_rate, tr("Rate and distortion"), rate);
}

void Docks::addTrainingPages(Document& document) {
    run = new ui::RunPanel(document.training);
    samples = new ui::SamplesPanel(document.training);
    messages = new ui::MessagesPanel(document.training);
    m_run = makeDock("run");
    m_samples = makeDock("samples");
    m_messages = makeDock("messages");
    addPage(m_run, tr("Run"), run, {});
    addPage(m_samples, tr("Samples"), samples, {});
    addPage(m_messages, tr("Messages"), messages, {});
    m_messages->head().addTool(messages->copyAction());
}

void Docks::addDrawingPages(Document& document, Actions& actions) {
    prompt = new ui::PromptPanel;
    queue = new ui::QueuePanel(document.desk);
    alternatives = new ui::AlternativesPanel(document.desk, document.codes.pictures, actions.forkDrawing);
    words = new ui::WordsPanel(document.words);
    branches = new ui::BranchesPanel(document.desk);
    history = new ui::HistoryPanel(document.history);
    m_prompt = makeDock("prompt");
    m_queue = makeDock("queue");
    m_alternatives = makeDock("alternatives");
    m_branches = makeDock("branches");
    m_history = makeDock("history");
    addPage(m_prompt, tr("Prompt"), prompt, {});
    addPage(m_queue, tr("Queue"), queue, {});
    addPage(m_alternatives, tr("Alternatives"), alternatives, {});
    addPage(m_alternatives, tr("Words"), words, {});
    addPage(m_branches, tr("Branches"), branches, {});
    addPage(m_history, tr("History"), history, {});
    m_queue->head().addTool(queue->pauseAction());
    m_queue->head().addTool(queue->clearAction());
    for (QAction* tool : history->tools()) m_history->head().addTool(tool);
    connect(alternatives, &ui::AlternativesPanel::contextChanged, this, [this](const QString& context) { m_alternatives->head().setContext(context); });
    connect(history, &ui::HistoryPanel::contextChanged, this, [this](const QString& context) { m_history->head().setContext(context); });
}

/// Its tools are to be seen while it is; of a dock with one page its context, too.
void Docks::addCodesPage(ui::Dock* dock, const QString& title, ui::CodesPanel* page, const QString& keys) {
    const int index = static_cast<int>(dock->pageActions().size());
    addPage(dock, title, page, keys);
    for (QAction* tool : page->tools()) {
        QToolButton* button = dock->head().addTool(tool);
        button->setVisible(index == 0);
        connect(dock, &ui::Dock::pageChanged, button, [button, index](int shown) { button->setVisible(shown == index); });
    }
    connect(page, &ui::CodesPanel::contextChanged, this, [dock](const QString& context) { dock->head().setContext(context); });
}

ui::Dock* Docks::makeDock(const char* name) {
    return new ui::Dock(QLatin1String(name), &m_window);
}

void Docks::addPage(ui::Dock* dock, const QString& title, QWidget* page, const QString& keys) {
    QAction* action = dock->addPage(title, page);
    action->setObjectName(QStringLiteral("panel.%1").arg(title));
    action->setShortcut(QKeySequence(keys));
    const auto showKeys = [action, help = tr("Show or hide the panel %1").arg(title)] {
        const QString keys = action->shortcut().toString(QKeySequence::NativeText);
        action->setToolTip(keys.isEmpty() ? help : QStringLiteral("%1 (%2)").arg(help, keys));
    };
    connect(action, &QAction::changed, this, showKeys);
    showKeys();
    m_window.addAction(action);
    m_actions << action;
}

void Docks::reset(ui::WorkspaceKind workspace) {
    for (ui::Dock* dock : docks()) {
        dock->setFloating(false);
        m_window.removeDockWidget(dock);
    }
    m_window.addDockWidget(Qt::LeftDockWidgetArea, m_images);
    m_window.addDockWidget(Qt::LeftDockWidgetArea, m_models);
    m_window.addDockWidget(Qt::RightDockWidgetArea, m_prompts);
    m_window.addDockWidget(Qt::RightDockWidgetArea, m_inspector);
    m_window.addDockWidget(Qt::RightDockWidgetArea, m_adjust);
    m_window.addDockWidget(Qt::BottomDockWidgetArea, m_metrics);
    m_window.addDockWidget(Qt::RightDockWidgetArea, m_depthHistory);
    m_window.addDockWidget(Qt::RightDockWidgetArea, m_codebook);
    m_window.addDockWidget(Qt::BottomDockWidgetArea, m_usage);
    m_window.addDockWidget(Qt::BottomDockWidgetArea, m_rate);
    m_window.addDockWidget(Qt::LeftDockWidgetArea, m_run);
    m_window.addDockWidget(Qt::BottomDockWidgetArea, m_samples);
    m_window.addDockWidget(Qt::BottomDockWidgetArea, m_messages);
    m_window.addDockWidget(Qt::LeftDockWidgetArea, m_prompt);
    m_window.addDockWidget(Qt::LeftDockWidgetArea, m_queue);
    m_window.addDockWidget(Qt::RightDockWidgetArea, m_alternatives);
    m_window.addDockWidget(Qt::BottomDockWidgetArea, m_branches);
    m_window.addDockWidget(Qt::BottomDockWidgetArea, m_history);
    const int height = std::max(m_window.height() - ui::size::kMenuBar - ui::size::kToolBar - ui::size::kStatusBar, 480);
    const bool tokens = workspace == ui::WorkspaceKind::Tokens;
    const QList<ui::Dock*> aboutCodes{m_depthHistory, m_codebook, m_usage, m_rate}, aboutTraining{m_run, m_samples, m_messages}, aboutDrawing{m_prompt, m_queue, m_alternatives, m_branches, m_history};
    if (workspace == ui::WorkspaceKind::Generate) {
        for (ui::Dock* dock : docks()) dock->setVisible(aboutDrawing.contains(dock));
        return placeForDrawing(height);
    }
    if (workspace == ui::WorkspaceKind::Train) {
        for (ui::Dock* dock : docks()) dock->setVisible(aboutTraining.contains(dock));
        return placeForTraining();
    }
    for (ui::Dock* dock : docks()) {
        const bool onlyElsewhere = dock == m_models || dock == m_inspector || dock == m_adjust || dock == m_metrics;
        // Many pictures need the width, and the strip has the parameters of the current column.
        const bool heatmaps = workspace == ui::WorkspaceKind::Heatmap;
        const bool crowded = dock == m_adjust && (workspace == ui::WorkspaceKind::Compare || heatmaps);
        if (aboutTraining.contains(dock) || aboutDrawing.contains(dock)) dock->hide();
        else if (dock == m_prompts) dock->setVisible(heatmaps);
        else dock->setVisible(tokens ? !onlyElsewhere : !aboutCodes.contains(dock) && !crowded);
    }
    if (tokens) return placeForTokens(height);
    m_inspector->showPage(0);
    m_metrics->showPage(0);
    if (workspace == ui::WorkspaceKind::Heatmap) m_prompts->choosePage(0);
    m_window.resizeDocks({m_images, m_inspector}, {kLeftWidth, kRightWidth}, Qt::Horizontal);
    m_window.resizeDocks({m_images, m_models}, {kImagesHeight, height - kImagesHeight}, Qt::Vertical);
    m_window.resizeDocks({m_inspector, m_adjust}, {height - kAdjustHeight, kAdjustHeight}, Qt::Vertical);
    if (workspace == ui::WorkspaceKind::Heatmap) m_window.resizeDocks({m_prompts, m_inspector}, {kPromptsHeight, height - kPromptsHeight}, Qt::Vertical);
    m_window.resizeDocks({m_metrics}, {kMetricsHeight}, Qt::Vertical);
}

void Docks::placeForTokens(int height) {
    for (ui::Dock* dock : {m_inspector, m_metrics, m_usage}) dock->choosePage(0);
    m_window.resizeDocks({m_images, m_depthHistory}, {kTokensLeftWidth, kTokensRightWidth}, Qt::Horizontal);
    m_window.resizeDocks({m_depthHistory, m_codebook}, {kHistoryHeight, height - kHistoryHeight}, Qt::Vertical);
    m_window.resizeDocks({m_usage, m_rate}, {kPlotsHeight, kPlotsHeight}, Qt::Vertical);
    m_window.resizeDocks({m_usage, m_rate}, {1, 1}, Qt::Horizontal);
}

void Docks::placeForDrawing(int height) {
    m_window.resizeDocks({m_prompt, m_alternatives}, {kPromptWidth, kAlternativesWidth}, Qt::Horizontal);
    m_window.resizeDocks({m_prompt, m_queue}, {kPromptHeight, height - kPromptHeight}, Qt::Vertical);
    m_window.resizeDocks({m_branches, m_history}, {kBranchesHeight, kBranchesHeight}, Qt::Vertical);
    m_window.resizeDocks({m_branches, m_history}, {m_window.width() - kPromptWidth - kAlternativesWidth - kHistoryWidth, kHistoryWidth}, Qt::Horizontal);
}

void Docks::placeForTraining() {
    m_window.resizeDocks({m_run}, {kRunWidth}, Qt::Horizontal);
    m_window.resizeDocks({m_samples, m_messages}, {kSamplesHeight, kSamplesHeight}, Qt::Vertical);
    m_window.resizeDocks({m_samples, m_messages}, {m_window.width() - kRunWidth - kMessagesWidth, kMessagesWidth}, Qt::Horizontal);
}

void Docks::showModels() {
    m_models->showPage(0);
    models->setFocus(Qt::OtherFocusReason);
}

void Docks::showPrompt() {
    m_prompt->showPage(0);
    prompt->setFocus(Qt::OtherFocusReason);
}

void Docks::showAdjust() {
    m_adjust->showPage(0);
    adjust->setFocus(Qt::OtherFocusReason);
}

}  // namespace tessera::studio
