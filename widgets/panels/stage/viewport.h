// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>

#include <QObject>
#include <QPointF>

#include "canvas/canvas.h"

class QMouseEvent;
class QVariantAnimation;
class QWheelEvent;

namespace tessera::ui {

class Session;
class StageCanvas;

/// Turns the hand's movements over the canvas into the session's camera. Zoom and pan follow at once; fit and 100 % are eased.
class Viewport : public QObject {
    Q_OBJECT
public:
    Viewport(Session& session, StageCanvas& canvas, QObject* parent);

    void zoomBy(double factor, QPointF held);  ///< logical position that stays where it is
    void zoomAtCentre(double factor);
    void zoomTo(double zoom);
    void easeToFit();
    void easeToActualSize();
    void panBy(QPointF logical, int pane = -1);  ///< by that in a pane, in that of the reference picture for none
    /// Device pixels per pixel of the reference picture, 0 without one; 1 is 100 %.
    double zoomShown() const;

    /// Where the pointer is over the canvas; nothing while it is elsewhere.
    std::optional<QPointF> pointer() const { return m_pointer; }

Q_SIGNALS:
    void pressed(QPointF position);  ///< the left button, before any movement
    void pointerMoved();             ///< pointer() is another
    void scrolled(QPoint pixels);    ///< the wheel with Alt: moves the board, not the pictures
    void menuRequested(QPointF position, QPoint globalPosition);

protected:
    bool eventFilter(QObject* object, QEvent* event) override;

private:
    void setCamera(const canvas::Camera& camera);
    void easeTo(const canvas::Camera& camera);
    void stopEasing();
    void wheel(QWheelEvent& event);
    void press(const QMouseEvent& event);
    void move(const QMouseEvent& event);
    void release(const QMouseEvent& event);
    void setPointer(std::optional<QPointF> pointer);
    /// Where the line of a wipe would lie in the pane under the pointer, 0..1; nothing outside panes that are wiped.
    std::optional<float> wipeAt(QPointF position) const;
    bool isOnWipe(QPointF position) const;
    void setWipe(float share);
    int paneAt(QPointF position) const;  ///< -1 if none is there
    void showCursor();

    Session& m_session;
    StageCanvas& m_canvas;
    QVariantAnimation* m_easing;
    canvas::Camera m_easedFrom, m_easedTo, m_landing;
    std::optional<QPointF> m_pointer, m_dragged;
    Qt::MouseButton m_button = Qt::NoButton;
    bool m_moved = false, m_wiping = false;
    int m_wipedPane = -1, m_draggedPane = -1;
};

/// Between two cameras with zooms of their own, 0..1: the point that both show at the same place stays there.
canvas::Camera between(const canvas::Camera& from, const canvas::Camera& to, double share);

}  // namespace tessera::ui
