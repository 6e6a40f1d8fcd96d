// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>

#include <QMainWindow>

class QFileDialog;
class QMenu;

#include "command_line.h"
#include "document.h"
#include "settings.h"

namespace tessera::ui {
class Banner;
class CommandPalette;
class GenerateView;
class StageView;
class Strip;
class Timeline;
class TokenBar;
class TrainView;
}  // namespace tessera::ui

namespace tessera::studio {

class Actions;
class Docks;
class IncomingFiles;
class KeyBindings;
class KeysWindow;
class ModelOpening;
class SessionKeeper;
class SheetExport;
class StatusLine;
class TokenExport;
class TokenImport;
class ToolBar;
class WorkspaceLayouts;

/// The studio's window over a document that outlives it. It shows itself first; the engine is opened once the first frame is on the screen.
class MainWindow : public QMainWindow {
    Q_OBJECT
public:
    MainWindow(Document& document, const StartOptions& start, Settings settings);
    ~MainWindow() override;

    Document& document() { return m_document; }
    Actions& actions() { return *m_actions; }
    Docks& docks() { return *m_docks; }
    IncomingFiles& incoming() { return *m_incoming; }
    ui::StageView& stage() { return *m_stage; }
    ui::TrainView& train() { return *m_train; }
    ui::GenerateView& generateView() { return *m_generate; }
    ui::Banner& drawingBanner() { return *m_drawingBanner; }
    ui::Banner& banner() { return *m_banner; }
    ui::Banner& sessionBanner() { return *m_sessionBanner; }
    SessionKeeper& keeper() { return *m_keeper; }
    SheetExport& sheetExport() { return *m_sheetExport; }
    TokenExport& tokenExport() { return *m_tokenExport; }
    TokenImport& tokenImport() { return *m_tokenImport; }
    ui::CommandPalette& palette();
    KeyBindings& bindings() { return *m_bindings; }

    /// Beside an installed program, else in the source tree it was built from.
    static QString resourceDirectory();

Q_SIGNALS:
    /// Once, after the first frame was shown.
    void firstFrameShown();

protected:
    void closeEvent(QCloseEvent* event) override;
    void changeEvent(QEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;
    void keyReleaseEvent(QKeyEvent* event) override;
    bool focusNextPrevChild(bool next) override;
    bool event(QEvent* event) override;

private:
    void build();
    void showKeys();
    void flipBack();
    void restore(const StartOptions& start);
    void firstFrame();
    void openEngine();

    // main_window_actions.cpp: what the actions do.
    void connectFileActions();
    void connectViewActions();
    void connectBoardActions();
    void addBoardMenus(QMenu& menu);
    void moveColumn(int by);
    void stepParameter(int by);
    const ParameterSpec* steppedParameter() const;
    void connectRunActions();
    void connectWindowActions();
    void changeView(const std::function<void(ui::ViewState&)>& change);
    void tellExchange(const ui::ModelChoice& before, const ui::ModelChoice& now);
    void chooseDevice(const QString& device);
    void chooseNextKind();
    QFileDialog* askForPath(const QString& title, const QString& name, const QString& filter, const std::function<void(const QString& path)>& chosen);
    void askForFile(const QString& title, const QString& name, const QString& filter, const std::function<QString(const QString& path)>& write);
    void sayWritten(const QString& path, const QString& problem);
    void askForExport();
    void askForSheet();
    void askForMetrics();
    void askForTokenExport();
    void copyCommand();
    void tokensExported(const QString& path, const QString& written, const QString& problem);

    // main_window_session.cpp: the session's file, recent files, what is kept between starts.
    void connectSessionActions();
    void saveSession();
    void askWhereToSave();
    void fillRecentMenu(QMenu& menu);
    void openRecent(const QString& path);
    void restoreSession(const StartOptions& start);
    void offerLostSession();
    void tellChangedFiles();

    // main_window_tokens.cpp: what the actions of tokens do and show.
    ui::TokenBar* makeTokenBar(QWidget* parent);
    void connectTokenActions();
    void showTokenActions();
    void showTokenBar();

    // main_window_training.cpp: trainings, and what the window shows in their workspace.
    void connectTraining();
    void showTraining();
    QWidget* centre() const;
    void showCentre();
    void startTraining();
    void openRun(const QString& folder);
    void openRecipe(const QString& path);
    void askForRecipe();
    void askForRun();
    void rememberTraining();

    // main_window_drawing.cpp: drawings, and what the window shows in their workspace.
    void connectDrawing();
    void showDrawing();
    void showDrawer();
    void queueDrawing();
    void sweepDrawing();
    void forkDrawing();
    void saveDrawing();
    void addDrawingToBoard();
    void addDrawnTokensToBoard();
    void compareWithPrompt();
    void writeRow(std::function<void(SourceRequest)> then);
    void offerSettings(const QString& path);
    void takeSettings(const ui::DrawingSettings& settings, const QString& fingerprint, const QString& modelName, bool keptCodes);
    void openHistoryEntry(const ui::HistoryEntry& entry);
    ui::DrawnPicture drawingOf(const ui::HistoryEntry& entry);
    void keepUnfinishedDrawings();
    void rememberDrawing();

    // main_window_state.cpp: what the actions show, and what is told of the engine.
    void connectState();
    void showRowActions();
    void showViewActions();
    void showModelActions();
    void showKind();
    void showTitle();
    void showEngine();

    Document& m_document;
    Settings m_settings;
    EngineOptions m_engineOptions;
    ui::ModelChoice m_modelAtStart;
    Actions* m_actions;
    ui::StageView* m_stage;
    ui::Strip* m_strip;
    ui::Timeline* m_timeline;
    ui::TokenBar* m_tokenBar;
    ui::TrainView* m_train;
    ui::GenerateView* m_generate;
    ui::WorkspaceKind m_board = ui::WorkspaceKind::Reconstruct;  ///< the workspace with a board that was shown last
    ui::Banner *m_banner, *m_sessionBanner, *m_drawingBanner;
    SessionKeeper* m_keeper;
    ModelOpening* m_modelOpening;
    SheetExport* m_sheetExport;
    TokenExport* m_tokenExport;
    TokenImport* m_tokenImport;
    bool m_copiesCommand = false;  ///< once the tokens are exported that it names
    WorkspaceLayouts* m_layouts;
    Docks* m_docks;
    ToolBar* m_toolBar;
    StatusLine* m_status;
    IncomingFiles* m_incoming;
    ui::CommandPalette* m_palette = nullptr;
    KeyBindings* m_bindings;
    KeysWindow* m_keys = nullptr;
    bool m_tokensToPaste = false;  ///< the clipboard holds tokens
    bool m_painted = false, m_engineWasReady = false;
};

}  // namespace tessera::studio
