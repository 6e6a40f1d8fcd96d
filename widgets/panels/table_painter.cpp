// SPDX-License-Identifier: GPL-3.0-or-later
#include "panels/table_painter.h"

#include <QHeaderView>
#include <QPainter>
#include <QTableView>

#include "theme/theme.h"

namespace tessera::ui {
TablePainter::TablePainter(int unitRole, int strongRole, QObject* parent, int padding)
    : QStyledItemDelegate(parent), m_unitRole(unitRole), m_strongRole(strongRole), m_padding(padding) {}

QSize TablePainter::sizeHint(const QStyleOptionViewItem&, const QModelIndex& index) const {
    const bool strong = m_strongRole >= 0 && index.data(m_strongRole).toBool();
    const QFontMetrics metrics(Theme::instance().font(TextSize::Table, strong));
    return {metrics.horizontalAdvance(index.data().toString()) + 2 * m_padding + 2, size::kTableRow};
}

void TablePainter::paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const {
    const Tokens& t = tokens();
    const bool selected = option.state & QStyle::State_Selected;
    const bool strong = m_strongRole >= 0 && index.data(m_strongRole).toBool();
    painter->save();
    painter->fillRect(option.rect, selected ? t.selection : option.features & QStyleOptionViewItem::Alternate ? t.alternate : t.base);
    if (strong && !selected) painter->fillRect(QRect(option.rect.topLeft(), QSize(option.rect.width(), 1)), t.line);
    painter->setFont(Theme::instance().font(TextSize::Table, strong));
    const QFontMetrics metrics = painter->fontMetrics();
    const QRect inside = option.rect.adjusted(m_padding, 0, -m_padding, 0);
    const QVariant alignment = index.data(Qt::TextAlignmentRole);
    const bool right = alignment.isValid() && (Qt::Alignment(alignment.toInt()) & Qt::AlignRight);
    QString text = index.data().toString(), unit = m_unitRole >= 0 ? index.data(m_unitRole).toString() : QString();
    const QColor second = selected ? t.onSelection : t.second;
    if (right && !unit.isEmpty() && text.endsWith(unit)) {
        text = text.chopped(unit.size()).trimmed();
        unit.prepend(QChar(0x2009));  // a thin space
        const int unitWidth = metrics.horizontalAdvance(unit);
        painter->setPen(second);
        painter->drawText(inside, Qt::AlignRight | Qt::AlignVCenter, unit);
        painter->setPen(selected ? t.onSelection : t.text);
        painter->drawText(inside.adjusted(0, 0, -unitWidth - 1, 0), Qt::AlignRight | Qt::AlignVCenter, text);
    } else {
        const bool absent = text == u"–" || text == u"-" || text == u"—";
        const QVariant tone = index.data(Qt::ForegroundRole);
        painter->setPen(absent ? second : selected ? t.onSelection : tone.isValid() ? tone.value<QColor>() : t.text);
        painter->drawText(inside, (right ? Qt::AlignRight : Qt::AlignLeft) | Qt::AlignVCenter, metrics.elidedText(text, Qt::ElideMiddle, inside.width()));
    }
    painter->restore();
}

void dressTable(QTableView& table) {
    table.setAlternatingRowColors(true);
    table.setShowGrid(false);
    table.setWordWrap(false);
    table.setFrameShape(QFrame::NoFrame);
    table.setSelectionBehavior(QAbstractItemView::SelectRows);
    table.setEditTriggers(QAbstractItemView::NoEditTriggers);
    table.setVerticalScrollMode(QAbstractItemView::ScrollPerPixel);
    table.setHorizontalScrollMode(QAbstractItemView::ScrollPerPixel);
    table.setCornerButtonEnabled(false);
    table.verticalHeader()->hide();
    table.verticalHeader()->setSectionResizeMode(QHeaderView::Fixed);
    table.verticalHeader()->setDefaultSectionSize(size::kTableRow);
    table.horizontalHeader()->setHighlightSections(false);
    table.horizontalHeader()->setFixedHeight(size::kTableRow);
    table.horizontalHeader()->setDefaultAlignment(Qt::AlignLeft | Qt::AlignVCenter);
    table.setTabKeyNavigation(false);
}

}  // namespace tessera::ui
