// SPDX-License-Identifier: GPL-3.0-or-later
#include "panels/stage/board_grounds.h"

#include <QPainter>

#include "theme/theme.h"

namespace tessera::ui {

HeaderGround::HeaderGround(QWidget* parent) : QWidget(parent) {
    setAttribute(Qt::WA_OpaquePaintEvent);
    QObject::connect(&Theme::instance(), &Theme::changed, this, qOverload<>(&QWidget::update));
}

void HeaderGround::paintEvent(QPaintEvent*) {
    QPainter(this).fillRect(rect(), tokens().canvas);
}

CornerNote::CornerNote(QWidget* parent) : QWidget(parent) {
    setAttribute(Qt::WA_OpaquePaintEvent);
    QObject::connect(&Theme::instance(), &Theme::changed, this, qOverload<>(&QWidget::update));
}

void CornerNote::setText(const QString& text) {
    if (text == m_text) return;
    m_text = text;
    setAccessibleName(text);
    update();
}

void CornerNote::paintEvent(QPaintEvent*) {
    QPainter painter(this);
    painter.fillRect(rect(), tokens().header);
    painter.setFont(Theme::instance().font(TextSize::Table));
    painter.setPen(tokens().second);
    painter.drawText(rect().adjusted(8, 4, -4, -4), Qt::AlignLeft | Qt::AlignBottom, painter.fontMetrics().elidedText(m_text, Qt::ElideRight, width() - 12));
}

InsertMark::InsertMark(QWidget* parent) : QWidget(parent) {
    setAttribute(Qt::WA_TransparentForMouseEvents);
    hide();
}

void InsertMark::paintEvent(QPaintEvent*) {
    QPainter(this).fillRect(rect(), tokens().accent);
}

}  // namespace tessera::ui
