// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>

#include <QElapsedTimer>
#include <QList>
#include <QObject>

class QAction;
class QKeyEvent;
class QWidget;

namespace tessera::ui {

class TokenSurgery;

/// The keys of tokens while the stage has the keyboard and the current cell has tokens: arrows look at the next one, with Shift they choose,
/// Enter types a code, Esc gives up. Keys of its actions go before the same keys of the window's: Ctrl+C copies tokens where there are
/// tokens, and else the picture.
class TokenKeyboard : public QObject {
    Q_OBJECT
public:
    TokenKeyboard(TokenSurgery& surgery, QWidget& stage, std::function<void()> typeCode);

    /// Those with kHeldProperty are triggered again when a key that was held for a while is let go.
    void setActions(QList<QAction*> actions) { m_actions = std::move(actions); }
    static constexpr const char* kHeldProperty = "held";

protected:
    bool eventFilter(QObject* object, QEvent* event) override;

private:
    QAction* actionOf(const QKeyEvent& event) const;
    bool isOwn(const QKeyEvent& event) const;
    bool press(const QKeyEvent& event);
    bool release(const QKeyEvent& event);

    TokenSurgery& m_surgery;
    std::function<void()> m_typeCode;
    QList<QAction*> m_actions;
    QAction* m_held = nullptr;
    int m_heldKey = 0;
    QElapsedTimer m_heldFor;
};

}  // namespace tessera::ui
