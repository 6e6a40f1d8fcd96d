// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>

class QLabel;
class QProgressBar;
class QPushButton;
class QStackedWidget;

namespace tessera::ui {

class Banner;
class CurvesView;
class TrainingRun;

/// The middle of the Train workspace: how far the run is and what can be done with it, above its curves. Without a run, an invitation.
class TrainView : public QWidget {
    Q_OBJECT
public:
    explicit TrainView(TrainingRun& run, QWidget* parent = nullptr);

    CurvesView& curves() const { return *m_curves; }
    Banner& banner() const { return *m_banner; }
    /// 2 px accent dashes: something that can be dropped is over the window.
    void setDropActive(bool active);

Q_SIGNALS:
    void smokeRequested();   ///< a first run in seconds
    void recipeRequested();  ///< by a dialog
    void runRequested();
    void modelRequested(const QString& folder);

private:
    QWidget* makeInvitation();
    QWidget* makeHead();
    void showState();
    void showFigures();
    void showProblem();

    TrainingRun& m_run;
    QStackedWidget* m_pages;
    QWidget* m_invitation;
    QLabel *m_name, *m_state, *m_words;
    QProgressBar* m_progress;
    QPushButton *m_pause, *m_resume, *m_stop, *m_model, *m_close;
    CurvesView* m_curves;
    Banner* m_banner;
    QString m_told;
};

}  // namespace tessera::ui
