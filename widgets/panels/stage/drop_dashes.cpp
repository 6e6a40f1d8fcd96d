// SPDX-License-Identifier: GPL-3.0-or-later
#include "panels/stage/drop_dashes.h"

#include <utility>

#include <QPainter>

#include "theme/theme.h"

namespace tessera::ui {
namespace {

constexpr int kRadius = 6, kInset = 24;
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
    const double inset = width / 2;
    painter.drawRoundedRect(QRectF(place).adjusted(inset, inset, -inset, -inset), kRadius, kRadius);
    painter.restore();
}

DropDashes::DropDashes(QWidget* parent) : QWidget(parent) {
    setAttribute(Qt::WA_TransparentForMouseEvents);
    setAttribute(Qt::WA_NoSystemBackground);
    hide();
}

void DropDashes::paintEvent(QPaintEvent*) {
    QPainter painter(this);
    // In the gutter round the cells: nothing that can be read is covered.
    paintDropDashes(painter, rect(), true);
}

void Invitation::setDropActive(bool active) {
    if (std::exchange(m_active, active) != active) update();
}

void Invitation::paintEvent(QPaintEvent*) {
    QPainter painter(this);
    painter.fillRect(rect(), tokens().canvas);
    paintDropDashes(painter, rect().adjusted(kInset, kInset, -kInset, -kInset), m_active);
}

}  // namespace tessera::ui
