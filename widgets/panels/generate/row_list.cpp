// SPDX-License-Identifier: GPL-3.0-or-later
#include "panels/generate/row_list.h"

#include <QKeyEvent>
#include <QPainter>
#include <QStyledItemDelegate>

#include "theme/theme.h"

namespace tessera::ui {

void RowList::setRowPainter(QStyledItemDelegate* painter) {
    painter->setParent(this);
    setItemDelegate(painter);
    setFrameShape(QFrame::NoFrame);
    setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    setUniformItemSizes(true);
}

void RowList::keyPressEvent(QKeyEvent* event) {
    switch (event->key()) {
        case Qt::Key_Up:
        case Qt::Key_Down:
        case Qt::Key_Home:
        case Qt::Key_End: return QListWidget::keyPressEvent(event);
        default: event->ignore();
    }
}

void paintRowEnd(QPainter& painter, const QStyleOptionViewItem& option) {
    const Tokens& t = tokens();
    const QRect row = option.rect;
    painter.setRenderHint(QPainter::Antialiasing, false);
    painter.fillRect(QRect(row.left(), row.bottom(), row.width(), 1), t.line);
    if (option.state & QStyle::State_HasFocus && option.widget && option.widget->hasFocus()) {
        painter.setPen(QPen(t.accent, 2));
        painter.setBrush(Qt::NoBrush);
        painter.drawRect(row.adjusted(1, 1, -1, -2));
    }
}

}  // namespace tessera::ui
