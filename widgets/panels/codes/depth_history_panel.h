// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "panels/codes/codes_panel.h"

namespace tessera::ui {

class DepthHistoryModel;
class WordLine;

/// How the token under the cursor is built up, depth by depth: its codes, each decoded alone, what is left after each, and this part of the picture so
/// far. A click on a line, or the arrows, choose the depth that everything looks at.
class DepthHistoryPanel : public CodesPanel {
    Q_OBJECT
public:
    explicit DepthHistoryPanel(CodeReaders& readers, QWidget* parent = nullptr);
    ~DepthHistoryPanel() override;

    /// Tab-separated, with a header.
    QString text() const;
    QList<QAction*> tools() const override { return {m_copy}; }
    QSize sizeHint() const override { return {336, 276}; }

protected:
    QString missing() const override;
    void refresh() override;
    void watch(bool seen) override;

private:
    void showHead(const TokenGrid& grid, const TokenSelection& selection);
    void showPatches(const TokenGrid& grid, TokenPlace place);

    DepthHistoryModel* m_model;
    QTableView* m_table;
    WordLine* m_head;
    QAction* m_copy;
    bool m_showing = false;  ///< the table follows the selection, not the other way round
};

}  // namespace tessera::ui
