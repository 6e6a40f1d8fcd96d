// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>
#include <memory>

#include <QImage>
#include <QSurfaceFormat>
#include <QWidget>

#include "canvas/canvas.h"
#include "overlay/hud.h"

class QOffscreenSurface;
class QOpenGLContext;

namespace tessera::ui {

class FrameTarget;

/// What the stage's context asks for. Before the first window, as the program's default too, since contexts are shared.
QSurfaceFormat stageSurfaceFormat();

/// The one place of the studio where OpenGL draws: a canvas in a Qt window. Costs a ground of one colour until the first picture comes.
///
/// Frames reach the window by one of two ways. A graphics processor draws them on an OpenGL surface of the window's own. Where OpenGL is software, that would
/// have it compose all widgets of the window, several times as long as the pictures take: there they are drawn without a window and read back, the widget
/// paints them as any other does, and only what changed. TESSERA_CANVAS=direct or =memory says which, where the choice is wrong.
class StageCanvas : public QWidget {
    Q_OBJECT
public:
    explicit StageCanvas(QWidget* parent);
    ~StageCanvas() override;

    const canvas::Canvas& canvas() const { return m_canvas; }
    void setPanes(std::vector<canvas::Pane> panes);
    void setCamera(const canvas::Camera& camera);
    /// Draws another frame, whatever changed.
    void redraw();
    /// Device pixels of the canvas at a logical position.
    QPointF devicePoint(QPointF position) const { return position * devicePixelRatioF(); }
    canvas::Rect deviceRect(const QRect& rect) const;
    /// The current cell's outline is accent while the stage has the keyboard.
    void setFocused(bool focused);
    /// Makes shaders and buffers now instead of with the first picture.
    void warmUp();
    /// The figures as Dear ImGui draws them in this context, in device pixels with premultiplied alpha, at most that large; null if it cannot.
    /// `pointer` lies in the image that was drawn last. The drawing time of the last frame is filled in here.
    QImage hudImage(overlay::HudState state, QSize atMost, const overlay::HudPointer& pointer);
    /// Are frames read back into memory?
    bool readsBack() const { return m_context != nullptr; }
    /// Why something could not be drawn; empty if all was. Nothing at all can be if isUseless().
    const QString& trouble() const { return m_trouble; }
    bool isUseless() const { return m_useless; }

Q_SIGNALS:
    /// A new frame, or the ground before the first.
    void painted();
    /// What was painted is on its way to the screen.
    void frameSwapped();
    void troubleChanged();

protected:
    void paintEvent(QPaintEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;

private:
    class Surface;  ///< of the window
    void chooseWay();
    void dress();
    void initialise();
    void drawWarmUp();
    bool makeCurrent();
    void doneCurrent();
    bool isBlank() const { return m_canvas.panes().empty() && !m_initialised; }
    void drawFrame();
    QRegion bodies() const;
    QSize deviceSize() const;
    void releaseContext();
    void setTrouble(const QString& trouble);

    canvas::Canvas m_canvas;
    std::unique_ptr<overlay::Hud> m_hud;
    std::unique_ptr<FrameTarget> m_hudTarget, m_target;
    Surface* m_surface = nullptr;  ///< null: frames are read back
    std::unique_ptr<QOffscreenSurface> m_nowhere;
    std::unique_ptr<QOpenGLContext> m_context;
    QImage m_frame;  ///< as it was read back
    double m_frameSeconds = 0;
    bool m_initialised = false, m_useless = false, m_focused = false, m_stale = true;
    QString m_trouble;
};

}  // namespace tessera::ui
