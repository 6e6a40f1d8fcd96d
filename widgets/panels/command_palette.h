// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QDialog>
#include <QPointer>
#include <QSortFilterProxyModel>

class QAction;
class QLabel;
class QLineEdit;
class QListView;
class QMenu;
class QStandardItemModel;

namespace tessera::ui {

/// Keeps the entries whose words hold the typed letters in order, best match first.
class ActionFilter : public QSortFilterProxyModel {
    Q_OBJECT
public:
    using QSortFilterProxyModel::QSortFilterProxyModel;
    void setPattern(const QString& pattern);

    /// How well `text` answers `pattern`: 0 not at all, more is better. Case does not count; every word of the pattern must be found.
    static int score(const QString& text, const QString& pattern);

protected:
    bool filterAcceptsRow(int row, const QModelIndex& parent) const override;
    bool lessThan(const QModelIndex& left, const QModelIndex& right) const override;

private:
    int scoreOf(const QModelIndex& index) const;
    QString m_pattern;
};

/// Every action of a window, found by typing (Ctrl+K), and every entry that its menus make when they open. Enter runs the chosen one, Esc
/// closes; one that is disabled says why.
class CommandPalette : public QDialog {
    Q_OBJECT
public:
    explicit CommandPalette(QWidget* window);

    /// Collects the window's actions anew and opens below its menu bar.
    void popUp();
    /// Actions that the palette would offer: named, not hidden, each once.
    static QList<QAction*> actionsOf(const QWidget* window);
    /// The menus that lead to an action: "View › Theme"; empty for one that is in no menu.
    static QString placeOf(const QAction& action);
    /// Of the menu bar, in its order.
    static QStringList menuTitles(const QWidget* window);

protected:
    bool eventFilter(QObject* object, QEvent* event) override;

private:
    void collect();
    void collectMenu(QMenu& menu, const QStringList& path);
    void add(QAction& action, const QString& name, const QString& place, const QString& why);
    void tellCurrent();
    void choose(const QModelIndex& index);
    void adaptHeight();

    QWidget* m_window;
    QStandardItemModel* m_model;
    ActionFilter* m_filter;
    QLineEdit* m_field;
    QListView* m_list;
    QLabel* m_nothing;  ///< in the list's place while nothing is found
};

}  // namespace tessera::ui
