// SPDX-License-Identifier: GPL-3.0-or-later
#include "panels/word_line.h"

#include <cmath>

#include <QFontMetrics>
#include <QPainter>

namespace tessera::ui {
namespace {

constexpr int kGap = 6, kRuleSpace = 12, kRuleHeight = 14;

}  // namespace

QColor colourOf(Word::Role role) {
    const Tokens& t = tokens();
    switch (role) {
        case Word::Role::Second: return t.second;
        case Word::Role::Disabled: return t.disabled;
        case Word::Role::Error: return t.error;
        case Word::Role::Warning: return t.warning;
        case Word::Role::Good: return t.good;
        case Word::Role::Value:
        case Word::Role::Strong: break;
    }
    return t.text;
}

WordLine::WordLine(QWidget* parent, TextSize size) : QWidget(parent), m_size(size) {
    setSizePolicy(QSizePolicy::Preferred, QSizePolicy::Fixed);
    connect(&Theme::instance(), &Theme::changed, this, [this] {
        updateGeometry();
        update();
    });
}

void WordLine::setWords(std::vector<Word> words) {
    std::erase_if(words, [](const Word& word) { return word.text.isEmpty(); });
    if (words == m_words) return;
    const QSize before = sizeHint();
    m_words = std::move(words);
    setAccessibleName(text());
    if (sizeHint() != before) updateGeometry();
    update();
}

QString WordLine::text() const {
    QStringList texts;
    for (const Word& word : m_words) texts << word.text;
    return texts.join(u' ');
}

void WordLine::setAlignment(Qt::Alignment alignment) {
    m_alignment = alignment;
    update();
}

void WordLine::setRule(bool rule) {
    m_rule = rule;
    updateGeometry();
    update();
}

QFont WordLine::fontOf(const Word& word) const {
    return Theme::instance().font(m_size, word.role == Word::Role::Strong);
}

int WordLine::widthOf(const Word& word) const {
    // Rounded up, or eliding would take the last fraction of a pixel for a lack of room.
    return static_cast<int>(std::ceil(QFontMetricsF(fontOf(word)).horizontalAdvance(word.text)));
}

QSize WordLine::sizeHint() const {
    int width = m_rule ? kRuleSpace : 0;
    for (std::size_t i = 0; i < m_words.size(); ++i) width += widthOf(m_words[i]) + (i > 0 ? kGap : 0);
    return {width, QFontMetrics(Theme::instance().font(m_size)).height()};
}

QSize WordLine::minimumSizeHint() const {
    return {m_rule ? kRuleSpace : 0, sizeHint().height()};
}

void WordLine::paintEvent(QPaintEvent*) {
    QPainter painter(this);
    int x = 0;
    if (m_rule) {
        painter.fillRect(0, (height() - kRuleHeight) / 2, 1, kRuleHeight, tokens().line);
        x = kRuleSpace;
    }
    const int content = sizeHint().width();
    if (m_alignment & Qt::AlignRight) x = std::max(x, width() - content + x);
    for (const Word& word : m_words) {
        const int room = width() - x;
        if (room <= 0) break;
        const int wide = widthOf(word);
        painter.setFont(fontOf(word));
        painter.setPen(colourOf(word.role));
        const QString shown = wide <= room ? word.text : painter.fontMetrics().elidedText(word.text, Qt::ElideMiddle, room);
        painter.drawText(QRect(x, 0, room, height()), Qt::AlignVCenter | Qt::TextSingleLine, shown);
        x += wide + kGap;
    }
}

}  // namespace tessera::ui
