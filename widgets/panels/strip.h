// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <vector>

#include <QWidget>

#include "canvas/pane.h"

class QAction;
class QComboBox;
class QHBoxLayout;
class QLabel;
class QMenu;
class QToolButton;

namespace tessera::ui {

class CellBoard;
class EngineHost;
class NumberField;
class ParameterSlider;
class Session;
class StageView;
class StripParameters;
struct ViewState;

/// The 36 px bar under the stage: how cells are compared, zoom, the current column's parameters, range, gain and exposure. Shows and
/// changes the session's view; everything of it exists as an action too. What does not fit gives way, parameters last but one.
class Strip : public QWidget {
    Q_OBJECT
public:
    Strip(Session& session, CellBoard& board, EngineHost& host, StageView& stage, QWidget* parent = nullptr);

    /// Puts the keyboard into the zoom field, its text selected; onto the exposure's slider.
    void editZoom();
    void editExposure();

    QSize minimumSizeHint() const override;  ///< none: what does not fit gives way

Q_SIGNALS:
    void allParametersRequested();  ///< some had no room

protected:
    void resizeEvent(QResizeEvent* event) override;

private:
    void makeCompare();
    void makeZoom();
    void makeParameters();
    void makeRange();
    void fillRangeMenu(QMenu& menu);
    void makeExposure();
    void showView();
    void showCompare(const ViewState& view);
    void showRange(const ViewState& view);
    void makeRoom();
    bool fits();
    QToolButton* toggle(const QString& icon, const QString& name, const QString& toolTip);
    QWidget* rule();
    QHBoxLayout& row();
    /// Changes the view by a function of it.
    template <typename Change>
    void change(const Change& change);

    Session& m_session;
    StageView& m_stage;
    std::vector<QToolButton*> m_modes;
    std::optional<canvas::Compare> m_shownMode;  ///< that has its control in the strip
    bool m_shownGain = false;                    ///< one that is not 1 keeps its place longer
    ParameterSlider* m_onion;
    QComboBox* m_differenceBy;
    QWidget *m_linked, *m_parametersRule;
    QLabel *m_zoomLabel, *m_gainLabel, *m_exposureLabel;
    NumberField *m_zoom, *m_gain, *m_exposure;
    QToolButton *m_fit, *m_actual, *m_range, *m_logarithmic, *m_clipping, *m_more;
    std::vector<QAction*> m_ranges, m_samplings;
    QAction *m_logarithmicEntry, *m_clippingEntry, *m_values;
    StripParameters* m_parameters;
    ParameterSlider* m_exposureSlider;
};

}  // namespace tessera::ui
