// SPDX-License-Identifier: GPL-3.0-or-later
#include "panels/dock_title.h"

#include <QAction>
#include <QDockWidget>
#include <QHBoxLayout>
#include <QTabBar>
#include <QToolButton>

#include "panels/word_line.h"
#include "theme/icons.h"
#include "theme/theme.h"

namespace tessera::ui {
namespace {

constexpr int kShift = 32;

QToolButton* titleButton(const QString& icon, const QString& name, QWidget* parent) {
    auto* button = new QToolButton(parent);
    button->setIcon(themedIcon(icon));
    button->setIconSize({14, 14});
    button->setProperty("small", true);
    button->setToolTip(name);
    button->setAccessibleName(name);
    button->setFocusPolicy(Qt::TabFocus);
    return button;
}

}  // namespace

QToolButton* smallButton(QAction* action, QWidget* parent) {
    auto* button = new QToolButton(parent);
    button->setProperty("small", true);
    button->setDefaultAction(action);
    button->setIconSize({14, 14});
    button->setToolButtonStyle(Qt::ToolButtonIconOnly);
    button->setAccessibleName(action->iconText());
    button->setFocusPolicy(Qt::TabFocus);
    return button;
}

DockTitle::DockTitle(QDockWidget& dock) : QWidget(&dock), m_dock(dock), m_layout(new QHBoxLayout(this)), m_words(new WordLine(this, TextSize::Body)) {
    setObjectName(QStringLiteral("dockTitle"));
    setAttribute(Qt::WA_StyledBackground);
    setFixedHeight(size::kDockTitle);
    m_layout->setContentsMargins(size::kDockMargin, 0, 4, 0);
    m_layout->setSpacing(0);
    m_layout->addWidget(m_words, 1);
    auto* floats = titleButton(QStringLiteral("float"), tr("Float or dock"), this);
    auto* closes = titleButton(QStringLiteral("close"), tr("Close"), this);
    connect(floats, &QToolButton::clicked, this, [this] {
        const QPoint docked = m_dock.mapToGlobal(QPoint());
        m_dock.setFloating(!m_dock.isFloating());
        // In its old place it would hide that it floats, and what has moved up there.
        if (m_dock.isFloating() && (m_dock.pos() - docked).manhattanLength() < kShift) m_dock.move(docked + QPoint(kShift, kShift));
    });
    connect(closes, &QToolButton::clicked, &m_dock, &QDockWidget::close);
    m_layout->addWidget(floats);
    m_layout->addWidget(closes);
}

void DockTitle::setName(const QString& name) {
    m_name = name;
    showWords();
}

void DockTitle::setContext(const QString& context) {
    m_context = context;
    showWords();
}

void DockTitle::showWords() {
    if (m_tabs) {
        m_words->setWords({{m_context, Word::Role::Second}});
    } else {
        m_words->setWords({{m_name, Word::Role::Strong}, {m_context, Word::Role::Second}});
    }
}

void DockTitle::addTab(const QString& name) {
    m_pages << name;
    if (m_pages.size() == 1) {
        setName(name);
        return;
    }
    if (!m_tabs) {
        m_tabs = new QTabBar(this);
        m_tabs->setExpanding(false);
        m_tabs->setDrawBase(false);
        m_tabs->setUsesScrollButtons(false);
        m_tabs->setFocusPolicy(Qt::TabFocus);
        m_tabs->addTab(m_pages.first());
        m_layout->insertWidget(0, m_tabs);
        m_layout->insertSpacing(1, size::kDockMargin);
        m_layout->setContentsMargins(0, 0, 4, 0);
        connect(m_tabs, &QTabBar::currentChanged, this, &DockTitle::tabChosen);
        connect(m_tabs, &QTabBar::currentChanged, m_tabs, &QTabBar::updateGeometry);  // its name is wider now
        showWords();
    }
    m_tabs->addTab(name);
}

int DockTitle::currentTab() const {
    return m_tabs ? m_tabs->currentIndex() : 0;
}

void DockTitle::setCurrentTab(int tab) {
    if (m_tabs) m_tabs->setCurrentIndex(tab);
}

QToolButton* DockTitle::addTool(QAction* action) {
    QToolButton* button = smallButton(action, this);
    m_layout->insertWidget(m_layout->count() - 2, button);
    return button;
}

QSize DockTitle::sizeHint() const {
    return {QWidget::sizeHint().width(), size::kDockTitle};
}

QSize DockTitle::minimumSizeHint() const {
    return {QWidget::minimumSizeHint().width(), size::kDockTitle};
}

}  // namespace tessera::ui
