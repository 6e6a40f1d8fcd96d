// SPDX-License-Identifier: GPL-3.0-or-later
#include "panels/labelled_combo.h"

#include <QStyleOptionComboBox>
#include <QStylePainter>
#include <QWheelEvent>

#include "theme/theme.h"

namespace tessera::ui {
namespace {

constexpr int kLeft = 10, kGap = 8, kArrow = 30, kLongestText = 220;

}  // namespace

LabelledCombo::LabelledCombo(const QString& label, QWidget* parent) : QComboBox(parent), m_label(label) {
    setAccessibleName(label);
    setFocusPolicy(Qt::TabFocus);
    setSizePolicy(QSizePolicy::Maximum, QSizePolicy::Fixed);
    connect(this, &QComboBox::currentIndexChanged, this, [this] { updateGeometry(); });
}

void LabelledCombo::setShownText(const QString& text) {
    if (text == m_shown) return;
    m_shown = text;
    updateGeometry();
    update();
}

int LabelledCombo::widthFor(int textWidth) const {
    return kLeft + fontMetrics().horizontalAdvance(m_label) + kGap + textWidth + kArrow;
}

QSize LabelledCombo::sizeHint() const {
    return {widthFor(std::min(kLongestText, fontMetrics().horizontalAdvance(shownText()) + 2)), size::kControl};
}

QSize LabelledCombo::minimumSizeHint() const {
    return {widthFor(std::max(24, minimumContentsLength() * fontMetrics().horizontalAdvance(u'0') + 2)), size::kControl};
}

void LabelledCombo::paintEvent(QPaintEvent*) {
    QStylePainter painter(this);
    QStyleOptionComboBox option;
    initStyleOption(&option);
    option.currentText.clear();
    painter.drawComplexControl(QStyle::CC_ComboBox, option);
    const Tokens& t = tokens();
    const QRect inside(kLeft, 0, width() - kLeft - kArrow, height());
    painter.setPen(isEnabled() ? t.second : t.disabled);
    painter.drawText(inside, Qt::AlignVCenter | Qt::TextSingleLine, m_label);
    const int labelWidth = fontMetrics().horizontalAdvance(m_label) + kGap;
    const QRect rest = inside.adjusted(labelWidth, 0, 0, 0);
    painter.setPen(isEnabled() ? t.text : t.disabled);
    painter.drawText(rest, Qt::AlignVCenter | Qt::TextSingleLine, fontMetrics().elidedText(shownText(), Qt::ElideMiddle, rest.width()));
}

void LabelledCombo::wheelEvent(QWheelEvent* event) {
    event->ignore();
}

}  // namespace tessera::ui
