// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>
#include <optional>

#include <QImage>
#include <QTimer>
#include <QWidget>

#include "overlay/hud.h"

namespace tessera::ui {

class StageCanvas;

/// The figures that the canvas draws with Dear ImGui, above all that the stage shows. A hand moves them out of its way, and folds what it clicks.
class HudView : public QWidget {
    Q_OBJECT
public:
    using Figures = std::function<overlay::HudState()>;
    HudView(StageCanvas& canvas, QWidget* stage);

    /// Shows figures from that place of the stage rightwards and downwards, until a hand has moved them; none hides them.
    void setFigures(Figures figures, QPoint corner);
    /// Reads the figures again, with the next turn of the event loop.
    void refresh();

protected:
    void paintEvent(QPaintEvent* event) override;
    void mousePressEvent(QMouseEvent* event) override;
    void mouseMoveEvent(QMouseEvent* event) override;
    void mouseReleaseEvent(QMouseEvent* event) override;
    void wheelEvent(QWheelEvent* event) override;
    void leaveEvent(QEvent* event) override;

private:
    void draw();
    void place();
    void point(QPointF at, bool down);

    StageCanvas& m_canvas;
    Figures m_figures;
    QImage m_image;
    QTimer m_soon;
    QPoint m_corner;
    std::optional<QPoint> m_moved;  ///< where a hand has put it
    std::optional<QPoint> m_held;   ///< of this widget, by a hand that may move it
    bool m_dragging = false;
    overlay::HudPointer m_pointer;
};

}  // namespace tessera::ui
