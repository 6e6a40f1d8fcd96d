// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QToolBar>

#include "workspace/columns.h"

class QActionGroup;

namespace tessera::ui {
class EngineHost;
class LabelledCombo;
class Session;
}  // namespace tessera::ui

namespace tessera::studio {

class Actions;

/// Workspaces, undo and redo; at the right what computes: model, device, precision.
class ToolBar : public QToolBar {
    Q_OBJECT
public:
    ToolBar(Actions& actions, ui::Session& session, ui::EngineHost& host, QWidget* parent);

    /// Models that were opened from elsewhere stand in the list too, as long as the window is there.
    void showModels();
    /// The name that the list has for it.
    QString nameOf(const ui::ModelChoice& model) const;

Q_SIGNALS:
    void modelChosen(const QString& reference);
    void openModelRequested();

private:
    ui::LabelledCombo* comboOf(const QString& label, QActionGroup* group);
    static void fill(ui::LabelledCombo* combo, QActionGroup* group);
    QWidget* spacer(int width);
    void showDevice();
    void noteOpened();

    ui::Session& m_session;
    ui::EngineHost& m_host;
    std::vector<std::pair<QString, QString>> m_opened;  ///< references and names of what boards showed, in the order of their coming
    ui::LabelledCombo *m_models, *m_devices, *m_precisions;
};

}  // namespace tessera::studio
