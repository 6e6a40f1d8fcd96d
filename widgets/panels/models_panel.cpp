// SPDX-License-Identifier: GPL-3.0-or-later
#include "panels/models_panel.h"

#include <QFrame>
#include <QKeyEvent>
#include <QLabel>
#include <QListView>
#include <QPushButton>
#include <QVBoxLayout>

#include "models/models_model.h"
#include "panels/model_row_painter.h"
#include "theme/theme.h"

namespace tessera::ui {
namespace {

/// Enter and Space choose; letters are the window's commands and no search.
class ModelList : public QListView {
protected:
    void keyPressEvent(QKeyEvent* event) override {
        switch (event->key()) {
            case Qt::Key_Up:
            case Qt::Key_Down: return QListView::keyPressEvent(event);
            case Qt::Key_Space:
            case Qt::Key_Return:
            case Qt::Key_Enter:
                if (currentIndex().isValid()) Q_EMIT clicked(currentIndex());
                return;
            default: event->ignore();
        }
    }
};

}  // namespace

ModelsPanel::ModelsPanel(Session& session, EngineHost& host, QWidget* parent) : QWidget(parent), m_model(new ModelsModel(session, host, this)), m_list(new ModelList) {
    m_list->setModel(m_model);
    m_list->setItemDelegate(new ModelRowPainter(m_list));
    m_list->setUniformItemSizes(true);
    m_list->setSelectionMode(QAbstractItemView::NoSelection);
    m_list->setEditTriggers(QAbstractItemView::NoEditTriggers);
    m_list->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    m_list->setVerticalScrollMode(QAbstractItemView::ScrollPerPixel);
    m_list->setFrameShape(QFrame::NoFrame);
    m_list->setMouseTracking(true);
    m_list->viewport()->setAttribute(Qt::WA_Hover);
    m_list->setAccessibleName(tr("Models"));
    m_heading = new QLabel(tr("In this board"), this);
    m_heading->setProperty("role", "secondTable");
    m_heading->setContentsMargins(size::kDockMargin, size::kDockMargin, size::kDockMargin, 0);
    auto* rule = new QFrame(this);
    rule->setProperty("role", "rule");
    rule->setFixedHeight(1);
    m_hint = new QLabel(this);
    m_hint->setProperty("role", "secondTable");
    m_hint->setWordWrap(true);
    m_hint->setContentsMargins(size::kDockMargin, size::kDockMargin, size::kDockMargin, 8);
    auto* open = new QPushButton(tr("Open a model…"), this);
    open->setToolTip(tr("A checkpoint file, or a folder with config.json (Ctrl+M)"));
    auto* openRow = new QHBoxLayout;
    openRow->setContentsMargins(size::kDockMargin, 0, size::kDockMargin, size::kDockMargin);
    openRow->addWidget(open);
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(0);
    layout->addWidget(m_heading);
    layout->addWidget(m_list, 1);
    layout->addSpacing(4);
    layout->addWidget(rule);
    layout->addWidget(m_hint);
    layout->addLayout(openRow);
    layout->addStretch(0);
    setFocusProxy(m_list);
    connect(m_list, &QListView::clicked, this, [this](const QModelIndex& index) {
        const bool on = index.data(Qt::CheckStateRole).toInt() == Qt::Checked;
        m_model->setData(index, on ? Qt::Unchecked : Qt::Checked, Qt::CheckStateRole);
    });
    connect(m_model, &ModelsModel::modelWanted, this, &ModelsPanel::modelChosen);
    connect(open, &QPushButton::clicked, this, &ModelsPanel::openRequested);
    for (const auto signal : {&QAbstractItemModel::rowsInserted, &QAbstractItemModel::rowsRemoved}) connect(m_model, signal, this, &ModelsPanel::fitList);
    connect(m_model, &QAbstractItemModel::modelReset, this, &ModelsPanel::fitList);
    connect(m_model, &QAbstractItemModel::dataChanged, this, &ModelsPanel::fitList);
    fitList();
}

void ModelsPanel::fitList() {
    const int count = m_model->rowCount();
    m_list->setMaximumHeight(std::max(1, count) * ModelRowPainter::kHeight);
    m_list->setVisible(count > 0);
    const bool several = count > 0 && m_model->index(0).data(ModelsModel::SeveralRole).toBool();
    m_heading->setText(several ? tr("Models of this board") : count > 0 ? tr("Model of this board") : tr("Models appear once the engine has started"));
    m_hint->setText(count > 1 ? tr("Checkpoints are read where they lie, never copied.")
                              : tr("No other model was opened yet. A checkpoint is read where it lies, never copied."));
}

}  // namespace tessera::ui
