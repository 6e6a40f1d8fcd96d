// SPDX-License-Identifier: GPL-3.0-or-later
#include "panels/stage/legend_bar.h"

#include <algorithm>

#include <QFontMetrics>
#include <QPainter>

#include <tessera/colour_map.h>

#include "panels/stage/number_words.h"
#include "theme/theme.h"

namespace tessera::ui {
namespace {

constexpr int kBarHeight = 8, kGap = 6, kLongest = 120, kShortest = 24, kLeast = 12, kMargin = 8;

}  // namespace

QImage LegendBar::stripe(ColourMap map) {
    const auto entries = colourEntries(map);
    QImage image(static_cast<int>(entries.size()), 1, QImage::Format_RGB32);
    for (std::size_t i = 0; i < entries.size(); ++i) image.setPixel(static_cast<int>(i), 0, qRgb(entries[i][0], entries[i][1], entries[i][2]));
    return image;
}

LegendBar::LegendBar(QWidget* parent) : QWidget(parent) {
    connect(&Theme::instance(), &Theme::changed, this, qOverload<>(&QWidget::update));
}

QString LegendBar::low() const {
    return m_words.clipped && m_words.legend.low < 0 ? QStringLiteral("≤ ") + shortNumber(m_words.legend.low) : shortNumber(m_words.legend.low);
}

QString LegendBar::high() const {
    return m_words.clipped ? QStringLiteral("≥ ") + shortNumber(m_words.legend.high) : shortNumber(m_words.legend.high);
}

void LegendBar::setWords(const Words& words) {
    if (words == m_words) return;
    m_words = words;
    const std::string_view map = nameOf(words.legend.map);
    const QString range = tr("%1 to %2, %3").arg(shortNumber(words.legend.low), shortNumber(words.legend.high), QString::fromUtf8(map.data(), qsizetype(map.size())));
    setAccessibleName(words.remark.isEmpty() ? tr("Colour bar: %1").arg(range) : tr("Colour bar: %1, %2").arg(range, words.remark));
    QString tip = range;
    if (words.clipped) tip += u'\n' + tr("Some values lie beyond the ends. N shows the picture's own range.");
    if (!words.remark.isEmpty()) tip += u'\n' + words.remark;
    if (!words.explanation.isEmpty()) tip += u'\n' + words.explanation;
    setToolTip(tip);
    update();
}

QSize LegendBar::sizeHint() const {
    const QFontMetrics metrics(Theme::instance().font(TextSize::Table));
    return {2 * kMargin + metrics.horizontalAdvance(low() + high()) + 2 * kGap + kLongest, metrics.height()};
}

LegendBar::Fitted LegendBar::fitted() const {
    // Shorter words before smaller ones; the least bar last.
    struct Try {
        const QString& remark;
        TextSize text;
        int bar, gap, margin;
    };
    const Try tries[] = {{m_words.remark, TextSize::Table, kShortest, kGap, kMargin},
                         {m_words.shortRemark, TextSize::Table, kShortest, kGap, kMargin},
                         {m_words.shortRemark, TextSize::Table, kLeast, kGap, kMargin},
                         {m_words.shortRemark, TextSize::Axis, kLeast, kGap, kMargin},
                         {m_words.shortRemark, TextSize::Axis, 0, kGap, kMargin},
                         {m_words.shortRemark, TextSize::Axis, 0, kGap - 1, kMargin / 2}};
    Fitted best;
    int room = 0;
    for (const Try& each : tries) {
        const QFontMetrics metrics(Theme::instance().font(each.text));
        best = {.remark = each.remark, .low = metrics.horizontalAdvance(low()), .high = metrics.horizontalAdvance(high()), .words = metrics.horizontalAdvance(each.remark), .gap = each.gap, .margin = each.margin, .text = each.text};
        room = width() - 2 * each.margin - best.low - best.high - 2 * each.gap - (each.remark.isEmpty() ? 0 : best.words + each.gap);
        best.bar = std::min(room, kLongest);
        if (room >= each.bar) return best;
    }
    // Words that are too long even so leave the room to the bar; the tool tip has them.
    best.bar = std::clamp(room + best.words + best.gap, 0, kLongest);
    best.remark.clear();
    best.words = 0;
    return best;
}

void LegendBar::paintEvent(QPaintEvent*) {
    QPainter painter(this);
    const Tokens& t = tokens();
    const Fitted fit = fitted();
    painter.setFont(Theme::instance().font(fit.text));
    painter.setPen(t.second);
    const auto text = [&](int x, const QString& words) { painter.drawText(QRect(x, 0, width() - x, height()), Qt::AlignVCenter | Qt::TextSingleLine, words); };
    text(fit.margin, low());
    text(fit.margin + fit.low + 2 * fit.gap + fit.bar, high());
    text(width() - fit.margin - fit.words, fit.remark);
    if (fit.bar < kLeast) {
        text(fit.margin + fit.low + 1, QStringLiteral("…"));  // between the numbers, in place of the bar
        return;
    }
    const QRect box(fit.margin + fit.low + fit.gap, (height() - kBarHeight) / 2, fit.bar, kBarHeight);
    painter.setRenderHint(QPainter::SmoothPixmapTransform);
    painter.drawImage(box, stripe(m_words.legend.map));
    painter.setPen(t.edge);
    painter.setBrush(Qt::NoBrush);
    painter.drawRect(box.adjusted(0, 0, -1, -1));
}

}  // namespace tessera::ui
