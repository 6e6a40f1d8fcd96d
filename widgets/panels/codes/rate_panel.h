// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "panels/codes/codes_panel.h"

namespace tessera::ui {

class NumbersModel;
class PlotTwin;
class PlotView;

/// What each more depth costs in bits and brings in decibels: the curve of the current row, and those of rows that were looked at before. A click on a
/// point chooses its row and depth.
class RatePanel : public CodesPanel {
    Q_OBJECT
public:
    explicit RatePanel(CodeReaders& readers, QWidget* parent = nullptr);
    ~RatePanel() override;

    /// As CSV, with a header.
    QString csv() const;
    QList<QAction*> tools() const override;
    QSize sizeHint() const override { return {480, 180}; }

protected:
    QString missing() const override;
    void refresh() override;
    void watch(bool seen) override;

private:
    /// A point that is there.
    struct Known {
        std::size_t curve = 0;
        int depth = 0;
        RatePoint point;
    };
    QString nameOf(const DepthCurve& curve) const;
    void showPlot();
    void choose(const Known& known);
    const Known* find(int series, int point) const;

    NumbersModel* m_model;
    PlotView* m_plot;
    PlotTwin* m_twin;
    QAction* m_copy;
    std::vector<Known> m_known;                   ///< curve by curve
    std::vector<std::vector<std::size_t>> m_drawn;  ///< by series and point, which of these
};

}  // namespace tessera::ui
