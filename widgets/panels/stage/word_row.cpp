// SPDX-License-Identifier: GPL-3.0-or-later
#include "panels/stage/word_row.h"

#include <algorithm>
#include <span>

#include <QFontMetrics>
#include <QPainter>

namespace tessera::ui {
namespace {

constexpr int kNumberGap = 10, kWordGap = 3, kLeastLeft = 24, kSwatch = 8;

using Words = std::vector<Word>;

QFont fontOf(const Word& word, TextSize size) {
    return Theme::instance().font(size, word.role == Word::Role::Strong);
}

int widthOf(const Words& words, TextSize size) {
    int width = 0;
    for (const Word& word : words) width += QFontMetrics(fontOf(word, size)).horizontalAdvance(word.text) + kWordGap + (word.swatch ? kSwatch + kWordGap : 0);
    return std::max(0, width - kWordGap);
}

int widthOf(std::span<const Words> numbers, TextSize size) {
    int width = 0;
    for (const Words& number : numbers) width += widthOf(number, size) + kNumberGap;
    return std::max(0, width - kNumberGap);
}

void draw(QPainter& painter, QRect room, const Words& words, TextSize size) {
    for (const Word& word : words) {
        if (room.width() <= 0) return;
        const QFont font = fontOf(word, size);
        const QFontMetrics metrics(font);
        if (word.swatch) {
            painter.fillRect(room.left(), room.center().y() - kSwatch / 2, kSwatch, kSwatch, QColor(word.swatch));
            room.setLeft(room.left() + kSwatch + kWordGap);
        }
        const QString shown = metrics.elidedText(word.text, Qt::ElideMiddle, room.width());
        painter.setFont(font);
        painter.setPen(colourOf(word.role));
        painter.drawText(room, Qt::AlignVCenter | Qt::TextSingleLine, shown);
        room.setLeft(room.left() + metrics.horizontalAdvance(shown) + kWordGap);
    }
}

}  // namespace

QString WordRow::text() const {
    QStringList words;
    for (const Word& word : left) words << word.text;
    for (const Words& number : numbers) {
        for (const Word& word : number) words << word.text;
    }
    return words.join(u' ');
}

void WordRow::paint(QPainter& painter, const QRect& room, TextSize size, Priority priority) const {
    const int kept = priority == Priority::Left && !left.empty() ? widthOf(left, size) + kNumberGap : 0;
    std::span<const Words> shown(numbers);
    while (!shown.empty() && widthOf(shown, size) > room.width() - kept) shown = shown.first(shown.size() - 1);
    const int rightWidth = widthOf(shown, size);
    int x = room.right() + 1 - rightWidth;
    for (const Words& number : shown) {
        const int width = widthOf(number, size);
        draw(painter, QRect(x, room.top(), width + 1, room.height()), number, size);
        x += width + kNumberGap;
    }
    const int leftRoom = room.width() - rightWidth - (shown.empty() ? 0 : kNumberGap);
    // A word cut down to its first letters says nothing, beside numbers least of all.
    int least = priority == Priority::Numbers && !shown.empty() ? std::max(kLeastLeft, widthOf(left, size) * 2 / 3) : kLeastLeft;
    if (whole) least = widthOf(left, size);
    if (leftRoom >= least) draw(painter, QRect(room.left(), room.top(), leftRoom, room.height()), left, size);
}

}  // namespace tessera::ui
