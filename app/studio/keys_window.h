// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>

#include <QDialog>
#include <QKeySequence>
#include <QModelIndex>

class QAction;
class QFrame;
class QLabel;
class QLineEdit;
class QPushButton;
class QSortFilterProxyModel;
class QStandardItem;
class QStandardItemModel;
class QTreeView;

namespace tessera::studio {

class KeyBindings;

/// Every action with its keys, to be searched and changed: a click or Enter on a key records the next one pressed. A key that another
/// action has is taken over only when the person says so. Not modal: it can stay open beside the work.
class KeysWindow : public QDialog {
    Q_OBJECT
public:
    enum Column { Name, Key, OtherKeys, Default };

    KeysWindow(KeyBindings& bindings, QWidget* window);

    /// What a recorder got for the action of that row, in the column Key or OtherKeys.
    void record(QAction& action, int column, const QKeySequence& key);

protected:
    bool eventFilter(QObject* object, QEvent* event) override;
    void showEvent(QShowEvent* event) override;

private:
    QLayout* makeButtons();
    void collect();
    void showKeys();
    void showRow(QStandardItem* name);
    QAction* actionOf(const QModelIndex& index) const;
    QAction* currentAction() const { return actionOf(currentIndex()); }
    QModelIndex currentIndex() const;
    void edit(const QModelIndex& index);
    void removeKey();
    void resetCurrent();
    void assign(QAction& action, const QList<QKeySequence>& keys);
    void tell(const QString& sentence);
    void ask(const QString& sentence, std::function<void()> takeOver);
    void settle();

    KeyBindings& m_bindings;
    QStandardItemModel* m_model;
    QSortFilterProxyModel* m_filter;
    QLineEdit* m_search;
    QTreeView* m_tree;
    QLabel* m_sentence;
    QPushButton *m_takeOver, *m_leave, *m_remove, *m_reset;
    std::function<void()> m_wanted;  ///< what taking over would do
};

}  // namespace tessera::studio
