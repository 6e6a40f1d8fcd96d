// SPDX-License-Identifier: GPL-3.0-or-later
#include "panels/dock.h"

#include <QAction>
#include <QPainter>
#include <QStackedWidget>

#include "panels/dock_title.h"
#include "theme/theme.h"

namespace tessera::ui {

Dock::Dock(const QString& name, QWidget* parent) : QDockWidget(parent), m_head(new DockTitle(*this)), m_pages(new QStackedWidget(this)) {
    setObjectName(name);
    setTitleBarWidget(m_head);
    setWidget(m_pages);
    connect(m_head, &DockTitle::tabChosen, this, [this](int page) {
        m_pages->setCurrentIndex(page);
        nameAfter(page);
        checkActions();
        Q_EMIT pageChanged(page);
    });
    connect(this, &QDockWidget::visibilityChanged, this, &Dock::checkActions);
}

QAction* Dock::addPage(const QString& title, QWidget* page) {
    const int index = m_pages->addWidget(page);
    m_head->addTab(title);
    page->setAccessibleName(title);
    auto* action = new QAction(title, this);
    action->setCheckable(true);
    connect(action, &QAction::triggered, this, [this, index] { pageActionTriggered(index); });
    m_actions.push_back(action);
    if (index == 0) setWindowTitle(title);
    return action;
}

/// What lists of windows call it while it floats.
void Dock::nameAfter(int page) {
    if (page >= 0 && page < static_cast<int>(m_actions.size())) setWindowTitle(m_actions[page]->text());
}

void Dock::choosePage(int page) {
    if (page < 0 || page >= m_pages->count()) return;
    m_head->setCurrentTab(page);
    m_pages->setCurrentIndex(page);
    nameAfter(page);
}

void Dock::showPage(int page) {
    choosePage(page);
    show();
    raise();
    checkActions();
}

int Dock::currentPage() const {
    return m_pages->currentIndex();
}

/// A floating dock has no frame of a window manager's.
void Dock::paintEvent(QPaintEvent* event) {
    QDockWidget::paintEvent(event);
    if (!isFloating()) return;
    QPainter painter(this);
    painter.setPen(tokens().edge);
    painter.drawRect(rect().adjusted(0, 0, -1, -1));
}

void Dock::pageActionTriggered(int page) {
    if (isVisible() && m_pages->currentIndex() == page) {
        hide();
    } else {
        showPage(page);
    }
    checkActions();
}

void Dock::checkActions() {
    for (int i = 0; i < static_cast<int>(m_actions.size()); ++i) m_actions[i]->setChecked(!isHidden() && m_pages->currentIndex() == i);
}

}  // namespace tessera::ui
