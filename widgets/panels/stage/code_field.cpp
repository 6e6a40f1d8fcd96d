// SPDX-License-Identifier: GPL-3.0-or-later
#include "panels/stage/code_field.h"

#include <algorithm>

#include <QAccessible>
#include <QHBoxLayout>
#include <QKeyEvent>
#include <QLabel>
#include <QLineEdit>
#include <QVBoxLayout>

#include "panels/stage/token_surgery.h"
#include "panels/stage/token_words.h"

namespace tessera::ui {
namespace {

constexpr int kGap = 6, kMargin = 8, kWidth = 88, kSentenceWidth = 240;

}  // namespace

CodeField::CodeField(TokenSurgery& surgery, QWidget& stage) : QFrame(&stage), m_surgery(surgery), m_stage(stage), m_label(new QLabel(this)), m_problem(new QLabel(this)), m_line(new QLineEdit(this)) {
    setObjectName(QStringLiteral("codeField"));
    setAttribute(Qt::WA_StyledBackground);
    m_label->setProperty("role", "secondTable");
    m_label->setBuddy(m_line);
    m_problem->setProperty("role", "errorTable");
    m_problem->setWordWrap(true);
    m_problem->setFixedWidth(kSentenceWidth);
    m_problem->hide();
    m_line->setFixedWidth(kWidth);
    m_line->setInputMethodHints(Qt::ImhFormattedNumbersOnly);
    m_line->installEventFilter(this);
    auto* line = new QHBoxLayout;
    line->setSpacing(kMargin);
    line->addWidget(m_label);
    line->addWidget(m_line);
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(kMargin, kMargin, kMargin, kMargin);
    layout->setSpacing(kMargin / 2);
    layout->addLayout(line);
    layout->addWidget(m_problem);
    layout->setSizeConstraint(QLayout::SetFixedSize);
    connect(m_line, &QLineEdit::textEdited, this, [this] {
        m_problem->clear();
        m_problem->hide();
        place();
    });
    hide();
}

QString CodeField::problem() const {
    return m_problem->isHidden() ? QString() : m_problem->text();
}

void CodeField::open(const QRect& beside) {
    const auto grid = m_surgery.grid();
    const TokenSelection tokens = m_surgery.here();
    if (!grid || !tokens.any()) return;
    const int depth = m_surgery.depth();
    m_beside = beside;
    m_label->setText(tr("Code at depth %1, 0 to %2").arg(depth + 1).arg(grid->layout.codebookSizes[depth] - 1));
    m_line->setAccessibleName(m_label->text());
    m_line->setText(QString::number(grid->codes[grid->at(tokens.cursor.row, tokens.cursor.column, depth)]));
    m_line->selectAll();
    m_problem->hide();
    show();
    raise();
    place();
    m_line->setFocus(Qt::PopupFocusReason);
}

void CodeField::place() {
    layout()->activate();
    const QSize size = sizeHint();
    const QRect room = m_stage.rect().adjusted(kGap, kGap, -kGap, -kGap);
    QPoint at = m_beside.isNull() ? room.center() - QPoint(size.width(), size.height()) / 2 : QPoint(m_beside.left(), m_beside.bottom() + kGap);
    // Below the token, above it where there is no room.
    if (!m_beside.isNull() && at.y() + size.height() > room.bottom()) at.setY(m_beside.top() - kGap - size.height());
    at.setX(std::clamp(at.x(), room.left(), std::max(room.left(), room.right() - size.width())));
    at.setY(std::clamp(at.y(), room.top(), std::max(room.top(), room.bottom() - size.height())));
    move(at);
}

void CodeField::enter() {
    bool isNumber = false;
    // A true minus sign is what the studio itself writes.
    const QString typed = m_line->text().trimmed().replace(QChar(0x2212), u'-');
    const qint64 code = typed.toLongLong(&isNumber);
    const QString problem = isNumber ? m_surgery.refusalOf(code) : tr("“%1” is no whole number").arg(typed);
    if (problem.isEmpty()) {
        leave();
        m_surgery.setCode(static_cast<std::int32_t>(code));
        return;
    }
    m_problem->setText(problem);
    m_problem->show();
    m_line->selectAll();
    place();
    QAccessibleEvent event(m_problem, QAccessible::Alert);
    QAccessible::updateAccessibility(&event);
}

void CodeField::leave() {
    hide();
    m_stage.setFocus(Qt::OtherFocusReason);
}

bool CodeField::eventFilter(QObject*, QEvent* event) {
    if (event->type() == QEvent::FocusOut && isVisible()) {
        // Another window's focus comes back; another widget's does not.
        if (static_cast<QFocusEvent*>(event)->reason() != Qt::ActiveWindowFocusReason) hide();
        return false;
    }
    if (event->type() != QEvent::KeyPress) return false;
    switch (static_cast<QKeyEvent*>(event)->key()) {
        case Qt::Key_Return:
        case Qt::Key_Enter: enter(); return true;
        case Qt::Key_Escape: leave(); return true;
        default: return false;
    }
}

}  // namespace tessera::ui
