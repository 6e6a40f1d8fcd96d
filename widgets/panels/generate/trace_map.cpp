// SPDX-License-Identifier: GPL-3.0-or-later
#include "panels/generate/trace_map.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include <QComboBox>
#include <QLabel>

#include "generate/draw_desk.h"
#include "panels/stage/legend_bar.h"

namespace tessera::ui {

TraceMap::TraceMap(DrawDesk& desk, Kind kind, QWidget* parent) : TokenMap(desk, {.remark = 44, .left = 48}, parent), m_kind(kind) {
    m_choice->addItems({tr("entropy"), tr("rank"), tr("probability"), tr("guidance gain")});
    m_choice->setItemData(0, tr("How undecided the model was, before top-k and top-p"), Qt::ToolTipRole);
    m_choice->setItemData(1, tr("The place of the code that was taken among all, the likeliest first"), Qt::ToolTipRole);
    m_choice->setItemData(2, tr("Of the code that was taken, by guidance and temperature, before top-k and top-p"), Qt::ToolTipRole);
    m_choice->setItemData(3, tr("How much likelier the prompt made the code: log probability with it minus without it"), Qt::ToolTipRole);
    m_choice->setCurrentIndex(int(kind));
    connect(m_choice, &QComboBox::activated, this, [this](int index) { setKind(Kind(index)); });
    read();
}

void TraceMap::setKind(Kind kind) {
    m_kind = kind;
    m_choice->setCurrentIndex(int(kind));
    readAnew();
}

void TraceMap::read() {
    m_values.clear();
    m_rows = m_columns = 0;
    const auto drawing = m_desk.drawing();
    const bool there = drawing && drawing->hasTokens();
    m_remark->setText(there ? tr("d = %1").arg(m_desk.depth() + 1) : QString());
    float low = std::numeric_limits<float>::max(), high = std::numeric_limits<float>::lowest();
    if (there) {
        const Generation& drawn = drawing->drawn;
        m_rows = drawn.rows;
        m_columns = drawn.columns;
        const int perFrame = m_rows * m_columns, first = firstToken();
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

int TraceMap::firstToken() const {
    return m_desk.frameShown() * m_rows * m_columns;
}

void TraceMap::paintTokens(QPainter& painter) const {
    paintValues(painter, [this](float value) {
        if (m_kind == Kind::Rank) return std::log(std::max(1.0F, value)) / std::log(std::max(2.0, m_legend.high));
        return (value - m_legend.low) / (m_legend.high - m_legend.low);
    });
}

}  // namespace tessera::ui
