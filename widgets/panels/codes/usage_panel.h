// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "panels/codes/codes_panel.h"

namespace tessera::ui {

class NumbersModel;
class PlotTwin;
class PlotView;

/// How often the codes of the current depth are used, the most used first: of all rows, or of the current image alone.
class UsagePanel : public CodesPanel {
    Q_OBJECT
public:
    explicit UsagePanel(CodeReaders& readers, QWidget* parent = nullptr);
    ~UsagePanel() override;

    /// Checked: of the current image alone. The panel of depths counts the same.
    QAction* imageOnly() const { return m_imageOnly; }
    /// Tab-separated, with a header.
    QString text() const;
    QList<QAction*> tools() const override;
    QSize sizeHint() const override { return {480, 180}; }

protected:
    QString missing() const override;
    void refresh() override;
    void watch(bool seen) override;

private:
    void showPlot();

    QAction *m_imageOnly, *m_copy;
    NumbersModel* m_model;
    PlotView* m_plot;
    PlotTwin* m_twin;
    CodeUse m_use;                      ///< as it is shown
    std::vector<std::int32_t> m_ranked;
};

/// The codes of the current image, or of all rows that were counted so far; no depths where none were.
CodeStatistics statisticsOf(const CodeReaders& readers, const TokenGrid* grid, bool imageOnly);

}  // namespace tessera::ui
