// SPDX-License-Identifier: GPL-3.0-or-later
#include "workspace/session.h"

#include <algorithm>
#include <utility>

#include <QFileInfo>

#include "workspace/prompts.h"
#include "workspace/session_commands.h"

namespace tessera::ui {

Session::Session(QObject* parent) : QObject(parent) {
    for (const WorkspaceKind kind : offeredWorkspaces()) m_workspaces.push_back({kind, initialGroups(kind, {}, m_nextLens), initialForm(kind)});
    m_columns = columnsOf(groups());
}

Session::~Session() = default;

int Session::indexOf(RowId row) const {
    const auto it = std::ranges::find(m_rows, row, &Row::id);
    return it == m_rows.end() ? -1 : static_cast<int>(it - m_rows.begin());
}

const Row* Session::find(RowId row) const {
    const int index = indexOf(row);
    return index < 0 ? nullptr : &m_rows[index];
}

std::vector<Row> Session::makeRows(std::vector<SourceRequest> requests) {
    std::vector<Row> rows;
    for (SourceRequest& request : requests) {
        Row row;
        row.id = RowId{m_nextRow++};
        row.name = QString::fromStdString(request.name);
        if (row.name.isEmpty()) row.name = QFileInfo(QString::fromStdString(request.path)).fileName();
        request.name = row.name.toStdString();
        row.request = std::move(request);
        rows.push_back(std::move(row));
    }
    return rows;
}

std::vector<RowId> Session::addRows(std::vector<SourceRequest> requests) {
    if (requests.empty()) return {};
    std::vector<Row> rows = makeRows(std::move(requests));
    std::vector<RowId> ids;
    for (const Row& row : rows) ids.push_back(row.id);
    m_undo.push(new AddRowsCommand(*this, std::move(rows)));
    return ids;
}

std::vector<RowId> Session::replaceRows(std::vector<SourceRequest> requests) {
    if (requests.empty() || m_rows.empty()) return addRows(std::move(requests));
    std::vector<RowId> old;
    for (const Row& row : m_rows) old.push_back(row.id);
    m_undo.beginMacro(tr("replace images"));
    std::vector<RowId> ids = addRows(std::move(requests));
    m_undo.push(new RemoveRowsCommand(*this, std::move(old)));
    m_undo.endMacro();
    return ids;
}

void Session::removeRows(const std::vector<RowId>& rows) {
    std::vector<RowId> present;
    std::ranges::copy_if(rows, std::back_inserter(present), [this](RowId row) { return find(row) != nullptr; });
    if (!present.empty()) m_undo.push(new RemoveRowsCommand(*this, std::move(present)));
}

void Session::moveRow(RowId row, int to) {
    const int from = indexOf(row);
    to = std::clamp(to, 0, std::max(0, static_cast<int>(m_rows.size()) - 1));
    if (from >= 0 && from != to) m_undo.push(new MoveRowCommand(*this, from, to));
}

std::vector<RowId> Session::duplicateRows(const std::vector<RowId>& rows) {
    std::vector<SourceRequest> requests;
    int after = -1;
    for (int i = 0; i < static_cast<int>(m_rows.size()); ++i) {
        if (std::ranges::find(rows, m_rows[i].id) == rows.end()) continue;
        requests.push_back(m_rows[i].request);
        after = i;
    }
    if (requests.empty()) return {};
    std::vector<Row> copies = makeRows(std::move(requests));
    std::vector<RowId> ids;
    for (const Row& row : copies) ids.push_back(row.id);
    m_undo.push(new AddRowsCommand(*this, std::move(copies), after + 1));
    return ids;
}

const Workspace& Session::workspace() const {
    return *std::ranges::find(m_workspaces, m_workspace, &Workspace::kind);
}

Workspace& Session::find(WorkspaceKind kind) {
    return *std::ranges::find(m_workspaces, kind, &Workspace::kind);
}

int Session::indexOf(const ColumnId& column) const {
    const auto it = std::ranges::find(m_columns, column, &Column::id);
    return it == m_columns.end() ? -1 : static_cast<int>(it - m_columns.begin());
}

std::vector<ModelChoice> Session::models() const {
    std::vector<ModelChoice> all = modelsOf(groups());
    for (const Workspace& workspace : m_workspaces) {
        if (!workspace.touched && workspace.kind != m_workspace) continue;
        for (ModelChoice& model : modelsOf(workspace.groups)) {
            if (std::ranges::find(all, model) == all.end()) all.push_back(std::move(model));
        }
    }
    return all;
}

void Session::editColumns(const QString& text, Groups after, int gesture) {
    if (after != groups()) m_undo.push(new EditColumnsCommand(*this, text, m_workspace, std::move(after), gesture));
}

void Session::chooseModel(ModelChoice model) {
    int group = m_columns[m_currentColumn].group;
    if (!groups()[group].model) {
        const auto first = std::ranges::find_if(groups(), [](const ModelGroup& each) { return each.model.has_value(); });
        if (first == groups().end()) return;
        group = static_cast<int>(first - groups().begin());
    }
    editColumns(tr("choose model"), withGroupModel(groups(), group, model));
}

void Session::setParameter(int column, const std::string& name, Value value, bool mergeable) {
    Groups after = column < 0 ? withParameterEverywhere(groups(), name, value) : withParameter(groups(), m_columns[column].id, name, value);
    editColumns(tr("change %1").arg(QString::fromStdString(name)), std::move(after), mergeable ? m_gesture : 0);
    if (!mergeable) ++m_gesture;
}

TokenEditPointer Session::tokenEdit(RowId row, const ModelChoice& model) const {
    const auto it = m_tokenEdits.find({row, model.reference});
    return it == m_tokenEdits.end() ? nullptr : it->second;
}

void Session::editTokens(const QString& text, RowId row, const ModelChoice& model, TokenEditPointer edit, int gesture) {
    const TokenEditPointer before = tokenEdit(row, model);
    if (!find(row) || before == edit || (before && edit && *before == *edit)) return;
    m_undo.push(new EditTokensCommand(*this, text, {row, model.reference}, std::move(edit), gesture));
}

void Session::applyTokens(const EditedCell& cell, TokenEditPointer edit) {
    if (edit) m_tokenEdits[cell] = std::move(edit);
    else m_tokenEdits.erase(cell);
    Q_EMIT tokensEdited(cell.row, QString::fromStdString(cell.model));
}

void Session::setCurrentRow(RowId row) {
    if (row == m_currentRow || (row != RowId{} && !find(row))) return;
    m_currentRow = row;
    Q_EMIT currentRowChanged();
}

void Session::stepCurrentRow(int by) {
    if (m_rows.empty()) return;
    const int last = static_cast<int>(m_rows.size()) - 1;
    setCurrentRow(m_rows[std::clamp(indexOf(m_currentRow) + by, 0, last)].id);
}

void Session::setCurrentColumn(int column) {
    column = std::clamp(column, 0, static_cast<int>(m_columns.size()) - 1);
    if (column == m_currentColumn) return;
    const ModelChoice before = model();
    m_currentColumn = column;
    Q_EMIT currentColumnChanged();
    if (model() == before) return;
    m_models.clear();
    Q_EMIT modelChanged();
}

void Session::setWorkspace(WorkspaceKind kind) {
    if (kind == m_workspace || std::ranges::find(m_workspaces, kind, &Workspace::kind) == m_workspaces.end()) return;
    const ModelChoice current = model();
    std::vector<ModelChoice> models = modelsOf(groups());
    // The current model leads, so that a view of one model shows that one.
    std::stable_partition(models.begin(), models.end(), [&](const ModelChoice& each) { return each == current; });
    m_workspace = kind;
    Workspace& now = find(kind);
    if (!now.touched) {
        std::vector<ModelChoice> wanted = showsOneModel(kind) && !models.empty() ? std::vector{models.front()} : models;
        const TokenDepths depths = depthsOf(models);
        if (modelsOf(now.groups) != wanted) now.groups = initialGroups(kind, std::move(models), m_nextLens, depths);
    }
    if (kind == WorkspaceKind::Tokens) fitTokens(now.groups);
    if (kind == WorkspaceKind::Heatmap) fitHeatmap(now);
    layOutColumns();
    Q_EMIT workspaceChanged();
    Q_EMIT formChanged();
}

void Session::setBoardForm(const BoardForm& form) {
    Workspace& now = find(m_workspace);
    if (form == now.form) return;
    now.form = form;
    Q_EMIT formChanged();
}

int Session::frameOf(RowId row) const {
    const Row* known = find(row);
    return known && known->info ? std::clamp(m_view.frame, 0, std::max(1, known->info->frames) - 1) : 0;
}

int Session::frames() const {
    int most = 1;
    for (const Row& row : m_rows) most = std::max(most, row.info ? row.info->frames : 1);
    return most;
}

void Session::setView(const ViewState& view) {
    if (view == m_view) return;
    m_view = view;
    Q_EMIT viewChanged();
}

void Session::setRowInfo(RowId row, SourceInfo info) {
    const int index = indexOf(row);
    if (index < 0) return;
    m_rows[index].info = std::move(info);
    if (changedSinceSaved(m_rows[index])) m_rows[index].info->notes.push_back(changedNote());
    m_rows[index].state = RowState::Ready;
    m_rows[index].error.reset();
    Q_EMIT rowChanged(index);
}

void Session::setRowError(RowId row, Error error) {
    const int index = indexOf(row);
    if (index < 0) return;
    m_rows[index].error = std::move(error);
    m_rows[index].state = RowState::Failed;
    Q_EMIT rowChanged(index);
}

void Session::setRowThumbnail(RowId row, QImage thumbnail) {
    const int index = indexOf(row);
    if (index < 0) return;
    m_rows[index].thumbnail = std::move(thumbnail);
    Q_EMIT rowChanged(index);
}

void Session::setRowLoading(RowId row) {
    const int index = indexOf(row);
    if (index < 0) return;
    m_rows[index].error.reset();
    m_rows[index].state = RowState::Loading;
    Q_EMIT rowChanged(index);
}

void Session::setInitialModel(ModelChoice model) {
    for (Workspace& each : m_workspaces) {
        for (ModelGroup& group : each.groups) {
            if (group.model) group.model = model;
        }
    }
    layOutColumns();
}

TokenDepths Session::depthsOf(const std::vector<ModelChoice>& models) const {
    const auto it = models.empty() ? m_depths.end() : m_depths.find(models.front().reference);
    return it == m_depths.end() ? TokenDepths() : it->second;
}

/// Columns as the workspace offers them are those for the model that it shows. True if they are others now.
bool Session::fitTokens(Groups& groups) {
    const std::vector<ModelChoice> models = modelsOf(groups);
    if (!areInitialTokens(groups) || models.empty() || !m_depths.contains(models.front().reference)) return false;
    std::uint32_t next = m_nextLens;
    Groups wanted = initialGroups(WorkspaceKind::Tokens, models, next, depthsOf(models));
    const auto same = [](const LensColumn& a, const LensColumn& b) { return a.lens == b.lens && a.parameters == b.parameters; };
    if (std::ranges::equal(groups.front().lenses, wanted.front().lenses, same)) return false;
    m_nextLens = next;
    groups = std::move(wanted);
    return true;
}

void Session::noteDepths(const ModelChoice& model, TokenDepths depths) {
    const auto [it, added] = m_depths.try_emplace(model.reference, depths);
    if (!added && std::exchange(it->second, depths) == depths) return;
    const bool changed = fitTokens(find(WorkspaceKind::Tokens).groups);
    if (changed && m_workspace == WorkspaceKind::Tokens) layOutColumns();
}

bool Session::fitHeatmap(Workspace& heatmap) {
    // As long as every model has what it began with and nothing else.
    const auto isPlain = [](const ModelGroup& group) {
        if (!group.model) return true;
        if (group.lenses.size() != 2) return false;
        const LensColumn &maps = group.lenses.front(), &like = group.lenses.back();
        const bool plainMaps = maps.lens == "text_similarity" && maps.parameters.size() == 1 && maps.parameters.contains("prompts") && (!maps.sweep || maps.sweep->parameter == "prompt");
        return plainMaps && like.lens == "token_similarity" && like.parameters.empty() && !like.sweep && !like.with;
    };
    if (!std::ranges::all_of(heatmap.groups, isPlain)) return false;
    const auto hasTexts = [this](const ModelChoice& model) {
        const auto known = m_texts.find(model.reference);
        return known == m_texts.end() || known->second;
    };
    Groups wanted = withPrompts(heatmap.groups, promptsOf(heatmap.groups), hasTexts, m_nextLens);
    if (wanted == heatmap.groups) return false;
    heatmap.groups = std::move(wanted);
    return true;
}

void Session::noteTexts(const ModelChoice& model, bool texts) {
    const auto [it, added] = m_texts.try_emplace(model.reference, texts);
    if (!added && std::exchange(it->second, texts) == texts) return;
    const bool changed = fitHeatmap(find(WorkspaceKind::Heatmap));
    if (changed && m_workspace == WorkspaceKind::Heatmap) layOutColumns();
}

void Session::insertRows(int first, std::vector<Row> rows) {
    if (rows.empty()) return;
    const int last = first + static_cast<int>(rows.size()) - 1;
    Q_EMIT rowsAboutToBeInserted(first, last);
    m_rows.insert(m_rows.begin() + first, std::make_move_iterator(rows.begin()), std::make_move_iterator(rows.end()));
    Q_EMIT rowsInserted(first, last);
}

std::vector<Row> Session::takeRows(int first, int count) {
    Q_EMIT rowsAboutToBeRemoved(first, first + count - 1);
    const auto begin = m_rows.begin() + first, end = begin + count;
    std::vector<Row> taken(std::make_move_iterator(begin), std::make_move_iterator(end));
    m_rows.erase(begin, end);
    Q_EMIT rowsRemoved(first, first + count - 1);
    return taken;
}

void Session::applyMove(int from, int to) {
    Q_EMIT rowsAboutToBeMoved(from, to);
    Row moved = std::move(m_rows[from]);
    m_rows.erase(m_rows.begin() + from);
    m_rows.insert(m_rows.begin() + to, std::move(moved));
    Q_EMIT rowsMoved(from, to);
}

void Session::applyGroups(WorkspaceKind kind, Groups groups) {
    Workspace& owner = find(kind);
    owner.groups = std::move(groups);
    owner.touched = true;
    if (kind == WorkspaceKind::Tokens) fitTokens(owner.groups);
    if (kind == WorkspaceKind::Heatmap) fitHeatmap(owner);
    // An edit that is undone is seen.
    if (kind != m_workspace) return setWorkspace(kind);
    layOutColumns();
}

void Session::layOutColumns() {
    const std::vector<Column> before = std::exchange(m_columns, columnsOf(groups()));
    const ColumnId current = before[m_currentColumn].id;
    const int columnBefore = m_currentColumn;
    const bool sameColumns = std::ranges::equal(before, m_columns, {}, &Column::id, &Column::id);
    if (!sameColumns) {
        const int kept = indexOf(current);
        m_currentColumn = kept >= 0 ? kept : std::min(columnBefore, static_cast<int>(m_columns.size()) - 1);
        Q_EMIT columnsChanged();
        if (m_currentColumn != columnBefore) Q_EMIT currentColumnChanged();
    } else {
        for (int i = 0; i < static_cast<int>(before.size()); ++i) {
            if (before[i] != m_columns[i]) Q_EMIT columnChanged(i);
        }
    }
    std::vector<ModelChoice> now = models();
    now.insert(now.begin(), model());
    if (now == m_models) return;
    m_models = std::move(now);
    Q_EMIT modelChanged();
}

}  // namespace tessera::ui
