// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QListWidget>
#include <QStyleOptionViewItem>

class QPainter;
class QStyledItemDelegate;

namespace tessera::ui {

/// Rows of one height that a delegate paints over the whole width. Up, Down, Home and End are its own, all other keys the window's.
class RowList : public QListWidget {
public:
    /// Takes a delegate over.
    void setRowPainter(QStyledItemDelegate* painter);

protected:
    void keyPressEvent(QKeyEvent* event) override;
};

/// The line under a row and the frame of the one that has the focus.
void paintRowEnd(QPainter& painter, const QStyleOptionViewItem& option);

}  // namespace tessera::ui
