// SPDX-License-Identifier: GPL-3.0-or-later
#include "panels/log_panel.h"

#include <algorithm>

#include <QClipboard>
#include <QGuiApplication>
#include <QHeaderView>
#include <QItemSelectionModel>
#include <QKeyEvent>
#include <QScrollBar>
#include <QTableView>
#include <QVBoxLayout>

#include "models/log_model.h"
#include "panels/hint_stack.h"
#include "panels/table_painter.h"

namespace tessera::ui {
namespace {

constexpr int kAboutWidth = 160;

/// Letters are the window's commands and no search; Ctrl+C copies lines here, not the picture.
class LogTable : public QTableView {
public:
    explicit LogTable(LogPanel& panel) : m_panel(panel) {}

protected:
    bool event(QEvent* event) override {
        if (event->type() == QEvent::ShortcutOverride && static_cast<QKeyEvent*>(event)->matches(QKeySequence::Copy)) {
            event->accept();
            return true;
        }
        return QTableView::event(event);
    }
    void keyPressEvent(QKeyEvent* event) override {
        if (event->matches(QKeySequence::Copy)) return QGuiApplication::clipboard()->setText(m_panel.text());
        const bool moves = event->key() == Qt::Key_Up || event->key() == Qt::Key_Down || event->matches(QKeySequence::SelectAll);
        moves ? QTableView::keyPressEvent(event) : event->ignore();
    }

private:
    LogPanel& m_panel;
};

}  // namespace

LogPanel::LogPanel(Session& session, CellBoard& board, EngineHost& host, QWidget* parent)
    : QWidget(parent), m_model(new LogModel(session, board, host, this)), m_table(new LogTable(*this)) {
    m_table->setModel(m_model);
    dressTable(*m_table);
    m_table->setItemDelegate(new TablePainter(-1, -1, m_table));
    m_table->setAccessibleName(tr("Log"));
    QHeaderView* header = m_table->horizontalHeader();
    header->setSectionResizeMode(QHeaderView::ResizeToContents);
    header->setSectionResizeMode(LogModel::AboutSection, QHeaderView::Interactive);
    header->resizeSection(LogModel::AboutSection, kAboutWidth);
    header->setStretchLastSection(true);
    m_stack = new HintStack(m_table, tr("Errors and notes of images, models and the engine"), this);
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->addWidget(m_stack);
    setFocusProxy(m_table);
    connect(m_model, &QAbstractItemModel::modelReset, this, &LogPanel::showLines);
    connect(m_model, &QAbstractItemModel::rowsInserted, this, &LogPanel::showLines);
    showLines();
}

void LogPanel::showLines() {
    m_stack->setFilled(m_model->rowCount() > 0);
    const QScrollBar* bar = m_table->verticalScrollBar();
    // Who reads further up stays there.
    if (bar->value() >= bar->maximum()) m_table->scrollToBottom();
}

void LogPanel::showEvent(QShowEvent* event) {
    QWidget::showEvent(event);
    // Once the page has its size.
    QMetaObject::invokeMethod(m_table, &QTableView::scrollToBottom, Qt::QueuedConnection);
}

QString LogPanel::text() const {
    std::vector<int> lines;
    for (const QModelIndex& index : m_table->selectionModel()->selectedRows()) lines.push_back(index.row());
    std::ranges::sort(lines);
    return m_model->text(lines);
}

void LogPanel::setMenu(const QList<QAction*>& actions) {
    m_table->setContextMenuPolicy(Qt::ActionsContextMenu);
    m_table->addActions(actions);
}

}  // namespace tessera::ui
