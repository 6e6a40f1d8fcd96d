// SPDX-License-Identifier: GPL-3.0-or-later
#include "panels/generate/token_map.h"

#include <algorithm>

#include <QComboBox>
#include <QLabel>
#include <QMouseEvent>
#include <QPainter>

#include <tessera/colour_map.h>

#include "generate/draw_desk.h"
#include "panels/stage/legend_bar.h"
#include "theme/theme.h"

namespace tessera::ui {
namespace {

constexpr int kHead = 32, kLegend = 22, kChoice = 28;

}  // namespace

TokenMap::TokenMap(DrawDesk& desk, Room room, QWidget* parent) : QWidget(parent), m_desk(desk), m_choice(new QComboBox(this)), m_remark(new QLabel(this)), m_bar(new LegendBar(this)), m_room(room) {
    setMouseTracking(true);
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Expanding);
    m_choice->setAccessibleName(tr("What the map shows"));
    m_choice->setFrame(false);
    m_remark->setProperty("role", "secondTable");
    m_remark->setAlignment(Qt::AlignRight | Qt::AlignVCenter);
    connect(&desk, &DrawDesk::pictureChanged, this, &TokenMap::readAnew);
    connect(&desk, &DrawDesk::placeChanged, this, &TokenMap::readAnew);
    connect(&Theme::instance(), &Theme::changed, this, qOverload<>(&QWidget::update));
}

void TokenMap::readAnew() {
    read();
    update();
}

QRect TokenMap::bodyRect() const {
    const QRect room = rect().adjusted(0, kHead, 0, -kLegend);
    if (m_columns == 0) return room;
    const QSize fitted = QSize(m_columns, m_rows).scaled(room.size(), Qt::KeepAspectRatio);
    return {room.left() + (room.width() - fitted.width()) / 2, room.top(), fitted.width(), fitted.height()};
}

QRect TokenMap::cell(int index) const {
    const QRect body = bodyRect();
    const int column = index % m_columns, row = index / m_columns;
    const auto x = [&](int at) { return body.left() + body.width() * at / m_columns; };
    const auto y = [&](int at) { return body.top() + body.height() * at / m_rows; };
    return QRect(QPoint(x(column), y(row)), QPoint(x(column + 1) - 1, y(row + 1) - 1));
}

int TokenMap::tokenAt(QPoint place) const {
    const QRect body = bodyRect();
    if (m_columns == 0 || !body.contains(place)) return -1;
    const int column = std::min(m_columns - 1, (place.x() - body.left()) * m_columns / body.width()), row = std::min(m_rows - 1, (place.y() - body.top()) * m_rows / body.height());
    return firstToken() + row * m_columns + column;
}

void TokenMap::paintValue(QPainter& painter, int index, double position) const {
    const auto colour = tessera::colourOf(m_legend.map, position);
    painter.fillRect(cell(index), QColor(colour[0], colour[1], colour[2]));
}

void TokenMap::paintEvent(QPaintEvent*) {
    QPainter painter(this);
    const Tokens& t = tokens();
    painter.fillRect(rect(), t.caption);
    painter.fillRect(QRect(0, 0, width(), kHead), t.header);
    painter.fillRect(QRect(0, 0, width(), 1), t.line);
    painter.fillRect(bodyRect(), t.canvas);
    if (m_columns == 0) return;
    paintTokens(painter);
    const int count = m_rows * m_columns, first = firstToken();
    const auto mark = [&](int token, QColor colour, int width) {
        if (token < first || token >= first + count) return;
        const QRect place = cell(token - first).adjusted(-1, -1, 0, 0);
        painter.setBrush(Qt::NoBrush);
        painter.setPen(QPen(Qt::black, width + 2, Qt::SolidLine, Qt::SquareCap, Qt::MiterJoin));
        painter.drawRect(place);
        painter.setPen(QPen(colour, width, Qt::SolidLine, Qt::SquareCap, Qt::MiterJoin));
        painter.drawRect(place);
    };
    if (m_desk.hovered() != m_desk.token()) mark(m_desk.hovered(), Qt::white, 1);
    mark(m_desk.token(), QColor::fromRgba(OverPicture::kAccent), 2);
}

void TokenMap::mousePressEvent(QMouseEvent* event) {
    if (event->button() == Qt::LeftButton) m_desk.setToken(tokenAt(event->position().toPoint()));
}

void TokenMap::mouseMoveEvent(QMouseEvent* event) {
    m_desk.setHovered(tokenAt(event->position().toPoint()));
}

void TokenMap::leaveEvent(QEvent*) {
    m_desk.setHovered(-1);
}

void TokenMap::resizeEvent(QResizeEvent*) {
    placeParts();
}

void TokenMap::placeParts() {
    m_choice->setGeometry(2, 2, std::min(width() - m_room.left, m_choice->sizeHint().width() + 8), kChoice);
    m_remark->setGeometry(width() - m_room.remark - 8, 0, m_room.remark, kHead);
    m_bar->setGeometry(0, height() - kLegend, width(), kLegend);
}

}  // namespace tessera::ui
