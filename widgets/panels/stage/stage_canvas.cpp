// SPDX-License-Identifier: GPL-3.0-or-later
#include "panels/stage/stage_canvas.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <utility>

#include <QFile>
#include <QOffscreenSurface>
#include <QOpenGLContext>
#include <QOpenGLFramebufferObject>
#include <QOpenGLFunctions>
#include <QOpenGLWidget>
#include <QPainter>

#include "panels/stage/frame_target.h"
#include "theme/theme.h"

namespace tessera::ui {
namespace {

std::vector<unsigned char> face() {
    QFile file(QStringLiteral(":/fonts/Roboto-Regular.ttf"));
    if (!file.open(QIODevice::ReadOnly)) return {};
    const QByteArray bytes = file.readAll();
    return {bytes.begin(), bytes.end()};
}

canvas::Colour colourFrom(const QColor& colour) {
    return {colour.redF(), colour.greenF(), colour.blueF(), colour.alphaF()};
}

/// Is the current context's OpenGL made by the processor?
bool isSoftware() {
    const auto* name = reinterpret_cast<const char*>(QOpenGLContext::currentContext()->functions()->glGetString(GL_RENDERER));
    const QByteArray renderer = QByteArray(name).toLower();
    constexpr std::array kNames{"llvmpipe", "softpipe", "swiftshader", "software", "swr", "basic render", "gdi generic"};
    return std::ranges::any_of(kNames, [&](const char* each) { return renderer.contains(each); });
}

}  // namespace

/// The window's own OpenGL surface, as large as the canvas.
class StageCanvas::Surface : public QOpenGLWidget {
public:
    explicit Surface(StageCanvas& canvas) : QOpenGLWidget(&canvas), m_owner(canvas) {
        setFormat(stageSurfaceFormat());
        setAttribute(Qt::WA_TransparentForMouseEvents);
        connect(this, &QOpenGLWidget::frameSwapped, &canvas, &StageCanvas::frameSwapped);
    }

protected:
    void initializeGL() override {
        m_owner.m_initialised = false;
        // The window's native surface may be made anew (docking, another screen): then this context ends before the widget does.
        connect(context(), &QOpenGLContext::aboutToBeDestroyed, &m_owner, &StageCanvas::releaseContext, Qt::UniqueConnection);
    }

    void paintGL() override {
        if (m_owner.isBlank()) {
            const QColor ground = tokens().canvas;
            QOpenGLFunctions* gl = context()->functions();
            gl->glClearColor(ground.redF(), ground.greenF(), ground.blueF(), 1);
            gl->glClear(GL_COLOR_BUFFER_BIT);
        } else {
            m_owner.drawFrame();
        }
        Q_EMIT m_owner.painted();
    }

private:
    StageCanvas& m_owner;
};

QSurfaceFormat stageSurfaceFormat() {
    QSurfaceFormat format;
    format.setVersion(3, 3);
    format.setProfile(QSurfaceFormat::CoreProfile);
    format.setDepthBufferSize(0);
    format.setStencilBufferSize(0);
    return format;
}

StageCanvas::StageCanvas(QWidget* parent) : QWidget(parent) {
    setAttribute(Qt::WA_OpaquePaintEvent);
    setMouseTracking(true);
    chooseWay();
    connect(&Theme::instance(), &Theme::changed, this, &StageCanvas::dress);
    dress();
}

StageCanvas::~StageCanvas() {
    releaseContext();
    delete std::exchange(m_surface, nullptr);  // its context's end is told to this object
}

void StageCanvas::chooseWay() {
    m_nowhere = std::make_unique<QOffscreenSurface>();
    m_nowhere->setFormat(stageSurfaceFormat());
    m_nowhere->create();
    m_context = std::make_unique<QOpenGLContext>();
    m_context->setFormat(stageSurfaceFormat());
    if (!m_context->create() || !m_context->makeCurrent(m_nowhere.get())) {
        m_useless = true;
        setTrouble(tr("this computer offers no OpenGL; install a graphics driver, or Mesa, which draws without one"));
        return;
    }
    const QByteArray wanted = qgetenv("TESSERA_CANVAS");
    const bool memory = wanted == "memory" || (wanted != "direct" && isSoftware());
    m_context->doneCurrent();
    if (memory) return;
    m_context.reset();
    m_nowhere.reset();
    m_surface = new Surface(*this);
}

void StageCanvas::dress() {
    m_canvas.setBackground(colourFrom(tokens().canvas));
    m_canvas.setAccent(colourFrom(m_focused ? tokens().accent : tokens().edge));
    redraw();
}

void StageCanvas::setFocused(bool focused) {
    m_focused = focused;
    dress();
}

void StageCanvas::redraw() {
    m_stale = true;
    m_surface ? m_surface->update() : update();
}

void StageCanvas::setPanes(std::vector<canvas::Pane> panes) {
    if (panes == m_canvas.panes()) return;  // a cell's progress draws nothing here
    m_canvas.setPanes(std::move(panes));
    redraw();
}

void StageCanvas::setCamera(const canvas::Camera& camera) {
    if (camera == m_canvas.camera()) return;
    m_canvas.setCamera(camera);
    m_stale = true;
    m_surface ? m_surface->update() : update(bodies());
}

/// Where a camera shows: what lies between the pictures stays as it is.
QRegion StageCanvas::bodies() const {
    const double ratio = devicePixelRatioF();
    QRegion region;
    for (const canvas::Pane& pane : m_canvas.panes()) region += QRectF(pane.body.x / ratio, pane.body.y / ratio, pane.body.width / ratio, pane.body.height / ratio).toAlignedRect();
    return region;
}

canvas::Rect StageCanvas::deviceRect(const QRect& rect) const {
    const double ratio = devicePixelRatioF();
    const auto device = [ratio](int logical) { return static_cast<float>(std::round(logical * ratio)); };
    const float x = device(rect.x()), y = device(rect.y());
    // Sizes are rounded by themselves: bodies of one size stay of one size wherever they lie.
    return {x, y, device(rect.width()), device(rect.height())};
}

bool StageCanvas::makeCurrent() {
    if (m_context) return m_context->makeCurrent(m_nowhere.get());
    if (!m_surface || !m_surface->isValid()) return false;
    m_surface->makeCurrent();
    return true;
}

void StageCanvas::doneCurrent() {
    m_surface ? m_surface->doneCurrent() : m_context->doneCurrent();
}

void StageCanvas::initialise() {
    if (m_initialised) return;
    m_initialised = true;
    canvas::Canvas::Options options;
    options.fontData = face();
    const std::string failed = m_canvas.initialise(options);
    m_useless = !failed.empty();
    setTrouble(QString::fromStdString(failed));
}

void StageCanvas::releaseContext() {
    if (!m_initialised || !makeCurrent()) return;
    m_canvas.release();
    if (m_hud) m_hud->release();
    m_hud.reset();
    m_hudTarget.reset();
    m_target.reset();
    doneCurrent();
    m_initialised = false;
}

void StageCanvas::warmUp() {
    if (m_initialised || m_useless || !makeCurrent()) return;
    initialise();
    if (!m_useless) drawWarmUp();
    doneCurrent();
}

/// Draws one small picture of each kind out of sight: software GL compiles a shader for its target and textures when it is first used.
void StageCanvas::drawWarmUp() {
    constexpr int kSide = 32;
    QOpenGLFramebufferObject target(kSide, kSide, readsBack() ? QOpenGLFramebufferObject::NoAttachment : QOpenGLFramebufferObject::CombinedDepthStencil);
    if (!target.bind()) return;
    canvas::Pane colour{.body = {0, 0, kSide / 2, kSide}, .current = true}, field{.body = {kSide / 2, 0, kSide / 2, kSide}};
    colour.picture = std::make_shared<const Picture>(Picture{.image = Image(kSide, kSide, 3, SharedArray<std::uint8_t>(std::vector<std::uint8_t>(kSide * kSide * 3)))});
    field.picture = std::make_shared<const Picture>(Picture{.image = Image(kSide, kSide, 3, SharedArray<float>(std::vector<float>(kSide * kSide * 3)))});
    field.look.mapping = FieldMapping::Absolute;
    std::vector<canvas::Pane> panes = m_canvas.panes();
    m_canvas.setPanes({colour, field});
    m_canvas.draw(kSide, kSide);
    m_canvas.setPanes(std::move(panes));
    target.release();
}

void StageCanvas::setTrouble(const QString& trouble) {
    if (trouble == m_trouble) return;
    m_trouble = trouble;
    // Not from within a paint: whoever listens changes widgets.
    QMetaObject::invokeMethod(this, &StageCanvas::troubleChanged, Qt::QueuedConnection);
}

QSize StageCanvas::deviceSize() const {
    return {static_cast<int>(std::lround(width() * devicePixelRatioF())), static_cast<int>(std::lround(height() * devicePixelRatioF()))};
}

QImage StageCanvas::hudImage(overlay::HudState state, QSize atMost, const overlay::HudPointer& pointer) {
    if (m_useless || atMost.isEmpty() || !makeCurrent()) return {};
    initialise();
    QImage image;
    if (!m_useless) {
        if (!m_hud) {
            m_hud = std::make_unique<overlay::Hud>();
            m_hudTarget = std::make_unique<FrameTarget>();
            setTrouble(QString::fromStdString(m_hud->initialise(face())));
        }
        state.frameSeconds = m_frameSeconds;
        if (m_hudTarget->bind(atMost)) {
            QOpenGLFunctions* gl = QOpenGLContext::currentContext()->functions();
            gl->glDisable(GL_SCISSOR_TEST);
            gl->glClearColor(0, 0, 0, 0);
            gl->glClear(GL_COLOR_BUFFER_BIT);
            const overlay::HudArea area = m_hud->draw(state, atMost.width(), atMost.height(), static_cast<float>(devicePixelRatioF()), {.margin = 0, .pointer = pointer});
            image = m_hudTarget->read(QSize(static_cast<int>(std::ceil(area.width)), static_cast<int>(std::ceil(area.height))), QImage::Format_ARGB32_Premultiplied);
        }
    }
    doneCurrent();
    return image;
}

/// With the context current and what is to be drawn on bound.
void StageCanvas::drawFrame() {
    initialise();
    if (m_useless) return;
    const auto begun = std::chrono::steady_clock::now();
    const QSize size = deviceSize();
    m_canvas.setPixelRatio(static_cast<float>(devicePixelRatioF()));
    setTrouble(QString::fromStdString(m_canvas.draw(size.width(), size.height())));
    if (m_target) m_frame = m_target->read(size, QImage::Format_RGB32);
    m_frameSeconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count();
}

void StageCanvas::paintEvent(QPaintEvent*) {
    if (m_surface) return;
    const bool blank = m_useless || isBlank(), stale = m_stale || m_frame.size() != deviceSize();
    if (stale && !blank && makeCurrent()) {
        if (!m_target) m_target = std::make_unique<FrameTarget>();
        if (m_target->bind(deviceSize())) drawFrame();
        doneCurrent();
        m_stale = false;
    }
    QPainter painter(this);
    if (blank || m_frame.isNull()) {
        painter.fillRect(rect(), tokens().canvas);
    } else {
        // In device pixels, so that each is drawn as it is.
        painter.scale(1 / devicePixelRatioF(), 1 / devicePixelRatioF());
        painter.setCompositionMode(QPainter::CompositionMode_Source);
        painter.drawImage(0, 0, m_frame);
    }
    if (!blank && !stale) return;  // a widget above it has changed
    Q_EMIT painted();
    QMetaObject::invokeMethod(this, &StageCanvas::frameSwapped, Qt::QueuedConnection);
}

void StageCanvas::resizeEvent(QResizeEvent*) {
    if (m_surface) m_surface->setGeometry(rect());
    redraw();
}

}  // namespace tessera::ui
