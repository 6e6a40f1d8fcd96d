// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <vector>

#include <QWidget>

class QSortFilterProxyModel;
class QTableView;

namespace tessera::ui {

class CellBoard;
class EngineHost;
class HintStack;
class MetricsModel;
class Session;

/// The numbers of every row and model in one table; the tool tip of each says how it was measured. A click on a header sorts (a third
/// click takes the board's order again), means stay at the end; a click on a line makes its cell the current one.
class MetricsPanel : public QWidget {
    Q_OBJECT
public:
    MetricsPanel(Session& session, CellBoard& board, EngineHost& host, QWidget* parent = nullptr);
    /// The selected rows, or all, as tab-separated text with a header.
    QString text() const;
    /// All rows as CSV, in the order that the table shows.
    QString csv() const;
    QSize sizeHint() const override { return {600, 124}; }

private:
    void showCurrent();

    Session& m_session;
    std::vector<int> linesShown(bool selectedOnly) const;

    MetricsModel* m_model;
    QSortFilterProxyModel* m_sorted;
    QTableView* m_table;
    HintStack* m_stack;
    bool m_showing = false;  ///< the selection follows the session, not the other way round
};

}  // namespace tessera::ui
