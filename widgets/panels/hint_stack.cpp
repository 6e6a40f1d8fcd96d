// SPDX-License-Identifier: GPL-3.0-or-later
#include "panels/hint_stack.h"

#include <QLabel>

#include "theme/theme.h"

namespace tessera::ui {

HintStack::HintStack(QWidget* content, const QString& hint, QWidget* parent) : QStackedWidget(parent), m_hint(new QLabel(hint)) {
    m_hint->setAlignment(Qt::AlignCenter);
    m_hint->setWordWrap(true);
    m_hint->setProperty("role", "secondTable");
    m_hint->setContentsMargins(size::kDockMargin, size::kDockMargin, size::kDockMargin, size::kDockMargin);
    addWidget(content);
    addWidget(m_hint);
    setFilled(false);
}

void HintStack::setFilled(bool filled) {
    setCurrentIndex(filled ? 0 : 1);
}

void HintStack::setHint(const QString& hint) {
    m_hint->setText(hint);
}

}  // namespace tessera::ui
