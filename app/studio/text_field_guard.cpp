// SPDX-License-Identifier: GPL-3.0-or-later
#include "text_field_guard.h"

#include <QAbstractSpinBox>
#include <QApplication>
#include <QComboBox>
#include <QKeyEvent>
#include <QLineEdit>
#include <QPlainTextEdit>
#include <QTextEdit>

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

}  // namespace

TextFieldGuard::TextFieldGuard(QWidget& window, QWidget& home) : QObject(&window), m_window(window), m_home(home) {
    qApp->installEventFilter(this);
}

bool TextFieldGuard::eventFilter(QObject* object, QEvent* event) {
    if (event->type() != QEvent::ShortcutOverride && event->type() != QEvent::KeyPress) return false;
    const auto* widget = qobject_cast<const QWidget*>(object);
    if (!widget || !isTextField(widget) || !isSingleKey(*static_cast<QKeyEvent*>(event))) return false;
    if (event->type() == QEvent::ShortcutOverride) {
        event->accept();
        return true;
    }
    // Popups close themselves on Esc.
    if (static_cast<QKeyEvent*>(event)->key() != Qt::Key_Escape || QApplication::activePopupWidget() || widget->window() != &m_window) return false;
    m_home.setFocus(Qt::OtherFocusReason);
    return true;
}

}  // namespace tessera::studio
