// SPDX-License-Identifier: GPL-3.0-or-later
#include "text_field_guard.h"

#include <utility>

#include <QAbstractSpinBox>
#include <QApplication>
#include <QComboBox>
#include <QDoubleSpinBox>
#include <QKeyEvent>
#include <QLineEdit>
#include <QPlainTextEdit>
#include <QTextEdit>

#include "panels/stage/number_field.h"

namespace tessera::studio {
namespace {

bool isTextField(const QWidget* widget) {
    if (const auto* combo = qobject_cast<const QComboBox*>(widget)) return combo->isEditable();
    return qobject_cast<const QLineEdit*>(widget) || qobject_cast<const QAbstractSpinBox*>(widget) || qobject_cast<const QTextEdit*>(widget) ||
           qobject_cast<const QPlainTextEdit*>(widget);
}

bool isSingleKey(const QKeyEvent& event) {
    const bool bare = (event.modifiers() & ~(Qt::ShiftModifier | Qt::KeypadModifier)) == 0;
    return bare && !(event.key() >= Qt::Key_F1 && event.key() <= Qt::Key_F35);
}

/// Leaving a field commits what was typed, which is not what Esc means.
void takeBackTyping(QWidget* widget) {
    if (auto* field = qobject_cast<ui::NumberField*>(widget)) field->takeBack();
    // The values are those before: these boxes do not follow the keyboard.
    if (auto* box = qobject_cast<QDoubleSpinBox*>(widget); box && !box->keyboardTracking()) box->setValue(box->value());
}

}  // namespace

TextFieldGuard::TextFieldGuard(QWidget& window, std::function<QWidget*()> home) : QObject(&window), m_window(window), m_home(std::move(home)) {
    qApp->installEventFilter(this);
}

bool TextFieldGuard::eventFilter(QObject* object, QEvent* event) {
    if (event->type() != QEvent::ShortcutOverride && event->type() != QEvent::KeyPress) return false;
    auto* widget = qobject_cast<QWidget*>(object);
    if (!widget || !isTextField(widget) || !isSingleKey(*static_cast<QKeyEvent*>(event))) return false;
    if (event->type() == QEvent::ShortcutOverride) {
        event->accept();
        return true;
    }
    // Popups close themselves on Esc.
    if (static_cast<QKeyEvent*>(event)->key() != Qt::Key_Escape || QApplication::activePopupWidget() || widget->window() != &m_window) return false;
    takeBackTyping(widget);
    m_home()->setFocus(Qt::OtherFocusReason);
    return true;
}

}  // namespace tessera::studio
