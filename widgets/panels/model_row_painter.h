// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QStyledItemDelegate>

namespace tessera::ui {

/// Draws a line of the models panel: a mark for the chosen one, name, and what is known of it.
class ModelRowPainter : public QStyledItemDelegate {
    Q_OBJECT
public:
    using QStyledItemDelegate::QStyledItemDelegate;
    static constexpr int kHeight = 44;

    QSize sizeHint(const QStyleOptionViewItem&, const QModelIndex&) const override { return {160, kHeight}; }
    void paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const override;
};

}  // namespace tessera::ui
