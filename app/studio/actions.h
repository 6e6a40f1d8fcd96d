// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <functional>

#include <QAction>
#include <QActionGroup>
#include <QMap>

#include <tessera/engine.h>

class QMenu;
class QMenuBar;
class QUndoStack;

namespace tessera::studio {

/// Everything the studio can do, each with its words, keys and icon. Menus, tool bar, strip, palette and the list of keys take them
/// from here; the main window says what they do.
class Actions : public QObject {
    Q_OBJECT
public:
    Actions(QWidget& window, QUndoStack& undoStack);

    QAction *newSession, *openImages, *openFolder, *openModel, *saveSession, *saveSessionAs, *exportPicture, *exportTokens, *exportSheet, *exportMetrics, *quit;
    QAction *undo, *redo, *paste, *copyPicture, *copyValues, *copyMetrics, *copyLog, *clearLog, *copyCommand, *copyPython, *removeImage;
    QAction *duplicateImage, *moveImageBack, *moveImageForward;
    QAction *fit, *actualSize, *zoomIn, *zoomOut, *resetView, *values, *pixelGrid, *normalise, *exposureUp, *exposureDown, *pin;
    QAction *panLeft, *panDown, *panUp, *panRight;
    QAction *playClips, *previousFrame, *nextFrame;
    QAction *resetLayout, *fullScreen, *hud;
    QAction *previousImage, *nextImage, *firstImage, *lastImage;
    QAction *nextKind, *showInput, *stepDown, *stepUp;
    QAction *grid, *transpose, *largerCells, *smallerCells;
    QAction *previousColumn, *nextColumn, *moveColumnLeft, *moveColumnRight, *duplicateColumn, *removeColumn, *useAsReference;
    QAction *sideBySide, *wipe, *onion, *differenceOfCells, *falseColour, *wipeLevel, *logarithmic, *clipping, *columnRange, *gainUp, *gainDown;
    QActionGroup* compareModes;
    QAction *tokenOverlay, *chooseAllTokens, *chooseSameCode, *shallowerDepth, *deeperDepth, *copyTokens, *pasteTokens, *typeCode, *dropCode, *randomCode;
    QAction *swapTokens, *shuffleTokens, *zeroDepth, *randomiseDepth, *dropFromDepth, *revertTokens, *revertAllTokens, *compareUnedited, *applyTokens;
    QActionGroup* tokenTools;
    QList<QAction*> tokens;  ///< those whose keys are the stage's while it shows tokens
    QAction *startTraining, *pauseTraining, *resumeTraining, *stopTraining, *openRecipe, *openRun, *closeRun, *openTrainedModel;
    QAction *queueDrawing, *sweepDrawing, *chooseStart, *playDrawing, *pauseDrawing, *cancelDrawing, *forkDrawing, *redrawPart, *addToBoard, *compareWithPrompt, *addTokensToBoard, *saveDrawing, *earlierToken, *laterToken, *coarserCode, *finerCode;
    QList<QAction*> drawing;  ///< those whose keys are theirs in the workspace that draws
    QAction *cancel, *cancelAll, *retry, *restartEngine, *int8Weights;
    QAction *searchActions, *keys, *about;
    QActionGroup *workspaces, *samplings, *themes, *kinds, *precisions, *devices;

    /// What "auto" and the CPU are followed by: the CUDA devices that were found, or why there is none. `chosen` is among them in any case.
    void setDevices(const DeviceList& found, const QString& chosen);

    /// Off with a reason: the tool tip and the palette say why. The tool tip's keys follow the action's.
    static void enable(QAction* action, bool enabled, const QString& why = {});

Q_SIGNALS:
    /// The entries of `devices`.
    void devicesChanged();

private:
    static void showWords(QAction* action);
    QAction* offerDevice(const QString& value, const QString& text);
    QAction* add(const char* name, const QString& text, const QList<QKeySequence>& keys = {}, const QString& help = {}, const char* icon = nullptr);
    QActionGroup* addGroup(const char* name, const QList<QPair<QString, QVariant>>& choices, const QString& help);
    void addFileAndEdit();
    void addView();
    void addImageAndCompare();
    void addTokens();    // actions_tokens.cpp
    void addTraining();  // actions_training.cpp
    void addDrawing();   // actions_drawing.cpp
    void addRunAndHelp();

    QWidget& m_window;
    QUndoStack& m_undoStack;
    QMap<QString, QAction*> m_devices;  ///< by what --device calls them; those that are gone stay, unseen
    QAction* m_noCuda;
};

/// The menu bar, with entries only for what works. `panels` are the docks' own actions; `boardMenus` adds those that follow from the
/// engine's lenses and models, `recentMenu` fills what opens recent files.
void fillMenuBar(QMenuBar& bar, Actions& actions, const QList<QAction*>& panels, const std::function<void(QMenu&)>& boardMenus, const std::function<void(QMenu&)>& recentMenu);

}  // namespace tessera::studio
