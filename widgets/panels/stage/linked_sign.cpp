// SPDX-License-Identifier: GPL-3.0-or-later
#include "panels/stage/linked_sign.h"

#include <QPainter>

#include "theme/icons.h"
#include "theme/theme.h"

namespace tessera::ui {
namespace {

constexpr int kIcon = 14, kGap = 5;

}  // namespace

LinkedSign::LinkedSign(QWidget* parent) : QWidget(parent) {
    setAccessibleName(tr("Linked"));
    setToolTip(tr("All columns show the same place at the same zoom"));
    setSizePolicy(QSizePolicy::Fixed, QSizePolicy::Fixed);
    connect(&Theme::instance(), &Theme::changed, this, qOverload<>(&QWidget::update));
}

QSize LinkedSign::sizeHint() const {
    const QFontMetrics metrics(Theme::instance().font(TextSize::Table));
    return {kIcon + kGap + metrics.horizontalAdvance(tr("Linked")), std::max(size::kSmallControl, metrics.height())};
}

void LinkedSign::paintEvent(QPaintEvent*) {
    QPainter painter(this);
    painter.drawPixmap(0, (height() - kIcon) / 2, iconPixmap(QStringLiteral("link"), kIcon, tokens().second, devicePixelRatioF()));
    painter.setFont(Theme::instance().font(TextSize::Table));
    painter.setPen(tokens().second);
    painter.drawText(rect().adjusted(kIcon + kGap, 0, 0, 0), Qt::AlignVCenter | Qt::TextSingleLine, tr("Linked"));
}

}  // namespace tessera::ui
