// SPDX-License-Identifier: GPL-3.0-or-later
#include "panels/fact_list.h"

#include <QHelpEvent>
#include <QPainter>
#include <QToolTip>

#include "theme/theme.h"

namespace tessera::ui {
namespace {

constexpr int kLine = 20, kGap = 12;

}  // namespace

FactList::FactList(QWidget* parent) : QWidget(parent) {
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
    connect(&Theme::instance(), &Theme::changed, this, qOverload<>(&QWidget::update));
}

void FactList::setFacts(std::vector<Fact> facts) {
    if (facts == m_facts) return;
    m_facts = std::move(facts);
    setAccessibleName(text().replace(u'\t', u' '));
    updateGeometry();
    update();
}

QString FactList::text() const {
    QString result;
    for (const Fact& fact : m_facts) result += fact.label + u'\t' + (fact.whole.isEmpty() ? fact.value : fact.whole) + u'\n';
    return result;
}

QSize FactList::sizeHint() const {
    return {200, static_cast<int>(m_facts.size()) * kLine};
}

QSize FactList::minimumSizeHint() const {
    return {80, sizeHint().height()};
}

void FactList::paintEvent(QPaintEvent*) {
    QPainter painter(this);
    painter.setFont(Theme::instance().font(TextSize::Table));
    const QFontMetrics metrics = painter.fontMetrics();
    QRect line(0, 0, width(), kLine);
    for (const Fact& fact : m_facts) {
        painter.setPen(tokens().second);
        painter.drawText(line, Qt::AlignLeft | Qt::AlignVCenter, fact.label);
        painter.setPen(tokens().text);
        const int room = width() - metrics.horizontalAdvance(fact.label) - kGap;
        painter.drawText(line, Qt::AlignRight | Qt::AlignVCenter, metrics.elidedText(fact.value, Qt::ElideMiddle, room));
        line.translate(0, kLine);
    }
}

bool FactList::event(QEvent* event) {
    if (event->type() == QEvent::ToolTip) {
        const auto* help = static_cast<QHelpEvent*>(event);
        const int index = help->pos().y() / kLine;
        const bool there = index >= 0 && index < static_cast<int>(m_facts.size());
        QToolTip::showText(help->globalPos(), !there ? QString() : m_facts[index].whole.isEmpty() ? m_facts[index].value : m_facts[index].whole, this);
        return true;
    }
    return QWidget::event(event);
}

}  // namespace tessera::ui
