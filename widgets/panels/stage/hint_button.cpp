// SPDX-License-Identifier: GPL-3.0-or-later
#include "panels/stage/hint_button.h"

#include <QPainter>
#include <QStyleOptionButton>

#include "theme/icons.h"
#include "theme/theme.h"

namespace tessera::ui {
namespace {

constexpr int kHeight = 32, kMargin = 16, kIcon = 16, kGap = 8;

}  // namespace

HintButton::HintButton(const QString& icon, const QString& text, const QString& keys, QWidget* parent) : QPushButton(text, parent), m_icon(icon) {
    setAutoDefault(false);
    setKeys(keys);
}

void HintButton::setKeys(const QString& keys) {
    m_keys = keys;
    setAccessibleDescription(keys);
    updateGeometry();
    update();
}

QSize HintButton::sizeHint() const {
    const Theme& theme = Theme::instance();
    const QFontMetrics words(theme.font(TextSize::Body, isDefault())), keys(theme.font(TextSize::Table));
    const int keysWidth = m_keys.isEmpty() ? 0 : kGap + keys.horizontalAdvance(m_keys);
    return {2 * kMargin + kIcon + kGap + words.horizontalAdvance(text()) + keysWidth, std::max(kHeight, words.height() + 12)};
}

void HintButton::paintEvent(QPaintEvent*) {
    QPainter painter(this);
    QStyleOptionButton option;
    initStyleOption(&option);
    style()->drawControl(QStyle::CE_PushButtonBevel, &option, &painter, this);
    const Tokens& t = tokens();
    const Theme& theme = Theme::instance();
    const QColor colour = isDefault() ? t.onSelection : t.text, quiet = isDefault() ? t.onSelection : t.second;
    painter.drawPixmap(kMargin, (height() - kIcon) / 2, iconPixmap(m_icon, kIcon, colour, devicePixelRatioF()));
    QRect room = rect().adjusted(kMargin + kIcon + kGap, 0, -kMargin, 0);
    painter.setFont(theme.font(TextSize::Body, isDefault()));
    painter.setPen(colour);
    painter.drawText(room, Qt::AlignVCenter | Qt::TextSingleLine, text());
    painter.setFont(theme.font(TextSize::Table));
    painter.setPen(quiet);
    painter.drawText(room, Qt::AlignVCenter | Qt::AlignRight | Qt::TextSingleLine, m_keys);
}

}  // namespace tessera::ui
