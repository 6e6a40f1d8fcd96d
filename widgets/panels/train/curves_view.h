// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>

#include <QWidget>

#include "training/run_log.h"

class QAction;
class QLabel;
class QStackedWidget;
class QToolButton;

namespace tessera::ui {

class CurveLegend;
class CurvePlot;
class CurvesModel;
class ParameterSlider;

/// How curves are looked at, as it is remembered.
struct CurvesLook {
    bool logarithmic = true;
    int smoothing = 0;   ///< per cent of what a moving average keeps at every report
    QStringList hidden;  ///< names of the log
};

/// The curves of a run: losses above, held-out figures that are no losses below, a legend beside them; or the same numbers as a table.
class CurvesView : public QWidget {
    Q_OBJECT
public:
    explicit CurvesView(QWidget* parent = nullptr);

    void setLog(std::shared_ptr<const RunLog> log);
    CurvesLook look() const;
    void setLook(const CurvesLook& look);
    CurvePlot& losses() const { return *m_losses; }
    CurvePlot& figures() const { return *m_figures; }
    CurveLegend& legend() const { return *m_legend; }
    /// The whole log, as CSV.
    QString csv() const;

private:
    QWidget* makeControls();
    void show();

    std::shared_ptr<const RunLog> m_log = std::make_shared<RunLog>();
    CurvesModel* m_model;
    CurvePlot *m_losses, *m_figures;
    CurveLegend* m_legend;
    QStackedWidget* m_pages;
    QToolButton *m_logarithmic, *m_table;
    ParameterSlider* m_smoothing;
    QLabel* m_smoothingWords;
};

}  // namespace tessera::ui
