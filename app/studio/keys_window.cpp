// SPDX-License-Identifier: GPL-3.0-or-later
#include "keys_window.h"

#include <QAction>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QKeyEvent>
#include <QKeySequenceEdit>
#include <QLabel>
#include <QLineEdit>
#include <QPointer>
#include <QPushButton>
#include <QSortFilterProxyModel>
#include <QStandardItemModel>
#include <QStyledItemDelegate>
#include <QTreeView>
#include <QVBoxLayout>

#include "key_bindings.h"
#include "panels/command_palette.h"
#include "theme/icons.h"
#include "theme/theme.h"

namespace tessera::studio {
namespace {

constexpr int kMargin = 24, kRow = 26;
constexpr QSize kFirstSize{760, 680}, kSmallest{520, 320};
constexpr int kActionRole = Qt::UserRole, kSearchRole = Qt::UserRole + 1;

QString words(const QKeySequence& key) {
    return key.toString(QKeySequence::NativeText);
}

QString words(const QList<QKeySequence>& keys) {
    QStringList each;
    for (const QKeySequence& key : keys) each << words(key);
    return each.join(QStringLiteral(", "));
}

/// Takes one key with its modifiers; Esc and Enter are the delegate's: they leave it as it is.
class KeyRecorder : public QKeySequenceEdit {
public:
    using QKeySequenceEdit::QKeySequenceEdit;
    void onRecorded(std::function<void()> act) { m_recorded = std::move(act); }

protected:
    void keyPressEvent(QKeyEvent* event) override {
        if (!keySequence().isEmpty()) return;
        QKeySequenceEdit::keyPressEvent(event);
        // The base class waits for a second key; modifiers alone are none.
        if (!keySequence().isEmpty()) m_recorded();
    }

private:
    std::function<void()> m_recorded;
};

class KeyPainter : public QStyledItemDelegate {
public:
    KeyPainter(KeysWindow& window, QAbstractItemView& view) : QStyledItemDelegate(&view), m_window(window) {}

    QSize sizeHint(const QStyleOptionViewItem& option, const QModelIndex& index) const override {
        return {QStyledItemDelegate::sizeHint(option, index).width() + 8, std::max(kRow, option.fontMetrics.height() + 8)};
    }

    QWidget* createEditor(QWidget* parent, const QStyleOptionViewItem&, const QModelIndex&) const override {
        auto* recorder = new KeyRecorder(parent);
        recorder->onRecorded([self = const_cast<KeyPainter*>(this), recorder] {
            Q_EMIT self->commitData(recorder);
            Q_EMIT self->closeEditor(recorder);
        });
        recorder->setAccessibleName(KeysWindow::tr("Press a key"));
        if (auto* line = recorder->findChild<QLineEdit*>()) {
            line->setPlaceholderText(KeysWindow::tr("Press a key"));
            line->setAccessibleName(KeysWindow::tr("Press a key"));
        }
        return recorder;
    }

    void setEditorData(QWidget*, const QModelIndex&) const override {}

    void setModelData(QWidget* editor, QAbstractItemModel*, const QModelIndex& index) const override {
        const QKeySequence key = static_cast<KeyRecorder*>(editor)->keySequence();
        auto* action = qobject_cast<QAction*>(index.siblingAtColumn(0).data(kActionRole).value<QObject*>());
        if (action && !key.isEmpty()) m_window.record(*action, index.column(), QKeySequence(key[0]));
    }

    void updateEditorGeometry(QWidget* editor, const QStyleOptionViewItem& option, const QModelIndex&) const override { editor->setGeometry(option.rect); }

private:
    KeysWindow& m_window;
};

QList<QStandardItem*> line(const QStringList& texts) {
    QList<QStandardItem*> items;
    for (const QString& text : texts) {
        auto* item = new QStandardItem(text);
        item->setEditable(false);
        items << item;
    }
    return items;
}

}  // namespace

KeysWindow::KeysWindow(KeyBindings& bindings, QWidget* window)
    : QDialog(window),
      m_bindings(bindings),
      m_model(new QStandardItemModel(this)),
      m_filter(new QSortFilterProxyModel(this)),
      m_search(new QLineEdit(this)),
      m_tree(new QTreeView(this)),
      m_sentence(new QLabel(this)) {
    setWindowTitle(tr("Keys"));
    setMinimumSize(kSmallest);
    resize(kFirstSize);
    m_search->setPlaceholderText(tr("Search by action or key"));
    m_search->setAccessibleName(tr("Search by action or key"));
    m_search->addAction(ui::themedIcon(QStringLiteral("search")), QLineEdit::LeadingPosition)->setText(tr("Search"));
    m_filter->setSourceModel(m_model);
    m_filter->setFilterRole(kSearchRole);
    m_filter->setFilterCaseSensitivity(Qt::CaseInsensitive);
    m_filter->setRecursiveFilteringEnabled(true);
    m_tree->setModel(m_filter);
    m_tree->setObjectName(QStringLiteral("keys"));
    m_tree->setAccessibleName(tr("Actions and their keys"));
    m_tree->setItemDelegate(new KeyPainter(*this, *m_tree));
    m_tree->setItemsExpandable(false);
    m_tree->setRootIsDecorated(false);
    m_tree->setUniformRowHeights(true);
    m_tree->setIndentation(12);
    m_tree->setSelectionBehavior(QAbstractItemView::SelectItems);
    m_tree->setEditTriggers(QAbstractItemView::NoEditTriggers);
    m_tree->setTabKeyNavigation(false);
    m_tree->installEventFilter(this);
    m_search->installEventFilter(this);
    m_sentence->setProperty("role", "second");
    m_sentence->setWordWrap(true);
    m_sentence->setObjectName(QStringLiteral("keysSentence"));

    auto* heading = new QLabel(tr("Keys"), this);
    heading->setProperty("role", "heading");
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(kMargin, kMargin, kMargin, kMargin);
    layout->setSpacing(12);
    layout->addWidget(heading);
    layout->addWidget(m_search);
    layout->addWidget(m_tree, 1);
    layout->addLayout(makeButtons());

    connect(m_search, &QLineEdit::textChanged, this, [this](const QString& text) {
        m_filter->setFilterFixedString(text.trimmed());
        m_tree->expandAll();
    });
    connect(m_tree->itemDelegate(), &QAbstractItemDelegate::closeEditor, this, [this](QWidget*, QAbstractItemDelegate::EndEditHint hint) {
        if (hint == QAbstractItemDelegate::RevertModelCache) settle();
    });
    for (const auto signal : {&QTreeView::clicked, &QTreeView::doubleClicked}) connect(m_tree, signal, this, &KeysWindow::edit);
    connect(m_tree->selectionModel(), &QItemSelectionModel::currentChanged, this, &KeysWindow::settle);
    connect(&m_bindings, &KeyBindings::bindingsChanged, this, &KeysWindow::showKeys);
    collect();
    settle();
}

QLayout* KeysWindow::makeButtons() {
    const auto button = [this](const QString& text, auto act) {
        auto* made = new QPushButton(text, this);
        made->setAutoDefault(false);
        connect(made, &QPushButton::clicked, this, act);
        return made;
    };
    m_takeOver = button(tr("Take over"), [this] {
        const auto wanted = std::exchange(m_wanted, nullptr);
        if (wanted) wanted();
        settle();
        m_tree->setFocus(Qt::OtherFocusReason);
    });
    m_leave = button(tr("Leave as it is"), [this] {
        settle();
        m_tree->setFocus(Qt::OtherFocusReason);
    });
    m_remove = button(tr("Remove key"), [this] { removeKey(); });
    m_reset = button(tr("Reset"), [this] { resetCurrent(); });
    m_reset->setAccessibleDescription(tr("The keys that the chosen action has at first"));
    QPushButton* all = button(tr("Reset all"), [this] {
        m_bindings.resetAll();
        tell(tr("All actions have their first keys again."));
    });
    auto* sentence = new QHBoxLayout;
    sentence->setSpacing(8);
    sentence->addWidget(m_sentence, 1);
    sentence->addWidget(m_takeOver);
    sentence->addWidget(m_leave);
    auto* buttons = new QHBoxLayout;
    buttons->setSpacing(8);
    buttons->addWidget(m_remove);
    buttons->addWidget(m_reset);
    buttons->addStretch(1);
    buttons->addWidget(all);
    auto* both = new QVBoxLayout;
    both->setSpacing(12);
    both->addLayout(sentence);
    both->addLayout(buttons);
    return both;
}

/// Once: groups as the menus have them, and what is fixed at the end.
void KeysWindow::collect() {
    m_model->setHorizontalHeaderLabels({tr("Action"), tr("Key"), tr("Other keys"), tr("At first")});
    QHash<QString, QStandardItem*> groups;
    const auto groupOf = [&](const QString& title) {
        QStandardItem*& group = groups[title];
        if (!group) {
            QList<QStandardItem*> items = line({title, {}, {}, {}});
            group = items.first();
            group->setFont(ui::Theme::instance().font(ui::TextSize::Body, true));
            for (QStandardItem* item : items) item->setFlags(Qt::ItemIsEnabled);
            m_model->appendRow(items);
        }
        return group;
    };
    // Groups stand as their menus do, whenever their actions were made.
    QList<QAction*> actions = m_bindings.actions();
    for (const QString& title : ui::CommandPalette::menuTitles(parentWidget())) groupOf(title);
    for (QAction* action : actions) {
        const QString place = ui::CommandPalette::placeOf(*action);
        QList<QStandardItem*> items = line({KeyBindings::nameOf(*action), {}, {}, words(m_bindings.defaultsOf(*action))});
        items[Name]->setData(QVariant::fromValue<QObject*>(action), kActionRole);
        for (const int column : {Key, OtherKeys}) items[column]->setEditable(true);
        const QStringList menus = place.split(QStringLiteral(" › "));
        if (menus.size() > 1) items[Name]->setText(menus.mid(1).join(QStringLiteral(", ")) + QStringLiteral(": ") + items[Name]->text());
        groupOf(menus.first().isEmpty() ? tr("Other") : menus.first())->appendRow(items);
    }
    QStandardItem* fixed = groupOf(tr("Fixed"));
    for (const FixedKey& each : KeyBindings::fixedKeys()) {
        QList<QStandardItem*> items = line({each.does, each.keys, {}, tr("fixed")});
        items[Name]->setData(each.does + u' ' + each.keys, kSearchRole);
        fixed->appendRow(items);
    }
    for (int i = m_model->rowCount() - 1; i >= 0; --i) {
        if (!m_model->item(i)->hasChildren()) m_model->removeRow(i);
    }
    showKeys();
    m_tree->expandAll();
    for (int i = 0; i < m_filter->rowCount(); ++i) m_tree->setFirstColumnSpanned(i, {}, true);
    QHeaderView* header = m_tree->header();
    header->setStretchLastSection(false);
    header->setSectionResizeMode(Name, QHeaderView::Stretch);
    for (const int column : {Key, OtherKeys, Default}) header->resizeSection(column, 132);
}

void KeysWindow::showKeys() {
    for (int i = 0; i < m_model->rowCount(); ++i) {
        QStandardItem* group = m_model->item(i);
        for (int row = 0; row < group->rowCount(); ++row) showRow(group->child(row));
    }
    settle();
}

void KeysWindow::showRow(QStandardItem* name) {
    const auto* action = qobject_cast<QAction*>(name->data(kActionRole).value<QObject*>());
    if (!action) return;
    QStandardItem *group = name->parent(), *key = group->child(name->row(), Key), *others = group->child(name->row(), OtherKeys);
    const QList<QKeySequence> keys = action->shortcuts();
    const QString first = keys.isEmpty() ? QString() : words(keys.first());
    const bool changed = m_bindings.isChanged(*action);
    key->setText(first);
    others->setText(words(keys.mid(1)));
    for (QStandardItem* item : {key, others}) {
        item->setFont(ui::Theme::instance().font(ui::TextSize::Body, changed));
        item->setToolTip(tr("Click to record a key"));
    }
    key->setAccessibleText(tr("%1, key %2").arg(name->text(), first.isEmpty() ? tr("none") : first));
    others->setAccessibleText(tr("%1, other keys %2").arg(name->text(), others->text().isEmpty() ? tr("none") : others->text()));
    group->child(name->row(), Default)->setAccessibleText(tr("at first %1").arg(group->child(name->row(), Default)->text()));
    name->setData(group->text() + u' ' + name->text() + u' ' + words(keys), kSearchRole);
}

QModelIndex KeysWindow::currentIndex() const {
    return m_tree->currentIndex();
}

QAction* KeysWindow::actionOf(const QModelIndex& index) const {
    return index.isValid() ? qobject_cast<QAction*>(index.siblingAtColumn(Name).data(kActionRole).value<QObject*>()) : nullptr;
}

void KeysWindow::edit(const QModelIndex& index) {
    if (!actionOf(index) || (index.column() != Key && index.column() != OtherKeys)) return;
    settle();
    m_sentence->setText(tr("Press a key for %1; Esc leaves it as it is.").arg(KeyBindings::nameOf(*actionOf(index))));
    m_tree->edit(index);
}

void KeysWindow::record(QAction& action, int column, const QKeySequence& key) {
    QList<QKeySequence> keys = action.shortcuts();
    if (const QString refusal = m_bindings.refusalOf(key); !refusal.isEmpty()) return tell(refusal);
    if (column == Key) {
        // In place of the first one; a key that was among the others becomes the first.
        if (!keys.contains(key) && !keys.isEmpty()) keys.removeFirst();
        keys.removeAll(key);
        keys.prepend(key);
    } else if (!keys.contains(key)) {
        keys.append(key);
    }
    assign(action, keys);
}

void KeysWindow::assign(QAction& action, const QList<QKeySequence>& keys) {
    QStringList holders;
    for (const QKeySequence& key : keys) {
        if (const QAction* holder = m_bindings.holderOf(key, action)) holders << tr("“%1” is a key of %2").arg(words(key), KeyBindings::nameOf(*holder));
    }
    const auto set = [this, action = QPointer<QAction>(&action), keys] {
        if (!action) return;
        m_bindings.setKeys(*action, keys);
        tell(keys.isEmpty() ? tr("%1 has no key.").arg(KeyBindings::nameOf(*action)) : tr("%1 has %2.").arg(KeyBindings::nameOf(*action), words(keys)));
    };
    if (holders.isEmpty()) return set();
    ask(holders.join(tr(", ")) + tr(": take it over for %1, or leave both as they are?").arg(KeyBindings::nameOf(action)), set);
}

void KeysWindow::removeKey() {
    QAction* action = currentAction();
    if (!action) return;
    QList<QKeySequence> keys = action->shortcuts();
    if (keys.isEmpty()) return;
    keys = currentIndex().column() == OtherKeys ? keys.mid(0, 1) : keys.mid(1);
    assign(*action, keys);
}

void KeysWindow::resetCurrent() {
    if (QAction* action = currentAction()) assign(*action, m_bindings.defaultsOf(*action));
}

void KeysWindow::tell(const QString& sentence) {
    settle();
    m_sentence->setText(sentence);
}

void KeysWindow::ask(const QString& sentence, std::function<void()> takeOver) {
    settle();
    m_wanted = std::move(takeOver);
    m_sentence->setText(sentence);
    m_takeOver->show();
    m_leave->show();
    m_takeOver->setFocus(Qt::OtherFocusReason);
}

void KeysWindow::settle() {
    m_wanted = nullptr;
    m_takeOver->hide();
    m_leave->hide();
    const QAction* action = currentAction();
    m_remove->setEnabled(action && !action->shortcuts().isEmpty());
    m_reset->setEnabled(action && m_bindings.isChanged(*action));
    m_sentence->setText(tr("A click or Enter on a key records another one. No single key works while text is typed."));
}

bool KeysWindow::eventFilter(QObject* object, QEvent* event) {
    if (event->type() != QEvent::KeyPress) return QDialog::eventFilter(object, event);
    const int key = static_cast<QKeyEvent*>(event)->key();
    if (object == m_search && key == Qt::Key_Down) {
        m_tree->setFocus(Qt::OtherFocusReason);
        return true;
    }
    if (object != m_tree) return QDialog::eventFilter(object, event);
    const QModelIndex index = currentIndex();
    switch (key) {
        case Qt::Key_Return:
        case Qt::Key_Enter: edit(index.column() == Name || index.column() == Default ? index.siblingAtColumn(Key) : index); return true;
        case Qt::Key_Delete:
        case Qt::Key_Backspace: removeKey(); return true;
        default: return QDialog::eventFilter(object, event);
    }
}

void KeysWindow::showEvent(QShowEvent* event) {
    QDialog::showEvent(event);
    settle();
    m_search->setFocus(Qt::OtherFocusReason);
    m_search->selectAll();
}

}  // namespace tessera::studio
