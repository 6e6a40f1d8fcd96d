// SPDX-License-Identifier: GPL-3.0-or-later
#include "panels/generate/trace_map.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include <QComboBox>
#include <QHBoxLayout>
#include <QLabel>
#include <QMouseEvent>
#include <QPainter>

#include <tessera/colour_map.h>

#include "generate/draw_desk.h"
#include "panels/stage/legend_bar.h"
#include "theme/theme.h"

namespace tessera::ui {
namespace {

constexpr int kHead = 32, kLegend = 22, kChoice = 28;

}  // namespace

TraceMap::TraceMap(DrawDesk& desk, Kind kind, QWidget* parent) : QWidget(parent), m_desk(desk), m_kind(kind), m_choice(new QComboBox(this)), m_depth(new QLabel(this)), m_bar(new LegendBar(this)) {
    setMouseTracking(true);
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Expanding);
    m_choice->addItems({tr("entropy"), tr("rank"), tr("probability"), tr("guidance gain")});
    m_choice->setItemData(0, tr("How undecided the model was, before top-k and top-p"), Qt::ToolTipRole);
    m_choice->setItemData(1, tr("The place of the code that was taken among all, the likeliest first"), Qt::ToolTipRole);
    m_choice->setItemData(2, tr("Of the code that was taken, by guidance and temperature, before top-k and top-p"), Qt::ToolTipRole);
    m_choice->setItemData(3, tr("How much likelier the prompt made the code: log probability with it minus without it"), Qt::ToolTipRole);
    m_choice->setAccessibleName(tr("What the map shows"));
    m_choice->setFrame(false);
    m_choice->setCurrentIndex(int(kind));
    m_depth->setProperty("role", "secondTable");
    m_depth->setAlignment(Qt::AlignRight | Qt::AlignVCenter);
    connect(m_choice, &QComboBox::activated, this, [this](int index) { setKind(Kind(index)); });
    const auto follow = [this] {
        read();
        update();
    };
    connect(&desk, &DrawDesk::pictureChanged, this, follow);
    connect(&desk, &DrawDesk::placeChanged, this, follow);
    connect(&Theme::instance(), &Theme::changed, this, qOverload<>(&QWidget::update));
    read();
}

void TraceMap::setKind(Kind kind) {
    m_kind = kind;
    m_choice->setCurrentIndex(int(kind));
    read();
    update();
}

void TraceMap::read() {
    m_values.clear();
    m_rows = m_columns = 0;
    const auto drawing = m_desk.drawing();
    const bool there = drawing && drawing->hasTokens();
    m_depth->setText(there ? tr("d = %1").arg(m_desk.depth() + 1) : QString());
    float low = std::numeric_limits<float>::max(), high = std::numeric_limits<float>::lowest();
    if (there) {
        const Generation& drawn = drawing->drawn;
        m_rows = drawn.rows;
        m_columns = drawn.columns;
        const int perFrame = m_rows * m_columns, first = m_desk.frameShown() * perFrame;
        const GenerationTrace& trace = drawn.pictures[m_desk.picture().index].trace;
        m_values.assign(perFrame, std::numeric_limits<float>::quiet_NaN());
        for (int i = 0; i < perFrame; ++i) {
            const auto at = static_cast<std::size_t>(first + i) * drawn.depths + m_desk.depth();
            if (at >= trace.size() || !m_desk.isThere(first + i)) continue;
            float value = 0;
            switch (m_kind) {
                case Kind::Entropy: value = trace.entropy[at]; break;
                case Kind::Rank: value = static_cast<float>(trace.rank[at] + 1); break;
                case Kind::Probability: value = trace.probability[at]; break;
                case Kind::Guidance:
                    if (at >= trace.guidanceGain.size()) continue;
                    value = trace.guidanceGain[at];
                    break;
            }
            m_values[i] = value;
            low = std::min(low, value);
            high = std::max(high, value);
        }
    }
    const bool any = high >= low;
    m_legend = {.low = 0, .high = 1, .map = ColourMap::Cividis, .unit = Unit::None, .label = {}};
    LegendBar::Words words;
    switch (m_kind) {
        case Kind::Entropy:
            m_legend.high = any ? std::max(0.01F, high) : 1;
            words.remark = tr("bit");
            break;
        case Kind::Rank:
            m_legend.low = 1;
            m_legend.high = any ? std::max(2.0F, high) : 2;
            words.remark = tr("log");
            words.explanation = tr("Colours follow the logarithm of the rank");
            break;
        case Kind::Probability: words.remark = tr("share"); break;
        case Kind::Guidance: {
            m_legend.map = ColourMap::RedWhiteBlue;
            const float reach = any ? std::max({std::abs(low), std::abs(high), 0.01F}) : 1;
            m_legend.low = -reach;
            m_legend.high = reach;
            words.remark = any || !there ? tr("nat") : tr("no guidance");
            break;
        }
    }
    words.shortRemark = words.remark;
    words.legend = m_legend;
    m_bar->setWords(words);
    m_bar->setVisible(there);
    setAccessibleName(tr("Map of %1").arg(m_choice->currentText()));
    setAccessibleDescription(any ? tr("%1 to %2 at depth %3").arg(low).arg(high).arg(m_desk.depth() + 1) : tr("Nothing is drawn yet"));
}

QRect TraceMap::bodyRect() const {
    const QRect room = rect().adjusted(0, kHead, 0, -kLegend);
    if (m_columns == 0) return room;
    const QSize fitted = QSize(m_columns, m_rows).scaled(room.size(), Qt::KeepAspectRatio);
    return {room.left() + (room.width() - fitted.width()) / 2, room.top(), fitted.width(), fitted.height()};
}

QRect TraceMap::cell(int index) const {
    const QRect body = bodyRect();
    const int column = index % m_columns, row = index / m_columns;
    const auto x = [&](int at) { return body.left() + body.width() * at / m_columns; };
    const auto y = [&](int at) { return body.top() + body.height() * at / m_rows; };
    return QRect(QPoint(x(column), y(row)), QPoint(x(column + 1) - 1, y(row + 1) - 1));
}

int TraceMap::tokenAt(QPoint place) const {
    const QRect body = bodyRect();
    if (m_columns == 0 || !body.contains(place)) return -1;
    const int column = std::min(m_columns - 1, (place.x() - body.left()) * m_columns / body.width()), row = std::min(m_rows - 1, (place.y() - body.top()) * m_rows / body.height());
    return (m_desk.frameShown() * m_rows + row) * m_columns + column;
}

void TraceMap::paintEvent(QPaintEvent*) {
    QPainter painter(this);
    const Tokens& t = tokens();
    painter.fillRect(rect(), t.caption);
    painter.fillRect(QRect(0, 0, width(), kHead), t.header);
    painter.fillRect(QRect(0, 0, width(), 1), t.line);
    painter.fillRect(bodyRect(), t.canvas);
    const auto position = [this](float value) {
        if (m_kind == Kind::Rank) return std::log(std::max(1.0F, value)) / std::log(std::max(2.0, m_legend.high));
        return (value - m_legend.low) / (m_legend.high - m_legend.low);
    };
    for (int i = 0; i < static_cast<int>(m_values.size()); ++i) {
        if (std::isnan(m_values[i])) continue;
        const auto colour = tessera::colourOf(m_legend.map, position(m_values[i]));
        painter.fillRect(cell(i), QColor(colour[0], colour[1], colour[2]));
    }
    const int perFrame = m_rows * m_columns, first = m_desk.frameShown() * perFrame;
    const auto mark = [&](int token, QColor colour, int width) {
        if (token < first || token >= first + perFrame) return;
        const QRect place = cell(token - first).adjusted(-1, -1, 0, 0);
        painter.setBrush(Qt::NoBrush);
        painter.setPen(QPen(Qt::black, width + 2, Qt::SolidLine, Qt::SquareCap, Qt::MiterJoin));
        painter.drawRect(place);
        painter.setPen(QPen(colour, width, Qt::SolidLine, Qt::SquareCap, Qt::MiterJoin));
        painter.drawRect(place);
    };
    if (m_desk.hovered() != m_desk.token()) mark(m_desk.hovered(), Qt::white, 1);
    mark(m_desk.token(), QColor::fromRgba(OverPicture::kAccent), 2);
}

void TraceMap::mousePressEvent(QMouseEvent* event) {
    if (event->button() == Qt::LeftButton) m_desk.setToken(tokenAt(event->position().toPoint()));
}

void TraceMap::mouseMoveEvent(QMouseEvent* event) {
    m_desk.setHovered(tokenAt(event->position().toPoint()));
}

void TraceMap::leaveEvent(QEvent*) {
    m_desk.setHovered(-1);
}

void TraceMap::resizeEvent(QResizeEvent*) {
    m_choice->setGeometry(2, 2, std::min(width() - 48, m_choice->sizeHint().width() + 8), kChoice);
    m_depth->setGeometry(width() - 52, 0, 44, kHead);
    m_bar->setGeometry(0, height() - kLegend, width(), kLegend);
}

}  // namespace tessera::ui
