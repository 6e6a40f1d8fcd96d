// SPDX-License-Identifier: GPL-3.0-or-later
#include "panels/train/curve_plot.h"

#include <algorithm>
#include <array>
#include <cmath>

#include <QKeyEvent>
#include <QMouseEvent>
#include <QPainter>
#include <QPainterPath>

#include "theme/theme.h"

namespace tessera::ui {
namespace {

constexpr int kTop = 10, kRight = 14, kBottom = 22, kLabelGap = 6, kTickGap = 40, kDot = 3;
constexpr double kFaint = 0.35;
constexpr int kJoinedPoints = 3;  // more of them in one column of pixels are drawn as what they span

/// 1, 2 or 5 times a power of ten, not below.
double niceStep(double least) {
    const double power = std::pow(10, std::floor(std::log10(least)));
    for (const double factor : {1.0, 2.0, 5.0}) {
        if (factor * power >= least) return factor * power;
    }
    return 10 * power;
}

bool isDrawn(double value, bool logarithmic) {
    return std::isfinite(value) && (!logarithmic || value > 0);
}

}  // namespace

QString curveNumber(double value) {
    if (std::isnan(value)) return QStringLiteral("–");
    return QString::number(value, 'g', 4).replace(u'-', QChar(0x2212));
}

QPen StepCurve::pen() const {
    constexpr std::array kDashes{Qt::SolidLine, Qt::DashDotLine, Qt::DashDotDotLine};
    const auto& colours = tokens().series;
    const std::size_t place = static_cast<std::size_t>(mark);
    return {colours[place % colours.size()], 1.5, dotted ? Qt::DotLine : kDashes[place / colours.size() % kDashes.size()]};
}

CurvePlot::CurvePlot(const QString& name, QWidget* parent) : QWidget(parent) {
    setMouseTracking(true);
    setFocusPolicy(Qt::StrongFocus);
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Expanding);
    setAccessibleName(name);
    connect(&Theme::instance(), &Theme::changed, this, qOverload<>(&QWidget::update));
}

void CurvePlot::setCurves(std::vector<StepCurve> curves) {
    m_curves = std::move(curves);
    fitAxis();
}

void CurvePlot::setTitle(const QString& title) {
    m_title = title;
    update();
}

void CurvePlot::setLogarithmic(bool logarithmic) {
    m_axis.logarithmic = logarithmic;
    fitAxis();
}

void CurvePlot::setSteps(std::int64_t first, std::int64_t last) {
    m_first = first;
    m_last = std::max(last, first + 1);
    update();
}

void CurvePlot::setCursor(std::optional<std::int64_t> step) {
    if (step == m_cursor) return;
    m_cursor = step;
    setAccessibleDescription(readout().join(QStringLiteral(", ")));
    update();
}

void CurvePlot::fitAxis() {
    double low = std::numeric_limits<double>::infinity(), high = -low;
    for (const StepCurve& curve : m_curves) {
        for (const double value : curve.values) {
            if (!isDrawn(value, m_axis.logarithmic)) continue;
            low = std::min(low, value);
            high = std::max(high, value);
        }
    }
    if (!(low <= high)) {
        low = m_axis.logarithmic ? 0.1 : 0;
        high = 1;
    }
    if (m_axis.logarithmic) {
        const double room = std::max(0.05 * std::log10(high / low), 0.05);
        m_axis.low = low / std::pow(10, room);
        m_axis.high = high * std::pow(10, room);
    } else {
        const double room = high > low ? 0.06 * (high - low) : std::max(0.1 * std::abs(high), 1e-6);
        m_axis.low = low - room;
        m_axis.high = high + room;
    }
    update();
}

double CurvePlot::Axis::share(double value) const {
    return logarithmic ? std::log(value / low) / std::log(high / low) : (value - low) / (high - low);
}

std::vector<double> CurvePlot::Axis::ticks() const {
    std::vector<double> ticks;
    if (!logarithmic) {
        const double step = niceStep((high - low) / 5);
        for (double tick = std::ceil(low / step) * step; tick <= high; tick += step) ticks.push_back(std::abs(tick) < step / 1000 ? 0 : tick);
        return ticks;
    }
    const double decades = std::log10(high / low);
    const int stride = std::max(1, static_cast<int>(std::ceil(decades / 6)));
    for (int power = static_cast<int>(std::floor(std::log10(low))); power <= std::ceil(std::log10(high)); ++power) {
        if (decades >= 2 && power % stride != 0) continue;
        for (const double factor : {1.0, 2.0, 5.0}) {
            const double tick = factor * std::pow(10, power);
            if (tick >= low && tick <= high && (factor == 1 || decades < 2)) ticks.push_back(tick);
        }
    }
    // Less than from one tick to the next.
    if (ticks.size() < 2) return Axis{low, high, false}.ticks();
    return ticks;
}

int CurvePlot::axisWidth() const {
    const QFontMetrics metrics(Theme::instance().font(TextSize::Axis));
    int widest = 0;
    for (const double tick : m_axis.ticks()) widest = std::max(widest, metrics.horizontalAdvance(curveNumber(tick)));
    return widest + 2 * kLabelGap + (m_title.isEmpty() ? 0 : metrics.height() + 2);
}

void CurvePlot::setLeastAxisWidth(int width) {
    m_leastAxisWidth = width;
    update();
}

QRectF CurvePlot::area() const {
    const QFontMetrics metrics(Theme::instance().font(TextSize::Axis));
    const int left = std::max(axisWidth(), m_leastAxisWidth);
    return QRectF(rect()).adjusted(left, kTop, -kRight, -std::max(kBottom, metrics.height() + kLabelGap));
}

double CurvePlot::xOf(double step) const {
    const QRectF room = area();
    return room.left() + room.width() * (step - static_cast<double>(m_first)) / static_cast<double>(m_last - m_first);
}

double CurvePlot::yOf(double value) const {
    const QRectF room = area();
    return room.bottom() - room.height() * m_axis.share(value);
}

std::optional<QPointF> CurvePlot::placeOf(std::int64_t step, double value) const {
    if (!isDrawn(value, m_axis.logarithmic)) return std::nullopt;
    return QPointF(xOf(static_cast<double>(step)), yOf(value));
}

const StepCurve* CurvePlot::longest() const {
    const auto found = std::ranges::max_element(m_curves, {}, [](const StepCurve& curve) { return curve.steps.size(); });
    return found == m_curves.end() || found->steps.empty() ? nullptr : &*found;
}

std::optional<std::size_t> CurvePlot::nearest(const StepCurve& curve, std::int64_t step) const {
    if (curve.steps.empty()) return std::nullopt;
    const auto after = std::ranges::lower_bound(curve.steps, step);
    if (after == curve.steps.begin()) return 0;
    const auto index = static_cast<std::size_t>(after - curve.steps.begin());
    if (after == curve.steps.end()) return index - 1;
    return step - curve.steps[index - 1] <= *after - step ? index - 1 : index;
}

QStringList CurvePlot::readout() const {
    if (!m_cursor) return {};
    QStringList lines{tr("step %1").arg(*m_cursor)};
    for (const StepCurve& curve : m_curves) {
        const auto index = nearest(curve, *m_cursor);
        if (!index) continue;
        // Figures are measured now and then: which step it was of is said where it is another one.
        const std::int64_t step = curve.steps[*index];
        const QString value = curveNumber(curve.shown()[*index]);
        lines << (step == *m_cursor ? QStringLiteral("%1  %2").arg(curve.name, value) : tr("%1  %2  at step %3").arg(curve.name, value).arg(step));
    }
    return lines;
}

void CurvePlot::move(std::optional<std::int64_t> step) {
    if (step == m_cursor) return;
    setCursor(step);
    Q_EMIT cursorMoved(step);
}

bool CurvePlot::event(QEvent* event) {
    if (event->type() == QEvent::FocusIn || event->type() == QEvent::FocusOut) update();
    return QWidget::event(event);
}

void CurvePlot::mouseMoveEvent(QMouseEvent* event) {
    const QRectF room = area();
    const StepCurve* curve = longest();
    if (!curve || event->position().x() < room.left() - kLabelGap || event->position().x() > room.right() + kRight) return move(std::nullopt);
    const double step = static_cast<double>(m_first) + (event->position().x() - room.left()) / room.width() * static_cast<double>(m_last - m_first);
    move(curve->steps[*nearest(*curve, std::llround(step))]);
}

void CurvePlot::leaveEvent(QEvent*) {
    move(std::nullopt);
}

void CurvePlot::keyPressEvent(QKeyEvent* event) {
    const StepCurve* curve = longest();
    const int key = event->key();
    if (!curve || (key != Qt::Key_Left && key != Qt::Key_Right && key != Qt::Key_Home && key != Qt::Key_End && (key != Qt::Key_Escape || !m_cursor))) return QWidget::keyPressEvent(event);
    if (key == Qt::Key_Escape) return move(std::nullopt);
    const std::size_t last = curve->steps.size() - 1;
    const std::optional<std::size_t> now = m_cursor ? nearest(*curve, *m_cursor) : std::nullopt;
    if (key == Qt::Key_Home) return move(curve->steps.front());
    if (key == Qt::Key_End || !now) return move(curve->steps.back());
    move(curve->steps[key == Qt::Key_Left ? (*now > 0 ? *now - 1 : 0) : std::min(*now + 1, last)]);
}

void CurvePlot::paintEvent(QPaintEvent*) {
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setFont(Theme::instance().font(TextSize::Axis));
    const Tokens& t = tokens();
    painter.fillRect(rect(), t.dock);
    paintGrid(painter);
    painter.save();
    painter.setClipRect(area().adjusted(-1, -1, kDot + 1, 1));
    for (const StepCurve& curve : m_curves) {
        if (curve.smoothed.empty()) continue;
        QPen faint = curve.pen();
        QColor colour = faint.color();
        colour.setAlphaF(kFaint);
        faint.setColor(colour);
        faint.setWidthF(1);
        paintCurve(painter, curve, curve.values, faint);
    }
    for (const StepCurve& curve : m_curves) paintCurve(painter, curve, curve.shown(), curve.pen());
    painter.restore();
    if (m_cursor) paintCursor(painter);
    if (!hasFocus()) return;
    painter.setBrush(Qt::NoBrush);
    painter.setPen(QPen(t.accent, 2));
    painter.drawRect(rect().adjusted(1, 1, -1, -1));
}

void CurvePlot::paintGrid(QPainter& painter) const {
    const Tokens& t = tokens();
    const QRectF room = area();
    const QFontMetrics metrics = painter.fontMetrics();
    painter.setRenderHint(QPainter::Antialiasing, false);
    painter.fillRect(room, t.base);
    if (!longest()) {
        painter.setPen(t.second);
        painter.drawText(room, Qt::AlignCenter, m_curves.empty() && m_last > 1 ? tr("All curves are hidden") : tr("No report yet"));
        return;
    }
    for (const double tick : m_axis.ticks()) {
        const double y = yOf(tick);
        painter.setPen(t.line);
        painter.drawLine(QPointF(room.left(), y), QPointF(room.right(), y));
        painter.setPen(t.second);
        painter.drawText(QRectF(0, y - metrics.height() / 2.0, room.left() - kLabelGap, metrics.height()), int(Qt::AlignRight) | Qt::AlignVCenter, curveNumber(tick));
    }
    // As many labels as fit, on whole steps.
    const int wide = metrics.horizontalAdvance(QString::number(m_last)) + kTickGap;
    const double span = static_cast<double>(m_last - m_first), step = std::max(1.0, niceStep(span / std::max(1.0, room.width() / wide)));
    for (double tick = std::ceil(static_cast<double>(m_first) / step) * step; tick <= static_cast<double>(m_last); tick += step) {
        const double x = xOf(tick);
        painter.setPen(t.edge);
        painter.drawLine(QPointF(x, room.bottom()), QPointF(x, room.bottom() + 3));
        painter.setPen(t.second);
        painter.drawText(QRectF(x - wide / 2.0, room.bottom() + 4, wide, metrics.height()), Qt::AlignCenter, QString::number(tick, 'f', 0));
    }
    painter.setPen(t.edge);
    painter.drawLine(room.bottomLeft(), room.bottomRight());
    painter.drawLine(room.topLeft(), room.bottomLeft());
    painter.setRenderHint(QPainter::Antialiasing);
    if (m_title.isEmpty()) return;
    painter.save();
    painter.setPen(t.second);
    painter.translate(metrics.height() / 2.0 + 2, room.center().y());
    painter.rotate(-90);
    painter.drawText(QRectF(-room.height() / 2, -metrics.height() / 2.0, room.height(), metrics.height()), Qt::AlignCenter, metrics.elidedText(m_title, Qt::ElideRight, static_cast<int>(room.height())));
    painter.restore();
}

void CurvePlot::paintCurve(QPainter& painter, const StepCurve& curve, const std::vector<double>& values, const QPen& pen) const {
    const QRectF room = area();
    const double scale = room.width() / static_cast<double>(m_last - m_first);
    const std::size_t count = std::min(curve.steps.size(), values.size());
    QPainterPath path;
    bool joined = false;  // to the point before
    const auto lineTo = [&](double x, double y) {
        joined ? path.lineTo(x, y) : path.moveTo(x, y);
        joined = true;
    };
    const double atLow = std::log(m_axis.low), perLog = room.height() / (std::log(m_axis.high) - atLow), perUnit = room.height() / (m_axis.high - m_axis.low);
    const auto y = [&](double value) { return m_axis.logarithmic ? room.bottom() - (std::log(value) - atLow) * perLog : room.bottom() - (value - m_axis.low) * perUnit; };
    const auto x = [&](std::size_t i) { return room.left() + static_cast<double>(curve.steps[i] - m_first) * scale; };
    for (std::size_t i = 0; i < count;) {
        const double column = std::floor(x(i));
        std::size_t end = i;
        double low = std::numeric_limits<double>::infinity(), high = -low;
        for (; end < count && std::floor(x(end)) == column; ++end) {
            if (!isDrawn(values[end], m_axis.logarithmic)) continue;
            low = std::min(low, values[end]);
            high = std::max(high, values[end]);
        }
        if (end - i > kJoinedPoints && low <= high) {
            lineTo(column, y(low));
            lineTo(column, y(high));
        } else {
            for (std::size_t k = i; k < end; ++k) {
                if (isDrawn(values[k], m_axis.logarithmic)) lineTo(x(k), y(values[k]));
                else joined = false;
            }
        }
        i = end;
    }
    painter.setPen(pen);
    painter.setBrush(Qt::NoBrush);
    painter.drawPath(path);
    // One point is no line, and figures are measured here and there.
    if (!curve.dotted && count != 1) return;
    painter.setPen(Qt::NoPen);
    painter.setBrush(pen.color());
    double drawnTo = -1e9;
    for (std::size_t i = 0; i < count; ++i) {
        if (!isDrawn(values[i], m_axis.logarithmic) || x(i) < drawnTo + kDot) continue;
        painter.drawEllipse(QPointF(x(i), y(values[i])), kDot, kDot);
        drawnTo = x(i);
    }
}

void CurvePlot::paintCursor(QPainter& painter) const {
    const Tokens& t = tokens();
    const QRectF room = area();
    const double at = xOf(static_cast<double>(*m_cursor));
    painter.setPen(QPen(t.second, 1, Qt::DashLine));
    painter.drawLine(QPointF(at, room.top()), QPointF(at, room.bottom()));
    for (const StepCurve& curve : m_curves) {
        const auto index = nearest(curve, *m_cursor);
        if (!index) continue;
        const auto place = placeOf(curve.steps[*index], curve.shown()[*index]);
        if (!place) continue;
        painter.setPen(QPen(t.base, 1));
        painter.setBrush(curve.pen().color());
        painter.drawEllipse(*place, kDot + 1, kDot + 1);
    }
    const QStringList lines = readout();
    const QFontMetrics metrics = painter.fontMetrics();
    int widest = 0;
    for (const QString& line : lines) widest = std::max(widest, metrics.horizontalAdvance(line));
    constexpr int kPadding = 8, kSwatch = 14;
    const QSizeF size(widest + 2 * kPadding + kSwatch, metrics.height() * static_cast<double>(lines.size()) + 2 * kPadding - 4);
    const bool left = at + 10 + size.width() > room.right();
    QRectF box(QPointF(left ? at - 10 - size.width() : at + 10, room.top() + 4), size);
    box.moveLeft(std::max(box.left(), room.left()));
    painter.setPen(t.edge);
    painter.setBrush(t.dockTitle);
    painter.drawRoundedRect(box, size::kRadius, size::kRadius);
    double y = box.top() + kPadding - 2;
    std::size_t curve = 0;
    for (qsizetype i = 0; i < lines.size(); ++i, y += metrics.height()) {
        if (i > 0) {
            while (curve < m_curves.size() && m_curves[curve].steps.empty()) ++curve;
            if (curve < m_curves.size()) {
                painter.setPen(m_curves[curve++].pen());
                painter.drawLine(QPointF(box.left() + kPadding, y + metrics.height() / 2.0), QPointF(box.left() + kPadding + kSwatch - 4, y + metrics.height() / 2.0));
            }
        }
        painter.setPen(i == 0 ? t.second : t.text);
        painter.drawText(QRectF(box.left() + kPadding + (i == 0 ? 0 : kSwatch), y, box.width(), metrics.height()), int(Qt::AlignLeft) | Qt::AlignVCenter, lines[i]);
    }
}

}  // namespace tessera::ui
