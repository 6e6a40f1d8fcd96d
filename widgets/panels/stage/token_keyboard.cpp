// SPDX-License-Identifier: GPL-3.0-or-later
#include "panels/stage/token_keyboard.h"

#include <utility>

#include <QAction>
#include <QKeyEvent>
#include <QWidget>

#include "panels/stage/token_surgery.h"

namespace tessera::ui {
namespace {

constexpr int kHeldMilliseconds = 350;  // shorter is a tap

}  // namespace

TokenKeyboard::TokenKeyboard(TokenSurgery& surgery, QWidget& stage, std::function<void()> typeCode) : QObject(&stage), m_surgery(surgery), m_typeCode(std::move(typeCode)) {
    stage.installEventFilter(this);
}

QAction* TokenKeyboard::actionOf(const QKeyEvent& event) const {
    const QKeySequence key(QKeyCombination(event.modifiers() & ~Qt::KeypadModifier, Qt::Key(event.key())));
    for (QAction* action : m_actions) {
        if (action->isEnabled() && action->shortcuts().contains(key)) return action;
    }
    return nullptr;
}

/// A key that means something here and cannot be given to an action.
bool TokenKeyboard::isOwn(const QKeyEvent& event) const {
    const bool bare = (event.modifiers() & ~Qt::KeypadModifier) == 0;
    switch (event.key()) {
        case Qt::Key_Left:
        case Qt::Key_Right:
        case Qt::Key_Up:
        case Qt::Key_Down: return (event.modifiers() & ~(Qt::KeypadModifier | Qt::ShiftModifier)) == 0 && (m_surgery.isAboutTokens() || m_surgery.here().any());
        case Qt::Key_Return:
        case Qt::Key_Enter: return bare && m_surgery.here().any() && (m_surgery.isSwapping() || m_surgery.grid());
        case Qt::Key_Escape: return bare && (m_surgery.isSwapping() || !m_surgery.here().chosen.empty());
        default: return false;
    }
}

bool TokenKeyboard::eventFilter(QObject*, QEvent* event) {
    switch (event->type()) {
        case QEvent::ShortcutOverride: {
            const auto& key = *static_cast<QKeyEvent*>(event);
            // What runs is cancelled before anything that is chosen is let go.
            const bool mine = m_surgery.area() && (actionOf(key) || (isOwn(key) && (key.key() != Qt::Key_Escape || m_surgery.isSwapping())));
            if (mine) event->accept();
            return mine;
        }
        case QEvent::KeyPress: return m_surgery.area() && press(*static_cast<QKeyEvent*>(event));
        case QEvent::KeyRelease: return release(*static_cast<QKeyEvent*>(event));
        default: return false;
    }
}

bool TokenKeyboard::press(const QKeyEvent& event) {
    if (QAction* action = actionOf(event)) {
        if (event.isAutoRepeat() && (action->isCheckable() || !action->autoRepeat())) return true;
        if (action->property(kHeldProperty).toBool()) {
            m_held = action;
            m_heldKey = event.key();
            m_heldFor.start();
        }
        action->trigger();
        return true;
    }
    if (!isOwn(event)) return false;
    const bool extend = event.modifiers() & Qt::ShiftModifier;
    switch (event.key()) {
        case Qt::Key_Left: m_surgery.step(0, -1, extend); return true;
        case Qt::Key_Right: m_surgery.step(0, 1, extend); return true;
        case Qt::Key_Up: m_surgery.step(-1, 0, extend); return true;
        case Qt::Key_Down: m_surgery.step(1, 0, extend); return true;
        case Qt::Key_Escape: m_surgery.isSwapping() ? m_surgery.endSwap() : m_surgery.chooseNothing(); return true;
        default: m_surgery.isSwapping() ? m_surgery.swapWith(*m_surgery.target()) : m_typeCode(); return true;
    }
}

bool TokenKeyboard::release(const QKeyEvent& event) {
    if (event.isAutoRepeat() || !m_held || event.key() != m_heldKey) return false;
    QAction* held = std::exchange(m_held, nullptr);
    if (m_heldFor.elapsed() >= kHeldMilliseconds) held->trigger();
    return true;
}

}  // namespace tessera::ui
