// SPDX-License-Identifier: GPL-3.0-or-later
#include "search_field.h"

#include <QAction>
#include <QPainter>

#include "theme/icons.h"
#include "theme/theme.h"

namespace tessera::studio {
namespace {

constexpr int kWidth = 264, kRight = 4, kHeight = 22;

}  // namespace

SearchField::SearchField(QAction& action, QWidget* parent) : QAbstractButton(parent), m_action(action) {
    setText(tr("Search actions"));
    setAccessibleName(text());
    setFocusPolicy(Qt::TabFocus);
    setCursor(Qt::PointingHandCursor);
    connect(this, &QAbstractButton::clicked, &action, &QAction::trigger);
    connect(&action, &QAction::changed, this, &SearchField::showKeys);
    showKeys();
}

void SearchField::showKeys() {
    m_keys = m_action.shortcut().toString(QKeySequence::NativeText);
    setToolTip(m_keys.isEmpty() ? text() : QStringLiteral("%1 (%2)").arg(text(), m_keys));
    setAccessibleDescription(m_keys);
    update();
}

QSize SearchField::sizeHint() const {
    return {kWidth + kRight, ui::size::kMenuBar};
}

void SearchField::paintEvent(QPaintEvent*) {
    const ui::Tokens& t = ui::tokens();
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    const QRectF box(0.5, (height() - kHeight) / 2 + 0.5, kWidth - 1, kHeight - 1);
    painter.setPen(hasFocus() ? QPen(t.accent, 2) : QPen(t.edge));
    painter.setBrush(underMouse() ? t.hover : t.base);
    painter.drawRoundedRect(box, ui::size::kRadius, ui::size::kRadius);
    painter.drawPixmap(QPoint(9, (height() - 14) / 2), ui::iconPixmap(QStringLiteral("search"), 14, t.second, devicePixelRatioF()));
    painter.setFont(ui::Theme::instance().font(ui::TextSize::Table));
    painter.setPen(t.second);
    const QRectF inside = box.adjusted(31, 0, -9, 0);
    painter.drawText(inside, Qt::AlignVCenter | Qt::AlignLeft, text());
    painter.drawText(inside, Qt::AlignVCenter | Qt::AlignRight, m_keys);
}

}  // namespace tessera::studio
