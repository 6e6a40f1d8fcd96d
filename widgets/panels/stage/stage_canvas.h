// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>
#include <memory>

#include <QOpenGLWidget>
#include <QSurfaceFormat>

#include "canvas/canvas.h"
#include "overlay/hud.h"

namespace tessera::ui {

/// What the stage's context asks for. Before the first window, as the program's default too, since contexts are shared.
QSurfaceFormat stageSurfaceFormat();

/// The one OpenGL widget of the studio: a canvas in a Qt window. Costs a clear until the first picture comes.
class StageCanvas : public QOpenGLWidget {
    Q_OBJECT
public:
    explicit StageCanvas(QWidget* parent);
    ~StageCanvas() override;

    const canvas::Canvas& canvas() const { return m_canvas; }
    void setPanes(std::vector<canvas::Pane> panes);
    void setCamera(const canvas::Camera& camera);
    /// Device pixels of the canvas at a logical position.
    QPointF devicePoint(QPointF position) const { return position * devicePixelRatioF(); }
    canvas::Rect deviceRect(const QRect& rect) const;
    /// The current cell's outline is accent while the stage has the keyboard.
    void setFocused(bool focused);
    /// Makes shaders and buffers now instead of with the first picture.
    void warmUp();
    /// Figures over the pictures, from that logical position rightwards and downwards; none takes them off. The drawing time is filled in here.
    void setHud(std::function<overlay::HudState()> figures, QPoint corner);
    /// Why something could not be drawn; empty if all was. Nothing at all can be if isUseless().
    const QString& trouble() const { return m_trouble; }
    bool isUseless() const { return m_useless; }

Q_SIGNALS:
    void painted();
    void troubleChanged();

protected:
    void initializeGL() override;
    void paintGL() override;

private:
    void dress();
    void initialise();
    void drawWarmUp();
    void drawHud(double frameSeconds);
    QSize deviceSize() const;
    void releaseContext();
    void setTrouble(const QString& trouble);

    canvas::Canvas m_canvas;
    std::unique_ptr<overlay::Hud> m_hud;
    std::function<overlay::HudState()> m_figures;
    QPoint m_hudCorner;
    bool m_initialised = false, m_useless = false, m_focused = false;
    QString m_trouble;
};

}  // namespace tessera::ui
