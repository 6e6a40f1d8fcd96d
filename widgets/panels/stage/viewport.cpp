// SPDX-License-Identifier: GPL-3.0-or-later
#include "panels/stage/viewport.h"

#include <cmath>

#include <QApplication>
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

void Viewport::panBy(QPointF logical) {
    stopEasing();
    const QPointF device = m_canvas.devicePoint(logical);
    setCamera(m_canvas.canvas().movedBy(static_cast<float>(device.x()), static_cast<float>(device.y())));
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
        case QEvent::Enter: setPointer(static_cast<QEnterEvent*>(event)->position()); return false;
        case QEvent::Leave: setPointer(std::nullopt); return false;
        default: return false;
    }
}

void Viewport::wheel(QWheelEvent& event) {
    event.accept();
    // Sideways wheels and tilted touch pads pan; so does Shift, as everywhere.
    if (event.modifiers() & Qt::ShiftModifier || std::abs(event.angleDelta().x()) > std::abs(event.angleDelta().y())) {
        const QPoint delta = event.pixelDelta().isNull() ? event.angleDelta() / 2 : event.pixelDelta();
        panBy(delta.x() != 0 ? QPointF(delta.x(), 0) : QPointF(delta.y(), 0));
        return;
    }
    zoomBy(std::exp2(event.angleDelta().y() / kDoubledBy), event.position());
}

void Viewport::press(const QMouseEvent& event) {
    if (m_button != Qt::NoButton || (event.button() != Qt::LeftButton && event.button() != Qt::MiddleButton)) return;
    m_button = event.button();
    m_dragged = event.position();
    m_moved = false;
    if (event.button() == Qt::LeftButton) Q_EMIT pressed(event.position());
}

void Viewport::move(const QMouseEvent& event) {
    setPointer(event.position());
    if (!m_dragged) return;
    const QPointF by = event.position() - *m_dragged;
    if (!m_moved && by.manhattanLength() < 2) return;  // a click's own tremble
    if (!m_moved) m_canvas.setCursor(Qt::ClosedHandCursor);
    m_moved = true;
    m_dragged = event.position();
    panBy(by);
}

void Viewport::release(const QMouseEvent& event) {
    if (event.button() != m_button) return;
    m_button = Qt::NoButton;
    m_dragged.reset();
    m_canvas.unsetCursor();
}

void Viewport::setPointer(std::optional<QPointF> pointer) {
    if (pointer == m_pointer) return;
    m_pointer = pointer;
    Q_EMIT pointerMoved();
}

}  // namespace tessera::ui
