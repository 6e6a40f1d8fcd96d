// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <vector>

#include <QWidget>

class QAction;
class QPlainTextEdit;

namespace tessera::ui {

class HintStack;
class TrainingRun;

/// The last lines of what the training said. Whoever reads further up stays there.
class MessagesPanel : public QWidget {
    Q_OBJECT
public:
    explicit MessagesPanel(TrainingRun& run, QWidget* parent = nullptr);
    QString text() const;
    QAction* copyAction() const { return m_copy; }
    QSize sizeHint() const override { return {320, 200}; }

private:
    void follow();

    TrainingRun& m_run;
    HintStack* m_stack;
    QPlainTextEdit* m_text;
    QAction* m_copy;
    std::vector<std::string> m_lines;
};

}  // namespace tessera::ui
