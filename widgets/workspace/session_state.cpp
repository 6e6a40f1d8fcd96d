// SPDX-License-Identifier: GPL-3.0-or-later
#include "workspace/session_state.h"

#include <algorithm>
#include <map>

#include "workspace/session.h"

namespace tessera::ui {
namespace {

template <typename Change>
void forEachRowNamed(SessionState& state, Change change) {
    for (Workspace& workspace : state.workspaces) {
        for (ModelGroup& group : workspace.groups) {
            for (LensColumn& lens : group.lenses) {
                if (lens.with && lens.with->row) lens.with->row = change(*lens.with->row);
            }
        }
    }
    if (auto& reference = state.view.reference; reference && reference->row) reference->row = change(*reference->row);
}

/// The reference column keeps its lens; lenses of one number, which only a strange file has, part.
void renumberLenses(SessionState& state, std::uint32_t& nextId) {
    std::map<LensColumnId, LensColumnId> renamed;
    for (Workspace& workspace : state.workspaces) {
        for (ModelGroup& group : workspace.groups) {
            for (LensColumn& lens : group.lenses) {
                const LensColumnId fresh{nextId++};
                renamed.try_emplace(lens.id, fresh);
                lens.id = fresh;
            }
        }
    }
    if (!state.view.reference) return;
    const auto it = renamed.find(state.view.reference->column.lens);
    if (it == renamed.end()) {
        state.view.reference.reset();
    } else {
        state.view.reference->column.lens = it->second;
    }
}

}  // namespace

bool SessionState::isBlank() const {
    return rows.empty() && std::ranges::none_of(workspaces, &Workspace::touched);
}

SessionState Session::state() const {
    SessionState state;
    for (const Row& row : m_rows) {
        Row kept;
        kept.id = RowId{state.rows.size() + 1};
        kept.request = row.request;
        kept.name = row.name;
        kept.savedHash = row.info ? row.info->contentHash : row.savedHash;
        state.rows.push_back(std::move(kept));
    }
    state.workspaces = m_workspaces;
    state.workspace = m_workspace;
    state.currentRow = indexOf(m_currentRow);
    state.currentColumn = m_currentColumn;
    state.view = m_view;
    state.view.flipToInput = state.view.flipToOriginal = state.view.unedited = false;  // keys that are held
    for (const auto& [cell, edit] : m_tokenEdits) {
        if (const int index = indexOf(cell.row); index >= 0) state.tokenEdits[{RowId{quint64(index) + 1}, cell.model}] = edit;
    }
    forEachRowNamed(state, [this](RowId row) {
        const int index = indexOf(row);
        return index < 0 ? kGoneRow : RowId{quint64(index) + 1};
    });
    return state;
}

void Session::restore(SessionState state) {
    m_undo.clear();
    if (!m_rows.empty()) takeRows(0, static_cast<int>(m_rows.size()));
    m_currentRow = RowId{};

    const quint64 before = m_nextRow - 1, count = state.rows.size();
    m_nextRow += count;
    for (quint64 i = 0; i < count; ++i) state.rows[i].id = RowId{before + 1 + i};
    forEachRowNamed(state, [&](RowId row) {
        const auto place = static_cast<quint64>(row);
        return place >= 1 && place <= count ? RowId{before + place} : RowId{m_nextRow++};
    });
    m_tokenEdits.clear();
    for (auto& [cell, edit] : state.tokenEdits) {
        const auto place = static_cast<quint64>(cell.row);
        if (place >= 1 && place <= count) m_tokenEdits[{RowId{before + place}, cell.model}] = std::move(edit);
    }
    renumberLenses(state, m_nextLens);

    ModelChoice lead;
    for (const Workspace& each : state.workspaces) {
        if (lead.reference.empty() || each.kind == state.workspace) lead = leadModel(each.groups);
    }
    for (Workspace& own : m_workspaces) {
        const auto given = std::ranges::find(state.workspaces, own.kind, &Workspace::kind);
        if (given != state.workspaces.end() && !columnsOf(given->groups).empty()) {
            own = std::move(*given);
        } else {
            own = {own.kind, initialGroups(own.kind, {lead}, m_nextLens), initialForm(own.kind)};
        }
    }
    if (std::ranges::find(m_workspaces, state.workspace, &Workspace::kind) != m_workspaces.end()) m_workspace = state.workspace;
    m_view = state.view;

    layOutColumns();
    insertRows(0, std::move(state.rows));
    if (!m_rows.empty()) m_currentRow = m_rows[std::clamp<qsizetype>(state.currentRow, 0, qsizetype(count) - 1)].id;
    Q_EMIT currentRowChanged();
    setCurrentColumn(state.currentColumn);
    Q_EMIT workspaceChanged();
    Q_EMIT formChanged();
    Q_EMIT viewChanged();
}

void Session::noteSaved() {
    for (int i = 0; i < static_cast<int>(m_rows.size()); ++i) {
        Row& row = m_rows[i];
        if (!row.info) continue;
        const bool changed = changedSinceSaved(row);
        row.savedHash = row.info->contentHash;
        if (!changed) continue;
        std::erase(row.info->notes, changedNote());
        Q_EMIT rowChanged(i);
    }
    m_undo.setClean();
}

std::string Session::changedNote() {
    return tr("changed since the session was saved").toStdString();
}

}  // namespace tessera::ui
