// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <vector>

#include <QImage>
#include <QThreadPool>
#include <QWidget>

#include "training/run_reader.h"

class QLabel;
class QSlider;

namespace tessera::ui {

class HintStack;
class SamplePicture;
class TrainingRun;

/// What the model makes of held-out pictures: the newest grid of a run, and a slider back through the steps. Pictures are read off the GUI thread.
class SamplesPanel : public QWidget {
    Q_OBJECT
public:
    explicit SamplesPanel(TrainingRun& run, QWidget* parent = nullptr);

    /// Of the picture that is shown; nothing without one.
    std::optional<std::int64_t> step() const { return m_shown; }
    const QImage& picture() const;
    QSize sizeHint() const override { return {640, 200}; }

private:
    void follow();
    void ask();

    TrainingRun& m_run;
    HintStack* m_stack;
    SamplePicture* m_picture;
    QSlider* m_slider;
    QLabel* m_words;
    std::vector<RunSample> m_samples;
    bool m_newest = true;  ///< the slider stands at its end: it goes on with the run
    std::optional<std::int64_t> m_shown;
    std::string m_asked;
    QThreadPool m_pool;
};

}  // namespace tessera::ui
