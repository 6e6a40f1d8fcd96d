// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QDialog>

#include "generate/drawing_sweep.h"

class QComboBox;
class QDoubleSpinBox;
class QLabel;
class QLineEdit;
class QPushButton;
class QSpinBox;

namespace tessera::ui {

/// Asks what a row of pictures is to differ in, and for how many values.
class SweepDialog : public QDialog {
    Q_OBJECT
public:
    /// `way`: pictures on the way between two seeds, unless others are asked for.
    SweepDialog(DrawingSettings settings, const ModelInfo& model, int way, QWidget* parent);
    int way() const { return m_way; }

Q_SIGNALS:
    void ordered(const std::vector<std::pair<QString, tessera::ui::DrawingSettings>>& drawings);

private:
    Swept what() const;
    void chooseRange();
    void chooseCount();
    std::vector<std::pair<QString, DrawingSettings>> drawings() const;
    void showWords();

    DrawingSettings m_settings;
    int m_ownSteps;
    double m_ownGuidance;
    int m_way, m_values;  ///< pictures: on the way between two seeds, and of what else there is
    QComboBox* m_what;
    QDoubleSpinBox *m_low, *m_high;
    QLabel *m_seedLabel, *m_words;
    QLineEdit* m_seed;
    QSpinBox* m_count;
    QPushButton* m_queue;
};

}  // namespace tessera::ui
