// SPDX-License-Identifier: GPL-3.0-or-later
#include "panels/stage/model_header.h"

#include <QPainter>

namespace tessera::ui {
namespace {

constexpr int kEdge = 2, kMargin = 8;

}  // namespace

ModelHeader::ModelHeader(QWidget* parent) : QWidget(parent) {
    setAttribute(Qt::WA_OpaquePaintEvent);
    connect(&Theme::instance(), &Theme::changed, this, qOverload<>(&QWidget::update));
}

void ModelHeader::setRow(const WordRow& row, const QString& toolTip) {
    setToolTip(toolTip);
    if (row == m_row) return;
    m_row = row;
    setAccessibleName(row.text());
    update();
}

void ModelHeader::setCurrent(bool current) {
    if (current == m_current) return;
    m_current = current;
    update();
}

void ModelHeader::paintEvent(QPaintEvent*) {
    QPainter painter(this);
    const Tokens& t = tokens();
    painter.fillRect(rect(), t.header);
    painter.fillRect(0, 0, width(), kEdge, m_current ? t.accent : t.edge);
    m_row.paint(painter, rect().adjusted(kMargin, kEdge, -kMargin, 0), TextSize::Body, WordRow::Priority::Left);
}

}  // namespace tessera::ui
