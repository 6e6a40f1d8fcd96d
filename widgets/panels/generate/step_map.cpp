// SPDX-License-Identifier: GPL-3.0-or-later
#include "panels/generate/step_map.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include <QComboBox>
#include <QLabel>
#include <QPainter>

#include "bridge/picture_image.h"
#include "generate/draw_desk.h"
#include "panels/stage/legend_bar.h"
#include "panels/stage/number_words.h"
#include "theme/theme.h"

namespace tessera::ui {

bool isFresh(const GenerationStep& step, std::size_t token) {
    // What was known before has no log probability.
    return token < step.masked.size() && token < step.perToken.size() && !step.masked[token] && step.perToken[token] != 0;
}

int fixedAfter(const GenerationStep& step) {
    return static_cast<int>(std::ranges::count(step.masked, std::uint8_t(0)));
}

StepMap::StepMap(DrawDesk& desk, bool second, QWidget* parent) : TokenMap(desk, {.remark = 56, .left = 64}, parent), m_second(second), m_kind(second ? Kind::Velocity : Kind::Latents) {
    setObjectName(second ? QStringLiteral("stepMap2") : QStringLiteral("stepMap1"));
    offerKinds(false);
    connect(m_choice, &QComboBox::activated, this, [this] { setKind(Kind(m_choice->currentData().toInt())); });
    read();
}

void StepMap::offerKinds(bool masks) {
    m_masks = masks;
    m_choice->clear();
    if (masks) {
        m_choice->addItem(tr("masks"), int(Kind::Masks));
        m_choice->addItem(tr("confidence"), int(Kind::Confidence));
        m_choice->setItemData(0, tr("Hatched: drawn again in the next step; bright: fixed in this one; grey: known before"), Qt::ToolTipRole);
        m_choice->setItemData(1, tr("How likely the model held the codes that it took; of codes of several depths the geometric mean"), Qt::ToolTipRole);
    } else {
        m_choice->addItem(tr("tokens"), int(Kind::Latents));
        m_choice->addItem(tr("velocity"), int(Kind::Velocity));
        m_choice->setItemData(0, tr("The tokens as they are at this step, three principal components as colours: those of the finished picture once it is there"), Qt::ToolTipRole);
        m_choice->setItemData(1, tr("How fast each token moves: root mean square over its channels"), Qt::ToolTipRole);
    }
    m_kind = Kind(m_choice->itemData(m_second ? 1 : 0).toInt());
    m_choice->setCurrentIndex(m_second ? 1 : 0);
    placeParts();
}

void StepMap::setKind(Kind kind) {
    const int index = m_choice->findData(int(kind));
    if (index < 0) return;
    m_kind = kind;
    m_choice->setCurrentIndex(index);
    readAnew();
}

void StepMap::read() {
    const auto drawing = m_desk.drawing();
    const GenerationStep* step = m_desk.keptStep();
    if (drawing && drawing->inSteps()) {
        const bool masks = (drawing->hasTokens() ? drawing->drawn.by : drawing->info.by) == DrawnBy::Masks;
        if (masks != m_masks) offerKinds(masks);
    }
    m_values.clear();
    m_again.clear();
    m_fresh.clear();
    m_picture = {};
    m_rows = drawing && step ? drawing->drawn.rows : 0;
    m_columns = drawing && step ? drawing->drawn.columns : 0;
    m_remark->setText(step ? tr("t = %1").arg(fixedNumber(step->time, 2)) : QString());
    const std::size_t tokens = static_cast<std::size_t>(m_rows) * m_columns;
    LegendBar::Words words;
    QString said = tr("No step is kept yet");
    m_legend = {.low = 0, .high = 1, .map = ColourMap::Cividis, .unit = Unit::None, .label = {}};
    if (step && m_masks) {
        m_again = step->masked;
        for (std::size_t i = 0; i < tokens; ++i) m_fresh.push_back(isFresh(*step, i));
        said = tr("%1 of %2 fixed").arg(fixedAfter(*step)).arg(tokens);
    }
    if (step && m_kind == Kind::Latents && !step->state.image.empty()) {
        m_picture = imageOf(step->state);
        said = tr("Tokens at time %1").arg(fixedNumber(step->time, 2));
    }
    if (step && (m_kind == Kind::Velocity || m_kind == Kind::Confidence) && step->perToken.size() == tokens) {
        float high = 0;
        for (const float each : step->perToken) {
            const float value = m_kind == Kind::Velocity ? each : each == 0 ? std::numeric_limits<float>::quiet_NaN() : std::exp(each);
            m_values.push_back(value);
            if (!std::isnan(value)) high = std::max(high, value);
        }
        // One scale for all steps: that they slow down is to be seen.
        if (m_kind == Kind::Velocity) {
            for (const GenerationStep& each : drawing->drawn.pictures[m_desk.picture().index].steps) {
                for (const float value : each.perToken) high = std::max(high, value);
            }
            m_legend.high = std::max(high, 1e-3F);
        }
        words.remark = m_kind == Kind::Velocity ? tr("rms") : tr("share");
        words.explanation = m_kind == Kind::Velocity ? tr("Root mean square over channels, on one scale for all kept steps") : tr("The model's own probability, with guidance, before top-k and top-p");
        said = tr("%1 up to %2").arg(m_choice->currentText(), shortNumber(high));
    }
    words.shortRemark = words.remark;
    words.legend = m_legend;
    m_bar->setWords(words);
    m_bar->setVisible(!m_values.empty());
    setAccessibleName(tr("Map of %1").arg(m_choice->currentText()));
    setAccessibleDescription(said);
}

void StepMap::paintTokens(QPainter& painter) const {
    const Tokens& t = tokens();
    if (!m_picture.isNull()) painter.drawImage(bodyRect(), m_picture);
    const int count = m_rows * m_columns;
    const auto has = [](const std::vector<std::uint8_t>& marks, int token) { return token < static_cast<int>(marks.size()) && marks[static_cast<std::size_t>(token)]; };
    for (int i = 0; m_kind == Kind::Masks && i < count; ++i) painter.fillRect(cell(i), has(m_again, i) ? t.canvas : has(m_fresh, i) ? t.accent : t.edge);
    paintValues(painter, [this](float value) { return value / m_legend.high; });
    for (int i = 0; i < count; ++i) {
        if (has(m_again, i)) painter.fillRect(cell(i), QBrush(m_kind == Kind::Masks ? t.second : QColor(0, 0, 0, 150), Qt::BDiagPattern));
        else if (m_kind == Kind::Confidence && has(m_fresh, i)) {
            painter.setBrush(Qt::NoBrush);
            painter.setPen(QPen(QColor::fromRgba(OverPicture::kAccent), 1));
            painter.drawRect(cell(i).adjusted(0, 0, -1, -1));
        }
    }
}

}  // namespace tessera::ui
