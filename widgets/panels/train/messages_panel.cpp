// SPDX-License-Identifier: GPL-3.0-or-later
#include "panels/train/messages_panel.h"

#include <algorithm>

#include <QAction>
#include <QPlainTextEdit>
#include <QScrollBar>
#include <QTextOption>
#include <QVBoxLayout>

#include "bridge/training_run.h"
#include "panels/codes/codes_panel.h"
#include "panels/hint_stack.h"
#include "theme/theme.h"

namespace tessera::ui {

MessagesPanel::MessagesPanel(TrainingRun& run, QWidget* parent) : QWidget(parent), m_run(run), m_text(new QPlainTextEdit) {
    m_text->setReadOnly(true);
    m_text->setUndoRedoEnabled(false);
    m_text->setFrameShape(QFrame::NoFrame);
    m_text->setWordWrapMode(QTextOption::WrapAtWordBoundaryOrAnywhere);
    m_text->setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
    m_text->setAccessibleName(tr("Messages of the training"));
    m_text->document()->setDocumentMargin(8);
    const auto dress = [this] { m_text->setFont(Theme::instance().font(TextSize::Table)); };
    dress();
    connect(&Theme::instance(), &Theme::changed, this, dress);
    m_stack = new HintStack(m_text, tr("What the training says.\nOne that was started in a terminal says it there."), this);
    m_copy = makeCopyAction(this, tr("Copy messages"), tr("The messages of the training"), [this] { return text(); });
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->addWidget(m_stack);
    setFocusProxy(m_text);
    connect(&run, &TrainingRun::read, this, &MessagesPanel::follow);
    connect(&run, &TrainingRun::folderChanged, this, &MessagesPanel::follow);
    follow();
}

QString MessagesPanel::text() const {
    return m_text->toPlainText();
}

void MessagesPanel::follow() {
    const std::vector<std::string>& now = m_run.now().messages;
    m_copy->setEnabled(!now.empty());
    if (now == m_lines) return;
    m_lines = now;
    QStringList lines;
    for (const std::string& line : m_lines) lines << QString::fromStdString(line);
    QScrollBar* bar = m_text->verticalScrollBar();
    const int at = bar->value();
    const bool atEnd = at >= bar->maximum();
    m_text->setPlainText(lines.join(u'\n'));
    bar->setValue(atEnd ? bar->maximum() : at);
    m_stack->setFilled(!m_lines.empty());
}

}  // namespace tessera::ui
