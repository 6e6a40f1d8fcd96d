// SPDX-License-Identifier: GPL-3.0-or-later
#include "panels/stage/token_bar.h"

#include <utility>

#include <QAction>
#include <QFrame>
#include <QHBoxLayout>
#include <QToolButton>

namespace tessera::ui {
namespace {

QToolButton* toolOf(QAction* action, QWidget* parent) {
    auto* button = new QToolButton(parent);
    button->setDefaultAction(action);
    button->setIconSize({16, 16});
    button->setFocusPolicy(Qt::TabFocus);
    button->setAccessibleName(action->text().remove(u'&'));
    return button;
}

}  // namespace

TokenBar::TokenBar(const QList<QList<QAction*>>& groups, QAction* compare, QWidget* parent) : QWidget(parent), m_middle(new WordLine(this)), m_edited(new WordLine(this)) {
    setObjectName(QStringLiteral("tokenBar"));
    setAttribute(Qt::WA_StyledBackground);
    setAccessibleName(tr("Tokens"));
    setFixedHeight(size::kStrip);
    auto* layout = new QHBoxLayout(this);
    layout->setContentsMargins(8, 0, 8, 0);
    layout->setSpacing(4);
    layout->setSizeConstraint(QLayout::SetNoConstraint);
    for (const QList<QAction*>& group : groups) {
        for (QAction* action : group) layout->addWidget(toolOf(action, this));
        auto* rule = new QFrame(this);
        rule->setProperty("role", "rule");
        rule->setFixedSize(1, 20);
        layout->addSpacing(4);
        layout->addWidget(rule);
        layout->addSpacing(4);
    }
    layout->addWidget(m_middle, 1);
    layout->addWidget(m_edited);
    layout->addSpacing(4);
    auto* before = toolOf(compare, this);
    before->setProperty("choice", true);
    before->setToolButtonStyle(Qt::ToolButtonTextOnly);
    layout->addWidget(before);
}

void TokenBar::setWords(std::vector<Word> middle, std::vector<Word> edited) {
    m_middle->setWords(std::move(middle));
    m_middle->setToolTip(m_middle->text());
    m_edited->setWords(std::move(edited));
    m_edited->updateGeometry();
}

QString TokenBar::words() const {
    return m_middle->text() + u' ' + m_edited->text();
}

}  // namespace tessera::ui
