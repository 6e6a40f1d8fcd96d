// SPDX-License-Identifier: GPL-3.0-or-later
#include "panels/stage/hud_view.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include <QApplication>
#include <QMouseEvent>
#include <QPainter>
#include <QWheelEvent>

#include "panels/stage/stage_canvas.h"

namespace tessera::ui {
namespace {

constexpr int kMargin = 8;

}  // namespace

HudView::HudView(StageCanvas& canvas, QWidget* stage) : QWidget(stage), m_canvas(canvas) {
    setAttribute(Qt::WA_NoSystemBackground);
    setMouseTracking(true);
    setContextMenuPolicy(Qt::PreventContextMenu);
    setAccessibleName(tr("HUD"));
    m_soon.setSingleShot(true);
    connect(&m_soon, &QTimer::timeout, this, &HudView::draw);
    connect(&canvas, &StageCanvas::painted, this, &HudView::refresh);
    hide();
}

void HudView::setFigures(Figures figures, QPoint corner) {
    m_figures = std::move(figures);
    m_corner = corner;
    if (m_figures) return refresh();
    hide();
    m_image = {};
}

void HudView::refresh() {
    if (m_figures && !m_soon.isActive()) m_soon.start(0);
}

void HudView::draw() {
    if (!m_figures) return;
    const double ratio = devicePixelRatioF();
    QImage image = m_canvas.hudImage(m_figures(), parentWidget()->size() * ratio, m_pointer);
    image.setDevicePixelRatio(ratio);
    m_image = std::move(image);
    place();
    setVisible(!m_image.isNull());
    update();
}

/// Inside the stage, however that was resized.
void HudView::place() {
    const QSize size(static_cast<int>(std::ceil(m_image.width() / m_image.devicePixelRatio())), static_cast<int>(std::ceil(m_image.height() / m_image.devicePixelRatio())));
    const QPoint at = m_moved.value_or(m_corner + QPoint(kMargin, kMargin));
    const QSize room = parentWidget()->size() - size;
    setGeometry(QRect(QPoint(std::clamp(at.x(), 0, std::max(0, room.width())), std::clamp(at.y(), 0, std::max(0, room.height()))), size));
}

void HudView::paintEvent(QPaintEvent*) {
    QPainter(this).drawImage(0, 0, m_image);
}

void HudView::point(QPointF at, bool down) {
    const double ratio = devicePixelRatioF();
    m_pointer = {static_cast<float>(at.x() * ratio), static_cast<float>(at.y() * ratio), down};
    // Dear ImGui sees a button only in frames: none may be left out.
    m_soon.stop();
    draw();
}

void HudView::mousePressEvent(QMouseEvent* event) {
    if (event->button() != Qt::LeftButton) return;
    m_held = event->pos();
    m_dragging = false;
    point(event->position(), true);
}

void HudView::mouseMoveEvent(QMouseEvent* event) {
    if (m_held && (m_dragging || (event->pos() - *m_held).manhattanLength() >= QApplication::startDragDistance())) {
        m_dragging = true;
        m_moved = mapToParent(event->pos() - *m_held);
        return place();
    }
    m_pointer.x = static_cast<float>(event->position().x() * devicePixelRatioF());
    m_pointer.y = static_cast<float>(event->position().y() * devicePixelRatioF());
    refresh();
}

void HudView::mouseReleaseEvent(QMouseEvent* event) {
    if (event->button() != Qt::LeftButton) return;
    m_held.reset();
    // Moved figures are not clicked.
    point(std::exchange(m_dragging, false) ? QPointF(-1, -1) : event->position(), false);
}

void HudView::wheelEvent(QWheelEvent* event) {
    event->accept();  // what lies below it is not meant
}

void HudView::leaveEvent(QEvent*) {
    m_pointer = {};
    refresh();
}

}  // namespace tessera::ui
