// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>

#include <QWidget>

#include "generate/drawing.h"

class QCheckBox;
class QComboBox;
class QGridLayout;
class QLabel;
class QLineEdit;
class QPlainTextEdit;
class QSpinBox;
class QToolButton;

namespace tessera::ui {

class ClassField;
class HintButton;
class WordLine;
class ParameterField;

/// What is to be drawn: the prompt or the class, how the model that is open draws, the seed, how many pictures. What that model does not follow is not to be seen. Queueing takes what stands there; typing goes on meanwhile.
class PromptPanel : public QWidget {
    Q_OBJECT
public:
    explicit PromptPanel(QWidget* parent = nullptr);

    DrawingSettings settings() const;
    /// Those of the model with that fingerprint; empty: of whichever is open. A model with another one brings its own.
    void setSettings(const DrawingSettings& settings, const QString& fingerprint = {});
    QString settingsOf() const { return m_settingsOf.isEmpty() ? m_setFor : m_settingsOf; }
    /// Why there is nothing to be drawn yet; empty if there is.
    QString refusal() const;
    /// The picture that drawings set out from; null: none.
    void setStart(std::shared_ptr<const SourceRequest> start);
    const std::shared_ptr<const SourceRequest>& start() const { return m_start; }
    bool takesStarts() const { return m_drawer && m_drawer->drawing.startsFromPictures; }
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
    void sweepRequested();
    void startRequested();  ///< a picture to set out from
    void edited();

private:
    QWidget* makeStart();
    void addSteps(QGridLayout& grid, int& row);
    void chooseSchedule(const QString& name);
    void takeOwn(const DrawingInfo& info);
    void showFields();
    void showStart();
    void showState();

    QPlainTextEdit* m_prompt;
    ClassField* m_class;
    QWidget *m_startRow, *m_startHeld, *m_timeRow;
    QLabel *m_startPicture, *m_timeLabel;
    WordLine* m_startName;
    ParameterField *m_time, *m_steps, *m_kept, *m_from, *m_to;
    QComboBox *m_sampler, *m_schedule;
    QCheckBox* m_weak;
    QWidget* m_times;
    /// Of each that not all models follow, its label and its field.
    struct Row {
        QLabel* label = nullptr;
        QWidget* field = nullptr;
        void setVisible(bool visible) const;
    };
    Row m_guidanceRow, m_timesRow, m_stepsRow, m_samplerRow, m_scheduleRow, m_keptRow, m_temperatureRow, m_topKRow, m_topPRow;
    std::shared_ptr<const SourceRequest> m_start;
    std::optional<ModelInfo> m_drawer;
    QString m_settingsOf, m_setFor, m_wantedSampler, m_wantedSchedule;  ///< the first two: fingerprints of the models that what stands here is for
    bool m_set = false;  ///< by somebody: a model that comes after does not bring its own
    ParameterField *m_guidance, *m_temperature, *m_topK, *m_topP;
    QComboBox* m_course;
    QLabel* m_courseLabel;
    QLineEdit* m_seed;
    QToolButton *m_lock, *m_roll;
    QSpinBox* m_count;
    QCheckBox* m_video;
    HintButton* m_queue;
    QToolButton* m_sweep;
    WordLine* m_model;
    QString m_why;
};

}  // namespace tessera::ui
