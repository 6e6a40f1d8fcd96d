// SPDX-License-Identifier: GPL-3.0-or-later
#include "panels/stage/parameter_slider.h"

#include <cmath>

#include <QKeyEvent>
#include <QMouseEvent>
#include <QPainter>

#include "theme/theme.h"

namespace tessera::ui {
namespace {

constexpr int kHandle = 14, kGroove = 4, kHeight = 24, kWidth = 116, kLeastWidth = 60, kLargeStep = 10;
constexpr double kMagnet = 4;  // logical pixels within which the handle keeps to the origin

}  // namespace

ParameterSlider::ParameterSlider(int lowest, int highest, int origin, QWidget* parent) : QSlider(Qt::Horizontal, parent), m_origin(origin) {
    setRange(lowest, highest);
    setSingleStep(1);
    setPageStep(kLargeStep);
    setValue(origin);
    setFocusPolicy(Qt::StrongFocus);
    setSizePolicy(QSizePolicy::Preferred, QSizePolicy::Fixed);
    connect(&Theme::instance(), &Theme::changed, this, qOverload<>(&QWidget::update));
}

QSize ParameterSlider::sizeHint() const {
    return {kWidth, kHeight};
}

QSize ParameterSlider::minimumSizeHint() const {
    return {kLeastWidth, kHeight};
}

double ParameterSlider::placeOf(int value) const {
    const double share = double(value - minimum()) / std::max(1, maximum() - minimum());
    return kHandle / 2.0 + share * (width() - kHandle);
}

int ParameterSlider::valueAt(double x) const {
    if (std::abs(x - placeOf(m_origin)) < kMagnet) return m_origin;
    const double share = (x - kHandle / 2.0) / std::max(1, width() - kHandle);
    return std::clamp(minimum() + static_cast<int>(std::lround(share * (maximum() - minimum()))), minimum(), maximum());
}

void ParameterSlider::paintEvent(QPaintEvent*) {
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    const Tokens& t = tokens();
    const double middle = height() / 2.0, handle = placeOf(value()), origin = placeOf(m_origin);
    painter.setPen(Qt::NoPen);
    const QRectF groove(0, middle - kGroove / 2.0, width(), kGroove);
    painter.setBrush(isEnabled() ? t.edge : t.line);
    painter.drawRoundedRect(groove, kGroove / 2.0, kGroove / 2.0);
    if (isEnabled()) {
        painter.setBrush(t.accent);
        // From the end, the filled part begins at the groove's end.
        const double from = m_origin == minimum() ? 0 : std::min(origin, handle);
        painter.drawRoundedRect(QRectF(from, groove.y(), std::max(origin, handle) - from, kGroove), kGroove / 2.0, kGroove / 2.0);
    }
    painter.setBrush(isEnabled() ? t.text : t.disabled);
    painter.drawEllipse(QPointF(handle, middle), kHandle / 2.0, kHandle / 2.0);
    if (!hasFocus()) return;
    painter.setBrush(Qt::NoBrush);
    painter.setPen(QPen(t.accent, 2));
    painter.drawEllipse(QPointF(handle, middle), kHandle / 2.0 + 2, kHandle / 2.0 + 2);
}

void ParameterSlider::keyPressEvent(QKeyEvent* event) {
    const int step = event->modifiers() & Qt::ShiftModifier ? kLargeStep : 1;
    switch (event->key()) {
        case Qt::Key_Left:
        case Qt::Key_Down: setValue(value() - step); return;
        case Qt::Key_Right:
        case Qt::Key_Up: setValue(value() + step); return;
        default: QSlider::keyPressEvent(event);
    }
}

void ParameterSlider::mousePressEvent(QMouseEvent* event) {
    if (event->button() != Qt::LeftButton) return;
    setSliderDown(true);
    setValue(valueAt(event->position().x()));
}

void ParameterSlider::mouseMoveEvent(QMouseEvent* event) {
    if (isSliderDown()) setValue(valueAt(event->position().x()));
}

void ParameterSlider::mouseReleaseEvent(QMouseEvent* event) {
    if (event->button() == Qt::LeftButton) setSliderDown(false);
}

void ParameterSlider::mouseDoubleClickEvent(QMouseEvent*) {
    setSliderDown(false);
    setValue(m_origin);
}

void ParameterSlider::wheelEvent(QWheelEvent* event) {
    // Passing over it must not turn it.
    if (!hasFocus()) {
        event->ignore();
        return;
    }
    QSlider::wheelEvent(event);
}

}  // namespace tessera::ui
