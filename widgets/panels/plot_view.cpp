// SPDX-License-Identifier: GPL-3.0-or-later
#undef QT_NO_KEYWORDS  // qcustomplot.h says "signals" and "slots"; this is the only file that includes it
#include <qcustomplot.h>

#include "panels/plot_view.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>
#include <variant>

#include <QKeyEvent>
#include <QMouseEvent>
#include <QToolTip>

#include "theme/theme.h"

namespace tessera::ui {
namespace {

constexpr int kMargin = 2, kReach = 14, kDotReach = 8, kRing = 7, kLabelGap = 10, kTicks = 4, kMostLabel = 140;
constexpr double kFaintDot = 1.25, kStrongDot = 3.25;
constexpr float kFaint = 0.45F;

using Contents = std::variant<std::vector<PlotLine>, PlotBars, std::vector<PlotDot>>;

struct Mark {
    QCPScatterStyle::ScatterShape shape;
    Qt::PenStyle dash;
    bool hollow;
};
// Four series have colours of their own; what comes after them is hollow.
constexpr std::array<Mark, kPlotMarks> kMarks{{
    {QCPScatterStyle::ssCircle, Qt::SolidLine, false},
    {QCPScatterStyle::ssSquare, Qt::DashLine, false},
    {QCPScatterStyle::ssTriangle, Qt::DotLine, false},
    {QCPScatterStyle::ssDiamond, Qt::DashDotLine, false},
    {QCPScatterStyle::ssCircle, Qt::DashDotDotLine, true},
    {QCPScatterStyle::ssSquare, Qt::DashLine, true},
}};

QColor colourOfMark(int mark) {
    return tokens().series[static_cast<std::size_t>(mark) % tokens().series.size()];
}

/// With a true minus sign.
class Ticker : public QCPAxisTicker {
protected:
    QString getTickLabel(double tick, const QLocale& locale, QChar format, int precision) override {
        return QCPAxisTicker::getTickLabel(tick, locale, format, precision).replace(u'-', QChar(0x2212));
    }
};

/// What the library has no kind of plottable for, drawn between its axes by a function.
class Drawing : public QCPAbstractPlottable {
public:
    using Draw = std::function<void(QCPPainter&, const QCPAbstractPlottable&)>;
    Drawing(QCustomPlot& plot, Draw draw, bool clipped) : QCPAbstractPlottable(plot.xAxis, plot.yAxis), m_draw(std::move(draw)), m_clipped(clipped) {}

    double selectTest(const QPointF&, bool, QVariant*) const override { return -1; }
    QCPRange getKeyRange(bool& found, QCP::SignDomain) const override { return found = false, QCPRange(); }
    QCPRange getValueRange(bool& found, QCP::SignDomain, const QCPRange&) const override { return found = false, QCPRange(); }

protected:
    QRect clipRect() const override { return m_clipped ? QCPAbstractPlottable::clipRect() : mParentPlot->viewport(); }
    void draw(QCPPainter* painter) override { m_draw(*painter, *this); }
    void drawLegendIcon(QCPPainter*, const QRectF&) const override {}

private:
    Draw m_draw;
    bool m_clipped;
};

}  // namespace

struct PlotView::Private {
    PlotView& view;
    QCustomPlot* plot = nullptr;  ///< made when the view is first shown
    PlotAxis x, y;
    Contents contents;
    std::function<QString(PlotPlace)> words;
    std::optional<PlotPlace> marked, pointed;

    void build();
    void dress();
    void dressAxis(QCPAxis& axis, const PlotAxis& wanted);
    void fill();
    void addLine(const PlotLine& line);
    void drawBars(QCPPainter& painter, const QCPAbstractPlottable& drawing, const PlotBars& bars) const;
    void drawDots(QCPPainter& painter, const QCPAbstractPlottable& drawing, const std::vector<PlotDot>& dots) const;
    void drawOver(QCPPainter& painter, const QCPAbstractPlottable& drawing) const;
    void drawNames(QCPPainter& painter, const QCPAbstractPlottable& drawing, const std::vector<PlotLine>& lines) const;

    int seriesCount() const;
    int pointCount(int series) const;
    std::optional<QPointF> valueOf(PlotPlace place) const;
    std::optional<PlotPlace> nearest(QPointF position) const;
    void point(std::optional<PlotPlace> place, QPoint at);
    void step(int series, int points);
    template <typename T>
    void set(T& part, T value) {
        if (part == value) return;
        part = std::move(value);
        if (!valueOf(pointed.value_or(PlotPlace{-1, -1}))) pointed.reset();
        if (plot) fill();
    }
    template <typename T>
    void setContents(T value) {
        if (!std::holds_alternative<T>(contents)) contents = T();
        set(std::get<T>(contents), std::move(value));
    }
};

PlotView::PlotView(QWidget* parent) : QWidget(parent), d(new Private{*this}) {
    setMouseTracking(true);
    setFocusPolicy(Qt::StrongFocus);
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Expanding);
}

PlotView::~PlotView() = default;

void PlotView::setAxes(PlotAxis x, PlotAxis y) {
    d->set(d->x, std::move(x));
    d->set(d->y, std::move(y));
}

void PlotView::setLines(std::vector<PlotLine> lines) {
    d->setContents(std::move(lines));
}

void PlotView::setBars(PlotBars bars) {
    d->setContents(std::move(bars));
}

void PlotView::setDots(std::vector<PlotDot> dots) {
    d->setContents(std::move(dots));
}

void PlotView::setMarked(std::optional<PlotPlace> place) {
    d->set(d->marked, place);
}

void PlotView::setWords(std::function<QString(PlotPlace)> words) {
    d->words = std::move(words);
}

const std::optional<PlotPlace>& PlotView::pointed() const {
    return d->pointed;
}

void PlotView::Private::build() {
    plot = new QCustomPlot(&view);
    // The view itself takes mouse and keys.
    plot->setAttribute(Qt::WA_TransparentForMouseEvents);
    plot->setFocusPolicy(Qt::NoFocus);
    auto* layout = new QVBoxLayout(&view);
    layout->setContentsMargins(kMargin, kMargin, kMargin, kMargin);
    layout->addWidget(plot);
    plot->xAxis->setTicker(QSharedPointer<QCPAxisTicker>(new Ticker));
    plot->yAxis->setTicker(QSharedPointer<QCPAxisTicker>(new Ticker));
    plot->xAxis->grid()->setVisible(false);
    QObject::connect(&Theme::instance(), &Theme::changed, &view, [this] {
        dress();
        fill();
    });
    dress();
    fill();
}

void PlotView::Private::dress() {
    const Tokens& t = tokens();
    plot->setBackground(t.dock);
    plot->axisRect()->setBackground(t.base);
    for (QCPAxis* axis : {plot->xAxis, plot->yAxis}) {
        const QPen line(t.edge, 1);
        axis->setBasePen(line);
        axis->setTickPen(line);
        axis->setSubTicks(false);
        axis->setTickLengthIn(0);
        axis->setTickLengthOut(3);
        axis->setTickLabelFont(Theme::instance().font(TextSize::Axis));
        axis->setTickLabelColor(t.second);
        axis->setTickLabelPadding(3);
        axis->setLabelFont(Theme::instance().font(TextSize::Axis));
        axis->setLabelColor(t.second);
        axis->setLabelPadding(2);
    }
    plot->yAxis->grid()->setPen(QPen(t.line, 1));
    plot->yAxis->grid()->setZeroLinePen(QPen(t.line, 1));
}

void PlotView::Private::dressAxis(QCPAxis& axis, const PlotAxis& wanted) {
    axis.setLabel(wanted.title);
    axis.setRange(wanted.low, wanted.high > wanted.low ? wanted.high : wanted.low + 1);
    axis.setNumberFormat(QStringLiteral("g"));
    axis.setNumberPrecision(4);
    if (wanted.ticks.empty()) {
        if (axis.ticker().dynamicCast<QCPAxisTickerText>()) axis.setTicker(QSharedPointer<QCPAxisTicker>(new Ticker));
        axis.ticker()->setTickCount(kTicks);
        return;
    }
    const QSharedPointer<QCPAxisTickerText> ticker(new QCPAxisTickerText);
    for (const double tick : wanted.ticks) ticker->addTick(tick, QString::number(tick, 'g', 6));
    axis.setTicker(ticker);
}

void PlotView::Private::fill() {
    plot->clearPlottables();
    dressAxis(*plot->xAxis, x);
    dressAxis(*plot->yAxis, y);
    QCPAxisRect* room = plot->axisRect();
    int right = 12;
    if (const auto* lines = std::get_if<std::vector<PlotLine>>(&contents)) {
        const QFontMetrics metrics(Theme::instance().font(TextSize::Axis));
        for (const PlotLine& line : *lines) {
            addLine(line);
            right = std::max(right, std::min(kMostLabel, metrics.horizontalAdvance(line.name)) + 2 * kLabelGap);
        }
    } else {
        // The plot owns what it draws, and lives no longer than this.
        new Drawing(*plot, [this](QCPPainter& painter, const QCPAbstractPlottable& drawing) {
            if (const auto* bars = std::get_if<PlotBars>(&contents)) drawBars(painter, drawing, *bars);
            if (const auto* dots = std::get_if<std::vector<PlotDot>>(&contents)) drawDots(painter, drawing, *dots);
        }, true);
    }
    // Has a buffer of its own: what is pointed at moves over many dots that stay.
    (new Drawing(*plot, [this](QCPPainter& painter, const QCPAbstractPlottable& drawing) { drawOver(painter, drawing); }, false))->setLayer(QStringLiteral("overlay"));
    room->setAutoMargins(QCP::msLeft | QCP::msBottom);
    room->setMargins(QMargins(0, 10, right, 0));
    plot->replot(QCustomPlot::rpQueuedReplot);
}

void PlotView::Private::addLine(const PlotLine& line) {
    const Mark& mark = kMarks[static_cast<std::size_t>(line.mark) % kMarks.size()];
    const QColor colour = colourOfMark(line.mark);
    QCPGraph* graph = plot->addGraph();
    QVector<double> keys, values;
    for (const QPointF& point : line.points) {
        keys << point.x();
        values << point.y();
    }
    graph->setData(keys, values);
    graph->setPen(QPen(colour, 1.5, mark.dash));
    graph->setScatterStyle(QCPScatterStyle(mark.shape, QPen(colour, 1.5), mark.hollow ? QBrush(tokens().base) : QBrush(colour), 6));
}

void PlotView::Private::drawBars(QCPPainter& painter, const QCPAbstractPlottable& drawing, const PlotBars& bars) const {
    painter.setPen(Qt::NoPen);
    painter.setBrush(colourOfMark(0));
    painter.setAntialiasing(false);
    const double ground = drawing.valueAxis()->coordToPixel(0), width = drawing.keyAxis()->coordToPixel(1) - drawing.keyAxis()->coordToPixel(0);
    const double gap = width >= 4 ? 1 : 0;
    double drawnTo = -1;
    for (std::size_t i = 0; i < bars.heights.size(); ++i) {
        const double left = drawing.keyAxis()->coordToPixel(double(i) + 0.5);
        // Several bars in one column of pixels: the first is the highest.
        if (left + width <= drawnTo) continue;
        const double right = std::max(left + width - gap, std::floor(left) + 1), top = drawing.valueAxis()->coordToPixel(bars.heights[i]);
        painter.drawRect(QRectF(left, std::min(top, ground - 1), right - left, std::max(1.0, ground - top)));
        drawnTo = right;
    }
    if (bars.note.isEmpty()) return;
    const QRect room = drawing.keyAxis()->axisRect()->rect();
    const double at = drawing.keyAxis()->coordToPixel(bars.noteAt + 0.5);
    painter.setPen(QPen(tokens().second, 1, Qt::DashLine));
    painter.drawLine(QPointF(at, room.top()), QPointF(at, room.bottom()));
    painter.setFont(Theme::instance().font(TextSize::Axis));
    painter.setPen(tokens().text);
    const double length = painter.fontMetrics().horizontalAdvance(bars.note) + 12;
    // Left of the line, unless it would leave the plot there.
    const bool left = at - length > room.left();
    painter.drawText(QRectF(left ? at - length : at + 6, room.top() + 2, length - 6, 18), int(left ? Qt::AlignRight : Qt::AlignLeft) | Qt::AlignVCenter, bars.note);
}

void PlotView::Private::drawDots(QCPPainter& painter, const QCPAbstractPlottable& drawing, const std::vector<PlotDot>& dots) const {
    painter.setAntialiasing(true);
    for (const bool strong : {false, true}) {
        for (const PlotDot& dot : dots) {
            if (dot.strong != strong) continue;
            QColor colour(dot.colour);
            const QPointF centre = drawing.coordsToPixels(dot.place.x(), dot.place.y());
            if (strong) {
                painter.setPen(QPen(tokens().base, 1));
                painter.setBrush(colour);
                painter.drawEllipse(centre, kStrongDot, kStrongDot);
            } else {
                colour.setAlphaF(kFaint);
                painter.fillRect(QRectF(centre.x() - kFaintDot, centre.y() - kFaintDot, 2 * kFaintDot, 2 * kFaintDot), colour);
            }
        }
    }
}

/// Names of lines, the ring of what is marked, the cross of what is pointed at.
void PlotView::Private::drawOver(QCPPainter& painter, const QCPAbstractPlottable& drawing) const {
    painter.setAntialiasing(true);
    if (const auto* lines = std::get_if<std::vector<PlotLine>>(&contents)) drawNames(painter, drawing, *lines);
    painter.setBrush(Qt::NoBrush);
    const auto ring = [&](std::optional<PlotPlace> place, const QPen& pen, double radius) {
        const auto value = place ? valueOf(*place) : std::nullopt;
        if (!value) return;
        painter.setPen(pen);
        painter.drawEllipse(drawing.coordsToPixels(value->x(), value->y()), radius, radius);
    };
    ring(marked, QPen(tokens().text, 1.5), kRing);
    ring(pointed, QPen(tokens().accent, 1.5), kRing - 2);
}

/// Beside the last points; those that would lie on one another are moved apart.
void PlotView::Private::drawNames(QCPPainter& painter, const QCPAbstractPlottable& drawing, const std::vector<PlotLine>& lines) const {
    painter.setFont(Theme::instance().font(TextSize::Axis));
    const int height = painter.fontMetrics().height();
    struct Name {
        const PlotLine* line;
        QPointF at;
    };
    std::vector<Name> names;
    for (const PlotLine& line : lines) {
        if (!line.points.empty()) names.push_back({&line, drawing.coordsToPixels(line.points.back().x(), line.points.back().y())});
    }
    std::ranges::sort(names, {}, [](const Name& name) { return name.at.y(); });
    double low = -1e9;
    for (Name& name : names) {
        name.at.setY(std::max(name.at.y(), low + height));
        low = name.at.y();
    }
    // Pushed below the plot: back up again.
    double high = plot->viewport().bottom() - height / 2.0;
    for (auto name = names.rbegin(); name != names.rend(); ++name) {
        name->at.setY(std::min(name->at.y(), high));
        high = name->at.y() - height;
    }
    for (const Name& name : names) {
        painter.setPen(tokens().text);
        const QRectF box(name.at.x() + kLabelGap, name.at.y() - height / 2.0, kMostLabel, height);
        painter.drawText(box, int(Qt::AlignLeft) | Qt::AlignVCenter, painter.fontMetrics().elidedText(name.line->name, Qt::ElideMiddle, kMostLabel));
    }
}

int PlotView::Private::seriesCount() const {
    const auto* lines = std::get_if<std::vector<PlotLine>>(&contents);
    return lines ? static_cast<int>(lines->size()) : 1;
}

int PlotView::Private::pointCount(int series) const {
    if (series < 0 || series >= seriesCount()) return 0;
    if (const auto* lines = std::get_if<std::vector<PlotLine>>(&contents)) return static_cast<int>((*lines)[series].points.size());
    if (const auto* bars = std::get_if<PlotBars>(&contents)) return static_cast<int>(bars->heights.size());
    return static_cast<int>(std::get<std::vector<PlotDot>>(contents).size());
}

std::optional<QPointF> PlotView::Private::valueOf(PlotPlace place) const {
    if (place.point < 0 || place.point >= pointCount(place.series)) return std::nullopt;
    if (const auto* lines = std::get_if<std::vector<PlotLine>>(&contents)) return (*lines)[place.series].points[place.point];
    if (const auto* bars = std::get_if<PlotBars>(&contents)) return QPointF(place.point + 1, bars->heights[place.point]);
    return std::get<std::vector<PlotDot>>(contents)[place.point].place;
}

std::optional<QPointF> PlotView::placeOf(PlotPlace place) const {
    const auto value = d->plot ? d->valueOf(place) : std::nullopt;
    if (!value) return std::nullopt;
    return QPointF(d->plot->xAxis->coordToPixel(value->x()), d->plot->yAxis->coordToPixel(value->y())) + d->plot->pos();
}

std::optional<PlotPlace> PlotView::Private::nearest(QPointF position) const {
    if (!plot) return std::nullopt;
    position -= plot->pos();
    const QRect room = plot->axisRect()->rect().adjusted(-kMargin, -kMargin, kMargin, kMargin);  // the tallest bar ends on its edge
    if (std::holds_alternative<PlotBars>(contents)) {
        const PlotPlace bar{0, static_cast<int>(std::lround(plot->xAxis->pixelToCoord(position.x()))) - 1};
        return room.contains(position.toPoint()) && valueOf(bar) ? std::optional(bar) : std::nullopt;
    }
    std::optional<PlotPlace> best;
    double reach = std::holds_alternative<std::vector<PlotDot>>(contents) ? kDotReach : kReach;
    for (int series = 0; series < seriesCount(); ++series) {
        for (int point = 0; point < pointCount(series); ++point) {
            const QPointF value = *valueOf({series, point});
            const double distance = std::hypot(plot->xAxis->coordToPixel(value.x()) - position.x(), plot->yAxis->coordToPixel(value.y()) - position.y());
            if (distance > reach) continue;
            reach = distance;
            best = {series, point};
        }
    }
    return best;
}

void PlotView::Private::point(std::optional<PlotPlace> place, QPoint at) {
    if (place == pointed) return;
    pointed = place;
    if (plot) plot->layer(QStringLiteral("overlay"))->replot();
    const QString said = place && words ? words(*place) : QString();
    if (said.isEmpty()) {
        QToolTip::hideText();
    } else {
        QToolTip::showText(at, said, &view);
        view.setAccessibleDescription(said);
    }
}

void PlotView::Private::step(int series, int points) {
    PlotPlace next = pointed.value_or(marked.value_or(PlotPlace{0, -1}));
    next.series = std::clamp(next.series + series, 0, std::max(seriesCount() - 1, 0));
    next.point = std::clamp(next.point + points, 0, std::max(pointCount(next.series) - 1, 0));
    if (const auto at = view.placeOf(next)) point(next, view.mapToGlobal(at->toPoint()));
}

bool PlotView::event(QEvent* event) {
    if (event->type() == QEvent::FocusIn || event->type() == QEvent::FocusOut) update();
    return QWidget::event(event);
}

void PlotView::showEvent(QShowEvent* event) {
    QWidget::showEvent(event);
    if (!d->plot) d->build();
    d->plot->setBufferDevicePixelRatio(devicePixelRatioF());
}

void PlotView::paintEvent(QPaintEvent*) {
    if (!hasFocus()) return;
    QPainter painter(this);
    painter.setPen(QPen(tokens().accent, kMargin));
    painter.drawRect(rect().adjusted(1, 1, -1, -1));
}

void PlotView::mousePressEvent(QMouseEvent* event) {
    if (event->button() != Qt::LeftButton) return QWidget::mousePressEvent(event);
    if (const auto place = d->nearest(event->position())) Q_EMIT chosen(place->series, place->point);
}

void PlotView::mouseMoveEvent(QMouseEvent* event) {
    d->point(d->nearest(event->position()), event->globalPosition().toPoint());
}

void PlotView::leaveEvent(QEvent*) {
    d->point(std::nullopt, {});
}

void PlotView::keyPressEvent(QKeyEvent* event) {
    switch (event->key()) {
        case Qt::Key_Left: return d->step(0, -1);
        case Qt::Key_Right: return d->step(0, 1);
        case Qt::Key_Up: return d->step(-1, 0);
        case Qt::Key_Down: return d->step(1, 0);
        case Qt::Key_Return:
        case Qt::Key_Enter:
            if (d->pointed) Q_EMIT chosen(d->pointed->series, d->pointed->point);
            return;
        default: QWidget::keyPressEvent(event);
    }
}

}  // namespace tessera::ui
