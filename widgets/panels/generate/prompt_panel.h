// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>

#include "generate/drawing.h"

class QCheckBox;
class QLineEdit;
class QPlainTextEdit;
class QSpinBox;
class QToolButton;

namespace tessera {
struct ModelInfo;
}

namespace tessera::ui {

class HintButton;
class WordLine;
class ParameterField;

/// What is to be drawn: the prompt, how codes are chosen, the seed, how many pictures. Queueing takes what stands there; typing goes on meanwhile.
class PromptPanel : public QWidget {
    Q_OBJECT
public:
    explicit PromptPanel(QWidget* parent = nullptr);

    DrawingSettings settings() const;
    void setSettings(const DrawingSettings& settings);
    bool isSeedLocked() const;
    void setSeedLocked(bool locked);
    /// Another seed.
    void rollSeed();
    /// What was queued: a seed that is not locked moves on.
    void taken();
    /// Who draws; null: nobody does, for that reason.
    void setModel(const ModelInfo* model, const QString& why);
    void setKeys(const QString& keys);
    QSize sizeHint() const override { return {288, 380}; }

Q_SIGNALS:
    void queueRequested();
    void edited();

private:
    void showState();

    QPlainTextEdit* m_prompt;
    ParameterField *m_guidance, *m_temperature, *m_topK, *m_topP;
    QLineEdit* m_seed;
    QToolButton *m_lock, *m_roll;
    QSpinBox* m_count;
    QCheckBox* m_video;
    HintButton* m_queue;
    WordLine* m_model;
    bool m_draws = false;
    QString m_why;
};

}  // namespace tessera::ui
