// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QStackedWidget>

class QAction;
class QTableView;

namespace tessera::ui {

class PlotView;

/// A plot, or the same numbers as a table in its place.
class PlotTwin : public QStackedWidget {
    Q_OBJECT
public:
    PlotTwin(PlotView* plot, QTableView* table, QWidget* parent = nullptr);
    /// Checked while the table is shown.
    QAction* tableAction() const { return m_action; }

private:
    QAction* m_action;
};

}  // namespace tessera::ui
