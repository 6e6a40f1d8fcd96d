// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <vector>

#include <QDockWidget>

class QStackedWidget;

namespace tessera::ui {

class DockTitle;

/// A dock with the studio's title; one page, or several behind tabs. Each page has an action that shows, raises and hides it.
class Dock : public QDockWidget {
    Q_OBJECT
public:
    /// `name` is what settings call it: never translated.
    explicit Dock(const QString& name, QWidget* parent = nullptr);

    /// Takes the page. Its action is checked while the page is to be seen.
    QAction* addPage(const QString& title, QWidget* page);
    void showPage(int page);
    /// Without showing the dock; nothing if there is no such page.
    void choosePage(int page);
    int currentPage() const;
    const std::vector<QAction*>& pageActions() const { return m_actions; }
    DockTitle& head() { return *m_head; }

Q_SIGNALS:
    void pageChanged(int page);

protected:
    void paintEvent(QPaintEvent* event) override;

private:
    void nameAfter(int page);
    void pageActionTriggered(int page);
    void checkActions();

    DockTitle* m_head;
    QStackedWidget* m_pages;
    std::vector<QAction*> m_actions;
};

}  // namespace tessera::ui
