// SPDX-License-Identifier: GPL-3.0-or-later
#include "panels/stage/viewport.h"

#include <algorithm>
#include <cmath>

#include <QApplication>
#include <QContextMenuEvent>
#include <QMouseEvent>
#include <QNativeGestureEvent>
#include <QStyle>
#include <QVariantAnimation>
#include <QWheelEvent>

#include "panels/stage/stage_canvas.h"
#include "workspace/session.h"

namespace tessera::ui {
namespace {

constexpr int kEaseMilliseconds = 120;
constexpr double kWipeReach = 6;  // logical pixels from the line that take hold of it
constexpr double kDoubledBy = 480;  // eighths of a degree of the wheel that double the zoom: four notches

}  // namespace

canvas::Camera between(const canvas::Camera& from, const canvas::Camera& to, double share) {
    canvas::Camera camera;
    camera.zoom = from.zoom * std::pow(to.zoom / from.zoom, share);
    // A point that both show at the same place lies at centre + k / zoom.
    const double whole = 1 / to.zoom - 1 / from.zoom;
    const double moved = std::abs(to.zoom / from.zoom - 1) < 1e-6 ? share : (1 / camera.zoom - 1 / from.zoom) / whole;
    camera.centreX = from.centreX + (to.centreX - from.centreX) * moved;
    camera.centreY = from.centreY + (to.centreY - from.centreY) * moved;
    return camera;
}

Viewport::Viewport(Session& session, StageCanvas& canvas, QObject* parent)
    : QObject(parent), m_session(session), m_canvas(canvas), m_easing(new QVariantAnimation(this)) {
    m_easing->setStartValue(0.0);
    m_easing->setEndValue(1.0);
    m_easing->setEasingCurve(QEasingCurve::InOutQuad);
    connect(m_easing, &QVariantAnimation::valueChanged, this, [this](const QVariant& value) {
        const double share = value.toDouble();
        setCamera(share < 1 ? between(m_easedFrom, m_easedTo, share) : m_landing);
    });
    canvas.installEventFilter(this);
}

double Viewport::zoomShown() const {
    const auto& panes = m_canvas.canvas().panes();
    int stoodIn = -1;
    for (std::size_t i = 0; i < panes.size(); ++i) {
        if (!panes[i].picture || panes[i].picture->image.empty()) continue;
        if (!panes[i].picture->partial) return m_canvas.canvas().zoomOf(static_cast<int>(i));
        if (stoodIn < 0) stoodIn = static_cast<int>(i);
    }
    return stoodIn < 0 ? 0 : m_canvas.canvas().zoomOf(stoodIn);
}

void Viewport::setCamera(const canvas::Camera& camera) {
    ViewState view = m_session.view();
    view.camera = camera;
    m_session.setView(view);
}

void Viewport::stopEasing() {
    m_easing->stop();
}

void Viewport::easeTo(const canvas::Camera& camera) {
    stopEasing();
    m_landing = camera;
    const double fit = m_canvas.canvas().fitZoom();
    const double length = QApplication::style()->styleHint(QStyle::SH_Widget_Animation_Duration, nullptr, &m_canvas);
    const auto own = [fit](canvas::Camera each) {
        // "Fit" shows the whole, wherever its centre was left.
        if (each.zoom <= 0) each = {.zoom = fit};
        return each;
    };
    m_easedFrom = own(m_session.view().camera);
    m_easedTo = own(camera);
    if (fit <= 0 || length <= 0 || m_easedFrom == m_easedTo) {
        setCamera(camera);
        return;
    }
    m_easing->setDuration(kEaseMilliseconds);
    m_easing->start();
}

void Viewport::easeToFit() {
    easeTo({});
}

void Viewport::easeToActualSize() {
    easeTo(m_canvas.canvas().zoomedTo(1));
}

void Viewport::zoomTo(double zoom) {
    stopEasing();
    if (zoom > 0) setCamera(m_canvas.canvas().zoomedTo(zoom));
}

void Viewport::zoomBy(double factor, QPointF held) {
    stopEasing();
    const QPointF device = m_canvas.devicePoint(held);
    setCamera(m_canvas.canvas().zoomedAt(static_cast<float>(device.x()), static_cast<float>(device.y()), factor));
}

void Viewport::zoomAtCentre(double factor) {
    // Outside every pane: the canvas then holds the middle of the view.
    zoomBy(factor, QPointF(-1, -1));
}

void Viewport::panBy(QPointF logical, int pane) {
    stopEasing();
    const QPointF device = m_canvas.devicePoint(logical);
    setCamera(m_canvas.canvas().movedBy(static_cast<float>(device.x()), static_cast<float>(device.y()), pane));
}

int Viewport::paneAt(QPointF position) const {
    const QPointF device = m_canvas.devicePoint(position);
    const auto& panes = m_canvas.canvas().panes();
    const auto found = std::ranges::find_if(panes, [&](const canvas::Pane& pane) { return pane.body.contains(float(device.x()), float(device.y())); });
    return found == panes.end() ? -1 : static_cast<int>(found - panes.begin());
}

bool Viewport::eventFilter(QObject*, QEvent* event) {
    switch (event->type()) {
        case QEvent::Wheel: wheel(static_cast<QWheelEvent&>(*event)); return true;
        case QEvent::MouseButtonPress: press(static_cast<QMouseEvent&>(*event)); return false;  // the canvas takes the focus
        case QEvent::MouseMove: move(static_cast<QMouseEvent&>(*event)); return false;
        case QEvent::MouseButtonRelease: release(static_cast<QMouseEvent&>(*event)); return false;
        case QEvent::MouseButtonDblClick:
            if (static_cast<QMouseEvent*>(event)->button() == Qt::LeftButton) easeToFit();
            return false;
        case QEvent::NativeGesture: {
            const auto* gesture = static_cast<QNativeGestureEvent*>(event);
            if (gesture->gestureType() != Qt::ZoomNativeGesture) return false;
            zoomBy(1 + gesture->value(), gesture->position());
            return true;
        }
        case QEvent::ContextMenu: {
            const auto* menu = static_cast<QContextMenuEvent*>(event);
            Q_EMIT menuRequested(QPointF(menu->pos()), menu->globalPos());
            return true;
        }
        case QEvent::Enter: setPointer(static_cast<QEnterEvent*>(event)->position()); return false;
        case QEvent::Leave: setPointer(std::nullopt); return false;
        default: return false;
    }
}

void Viewport::wheel(QWheelEvent& event) {
    event.accept();
    if (event.modifiers() & Qt::AltModifier) {
        // Alt turns the wheel sideways on its way here.
        const QPoint delta = event.angleDelta();
        Q_EMIT scrolled(QPoint(0, -(delta.y() != 0 ? delta.y() : delta.x()) / 2));
        return;
    }
    // Sideways wheels and tilted touch pads pan; so does Shift, as everywhere.
    if (event.modifiers() & Qt::ShiftModifier || std::abs(event.angleDelta().x()) > std::abs(event.angleDelta().y())) {
        const QPoint delta = event.pixelDelta().isNull() ? event.angleDelta() / 2 : event.pixelDelta();
        panBy(delta.x() != 0 ? QPointF(delta.x(), 0) : QPointF(delta.y(), 0), paneAt(event.position()));
        return;
    }
    zoomBy(std::exp2(event.angleDelta().y() / kDoubledBy), event.position());
}

std::optional<float> Viewport::wipeAt(QPointF position) const {
    const QPointF device = m_canvas.devicePoint(position);
    const auto& panes = m_canvas.canvas().panes();
    for (std::size_t i = 0; i < panes.size(); ++i) {
        const canvas::Pane& pane = panes[i];
        const bool meant = m_wiping ? static_cast<int>(i) == m_wipedPane : pane.body.contains(float(device.x()), float(device.y()));
        if (!meant || !pane.other || pane.compare != canvas::Compare::Wipe) continue;
        const double share = pane.wipeLine == canvas::WipeLine::Upright ? (device.x() - pane.body.x) / pane.body.width : (device.y() - pane.body.y) / pane.body.height;
        return static_cast<float>(std::clamp(share, 0.0, 1.0));
    }
    return std::nullopt;
}

bool Viewport::isOnWipe(QPointF position) const {
    const QPointF device = m_canvas.devicePoint(position);
    const double reach = kWipeReach * m_canvas.devicePixelRatioF();
    for (const canvas::Pane& pane : m_canvas.canvas().panes()) {
        if (!pane.other || pane.compare != canvas::Compare::Wipe || !pane.body.contains(float(device.x()), float(device.y()))) continue;
        const bool upright = pane.wipeLine == canvas::WipeLine::Upright;
        const double line = upright ? pane.body.x + pane.share * pane.body.width : pane.body.y + pane.share * pane.body.height;
        return std::abs((upright ? device.x() : device.y()) - line) <= reach;
    }
    return false;
}

void Viewport::setWipe(float share) {
    ViewState view = m_session.view();
    view.wipe = share;
    m_session.setView(view);
}

void Viewport::showCursor() {
    if (m_moved) return m_canvas.setCursor(Qt::ClosedHandCursor);
    if (!m_wiping && (!m_pointer || !isOnWipe(*m_pointer))) return m_canvas.unsetCursor();
    m_canvas.setCursor(m_session.view().wipeLine == canvas::WipeLine::Upright ? Qt::SplitHCursor : Qt::SplitVCursor);
}

void Viewport::press(const QMouseEvent& event) {
    if (m_button != Qt::NoButton || (event.button() != Qt::LeftButton && event.button() != Qt::MiddleButton)) return;
    m_button = event.button();
    if (event.button() == Qt::LeftButton && isOnWipe(event.position())) {
        m_wipedPane = paneAt(event.position());
        m_wiping = true;
        return;
    }
    m_dragged = event.position();
    m_draggedPane = paneAt(event.position());
    m_moved = false;
    if (event.button() == Qt::LeftButton) Q_EMIT pressed(event.position());
}

void Viewport::move(const QMouseEvent& event) {
    setPointer(event.position());
    if (m_wiping) {
        if (const auto share = wipeAt(event.position())) setWipe(*share);
        return;
    }
    if (!m_dragged) return showCursor();
    const QPointF by = event.position() - *m_dragged;
    if (!m_moved && by.manhattanLength() < 2) return;  // a click's own tremble
    m_moved = true;
    showCursor();
    m_dragged = event.position();
    panBy(by, m_draggedPane);
}

void Viewport::release(const QMouseEvent& event) {
    if (event.button() != m_button) return;
    m_button = Qt::NoButton;
    m_wiping = m_moved = false;
    m_dragged.reset();
    showCursor();
}

void Viewport::setPointer(std::optional<QPointF> pointer) {
    if (pointer == m_pointer) return;
    m_pointer = pointer;
    Q_EMIT pointerMoved();
}

}  // namespace tessera::ui
