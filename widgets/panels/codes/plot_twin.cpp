// SPDX-License-Identifier: GPL-3.0-or-later
#include "panels/codes/plot_twin.h"

#include <QAction>
#include <QTableView>

#include "panels/plot_view.h"
#include "theme/icons.h"

namespace tessera::ui {

PlotTwin::PlotTwin(PlotView* plot, QTableView* table, QWidget* parent) : QStackedWidget(parent), m_action(new QAction(themedIcon(QStringLiteral("table")), tr("Show as a table"), this)) {
    addWidget(plot);
    addWidget(table);
    setFocusProxy(plot);
    m_action->setCheckable(true);
    m_action->setToolTip(tr("The numbers of the plot as a table"));
    connect(m_action, &QAction::toggled, this, [this, plot, table](bool on) {
        setCurrentIndex(on ? 1 : 0);
        setFocusProxy(on ? static_cast<QWidget*>(table) : plot);
    });
}

}  // namespace tessera::ui
