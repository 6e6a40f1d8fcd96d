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

constexpr int kBarHeight = 8, kGap = 6, kLongest = 120, kShortest = 24, kMargin = 8;

QImage stripe(ColourMap map) {
    const auto entries = colourEntries(map);
    QImage image(static_cast<int>(entries.size()), 1, QImage::Format_RGB32);
    for (std::size_t i = 0; i < entries.size(); ++i) image.setPixel(static_cast<int>(i), 0, qRgb(entries[i][0], entries[i][1], entries[i][2]));
    return image;
}

}  // namespace

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
    setAccessibleName(tr("Colour bar: %1").arg(range));
    QString tip = range;
    if (words.clipped) tip += u'\n' + tr("Some values lie beyond the ends. N shows the picture's own range.");
    if (!words.remark.isEmpty()) tip += u'\n' + tr("The picture's own range: not to be compared with other pictures by colour.");
    setToolTip(tip);
    update();
}

QSize LegendBar::sizeHint() const {
    const QFontMetrics metrics(Theme::instance().font(TextSize::Table));
    return {2 * kMargin + metrics.horizontalAdvance(low() + high()) + 2 * kGap + kLongest, metrics.height()};
}

void LegendBar::paintEvent(QPaintEvent*) {
    QPainter painter(this);
    const Tokens& t = tokens();
    const QFont font = Theme::instance().font(TextSize::Table);
    const QFontMetrics metrics(font);
    painter.setFont(font);
    const int lowWidth = metrics.horizontalAdvance(low()), highWidth = metrics.horizontalAdvance(high());
    const int remarkWidth = m_words.remark.isEmpty() ? 0 : metrics.horizontalAdvance(m_words.remark) + kGap + 4;
    const int numbers = lowWidth + highWidth + 2 * kGap;
    const int room = width() - 2 * kMargin - numbers;
    const bool remark = room - remarkWidth >= kShortest;
    const int bar = std::clamp(remark ? room - remarkWidth : room, 0, kLongest);
    painter.setPen(t.second);
    const auto text = [&](int x, const QString& words) { painter.drawText(QRect(x, 0, width() - x, height()), Qt::AlignVCenter | Qt::TextSingleLine, words); };
    text(kMargin, low());
    text(kMargin + lowWidth + 2 * kGap + bar, high());
    if (remark && remarkWidth > 0) text(width() - kMargin - metrics.horizontalAdvance(m_words.remark), m_words.remark);
    if (bar < kShortest / 2) return;
    const QRect box(kMargin + lowWidth + kGap, (height() - kBarHeight) / 2, bar, kBarHeight);
    painter.setRenderHint(QPainter::SmoothPixmapTransform);
    painter.drawImage(box, stripe(m_words.legend.map));
    painter.setPen(t.edge);
    painter.setBrush(Qt::NoBrush);
    painter.drawRect(box.adjusted(0, 0, -1, -1));
}

}  // namespace tessera::ui
