// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QHash>
#include <QKeySequence>
#include <QList>
#include <QMap>
#include <QObject>

class QAction;
class QMainWindow;

namespace tessera::studio {

/// A key that no action can have, and what it does.
struct FixedKey {
    QString keys, does;
    QList<QKeySequence> sequences;  ///< empty: the mouse takes part
};

/// The keys of a window's actions: what they are at first, what a person made of them. Menus, tool tips and the palette follow, since they
/// ask the actions. Make it once all actions are there; those that come later have no keys at first.
class KeyBindings : public QObject {
    Q_OBJECT
public:
    explicit KeyBindings(QMainWindow& window);

    /// Actions with this property have keys of their own kind: they are the stage's while it shows tokens, and go before the window's.
    static constexpr const char* kDomainProperty = "keys";
    static constexpr const char* kTokens = "tokens";
    static constexpr const char* kDrawing = "drawing";  ///< enabled only in the workspace that draws, where the window's with the same keys are not

    /// By object name, in the order they were made.
    QList<QAction*> actions() const;
    /// Without mnemonic and ellipsis: "Open Images".
    static QString nameOf(const QAction& action);
    QList<QKeySequence> defaultsOf(const QAction& action) const;
    bool isChanged(const QAction& action) const;

    /// Takes these keys away from whoever has them among keys of the same kind.
    void setKeys(QAction& action, const QList<QKeySequence>& keys);
    void reset(QAction& action);  ///< as setKeys() with the defaults
    void resetAll();

    /// The other action of the same kind that has the key; null if none has.
    QAction* holderOf(const QKeySequence& key, const QAction& except) const;
    /// Why no action can have the key, in one sentence; empty if one can.
    QString refusalOf(const QKeySequence& key) const;
    static QList<FixedKey> fixedKeys();

    /// What differs from the defaults, as settings keep it: by object name the keys in portable words, "" for none.
    QMap<QString, QString> changed() const;
    /// Names of unknown actions are kept for changed(); keys that nobody can have are left out; of two that want one key the first gets it.
    void apply(const QMap<QString, QString>& stored);

Q_SIGNALS:
    void bindingsChanged();

private:
    void takeFromOthers(const QAction& owner, const QList<QKeySequence>& keys);

    QMainWindow& m_window;
    QHash<QString, QList<QKeySequence>> m_defaults;
    QMap<QString, QString> m_unknown;
};

}  // namespace tessera::studio
