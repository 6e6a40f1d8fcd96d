// SPDX-License-Identifier: GPL-3.0-or-later
#include "panels/metrics_panel.h"

#include <QHeaderView>
#include <QItemSelectionModel>
#include <QKeyEvent>
#include <QSortFilterProxyModel>
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

/// By the number, where there is one; lines without stand behind, means at the very end, whichever way it goes.
class MetricsOrder : public QSortFilterProxyModel {
public:
    using QSortFilterProxyModel::QSortFilterProxyModel;

protected:
    bool lessThan(const QModelIndex& left, const QModelIndex& right) const override {
        const bool upwards = sortOrder() == Qt::AscendingOrder;
        const bool leftMean = left.data(MetricsModel::MeanRole).toBool(), rightMean = right.data(MetricsModel::MeanRole).toBool();
        if (leftMean != rightMean) return upwards ? rightMean : leftMean;
        const QVariant a = left.data(MetricsModel::NumberRole), b = right.data(MetricsModel::NumberRole);
        if (a.isValid() != b.isValid()) return upwards ? a.isValid() : b.isValid();
        if (a.isValid()) return a.toDouble() < b.toDouble();
        return QString::localeAwareCompare(left.data().toString(), right.data().toString()) < 0;
    }
};

}  // namespace

MetricsPanel::MetricsPanel(Session& session, CellBoard& board, EngineHost& host, QWidget* parent)
    : QWidget(parent), m_session(session), m_model(new MetricsModel(session, board, host, MetricsModel::Scope::AllRows, this)), m_sorted(new MetricsOrder(this)), m_table(new MetricsTable) {
    m_sorted->setSourceModel(m_model);
    m_sorted->setDynamicSortFilter(true);
    m_table->setModel(m_sorted);
    dressTable(*m_table);
    m_table->setItemDelegate(new TablePainter(MetricsModel::UnitRole, MetricsModel::MeanRole, m_table));
    m_table->setAccessibleName(tr("Metrics"));
    QHeaderView* header = m_table->horizontalHeader();
    header->setSectionResizeMode(QHeaderView::ResizeToContents);
    for (const int words : {MetricsModel::ImageSection, MetricsModel::ModelSection, MetricsModel::LensSection}) header->setSectionResizeMode(words, QHeaderView::Stretch);
    header->setMinimumSectionSize(64);
    header->setSortIndicatorClearable(true);
    header->setSortIndicator(-1, Qt::AscendingOrder);
    m_table->setSortingEnabled(true);
    m_stack = new HintStack(m_table, tr("PSNR, SSIM and FLIP of every image, once it is reconstructed"), this);
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->addWidget(m_stack);
    setFocusProxy(m_table);
    const auto show = [this] { showCurrent(); };
    connect(m_sorted, &QAbstractItemModel::modelReset, this, show);
    connect(m_sorted, &QAbstractItemModel::rowsInserted, this, show);
    connect(m_sorted, &QAbstractItemModel::rowsRemoved, this, show);
    connect(m_sorted, &QAbstractItemModel::dataChanged, this, show);
    connect(&session, &Session::currentRowChanged, this, show);
    connect(&session, &Session::currentColumnChanged, this, show);
    const auto lead = [this](const QModelIndex& index) {
        const int line = m_sorted->mapToSource(index).row();
        const RowId row = index.isValid() ? m_model->rowAt(line) : RowId{};
        if (row == RowId{} || m_showing) return;
        m_session.setCurrentRow(row);
        if (const int column = m_session.indexOf(m_model->columnAt(line)); column >= 0) m_session.setCurrentColumn(column);
    };
    connect(m_table->selectionModel(), &QItemSelectionModel::currentRowChanged, this, lead);
    // The line that is chosen already leads to its cell again.
    connect(m_table, &QTableView::clicked, this, lead);
    showCurrent();
}

void MetricsPanel::showCurrent() {
    m_stack->setFilled(m_model->rowCount() > 0);
    m_table->setColumnHidden(MetricsModel::SimilaritySection, !m_model->tells(MetricsModel::SimilaritySection));
    const int ofCell = m_model->lineOf(m_session.currentRow(), m_session.columns()[m_session.currentColumn()].id);
    const int line = ofCell >= 0 ? ofCell : m_model->lineOf(m_session.currentRow());
    QItemSelectionModel* selection = m_table->selectionModel();
    if (line < 0) {
        selection->clear();
        return;
    }
    // Where the current cell has no line, one of its image that somebody chose stays chosen.
    const QModelIndex chosen = m_sorted->mapToSource(selection->currentIndex());
    const bool stays = chosen.isValid() && (chosen.row() == line || (ofCell < 0 && m_model->rowAt(chosen.row()) == m_session.currentRow()));
    if (stays && selection->isRowSelected(selection->currentIndex().row())) return;
    m_showing = true;
    selection->setCurrentIndex(m_sorted->mapFromSource(m_model->index(line, 0)), QItemSelectionModel::ClearAndSelect | QItemSelectionModel::Rows);
    m_showing = false;
}

std::vector<int> MetricsPanel::linesShown(bool selectedOnly) const {
    std::vector<int> lines;
    for (int shown = 0; shown < m_sorted->rowCount(); ++shown) {
        const QModelIndex index = m_sorted->index(shown, 0);
        if (!selectedOnly || m_table->selectionModel()->isRowSelected(shown, {})) lines.push_back(m_sorted->mapToSource(index).row());
    }
    return lines;
}

QString MetricsPanel::text() const {
    // One selected line is only the current cell.
    const std::vector<int> selected = linesShown(true);
    return m_model->text(selected.size() > 1 ? selected : linesShown(false));
}

QString MetricsPanel::csv() const {
    return m_model->csv(linesShown(false));
}

}  // namespace tessera::ui
