// SPDX-License-Identifier: GPL-3.0-or-later
#include "panels/stage/drop_dashes.h"

#include <QPainter>

#include "theme/theme.h"

namespace tessera::ui {
namespace {

constexpr int kInset = 8, kRadius = 6;
constexpr double kDash = 8, kSpace = 5;  // logical pixels

}  // namespace

void paintDropDashes(QPainter& painter, const QRect& place, bool active) {
    const Tokens& t = tokens();
    const double width = active ? 2 : 1;
    QPen pen(active ? t.accent : t.edge, width);
    pen.setDashPattern({kDash / width, kSpace / width});
    pen.setCapStyle(Qt::FlatCap);
    painter.save();
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(pen);
    painter.setBrush(Qt::NoBrush);
    painter.drawRoundedRect(QRectF(place).adjusted(1, 1, -1, -1), kRadius, kRadius);
    painter.restore();
}

DropDashes::DropDashes(QWidget* parent) : QWidget(parent) {
    setAttribute(Qt::WA_TransparentForMouseEvents);
    setAttribute(Qt::WA_NoSystemBackground);
    hide();
}

void DropDashes::paintEvent(QPaintEvent*) {
    QPainter painter(this);
    QColor companion = Qt::black;
    painter.setPen(QPen(companion, 4));
    painter.setRenderHint(QPainter::Antialiasing);
    // Whatever picture lies below, the dashes are seen.
    painter.drawRoundedRect(QRectF(rect()).adjusted(kInset + 1, kInset + 1, -kInset - 1, -kInset - 1), kRadius, kRadius);
    paintDropDashes(painter, rect().adjusted(kInset, kInset, -kInset, -kInset), true);
}

}  // namespace tessera::ui
