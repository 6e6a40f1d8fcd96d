// SPDX-License-Identifier: GPL-3.0-or-later
#include "panels/histogram_plot.h"

#include <algorithm>
#include <cmath>

#include <QKeyEvent>
#include <QMouseEvent>
#include <QPainter>
#include <QPainterPath>

#include "canvas/look_maths.h"
#include "panels/histogram_data.h"
#include "panels/stage/number_words.h"
#include "theme/theme.h"

namespace tessera::ui {
namespace {

constexpr int kMargin = 6, kAxis = 18, kReach = 5, kFewBins = 128, kManyBins = 256, kLargeStep = 10, kKeyLine = 16;
constexpr double kVeil = 0.66;

}  // namespace

ChannelMark channelMark(int channel) {
    const Tokens& t = tokens();
    switch (channel) {
        case 0: return {HistogramPlot::tr("R"), HistogramPlot::tr("red"), t.error, Qt::DashLine};
        case 1: return {HistogramPlot::tr("G"), HistogramPlot::tr("green"), t.good, Qt::DotLine};
        case 2: return {HistogramPlot::tr("B"), HistogramPlot::tr("blue"), t.accent, Qt::DashDotLine};
        default: return {HistogramPlot::tr("L"), HistogramPlot::tr("luminance"), t.text, Qt::SolidLine};
    }
}

HistogramPlot::HistogramPlot(QWidget* parent) : QWidget(parent) {
    setMouseTracking(true);
    setFocusPolicy(Qt::StrongFocus);
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Expanding);
    setAccessibleName(tr("Histogram"));
    setToolTip(tr("Drag over values to keep only their pixels lit in all cells; double click or Esc for all of them.\nLeft and Right move the low end, with Shift the high end, with Ctrl by ten."));
    connect(&Theme::instance(), &Theme::changed, this, qOverload<>(&QWidget::update));
}

void HistogramPlot::setHistogram(std::shared_ptr<const FineHistogram> histogram, const canvas::PaneLook& look) {
    if (histogram == m_histogram && look == m_look) return;
    m_histogram = std::move(histogram);
    m_look = look;
    update();
}

void HistogramPlot::setLogarithmic(bool logarithmic) {
    m_logarithmic = logarithmic;
    update();
}

void HistogramPlot::setBrush(std::optional<Range> brush) {
    if (brush == m_brush) return;
    m_brush = brush;
    update();
}

QRect HistogramPlot::area() const {
    return rect().adjusted(kMargin, kMargin, -kMargin, -kAxis);
}

int HistogramPlot::bins() const {
    return area().width() >= kManyBins ? kManyBins : kFewBins;
}

double HistogramPlot::placeOf(double value) const {
    if (!m_histogram) return 0;
    return area().left() + (value - m_histogram->low()) / (double(m_histogram->high()) - m_histogram->low()) * area().width();
}

int HistogramPlot::binAt(double x) const {
    return std::clamp(static_cast<int>(std::floor((x - area().left()) / area().width() * bins())), 0, bins() - 1);
}

double HistogramPlot::heightOf(std::uint64_t count, std::uint64_t most) const {
    if (count == 0 || most == 0) return 0;
    const double share = m_logarithmic ? std::log1p(double(count)) / std::log1p(double(most)) : double(count) / double(most);
    // What is there at all is seen.
    return std::max(1.0, share * area().height());
}

void HistogramPlot::paintBars(QPainter& painter) const {
    const std::vector<std::uint64_t> counts = m_histogram->bins(0, bins());
    const std::uint64_t most = *std::ranges::max_element(counts);
    const QRectF room = area();
    const double width = room.width() / double(counts.size());
    QPainterPath outline(room.bottomLeft());
    for (std::size_t bin = 0; bin < counts.size(); ++bin) {
        const double height = heightOf(counts[bin], most), left = room.left() + width * double(bin);
        const auto colour = canvas::colourOfValue(static_cast<float>(m_histogram->edge(static_cast<int>(bin), bins()) + m_histogram->edge(static_cast<int>(bin) + 1, bins())) / 2, m_look);
        painter.fillRect(QRectF(left, room.bottom() - height, width + 0.5, height), QColor::fromRgbF(colour[0], colour[1], colour[2]));
        outline.lineTo(left, room.bottom() - height);
        outline.lineTo(left + width, room.bottom() - height);
    }
    // The ends of a map may be the colour of the ground.
    outline.lineTo(room.bottomRight());
    painter.setPen(QPen(tokens().second, 1));
    painter.setBrush(Qt::NoBrush);
    painter.drawPath(outline);
}

void HistogramPlot::paintLines(QPainter& painter) const {
    const QRectF room = area();
    std::vector<std::vector<std::uint64_t>> counts;
    std::uint64_t most = 0;
    for (int channel = 0; channel < m_histogram->channels(); ++channel) {
        counts.push_back(m_histogram->bins(channel, bins()));
        most = std::max(most, *std::ranges::max_element(counts.back()));
    }
    const double width = room.width() / bins();
    for (int channel = m_histogram->channels() - 1; channel >= 0; --channel) {
        QPainterPath path(room.bottomLeft());
        for (std::size_t bin = 0; bin < counts[channel].size(); ++bin) {
            const double y = room.bottom() - heightOf(counts[channel][bin], most);
            path.lineTo(room.left() + width * double(bin), y);
            path.lineTo(room.left() + width * double(bin + 1), y);
        }
        path.lineTo(room.bottomRight());
        const ChannelMark mark = channelMark(channel);
        if (channel == m_histogram->brushed()) {
            QColor fill = tokens().second;
            fill.setAlphaF(0.3F);
            painter.fillPath(path, fill);
        }
        painter.setBrush(Qt::NoBrush);
        painter.setPen(QPen(mark.colour, 1.2, mark.dashes, Qt::FlatCap));
        painter.drawPath(path);
    }
}

/// Which line is which, at the top right.
void HistogramPlot::paintKey(QPainter& painter) const {
    painter.setFont(Theme::instance().font(TextSize::Axis));
    const QFontMetrics metrics = painter.fontMetrics();
    int right = area().right() - kMargin;
    for (int channel = m_histogram->channels() - 1; channel >= 0; --channel) {
        const ChannelMark mark = channelMark(channel);
        const int width = metrics.horizontalAdvance(mark.letter), y = area().top() + metrics.height() / 2 + 4;
        painter.setPen(tokens().text);
        painter.drawText(QRect(right - width, y - metrics.height() / 2, width, metrics.height()), Qt::AlignCenter, mark.letter);
        painter.setPen(QPen(mark.colour, 1.5, mark.dashes, Qt::FlatCap));
        painter.drawLine(QPointF(right - width - 4 - kKeyLine, y), QPointF(right - width - 4, y));
        right -= width + kKeyLine + 14;
    }
}

void HistogramPlot::paintBrush(QPainter& painter) const {
    if (!m_brush) return;
    const QRectF room = area();
    const double low = std::clamp(placeOf(m_brush->first), room.left(), room.right()), high = std::clamp(placeOf(m_brush->second), room.left(), room.right());
    QColor veil = tokens().base;
    veil.setAlphaF(kVeil);
    painter.fillRect(QRectF(room.topLeft(), QPointF(low, room.bottom())), veil);
    painter.fillRect(QRectF(QPointF(high, room.top()), room.bottomRight()), veil);
    painter.setPen(QPen(tokens().accent, 2));
    for (const double end : {low, high}) painter.drawLine(QPointF(end, room.top()), QPointF(end, room.bottom()));
}

void HistogramPlot::paintAxes(QPainter& painter) const {
    const Tokens& t = tokens();
    const QRect room = area();
    painter.setPen(QPen(hasFocus() ? t.accent : t.edge, hasFocus() ? 2 : 1));
    painter.setBrush(Qt::NoBrush);
    painter.drawRect(QRectF(room).adjusted(-0.5, -0.5, 0.5, 0.5));
    painter.setFont(Theme::instance().font(TextSize::Axis));
    painter.setPen(t.second);
    const double scale = m_histogram->isColour() ? 255 : 1;
    const QRect line(room.left(), room.bottom() + 2, room.width(), kAxis - 2);
    painter.drawText(line, Qt::AlignLeft | Qt::AlignVCenter, shortNumber(m_histogram->low() * scale));
    painter.drawText(line, Qt::AlignHCenter | Qt::AlignVCenter, shortNumber((double(m_histogram->low()) + m_histogram->high()) / 2 * scale));
    painter.drawText(line, Qt::AlignRight | Qt::AlignVCenter, shortNumber(m_histogram->high() * scale));
}

void HistogramPlot::paintEvent(QPaintEvent*) {
    QPainter painter(this);
    painter.fillRect(area(), tokens().base);
    if (!m_histogram || m_histogram->channels() == 0) return;
    painter.setRenderHint(QPainter::Antialiasing);
    m_histogram->isColour() ? paintLines(painter) : paintBars(painter);
    paintBrush(painter);
    if (m_histogram->isColour()) paintKey(painter);
    if (m_hovered >= 0) {
        painter.setPen(QPen(tokens().text, 1, Qt::DotLine));
        const double x = area().left() + (m_hovered + 0.5) * area().width() / bins();
        painter.drawLine(QPointF(x, area().top()), QPointF(x, area().bottom()));
    }
    paintAxes(painter);
}

void HistogramPlot::tell(std::optional<Range> brush) {
    setBrush(brush);
    Q_EMIT brushChanged(brush);
}

void HistogramPlot::tellBrush(int first, int last) {
    if (!m_histogram) return;
    const auto [low, high] = std::minmax(first, last);
    tell(Range(static_cast<float>(m_histogram->edge(low, bins())), static_cast<float>(m_histogram->edge(high + 1, bins()))));
}

void HistogramPlot::mousePressEvent(QMouseEvent* event) {
    if (event->button() != Qt::LeftButton || !m_histogram) return;
    const double x = event->position().x();
    m_dragged = false;
    m_anchor = binAt(x);
    if (!m_brush) return;
    // An end that is taken hold of moves; the other one stays. Half a bin inside, so that both are counted as drawn.
    const double low = placeOf(m_brush->first), high = placeOf(m_brush->second), half = area().width() / (2.0 * bins());
    if (std::min(std::abs(x - low), std::abs(x - high)) > kReach) return;
    m_anchor = std::abs(x - low) < std::abs(x - high) ? binAt(high - half) : binAt(low + half);
}

void HistogramPlot::mouseMoveEvent(QMouseEvent* event) {
    const int bin = binAt(event->position().x());
    if (m_hovered != bin) {
        m_hovered = bin;
        update();
        Q_EMIT hovered(bin);
    }
    const bool nearEnd = m_brush && std::min(std::abs(event->position().x() - placeOf(m_brush->first)), std::abs(event->position().x() - placeOf(m_brush->second))) <= kReach;
    setCursor(nearEnd ? Qt::SplitHCursor : Qt::ArrowCursor);
    if (!m_anchor || !(event->buttons() & Qt::LeftButton)) return;
    if (!m_dragged && bin == *m_anchor) return;
    m_dragged = true;
    tellBrush(*m_anchor, bin);
}

void HistogramPlot::mouseReleaseEvent(QMouseEvent* event) {
    if (event->button() == Qt::LeftButton) m_anchor.reset();
}

void HistogramPlot::mouseDoubleClickEvent(QMouseEvent*) {
    m_anchor.reset();
    tell(std::nullopt);
}

void HistogramPlot::leaveEvent(QEvent*) {
    m_hovered = -1;
    update();
    Q_EMIT hovered(-1);
}

/// Without a selection both ends stand where the axis ends.
void HistogramPlot::moveEnd(bool high, int by) {
    if (!m_histogram) return;
    const double half = area().width() / (2.0 * bins());
    int first = m_brush ? binAt(placeOf(m_brush->first) + half) : 0, last = m_brush ? binAt(placeOf(m_brush->second) - half) : bins() - 1;
    if (high) {
        last = std::clamp(last + by, first, bins() - 1);
    } else {
        first = std::clamp(first + by, 0, last);
    }
    tellBrush(first, last);
}

void HistogramPlot::keyPressEvent(QKeyEvent* event) {
    const bool high = event->modifiers() & Qt::ShiftModifier;
    const int step = event->modifiers() & Qt::ControlModifier ? kLargeStep : 1;
    switch (event->key()) {
        case Qt::Key_Left: return moveEnd(high, -step);
        case Qt::Key_Right: return moveEnd(high, step);
        case Qt::Key_Escape: return tell(std::nullopt);
        default: QWidget::keyPressEvent(event);
    }
}

bool HistogramPlot::event(QEvent* event) {
    // Esc is a key of the window, except while there is a selection to take off.
    if (event->type() == QEvent::ShortcutOverride && static_cast<QKeyEvent*>(event)->key() == Qt::Key_Escape && m_brush) {
        event->accept();
        return true;
    }
    if (event->type() == QEvent::FocusIn || event->type() == QEvent::FocusOut) update();
    return QWidget::event(event);
}

}  // namespace tessera::ui
