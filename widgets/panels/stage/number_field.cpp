// SPDX-License-Identifier: GPL-3.0-or-later
#include "panels/stage/number_field.h"

#include <algorithm>
#include <cmath>

#include <QKeyEvent>
#include <QTimer>

#include "panels/stage/number_words.h"
#include "theme/theme.h"

namespace tessera::ui {
namespace {

constexpr int kDigits = 4;

}  // namespace

NumberField::NumberField(Range range, QWidget* parent) : QLineEdit(parent), m_range(std::move(range)) {
    setAlignment(Qt::AlignRight);
    setSizePolicy(QSizePolicy::Fixed, QSizePolicy::Fixed);
    connect(this, &QLineEdit::returnPressed, this, [this] {
        commit();
        selectAll();
    });
}

QString NumberField::textOf(double value) const {
    const QString number = m_range.decimals < 0 ? QString::number(value, 'g', kDigits).replace(u'-', QChar(0x2212)) : fixedNumber(value, m_range.decimals);
    return number + u' ' + m_range.unit;
}

void NumberField::setValue(double value) {
    m_value = value;
    m_empty = false;
    // Not while somebody types.
    if (!isModified()) restore();
}

void NumberField::setEmpty() {
    m_empty = true;
    if (!isModified()) restore();
}

void NumberField::restore() {
    const bool all = hasSelectedText() && selectionLength() == text().size();
    setText(m_empty ? QStringLiteral("–") : textOf(m_value));
    setModified(false);
    if (all) selectAll();
}

void NumberField::takeBack() {
    setModified(false);
    restore();
}

void NumberField::commit() {
    if (!isModified()) return;
    QString typed = text();
    typed.remove(m_range.unit).replace(QChar(0x2212), u'-').replace(u',', u'.');
    bool good = false;
    const double value = typed.trimmed().toDouble(&good);
    setModified(false);
    if (!good || !std::isfinite(value)) {
        restore();
        return;
    }
    m_value = std::clamp(value, m_range.low, m_range.high);
    restore();
    Q_EMIT committed(m_value);
}

QSize NumberField::sizeHint() const {
    const QFontMetrics metrics(Theme::instance().font(TextSize::Table));
    return {metrics.horizontalAdvance(m_range.longest) + 22, QLineEdit::sizeHint().height()};
}

void NumberField::keyPressEvent(QKeyEvent* event) {
    const double step = m_range.step * (event->modifiers() & Qt::ShiftModifier ? 10 : 1);
    switch (event->key()) {
        case Qt::Key_Escape:
            if (!isModified()) break;
            takeBack();
            return;
        case Qt::Key_Up:
        case Qt::Key_Down:
            if (m_empty) return;
            setModified(false);
            m_value = std::clamp(m_value + (event->key() == Qt::Key_Up ? step : -step), m_range.low, m_range.high);
            restore();
            Q_EMIT committed(m_value);
            return;
        default: break;
    }
    QLineEdit::keyPressEvent(event);
}

void NumberField::focusInEvent(QFocusEvent* event) {
    QLineEdit::focusInEvent(event);
    // After the click that brought the focus has put its cursor.
    QTimer::singleShot(0, this, &QLineEdit::selectAll);
}

void NumberField::focusOutEvent(QFocusEvent* event) {
    commit();
    QLineEdit::focusOutEvent(event);
}

}  // namespace tessera::ui
