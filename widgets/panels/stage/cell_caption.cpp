// SPDX-License-Identifier: GPL-3.0-or-later
#include "panels/stage/cell_caption.h"

#include <QPainter>

namespace tessera::ui {
namespace {

constexpr int kMargin = 8;

}  // namespace

CellCaption::CellCaption(QWidget* parent) : QWidget(parent) {
    setAttribute(Qt::WA_OpaquePaintEvent);
    connect(&Theme::instance(), &Theme::changed, this, qOverload<>(&QWidget::update));
}

void CellCaption::setRow(const WordRow& row) {
    if (row == m_row) return;
    m_row = row;
    update();
}

void CellCaption::setCellName(const QString& name) {
    if (name != accessibleName()) setAccessibleName(name);
}

void CellCaption::paintEvent(QPaintEvent*) {
    QPainter painter(this);
    painter.fillRect(rect(), tokens().caption);
    m_row.paint(painter, rect().adjusted(kMargin, 0, -kMargin, 0), TextSize::Table);
}

}  // namespace tessera::ui
