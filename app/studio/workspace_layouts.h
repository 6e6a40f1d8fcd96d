// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QMap>
#include <QObject>

#include "settings.h"
#include "workspace/workspace.h"

class QMainWindow;

namespace tessera::ui {
class Session;
}

namespace tessera::studio {

class Docks;

/// Each workspace's own panels: where they stand, which are to be seen, float or are raised. They change with the workspace.
class WorkspaceLayouts : public QObject {
    Q_OBJECT
public:
    WorkspaceLayouts(QMainWindow& window, Docks& docks, ui::Session& session, QMap<QString, Layout> kept);

    /// Of the workspace that is shown, as it was left, or as it is at first. From then on they follow the session.
    void restore();
    /// The workspace that is shown gets back the panels it has at first.
    void reset();
    /// All of them, by the workspaces' keys.
    QMap<QString, Layout> layouts();

private:
    void remember();
    static QString keyOf(ui::WorkspaceKind kind);

    QMainWindow& m_window;
    Docks& m_docks;
    ui::Session& m_session;
    QMap<QString, Layout> m_layouts;
    ui::WorkspaceKind m_shown;
    bool m_restored = false;  ///< before that the window has no panels worth remembering
};

}  // namespace tessera::studio
