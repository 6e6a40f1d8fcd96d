// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "panels/codes/codes_panel.h"

namespace tessera::ui {

class NumbersModel;

/// What each depth's codes are worth: how many are used, how evenly, and which share of the tokens' energy they take. A click on a line chooses the depth.
class DepthsPanel : public CodesPanel {
    Q_OBJECT
public:
    /// Counts what UsagePanel::imageOnly() says.
    DepthsPanel(CodeReaders& readers, QAction* imageOnly, QWidget* parent = nullptr);
    ~DepthsPanel() override;

    /// Tab-separated, with a header.
    QString text() const;
    QList<QAction*> tools() const override { return {m_imageOnly, m_copy}; }
    QSize sizeHint() const override { return {480, 180}; }

protected:
    QString missing() const override;
    void refresh() override;
    void watch(bool seen) override;

private:
    QAction *m_imageOnly, *m_copy;
    NumbersModel* m_model;
    QTableView* m_table;
    CodeStatistics m_statistics;
    bool m_showing = false;  ///< the table follows the selection, not the other way round
};

}  // namespace tessera::ui
