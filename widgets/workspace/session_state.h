// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <vector>

#include "workspace/row.h"
#include "workspace/view_state.h"
#include "workspace/workspace.h"

namespace tessera::ui {

/// Names a row that companions and references still name but that was taken off the board.
inline constexpr RowId kGoneRow{~quint64(0)};

/// What of a session outlives the program. Rows are named 1 to n in their order, and other rows by these names; of a row counts what
/// to open, its name and Row::savedHash.
struct SessionState {
    std::vector<Row> rows;
    std::vector<Workspace> workspaces;  ///< those left out start anew
    WorkspaceKind workspace = WorkspaceKind::Reconstruct;
    int currentRow = -1;  ///< index; -1: none
    int currentColumn = 1;
    ViewState view;
    TokenEdits tokenEdits;

    /// No image, and columns that nobody edited.
    bool isBlank() const;
};

}  // namespace tessera::ui
