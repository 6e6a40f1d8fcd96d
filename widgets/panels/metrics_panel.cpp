// SPDX-License-Identifier: GPL-3.0-or-later
#include "panels/metrics_panel.h"

#include <QHeaderView>
#include <QItemSelectionModel>
#include <QKeyEvent>
#include <QTableView>
#include <QVBoxLayout>

#include "models/metrics_model.h"
#include "panels/hint_stack.h"
#include "panels/table_painter.h"
#include "workspace/session.h"

namespace tessera::ui {
namespace {

/// Letters are the window's commands and no search.
class MetricsTable : public QTableView {
protected:
    void keyPressEvent(QKeyEvent* event) override {
        const bool moves = event->key() == Qt::Key_Up || event->key() == Qt::Key_Down || event->matches(QKeySequence::SelectAll);
        moves ? QTableView::keyPressEvent(event) : event->ignore();
    }
};

}  // namespace

MetricsPanel::MetricsPanel(Session& session, CellBoard& board, EngineHost& host, QWidget* parent)
    : QWidget(parent), m_session(session), m_model(new MetricsModel(session, board, host, MetricsModel::Scope::AllRows, this)), m_table(new MetricsTable) {
    m_table->setModel(m_model);
    dressTable(*m_table);
    m_table->setItemDelegate(new TablePainter(MetricsModel::UnitRole, MetricsModel::MeanRole, m_table));
    m_table->setAccessibleName(tr("Metrics"));
    QHeaderView* header = m_table->horizontalHeader();
    header->setSectionResizeMode(QHeaderView::ResizeToContents);
    for (const int words : {MetricsModel::ImageSection, MetricsModel::ModelSection, MetricsModel::LensSection}) header->setSectionResizeMode(words, QHeaderView::Stretch);
    header->setMinimumSectionSize(64);
    m_stack = new HintStack(m_table, tr("PSNR, SSIM and FLIP of every image, once it is reconstructed"), this);
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->addWidget(m_stack);
    setFocusProxy(m_table);
    const auto show = [this] { showCurrent(); };
    connect(m_model, &QAbstractItemModel::modelReset, this, show);
    connect(m_model, &QAbstractItemModel::rowsInserted, this, show);
    connect(m_model, &QAbstractItemModel::rowsRemoved, this, show);
    connect(&session, &Session::currentRowChanged, this, show);
    connect(m_table->selectionModel(), &QItemSelectionModel::currentRowChanged, this, [this](const QModelIndex& index) {
        const RowId row = index.isValid() ? m_model->rowAt(index.row()) : RowId{};
        if (row != RowId{}) m_session.setCurrentRow(row);
    });
    showCurrent();
}

void MetricsPanel::showCurrent() {
    m_stack->setFilled(m_model->rowCount() > 0);
    const int line = m_model->lineOf(m_session.currentRow());
    QItemSelectionModel* selection = m_table->selectionModel();
    if (line < 0) {
        selection->clear();
        return;
    }
    // A line of the current image that somebody chose stays chosen.
    if (selection->currentIndex().isValid() && m_model->rowAt(selection->currentIndex().row()) == m_session.currentRow()) return;
    selection->setCurrentIndex(m_model->index(line, 0), QItemSelectionModel::ClearAndSelect | QItemSelectionModel::Rows);
}

QString MetricsPanel::text() const {
    std::vector<int> lines;
    for (const QModelIndex& index : m_table->selectionModel()->selectedRows()) lines.push_back(index.row());
    // One selected line is only the current image.
    return m_model->text(lines.size() > 1 ? lines : std::vector<int>());
}

}  // namespace tessera::ui
