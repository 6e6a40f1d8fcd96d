// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "panels/codes/codes_panel.h"

namespace tessera::ui {

class NumbersModel;
class PlotTwin;
class PlotView;

/// The codewords of the current depth in the plane of their two widest directions, each in the colour of its code, larger where the current image uses it.
/// A click on one selects the tokens that have its code.
class CodewordsPanel : public CodesPanel {
    Q_OBJECT
public:
    explicit CodewordsPanel(CodeReaders& readers, QWidget* parent = nullptr);
    ~CodewordsPanel() override;

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

    NumbersModel* m_model;
    PlotView* m_plot;
    PlotTwin* m_twin;
    QAction* m_copy;
    std::shared_ptr<const PrincipalPlane> m_plane;  ///< as it is shown
    CodeUse m_use;                                  ///< of the current image; no counts without one
};

}  // namespace tessera::ui
