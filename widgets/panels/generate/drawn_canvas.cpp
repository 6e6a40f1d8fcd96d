// SPDX-License-Identifier: GPL-3.0-or-later
#include "panels/generate/drawn_canvas.h"

#include <algorithm>
#include <cmath>

#include <QKeyEvent>
#include <QPainter>

#include <tessera/code_colour.h>
#include <tessera/colour_map.h>

#include "generate/draw_desk.h"
#include "panels/generate/step_map.h"
#include "panels/stage/number_words.h"
#include "theme/theme.h"

namespace tessera::ui {
namespace {

constexpr int kMargin = 8, kMarchMilliseconds = 250, kDash = 4;
constexpr int kHeat = 216;       // alpha of the strongest
constexpr int kMasked = 120;     // alpha of what is not fixed yet: the picture below it is a guess
constexpr int kLeastLast = 72, kMostLast = 160, kLastLine = 4;  // the last finished picture's side, and what parts it from its words; logical pixels
constexpr int kLeastGrid = 5;  // logical pixels of a token: lines would cover smaller ones

}  // namespace

QString tokenPlaceWords(const DrawDesk& desk, int token) {
    const auto drawing = desk.drawing();
    if (!drawing || token < 0 || drawing->drawn.columns == 0) return {};
    const Generation& drawn = drawing->drawn;
    const int perFrame = drawn.rows * drawn.columns;
    const QString place = DrawnCanvas::tr("row %1, column %2").arg(token % perFrame / drawn.columns + 1).arg(token % drawn.columns + 1);
    return drawn.frames > 1 ? DrawnCanvas::tr("frame %1, %2").arg(token / perFrame + 1).arg(place) : place;
}

DrawnCanvas::DrawnCanvas(DrawDesk& desk, QWidget* parent) : QWidget(parent), m_desk(desk) {
    setObjectName(QStringLiteral("drawnCanvas"));
    setAccessibleName(tr("Picture and its tokens"));
    setFocusPolicy(Qt::StrongFocus);
    setMouseTracking(true);
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Expanding);
    m_march.setInterval(kMarchMilliseconds);
    connect(&m_march, &QTimer::timeout, this, [this] {
        m_phase = (m_phase + 1) % (2 * kDash);
        if (const int token = m_desk.underWay(); token >= 0) update(tokenRect(token).adjusted(-3, -3, 3, 3));
        else m_march.stop();
    });
    const auto follow = [this] {
        if (m_desk.underWay() >= 0 && !m_march.isActive()) m_march.start();
        tell();
        update();
    };
    for (const auto signal : {&DrawDesk::pictureChanged, &DrawDesk::placeChanged, &DrawDesk::imageChanged}) connect(&desk, signal, this, follow);
    connect(&Theme::instance(), &Theme::changed, this, qOverload<>(&QWidget::update));
}

void DrawnCanvas::setGridShown(bool shown) {
    if (std::exchange(m_grid, shown) != shown) update();
}

DrawnCanvas::Places DrawnCanvas::places() const {
    const auto drawing = m_desk.drawing();
    if (!drawing) return {};
    QSize size = m_desk.image().size();
    if (size.isEmpty()) size = QSize(std::max(1, drawing->drawn.columns), std::max(1, drawing->drawn.rows));
    const QRect room = rect().adjusted(kMargin, kMargin, -kMargin, -kMargin);
    const QSize fitted = size.scaled(room.size(), Qt::KeepAspectRatio), spare = room.size() - fitted;
    Places places{.picture = {room.topLeft() + QPoint(spare.width() / 2, spare.height() / 2), fitted}, .last = {}};
    const QImage last = m_desk.lastFinished();
    if (last.isNull()) return places;
    // In the corner beside or below the picture, which makes way for it, under its words; nowhere in a room that is too narrow for both.
    const QFontMetrics metrics(Theme::instance().font(TextSize::Table));
    const int line = metrics.height() + kLastLine;
    const auto within = [&last](int width, int height) { return last.size().scaled(std::clamp(width, 0, kMostLast), std::clamp(height, 0, kMostLast), Qt::KeepAspectRatio); };
    const QSize beside = within(spare.width() - kMargin, room.height() - line), below = within(room.width(), spare.height() - kMargin - line);
    const bool isBeside = beside.width() > below.width();
    const QSize small = isBeside ? beside : below;
    if (small.width() < std::max(kLeastLast, metrics.horizontalAdvance(lastFinishedWords())) || small.isEmpty()) return places;
    places.last = {QPoint(room.right() - small.width() + 1, room.bottom() - small.height() + 1), small};
    if (isBeside) places.picture.moveLeft(std::min(places.picture.left(), places.last.left() - kMargin - fitted.width()));
    else places.picture.moveTop(std::min(places.picture.top(), places.last.top() - line - kMargin - fitted.height()));
    return places;
}

QRect DrawnCanvas::pictureRect() const {
    return places().picture;
}

QRect DrawnCanvas::lastFinishedRect() const {
    return places().last;
}

QString DrawnCanvas::lastFinishedWords() {
    return tr("last finished");
}

QRect DrawnCanvas::cells(int a, int b) const {
    const auto drawing = m_desk.drawing();
    const QRect picture = pictureRect();
    const int rows = drawing->drawn.rows, columns = drawing->drawn.columns;
    const int left = std::min(a % columns, b % columns), right = std::max(a % columns, b % columns), top = std::min(a / columns, b / columns), bottom = std::max(a / columns, b / columns);
    const auto x = [&](int column) { return picture.left() + picture.width() * column / columns; };
    const auto y = [&](int row) { return picture.top() + picture.height() * row / rows; };
    return QRect(QPoint(x(left), y(top)), QPoint(x(right + 1) - 1, y(bottom + 1) - 1));
}

QRect DrawnCanvas::tokenRect(int token) const {
    const auto drawing = m_desk.drawing();
    if (!drawing || drawing->drawn.columns == 0 || token < 0) return {};
    const int perFrame = drawing->drawn.rows * drawing->drawn.columns;
    if (token / perFrame != m_desk.frameShown()) return {};
    return cells(token % perFrame, token % perFrame);
}

int DrawnCanvas::tokenAt(QPoint place) const {
    const auto drawing = m_desk.drawing();
    const QRect picture = pictureRect();
    if (!drawing || drawing->drawn.columns == 0 || !picture.contains(place)) return -1;
    const int rows = drawing->drawn.rows, columns = drawing->drawn.columns;
    const int column = std::min(columns - 1, (place.x() - picture.left()) * columns / picture.width()), row = std::min(rows - 1, (place.y() - picture.top()) * rows / picture.height());
    return (m_desk.frameShown() * rows + row) * columns + column;
}

void DrawnCanvas::paintEvent(QPaintEvent*) {
    QPainter painter(this);
    const Tokens& t = tokens();
    painter.fillRect(rect(), t.canvas);
    const auto drawing = m_desk.drawing();
    const QRect picture = pictureRect();
    if (!drawing || picture.isEmpty()) return;
    painter.fillRect(picture, t.canvas);
    if (!m_desk.image().isNull()) {
        painter.setRenderHint(QPainter::SmoothPixmapTransform);
        painter.drawImage(picture, m_desk.image());
        painter.setRenderHint(QPainter::SmoothPixmapTransform, false);
    }
    if (drawing->drawn.columns > 0) {
        paintTokens(painter, picture);
        paintMasks(painter);
        paintHeat(painter);
        paintMarks(painter);
    }
    paintLastFinished(painter);
    const QString problem = m_desk.problem();
    if (!problem.isEmpty()) {
        painter.setFont(Theme::instance().font(TextSize::Table));
        const QRect words = picture.adjusted(16, 0, -16, -12);
        const QRect box = painter.boundingRect(words, Qt::AlignHCenter | Qt::AlignBottom | Qt::TextWordWrap, problem).adjusted(-8, -4, 8, 4);
        painter.fillRect(box, QColor::fromRgba(OverPicture::kBadge));
        painter.setPen(Qt::white);
        painter.drawText(words, Qt::AlignHCenter | Qt::AlignBottom | Qt::TextWordWrap, problem);
    }
    if (hasFocus()) {
        painter.setPen(QPen(t.accent, 2));
        painter.setBrush(Qt::NoBrush);
        painter.drawRect(picture.adjusted(-3, -3, 2, 2));
    }
}

void DrawnCanvas::paintLastFinished(QPainter& painter) const {
    const QRect place = lastFinishedRect();
    if (place.isEmpty()) return;
    painter.setRenderHint(QPainter::SmoothPixmapTransform);
    painter.drawImage(place, m_desk.lastFinished());
    painter.setRenderHint(QPainter::SmoothPixmapTransform, false);
    painter.setBrush(Qt::NoBrush);
    painter.setPen(tokens().edge);
    painter.drawRect(place.adjusted(-1, -1, 0, 0));
    painter.setFont(Theme::instance().font(TextSize::Table));
    painter.setPen(tokens().second);
    painter.drawText(QRect(place.left(), 0, place.width(), place.top() - kLastLine), Qt::AlignLeft | Qt::AlignBottom, lastFinishedWords());
}

/// What is not there yet, and lines between all.
void DrawnCanvas::paintTokens(QPainter& painter, const QRect& picture) const {
    const Tokens& t = tokens();
    const auto drawing = m_desk.drawing();
    const Generation& drawn = drawing->drawn;
    const int perFrame = drawn.rows * drawn.columns, first = m_desk.frameShown() * perFrame;
    const GenerationStep* step = m_desk.keptStep();
    const auto& codes = step ? step->codes : drawn.pictures[m_desk.picture().index].codes;
    for (int token = first; token < first + perFrame; ++token) {
        if (m_desk.isInImage(token)) continue;
        const auto at = static_cast<std::size_t>(token) * drawn.depths;
        QColor colour = t.canvas;  // not white in the light theme: pictures are
        if (m_desk.isThere(token) && at < codes.size() && codes[at] >= 0) {
            const auto code = colourOfCode(codes[at]);
            colour = QColor(code[0], code[1], code[2]);
        }
        painter.fillRect(cells(token - first, token - first), colour);
    }
    if (!m_grid || picture.width() / drawn.columns < kLeastGrid) return;
    QColor line(128, 128, 128, 110);
    painter.setPen(line);
    for (int column = 1; column < drawn.columns; ++column) {
        const int x = picture.left() + picture.width() * column / drawn.columns;
        painter.drawLine(x, picture.top(), x, picture.bottom());
    }
    for (int row = 1; row < drawn.rows; ++row) {
        const int y = picture.top() + picture.height() * row / drawn.rows;
        painter.drawLine(picture.left(), y, picture.right(), y);
    }
}

/// Of masks at a kept step: what is not fixed yet, and what has just been.
void DrawnCanvas::paintMasks(QPainter& painter) const {
    const GenerationStep* step = m_desk.steps() ? m_desk.keptStep() : nullptr;
    if (!step) return;
    for (std::size_t token = 0; token < step->masked.size(); ++token) {
        const QRect place = cells(static_cast<int>(token), static_cast<int>(token));
        if (step->masked[token]) {
            painter.fillRect(place, QColor(0, 0, 0, kMasked));
            painter.fillRect(place, QBrush(QColor(255, 255, 255, 150), Qt::BDiagPattern));
        } else if (isFresh(*step, token)) {
            painter.setBrush(Qt::NoBrush);
            painter.setPen(QPen(QColor::fromRgba(OverPicture::kAccent), 1));
            painter.drawRect(place.adjusted(0, 0, -1, -1));
        }
    }
}

/// The map over the picture: what is near zero lets it through.
void DrawnCanvas::paintHeat(QPainter& painter) const {
    const auto drawing = m_desk.drawing();
    const std::vector<float>& heat = m_desk.heat();
    const int perFrame = drawing->drawn.rows * drawing->drawn.columns, first = m_desk.frameShown() * perFrame;
    if (static_cast<int>(heat.size()) < first + perFrame) return;
    const Legend legend = m_desk.heatLegend();
    for (int i = 0; i < perFrame; ++i) {
        const float value = heat[static_cast<std::size_t>(first + i)];
        if (std::isnan(value)) continue;
        const double share = value / legend.high;
        const auto colour = tessera::colourOf(legend.map, (share + 1) / 2);
        painter.fillRect(cells(i, i), QColor(colour[0], colour[1], colour[2], static_cast<int>(kHeat * std::min(1.0, std::abs(share)))));
    }
}

void DrawnCanvas::paintMarks(QPainter& painter) const {
    const auto outline = [&painter](QRect place, QColor colour, int width, bool dashed = false, int phase = 0) {
        if (place.isEmpty()) return;
        place = place.adjusted(-1, -1, 0, 0);
        painter.setBrush(Qt::NoBrush);
        painter.setPen(QPen(Qt::black, width + 2, Qt::SolidLine, Qt::SquareCap, Qt::MiterJoin));
        painter.drawRect(place);
        QPen pen(colour, width, Qt::SolidLine, dashed ? Qt::FlatCap : Qt::SquareCap, Qt::MiterJoin);
        if (dashed) {
            pen.setDashPattern({double(kDash) / width, double(kDash) / width});
            pen.setDashOffset(double(phase) / width);
        }
        painter.setPen(pen);
        painter.drawRect(place);
    };
    const auto drawing = m_desk.drawing();
    const QColor accent = QColor::fromRgba(OverPicture::kAccent);
    if (const QRect part = m_desk.part(); !part.isEmpty()) {
        const int columns = drawing->drawn.columns;
        outline(cells(part.top() * columns + part.left(), part.bottom() * columns + part.right()), accent, 2, true);
    }
    outline(tokenRect(m_desk.underWay()), Qt::white, 2, true, m_phase);
    if (m_desk.hovered() != m_desk.token()) outline(tokenRect(m_desk.hovered()), Qt::white, 1);
    outline(tokenRect(m_desk.token()), accent, 2);
}

/// To assistive technology: what the line below says.
void DrawnCanvas::tell() {
    const auto drawing = m_desk.drawing();
    QString words;
    if (drawing && drawing->inSteps()) words = tr("kept step %1 of %2").arg(m_desk.tokensShown()).arg(m_desk.stepCount());
    else if (drawing && drawing->tokens() > 0) words = tr("%1 of %2 tokens").arg(m_desk.tokensShown()).arg(drawing->tokens());
    if (drawing && m_desk.token() >= 0) {
        words += QStringLiteral("; ") + tokenPlaceWords(m_desk, m_desk.token());
        if (const auto entry = traceAt(*drawing, m_desk.picture().index, m_desk.token(), m_desk.depth())) {
            words += tr(", depth %1: code %2, %3 %, rank %4, entropy %5 bit").arg(m_desk.depth() + 1).arg(entry->code).arg(fixedNumber(100 * entry->probability, 1)).arg(entry->rank).arg(fixedNumber(entry->entropy, 2));
        }
    }
    setAccessibleDescription(words);
}

void DrawnCanvas::mousePressEvent(QMouseEvent* event) {
    if (event->button() != Qt::LeftButton) return;
    if (lastFinishedRect().contains(event->position().toPoint())) return m_desk.show(m_desk.lastFinishedPicture());
    m_pressed = tokenAt(event->position().toPoint());
    m_dragged = false;
}

void DrawnCanvas::mouseMoveEvent(QMouseEvent* event) {
    const auto drawing = m_desk.drawing();
    const int token = tokenAt(event->position().toPoint());
    const bool atLast = lastFinishedRect().contains(event->position().toPoint());
    setToolTip(atLast ? tr("The last finished picture; a click looks at it") : QString());
    atLast ? setCursor(Qt::PointingHandCursor) : unsetCursor();
    if (!(event->buttons() & Qt::LeftButton) || m_pressed < 0 || !drawing) return m_desk.setHovered(token);
    if (token < 0 || (token == m_pressed && !m_dragged)) return;
    m_dragged = true;
    const int columns = drawing->drawn.columns, perFrame = columns * drawing->drawn.rows;
    const QPoint a(m_pressed % columns, m_pressed % perFrame / columns), b(token % columns, token % perFrame / columns);
    m_desk.setPart(QRect(QPoint(std::min(a.x(), b.x()), std::min(a.y(), b.y())), QPoint(std::max(a.x(), b.x()), std::max(a.y(), b.y()))));
}

void DrawnCanvas::mouseReleaseEvent(QMouseEvent* event) {
    if (event->button() != Qt::LeftButton || m_pressed < 0) return;
    if (!m_dragged) {
        m_desk.setPart({});
        m_desk.setToken(m_pressed);
    }
    m_pressed = -1;
}

void DrawnCanvas::leaveEvent(QEvent*) {
    m_desk.setHovered(-1);
}

void DrawnCanvas::keyPressEvent(QKeyEvent* event) {
    const auto drawing = m_desk.drawing();
    if (!drawing || drawing->tokens() == 0) return QWidget::keyPressEvent(event);
    const int columns = drawing->drawn.columns, rows = drawing->drawn.rows, perFrame = columns * rows;
    QPoint step;
    switch (event->key()) {
        case Qt::Key_Left: step = {-1, 0}; break;
        case Qt::Key_Right: step = {1, 0}; break;
        case Qt::Key_Up: step = {0, -1}; break;
        case Qt::Key_Down: step = {0, 1}; break;
        default: return QWidget::keyPressEvent(event);
    }
    const int now = m_desk.token() >= 0 ? m_desk.token() : m_desk.frameShown() * perFrame;
    const QPoint place(now % columns, now % perFrame / columns);
    const QPoint next(std::clamp(place.x() + step.x(), 0, columns - 1), std::clamp(place.y() + step.y(), 0, rows - 1));
    const int token = now - now % perFrame + next.y() * columns + next.x();
    if (event->modifiers() & Qt::ShiftModifier) {
        const QRect part = m_desk.part().isEmpty() ? QRect(place, place) : m_desk.part();
        m_desk.setPart(part.united(QRect(next, next)));
    } else {
        m_desk.setPart({});
    }
    m_desk.setToken(m_desk.token() < 0 ? now : token);
}

}  // namespace tessera::ui
