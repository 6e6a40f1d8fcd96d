// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>

class QLabel;
class QToolButton;

namespace tessera::ui {

class NumberField;
class ParameterSlider;
class Session;
class StageView;

/// The 36 px bar under the stage: zoom, sampling, values, range, exposure. Shows and changes the session's view; everything in it
/// exists as an action too.
class Strip : public QWidget {
    Q_OBJECT
public:
    Strip(Session& session, StageView& stage, QWidget* parent = nullptr);

    /// Puts the keyboard into the zoom field, its text selected; onto the exposure's slider.
    void editZoom();
    void editExposure();

    QSize minimumSizeHint() const override;  ///< none: what does not fit gives way

protected:
    void resizeEvent(QResizeEvent* event) override;

private:
    void makeZoom();
    void makePixels();
    void makeExposure();
    void showView();
    void makeRoom();
    QToolButton* toggle(const QString& icon, const QString& name, const QString& toolTip);
    QWidget* rule();

    Session& m_session;
    StageView& m_stage;
    QWidget *m_linked, *m_zoomLabel, *m_samplingLabel, *m_exposureLabel;
    NumberField *m_zoom, *m_exposure;
    QToolButton *m_fit, *m_actual, *m_sampling, *m_values, *m_normalise;
    ParameterSlider* m_exposureSlider;
};

}  // namespace tessera::ui
