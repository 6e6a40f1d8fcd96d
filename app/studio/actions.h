// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>

#include <QAction>
#include <QActionGroup>

class QMenuBar;
class QUndoStack;

namespace tessera::studio {

/// Everything the studio can do, each with its words, keys and icon. Menus, tool bar, strip, palette and the list of keys take them
/// from here; the main window says what they do.
class Actions : public QObject {
    Q_OBJECT
public:
    Actions(QWidget& window, QUndoStack& undoStack);

    QAction *openImages, *openFolder, *openModel, *exportPicture, *quit;
    QAction *undo, *redo, *paste, *copyPicture, *copyValues, *copyMetrics, *copyCommand, *removeImage;
    QAction *fit, *actualSize, *zoomIn, *zoomOut, *resetView, *values, *normalise, *exposureUp, *exposureDown, *pin;
    QAction *resetLayout, *fullScreen, *hud;
    QAction *previousImage, *nextImage, *firstImage, *lastImage;
    QAction *nextKind, *showInput;
    QAction *cancel, *cancelAll, *retry, *restartEngine;
    QAction *searchActions, *keys, *about;
    QActionGroup *samplings, *themes, *kinds, *precisions, *devices;

    /// Off with a reason: the tool tip and the palette say why.
    static void enable(QAction* action, bool enabled, const QString& why = {});

private:
    QAction* add(const char* name, const QString& text, const QList<QKeySequence>& keys = {}, const QString& help = {}, const char* icon = nullptr);
    QActionGroup* addGroup(const char* name, const QList<QPair<QString, QVariant>>& choices, const QString& help);
    void addFileAndEdit();
    void addView();
    void addImageAndCompare();
    void addRunAndHelp();

    QWidget& m_window;
    QUndoStack& m_undoStack;
};

/// The menu bar, with entries only for what works. `panels` are the docks' own actions.
void fillMenuBar(QMenuBar& bar, Actions& actions, const QList<QAction*>& panels);

}  // namespace tessera::studio
