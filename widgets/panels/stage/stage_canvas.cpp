// SPDX-License-Identifier: GPL-3.0-or-later
#include "panels/stage/stage_canvas.h"

#include <cmath>

#include <QFile>
#include <QOpenGLContext>
#include <QOpenGLFunctions>

#include "theme/theme.h"

namespace tessera::ui {
namespace {

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
    QFile face(QStringLiteral(":/fonts/Roboto-Regular.ttf"));
    if (face.open(QIODevice::ReadOnly)) {
        const QByteArray bytes = face.readAll();
        options.fontData.assign(bytes.begin(), bytes.end());
    }
    const std::string failed = m_canvas.initialise(options);
    m_useless = !failed.empty();
    setTrouble(QString::fromStdString(failed));
}

void StageCanvas::releaseContext() {
    if (!m_initialised) return;
    makeCurrent();
    m_canvas.release();
    doneCurrent();
    m_initialised = false;
}

void StageCanvas::warmUp() {
    if (m_initialised || !isValid()) return;
    makeCurrent();
    initialise();
    doneCurrent();
}

void StageCanvas::setTrouble(const QString& trouble) {
    if (trouble == m_trouble) return;
    m_trouble = trouble;
    // Not from within a paint: whoever listens changes widgets.
    QMetaObject::invokeMethod(this, &StageCanvas::troubleChanged, Qt::QueuedConnection);
}

void StageCanvas::paintGL() {
    if (m_canvas.panes().empty() && !m_initialised) {
        const QColor ground = tokens().canvas;
        QOpenGLFunctions* gl = context()->functions();
        gl->glClearColor(ground.redF(), ground.greenF(), ground.blueF(), 1);
        gl->glClear(GL_COLOR_BUFFER_BIT);
    } else {
        initialise();
        m_canvas.setPixelRatio(static_cast<float>(devicePixelRatioF()));
        const int width = static_cast<int>(std::lround(this->width() * devicePixelRatioF()));
        const int height = static_cast<int>(std::lround(this->height() * devicePixelRatioF()));
        if (!m_useless) setTrouble(QString::fromStdString(m_canvas.draw(width, height)));
    }
    Q_EMIT painted();
}

}  // namespace tessera::ui
