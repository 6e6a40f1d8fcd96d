// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QList>
#include <QObject>

#include "workspace/workspace.h"

class QAction;
class QMainWindow;

namespace tessera::ui {
class AdjustPanel;
class AgreementPanel;
class AlternativesPanel;
class BranchesPanel;
class CodebookPanel;
class CodesPanel;
class CodewordsPanel;
class DepthHistoryPanel;
class DepthsPanel;
class DescribePanel;
class Dock;
class FilePanel;
class HistogramPanel;
class HistoryPanel;
class ImagesPanel;
class LogPanel;
class MetricsPanel;
class MessagesPanel;
class ModelsPanel;
class PixelPanel;
class PromptPanel;
class PromptsPanel;
class QueuePanel;
class RankingPanel;
class RatePanel;
class RunPanel;
class SamplesPanel;
class UsagePanel;
class WordsPanel;
}  // namespace tessera::ui

namespace tessera::studio {

class Actions;
struct Document;

/// The panels round the stage and where they stand at first: images and models left, pixel, histogram, file and adjust right, metrics below with
/// the agreement of encoders and the log behind them. In the workspace of tokens the panels about codes stand right and below, in that of heatmaps
/// the prompts, descriptions and rankings right, in that of drawings prompt and queue left,
/// alternatives right, branches and history below, in that of trainings what is trained left, samples and messages below.
class Docks : public QObject {
    Q_OBJECT
public:
    Docks(QMainWindow& window, Document& document, Actions& actions);

    ui::ImagesPanel* images;
    ui::ModelsPanel* models;
    ui::PixelPanel* pixel;
    ui::HistogramPanel* histogram;
    ui::PromptsPanel* prompts;
    ui::DescribePanel* describe;
    ui::RankingPanel* ranking;
    ui::FilePanel* file;
    ui::AdjustPanel* adjust;
    ui::MetricsPanel* metrics;
    ui::AgreementPanel* agreement;
    ui::LogPanel* log;
    ui::DepthHistoryPanel* depthHistory;
    ui::CodebookPanel* codebook;
    ui::UsagePanel* usage;
    ui::DepthsPanel* depths;
    ui::CodewordsPanel* codewords;
    ui::RatePanel* rate;
    ui::PromptPanel* prompt;
    ui::QueuePanel* queue;
    ui::AlternativesPanel* alternatives;
    ui::WordsPanel* words;
    ui::BranchesPanel* branches;
    ui::HistoryPanel* history;
    ui::RunPanel* run;
    ui::SamplesPanel* samples;
    ui::MessagesPanel* messages;

    /// One per panel: shows, raises, hides.
    QList<QAction*> actions() const { return m_actions; }
    QList<ui::Dock*> docks() const { return {m_images, m_models, m_inspector, m_adjust, m_metrics, m_prompts, m_depthHistory, m_codebook, m_usage, m_rate, m_run, m_samples, m_messages, m_prompt, m_queue, m_alternatives, m_branches, m_history}; }
    void showModels();
    void showAdjust();
    void showPrompt();
    /// As that workspace has them at first.
    void reset(ui::WorkspaceKind workspace);

private:
    ui::Dock* makeDock(const char* name);
    void addPage(ui::Dock* dock, const QString& title, QWidget* page, const QString& keys);
    void addCodesPages(Document& document);
    void addCodesPage(ui::Dock* dock, const QString& title, ui::CodesPanel* page, const QString& keys = {});
    void addTrainingPages(Document& document);
    void addDrawingPages(Document& document, Actions& actions);
    void placeForTokens(int height);
    void placeForTraining();
    void placeForDrawing(int height);

    QMainWindow& m_window;
    ui::Dock *m_images, *m_models, *m_inspector, *m_adjust, *m_metrics, *m_prompts, *m_depthHistory, *m_codebook, *m_usage, *m_rate, *m_run, *m_samples, *m_messages, *m_prompt, *m_queue, *m_alternatives, *m_branches, *m_history;
    QList<QAction*> m_actions;
};

}  // namespace tessera::studio
