// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>

class QAction;
class QDockWidget;
class QHBoxLayout;
class QTabBar;
class QToolButton;

namespace tessera::ui {

class WordLine;

/// The 28 px head of a dock: its name (or the tabs of its pages), its context in second colour, its tools, float and close.
/// Dragging it moves the dock.
class DockTitle : public QWidget {
    Q_OBJECT
public:
    explicit DockTitle(QDockWidget& dock);

    void setName(const QString& name);
    void setContext(const QString& context);
    /// The second page turns the name into tabs.
    void addTab(const QString& name);
    int currentTab() const;
    void setCurrentTab(int tab);
    /// A small icon button left of float and close.
    QToolButton* addTool(QAction* action);

    QSize sizeHint() const override;
    QSize minimumSizeHint() const override;

Q_SIGNALS:
    void tabChosen(int tab);

private:
    void showWords();

    QDockWidget& m_dock;
    QHBoxLayout* m_layout;
    WordLine* m_words;
    QTabBar* m_tabs = nullptr;
    QString m_name, m_context;
    QStringList m_pages;
};

/// A small icon button as tool rows and dock titles have them; tool tip and accessible name from the action.
QToolButton* smallButton(QAction* action, QWidget* parent);

}  // namespace tessera::ui
