// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>

class QTableView;

namespace tessera::ui {

class CellBoard;
class EngineHost;
class HintStack;
class MetricsModel;
class Session;

/// The numbers of every row in one table; the tool tip of each says how it was measured.
class MetricsPanel : public QWidget {
    Q_OBJECT
public:
    MetricsPanel(Session& session, CellBoard& board, EngineHost& host, QWidget* parent = nullptr);
    /// The selected rows, or all, as tab-separated text with a header.
    QString text() const;
    QSize sizeHint() const override { return {600, 124}; }

private:
    void showCurrent();

    Session& m_session;
    MetricsModel* m_model;
    QTableView* m_table;
    HintStack* m_stack;
};

}  // namespace tessera::ui
