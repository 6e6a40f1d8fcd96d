// SPDX-License-Identifier: GPL-3.0-or-later
#include "panels/stage/stage_canvas.h"

#include <chrono>
#include <cmath>

#include <QFile>
#include <QOpenGLContext>
#include <QOpenGLFramebufferObject>
#include <QOpenGLFunctions>

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

}  // namespace

QSurfaceFormat stageSurfaceFormat() {
    QSurfaceFormat format;
    format.setVersion(3, 3);
    format.setProfile(QSurfaceFormat::CoreProfile);
    format.setDepthBufferSize(0);
    format.setStencilBufferSize(0);
    return format;
}

StageCanvas::StageCanvas(QWidget* parent) : QOpenGLWidget(parent) {
    setFormat(stageSurfaceFormat());
    setMouseTracking(true);
    connect(&Theme::instance(), &Theme::changed, this, &StageCanvas::dress);
    dress();
}

StageCanvas::~StageCanvas() {
    releaseContext();
}

void StageCanvas::dress() {
    m_canvas.setBackground(colourFrom(tokens().canvas));
    m_canvas.setAccent(colourFrom(m_focused ? tokens().accent : tokens().edge));
    update();
}

void StageCanvas::setFocused(bool focused) {
    m_focused = focused;
    dress();
}

void StageCanvas::setPanes(std::vector<canvas::Pane> panes) {
    if (panes == m_canvas.panes()) return;  // a cell's progress draws nothing here
    m_canvas.setPanes(std::move(panes));
    update();
}

void StageCanvas::setCamera(const canvas::Camera& camera) {
    if (camera == m_canvas.camera()) return;
    m_canvas.setCamera(camera);
    update();
}

canvas::Rect StageCanvas::deviceRect(const QRect& rect) const {
    const double ratio = devicePixelRatioF();
    const auto device = [ratio](int logical) { return static_cast<float>(std::round(logical * ratio)); };
    const float x = device(rect.x()), y = device(rect.y());
    // Sizes are rounded by themselves: bodies of one size stay of one size wherever they lie.
    return {x, y, device(rect.width()), device(rect.height())};
}

void StageCanvas::initializeGL() {
    m_initialised = false;
    // The window's native surface may be made anew (docking, another screen): then this context ends before the widget does.
    connect(context(), &QOpenGLContext::aboutToBeDestroyed, this, &StageCanvas::releaseContext, Qt::UniqueConnection);
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
    if (!m_initialised) return;
    makeCurrent();
    m_canvas.release();
    if (m_hud) m_hud->release();
    m_hud.reset();
    doneCurrent();
    m_initialised = false;
}

void StageCanvas::warmUp() {
    if (m_initialised || !isValid()) return;
    makeCurrent();
    initialise();
    if (!m_useless) drawWarmUp();
    doneCurrent();
}

/// Draws one small picture of each kind out of sight: software GL compiles a shader for its target and textures when it is first used.
void StageCanvas::drawWarmUp() {
    constexpr int kSide = 32;
    QOpenGLFramebufferObject target(kSide, kSide, QOpenGLFramebufferObject::CombinedDepthStencil);
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

void StageCanvas::setHud(std::function<overlay::HudState()> figures, QPoint corner) {
    m_figures = std::move(figures);
    m_hudCorner = corner;
    update();
}

void StageCanvas::drawHud(double frameSeconds) {
    if (!m_figures) return;
    if (!m_hud) {
        m_hud = std::make_unique<overlay::Hud>();
        setTrouble(QString::fromStdString(m_hud->initialise(face())));
    }
    overlay::HudState state = m_figures();
    state.frameSeconds = frameSeconds;
    const QSize size = deviceSize();
    // OpenGL counts from below: a framebuffer that is less high begins further down.
    const int top = static_cast<int>(std::lround(m_hudCorner.y() * devicePixelRatioF()));
    m_hud->draw(state, size.width(), size.height() - top, static_cast<float>(devicePixelRatioF()), static_cast<float>(m_hudCorner.x() * devicePixelRatioF()));
}

void StageCanvas::paintGL() {
    if (m_canvas.panes().empty() && !m_initialised) {
        const QColor ground = tokens().canvas;
        QOpenGLFunctions* gl = context()->functions();
        gl->glClearColor(ground.redF(), ground.greenF(), ground.blueF(), 1);
        gl->glClear(GL_COLOR_BUFFER_BIT);
    } else {
        initialise();
        if (m_useless) return;
        const auto begun = std::chrono::steady_clock::now();
        const QSize size = deviceSize();
        m_canvas.setPixelRatio(static_cast<float>(devicePixelRatioF()));
        setTrouble(QString::fromStdString(m_canvas.draw(size.width(), size.height())));
        drawHud(std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count());
    }
    Q_EMIT painted();
}

}  // namespace tessera::ui
