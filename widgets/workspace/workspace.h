// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include <QString>

#include "workspace/columns.h"

namespace tessera::ui {

/// The named views of a session. Those without content yet are not offered: see offeredWorkspaces().
enum class WorkspaceKind { Reconstruct, Tokens, Compare, Heatmap, Generate, Batch, Train };

/// In the order of Ctrl+1..7.
std::span<const WorkspaceKind> offeredWorkspaces();
/// As session files and settings write it: "compare".
std::string_view keyOf(WorkspaceKind kind);
std::optional<WorkspaceKind> workspaceFromKey(std::string_view key);
QString titleOf(WorkspaceKind kind);

/// How a workspace lays out its board.
struct BoardForm {
    bool grid = false;        ///< all rows; else the current one alone
    bool transposed = false;  ///< images across, columns downwards
    int cellWidth = 0;        ///< logical pixels; 0: as many as fit
    bool operator==(const BoardForm&) const = default;
};

/// One view of the session: its columns, and how they are laid out.
struct Workspace {
    WorkspaceKind kind = WorkspaceKind::Reconstruct;
    std::vector<ModelGroup> groups;
    BoardForm form;
    bool touched = false;  ///< its columns were edited: they no longer follow the models of the others
};

/// The form a workspace starts with.
BoardForm initialForm(WorkspaceKind kind);
/// The codes of a model, as far as they say what there is to see of them.
struct TokenDepths {
    int count = 0;         ///< 0: no codes, or not known
    bool residual = true;  ///< each depth works on what another left; else they stand side by side
    bool operator==(const TokenDepths&) const = default;
};

/// What a workspace starts with for these models; `nextId` numbers the lenses and is moved on. `depths`: of the first model's codes.
std::vector<ModelGroup> initialGroups(WorkspaceKind kind, std::vector<ModelChoice> models, std::uint32_t& nextId, TokenDepths depths = {});
/// The workspace shows one model.
bool showsOneModel(WorkspaceKind kind);
/// The workspace shows rows and columns; those of drawings and trainings do not.
bool showsBoard(WorkspaceKind kind);
/// The groups are what the Tokens workspace starts with, for codes of whatever depth or without any.
bool areInitialTokens(const std::vector<ModelGroup>& groups);

}  // namespace tessera::ui
