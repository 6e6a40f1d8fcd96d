// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>

class QTableView;

namespace tessera::ui {

class CellBoard;
class EngineHost;
class HintStack;
class LogModel;
class Session;

/// What happened since the start, the newest below. Follows the newest line while that is in sight.
class LogPanel : public QWidget {
    Q_OBJECT
public:
    LogPanel(Session& session, CellBoard& board, EngineHost& host, QWidget* parent = nullptr);

    LogModel& model() { return *m_model; }
    /// The selected lines as tab-separated text; all of them if none is selected.
    QString text() const;
    void setMenu(const QList<QAction*>& actions);
    QSize sizeHint() const override { return {480, 120}; }

protected:
    void showEvent(QShowEvent* event) override;

private:
    void showLines();

    LogModel* m_model;
    QTableView* m_table;
    HintStack* m_stack;
};

}  // namespace tessera::ui
