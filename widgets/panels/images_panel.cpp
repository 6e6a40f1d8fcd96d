// SPDX-License-Identifier: GPL-3.0-or-later
#include "panels/images_panel.h"

#include <algorithm>

#include <QScrollBar>
#include <QTimer>
#include <QVBoxLayout>

#include "bridge/cell_board.h"
#include "models/images_model.h"
#include "panels/hint_stack.h"
#include "panels/image_list.h"
#include "panels/image_row_painter.h"
#include "theme/theme.h"
#include "workspace/session.h"

namespace tessera::ui {

ImagesPanel::ImagesPanel(Session& session, CellBoard& board, QWidget* parent)
    : QWidget(parent), m_session(session), m_board(board), m_model(new ImagesModel(session, this)), m_list(new ImageList(tr("Images"))), m_painter(new ImageRowPainter(session, this)) {
    m_list->setModel(m_model);
    m_list->setItemDelegate(m_painter);
    m_list->setSelectionMode(QAbstractItemView::ExtendedSelection);
    m_stack = new HintStack(m_list, tr("No images yet"), this);
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->addWidget(m_stack);
    setFocusProxy(m_list);
    connect(m_list->selectionModel(), &QItemSelectionModel::currentChanged, this, [this](const QModelIndex& index) {
        if (index.isValid() && index.row() < static_cast<int>(m_session.rows().size())) m_session.setCurrentRow(m_session.rows()[index.row()].id);
    });
    connect(m_list->selectionModel(), &QItemSelectionModel::selectionChanged, this, &ImagesPanel::selectionChanged);
    connect(m_list->verticalScrollBar(), &QScrollBar::valueChanged, this, &ImagesPanel::askForThumbnails);
    connect(&session, &Session::currentRowChanged, this, &ImagesPanel::showCurrent);
    connect(&session, &Session::rowsInserted, this, &ImagesPanel::showRows);
    connect(&session, &Session::rowsRemoved, this, &ImagesPanel::showRows);
    showRows();
}

void ImagesPanel::setMenu(const QList<QAction*>& actions) {
    m_list->addActions(actions);
    m_list->setContextMenuPolicy(Qt::ActionsContextMenu);
}

void ImagesPanel::showRows() {
    m_stack->setFilled(!m_session.rows().empty());
    showCurrent();
    // After the view has laid its rows out.
    QTimer::singleShot(0, this, &ImagesPanel::askForThumbnails);
}

void ImagesPanel::showCurrent() {
    const int row = m_session.indexOf(m_session.currentRow());
    if (row < 0 || row >= m_model->rowCount({})) return;
    const QModelIndex index = m_model->index(row, 0);
    // Told how, since a view asks the keyboard else: Ctrl of Ctrl+V would keep the old rows selected.
    if (m_list->currentIndex() != index) m_list->selectionModel()->setCurrentIndex(index, QItemSelectionModel::ClearAndSelect);
    m_list->viewport()->update();
}

void ImagesPanel::askForThumbnails() {
    if (!isVisible()) return;
    const QRect area = m_list->viewport()->rect();
    // From the bottom, since what was asked for last comes first.
    for (int row = static_cast<int>(m_session.rows().size()) - 1; row >= 0; --row) {
        if (m_list->visualRect(m_model->index(row, 0)).intersects(area)) m_board.showInList(m_session.rows()[row].id);
    }
}

std::vector<RowId> ImagesPanel::selectedRows() const {
    QModelIndexList selected = m_list->selectionModel()->selectedIndexes();
    std::ranges::sort(selected, {}, &QModelIndex::row);
    std::vector<RowId> rows;
    for (const QModelIndex& index : selected) {
        // The list may be told of a row's going before the session is done with it.
        if (index.row() < static_cast<int>(m_session.rows().size())) rows.push_back(m_session.rows()[index.row()].id);
    }
    // A selection that does not hold the current row is one that the keys have left behind.
    if (std::ranges::find(rows, m_session.currentRow()) == rows.end()) rows = {m_session.currentRow()};
    return rows;
}

void ImagesPanel::setVisibleRegion(const QRectF& region) {
    m_painter->setVisibleRegion(region);
    m_list->viewport()->update();
}

}  // namespace tessera::ui
