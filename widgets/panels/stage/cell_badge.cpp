// SPDX-License-Identifier: GPL-3.0-or-later
#include "panels/stage/cell_badge.h"

#include <QFontMetrics>
#include <QPainter>

#include "theme/icons.h"
#include "theme/theme.h"

namespace tessera::ui {
namespace {

constexpr int kMargin = 6, kIcon = 14, kIconGap = 4;

QColor toneColour(BadgeWords::Tone tone) {
    // Over pictures the dark theme's colours hold: the badge is black in both.
    switch (tone) {
        case BadgeWords::Tone::Error: return darkTokens().error;
        case BadgeWords::Tone::Warning: return darkTokens().warning;
        case BadgeWords::Tone::Plain: break;
    }
    return QColor::fromRgba(OverPicture::kMark);
}

}  // namespace

CellBadge::CellBadge(QWidget* parent) : QAbstractButton(parent) {
    setCursor(Qt::PointingHandCursor);
    setFocusPolicy(Qt::TabFocus);
    hide();
}

void CellBadge::setWords(const BadgeWords& words) {
    if (words == m_words) return;
    m_words = words;
    setText(words.text);
    setAccessibleName(words.text);
    setAccessibleDescription(tr("Opens the details"));
    setToolTip(words.text);
    updateGeometry();
    update();
}

void CellBadge::place(QPoint corner, int room) {
    const QSize wanted = sizeHint();
    setGeometry(QRect(corner, QSize(std::min(wanted.width(), room), wanted.height())));
}

QSize CellBadge::sizeHint() const {
    const QFontMetrics metrics(Theme::instance().font(TextSize::Axis));
    const bool icon = !m_words.icon.isEmpty();
    // One more: advances are rounded, and eliding is exact.
    return {2 * kMargin + metrics.horizontalAdvance(m_words.text) + 1 + (icon ? kIcon + kIconGap : 0),
            std::max(icon ? size::kIconBadge : size::kBadge, metrics.height() + 2)};
}

void CellBadge::paintEvent(QPaintEvent*) {
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    QColor ground = QColor::fromRgba(OverPicture::kBadge);
    if (underMouse() || isDown()) ground.setAlpha(255);
    painter.setPen(Qt::NoPen);
    painter.setBrush(ground);
    painter.drawRoundedRect(rect(), size::kSmallRadius, size::kSmallRadius);
    int x = kMargin;
    if (!m_words.icon.isEmpty()) {
        painter.drawPixmap(x, (height() - kIcon) / 2, iconPixmap(m_words.icon, kIcon, toneColour(m_words.tone), devicePixelRatioF()));
        x += kIcon + kIconGap;
    }
    const QFont font = Theme::instance().font(TextSize::Axis);
    const QRect room(x, 0, width() - x - kMargin, height());
    painter.setFont(font);
    painter.setPen(QColor::fromRgba(OverPicture::kMark));
    painter.drawText(room, Qt::AlignVCenter | Qt::TextSingleLine, QFontMetrics(font).elidedText(m_words.text, Qt::ElideMiddle, room.width()));
}

void CellBadge::enterEvent(QEnterEvent* event) {
    QAbstractButton::enterEvent(event);
    update();
}

void CellBadge::leaveEvent(QEvent* event) {
    QAbstractButton::leaveEvent(event);
    update();
}

}  // namespace tessera::ui
