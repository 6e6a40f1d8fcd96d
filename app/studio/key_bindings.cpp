// SPDX-License-Identifier: GPL-3.0-or-later
#include "key_bindings.h"

#include <QAction>
#include <QMainWindow>
#include <QMenuBar>

namespace tessera::studio {
namespace {

bool ofOneKind(const QAction& a, const QAction& b) {
    return a.property(KeyBindings::kDomainProperty) == b.property(KeyBindings::kDomainProperty);
}

}  // namespace

KeyBindings::KeyBindings(QMainWindow& window) : QObject(&window), m_window(window) {
    for (const QAction* action : actions()) m_defaults[action->objectName()] = action->shortcuts();
}

QList<QAction*> KeyBindings::actions() const {
    QList<QAction*> found;
    for (QAction* action : m_window.findChildren<QAction*>()) {
        // Text fields and Qt's own widgets bring actions of theirs; ours are told by an object name.
        const bool ours = !action->objectName().isEmpty() && !action->objectName().startsWith(u"_q");
        if (!ours || action->isSeparator() || action->menu() || !action->isVisible() || action->text().isEmpty()) continue;
        found << action;
    }
    return found;
}

QString KeyBindings::nameOf(const QAction& action) {
    // The stack's own two say what they would undo.
    if (action.objectName() == u"undo") return tr("Undo");
    if (action.objectName() == u"redo") return tr("Redo");
    QString name = action.text();
    name.remove(u'&');
    return name.endsWith(u'…') ? name.chopped(1) : name;
}

QList<QKeySequence> KeyBindings::defaultsOf(const QAction& action) const {
    return m_defaults.value(action.objectName());
}

bool KeyBindings::isChanged(const QAction& action) const {
    return action.shortcuts() != defaultsOf(action);
}

void KeyBindings::takeFromOthers(const QAction& owner, const QList<QKeySequence>& keys) {
    for (QAction* other : actions()) {
        if (other == &owner || !ofOneKind(*other, owner)) continue;
        QList<QKeySequence> kept = other->shortcuts();
        kept.removeIf([&](const QKeySequence& key) { return keys.contains(key); });
        if (kept != other->shortcuts()) other->setShortcuts(kept);
    }
}

void KeyBindings::setKeys(QAction& action, const QList<QKeySequence>& keys) {
    QList<QKeySequence> each;
    for (const QKeySequence& key : keys) {
        if (!key.isEmpty() && !each.contains(key)) each << key;
    }
    takeFromOthers(action, each);
    action.setShortcuts(each);
    Q_EMIT bindingsChanged();
}

void KeyBindings::reset(QAction& action) {
    setKeys(action, defaultsOf(action));
}

void KeyBindings::resetAll() {
    for (QAction* action : actions()) action->setShortcuts(defaultsOf(*action));
    m_unknown.clear();
    Q_EMIT bindingsChanged();
}

QAction* KeyBindings::holderOf(const QKeySequence& key, const QAction& except) const {
    for (QAction* action : actions()) {
        if (action != &except && ofOneKind(*action, except) && action->shortcuts().contains(key)) return action;
    }
    return nullptr;
}

QString KeyBindings::refusalOf(const QKeySequence& key) const {
    const QString words = key.toString(QKeySequence::NativeText);
    for (const FixedKey& fixed : fixedKeys()) {
        if (fixed.sequences.contains(key)) return tr("“%1” is fixed: %2.").arg(words, fixed.does.left(1).toLower() + fixed.does.mid(1));
    }
    for (const QAction* menu : m_window.menuBar()->actions()) {
        if (QKeySequence::mnemonic(menu->text()) == key) return tr("“%1” opens the menu %2.").arg(words, QString(menu->text()).remove(u'&'));
    }
    return {};
}

QList<FixedKey> KeyBindings::fixedKeys() {
    const auto keys = [](std::initializer_list<QKeyCombination> each) {
        QList<QKeySequence> sequences;
        for (const QKeyCombination key : each) sequences << QKeySequence(key);
        return sequences;
    };
    return {{tr("Space, held"), tr("Shows the reference in every cell"), keys({Qt::Key_Space})},
            {tr("Shift+Space, held"), tr("Shows the input in every cell"), keys({Qt::SHIFT | Qt::Key_Space})},
            {tr("Arrows"), tr("Choose a cell of the board; where tokens are shown, a token"), keys({Qt::Key_Left, Qt::Key_Right, Qt::Key_Up, Qt::Key_Down})},
            {tr("Shift+arrows"), tr("Choose several tokens"), keys({Qt::SHIFT | Qt::Key_Left, Qt::SHIFT | Qt::Key_Right, Qt::SHIFT | Qt::Key_Up, Qt::SHIFT | Qt::Key_Down})},
            {tr("Enter"), tr("Opens what the cell has to tell; where tokens are shown, a field for a code"), keys({Qt::Key_Return, Qt::Key_Enter})},
            {tr("Menu, Shift+F10"), tr("Opens the menu of the cell"), keys({Qt::Key_Menu, Qt::SHIFT | Qt::Key_F10})},
            {tr("Tab, Shift+Tab"), tr("Goes to the next or the previous control"), keys({Qt::Key_Tab, Qt::Key_Backtab, Qt::SHIFT | Qt::Key_Tab, Qt::SHIFT | Qt::Key_Backtab})},
            {tr("Wheel"), tr("Zooms at the pointer"), {}},
            {tr("Alt+wheel"), tr("Scrolls the board"), {}},
            {tr("Drag"), tr("Moves the pictures; with the left button over tokens, the tool's work"), {}},
            {tr("Double click"), tr("Fits the pictures"), {}},
            {tr("Shift, dropping"), tr("Replaces all images"), {}}};
}

QMap<QString, QString> KeyBindings::changed() const {
    QMap<QString, QString> result = m_unknown;
    for (const QAction* action : actions()) {
        if (isChanged(*action)) result[action->objectName()] = QKeySequence::listToString(action->shortcuts(), QKeySequence::PortableText);
    }
    return result;
}

void KeyBindings::apply(const QMap<QString, QString>& stored) {
    m_unknown = stored;
    QHash<QString, QList<QKeySequence>> takenByKind;
    for (QAction* action : actions()) {
        const auto it = stored.find(action->objectName());
        if (it == stored.end()) continue;
        m_unknown.remove(it.key());
        QList<QKeySequence>& taken = takenByKind[action->property(kDomainProperty).toString()];
        QList<QKeySequence> keys = QKeySequence::listFromString(it.value(), QKeySequence::PortableText);
        // What a text editor made of the file: no key that cannot be pressed, no key twice.
        keys.removeIf([&](const QKeySequence& key) { return key.isEmpty() || key[0].key() == Qt::Key_unknown || taken.contains(key) || !refusalOf(key).isEmpty(); });
        if (keys.isEmpty() && !it.value().isEmpty()) continue;  // none of it means anything
        takeFromOthers(*action, keys);
        action->setShortcuts(keys);
        taken << keys;
    }
    Q_EMIT bindingsChanged();
}

}  // namespace tessera::studio
