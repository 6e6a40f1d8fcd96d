// SPDX-License-Identifier: GPL-3.0-or-later
#include "panels/stage/place_marks.h"

#include <QPainter>

#include "theme/theme.h"

namespace tessera::ui {
namespace {

constexpr int kReach = 9, kGap = 3;

QRect around(const QPoint& place) {
    return QRect(place, QSize(1, 1)).adjusted(-kReach - 3, -kReach - 3, kReach + 3, kReach + 3);
}

/// Four arms that leave the place itself uncovered.
void paintCross(QPainter& painter, const QPointF& place, const QPen& pen) {
    painter.setPen(pen);
    for (const QPointF direction : {QPointF(1, 0), QPointF(-1, 0), QPointF(0, 1), QPointF(0, -1)}) {
        painter.drawLine(place + direction * kGap, place + direction * kReach);
    }
}

}  // namespace

PlaceMarks::PlaceMarks(QWidget* parent) : QWidget(parent) {
    setAttribute(Qt::WA_TransparentForMouseEvents);
    setAttribute(Qt::WA_NoSystemBackground);
}

void PlaceMarks::setMarks(std::vector<Mark> marks) {
    if (marks == m_marks) return;
    for (const Mark& mark : m_marks) update(around(mark.place));
    m_marks = std::move(marks);
    for (const Mark& mark : m_marks) update(around(mark.place));
}

void PlaceMarks::paintEvent(QPaintEvent*) {
    QPainter painter(this);
    for (const Mark& mark : m_marks) {
        const QPointF place = QPointF(mark.place) + QPointF(0.5, 0.5);
        const double width = mark.pinned ? 2 : 1;
        paintCross(painter, place, QPen(Qt::black, width + 2, Qt::SolidLine, Qt::SquareCap));
        paintCross(painter, place, QPen(QColor::fromRgba(mark.pinned ? OverPicture::kAccent : OverPicture::kMark), width, Qt::SolidLine, Qt::FlatCap));
    }
}

}  // namespace tessera::ui
