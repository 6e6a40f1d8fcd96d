// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QStyledItemDelegate>

class QTableView;

namespace tessera::ui {

/// Draws table cells: a number in the text colour, its unit after it in second colour, both right-aligned.
class TablePainter : public QStyledItemDelegate {
    Q_OBJECT
public:
    /// `unitRole` gives the unit that ends the display text; `strongRole` is true for lines that sum up others. -1: none.
    TablePainter(int unitRole, int strongRole, QObject* parent, int padding = 8);

    QSize sizeHint(const QStyleOptionViewItem& option, const QModelIndex& index) const override;
    void paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const override;

private:
    int m_unitRole, m_strongRole, m_padding;
};

/// Rows of 24, alternate, whole lines selected, no vertical rules, no vertical header.
void dressTable(QTableView& table);

}  // namespace tessera::ui
