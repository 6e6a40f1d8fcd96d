// SPDX-License-Identifier: GPL-3.0-or-later
#include "workspace/session_commands.h"

#include <algorithm>

#include <QCoreApplication>

namespace tessera::ui {
namespace {

QString addText(const std::vector<Row>& rows) {
    return rows.size() == 1 ? QCoreApplication::translate("SessionCommand", "add %1").arg(rows.front().name)
                            : QCoreApplication::translate("SessionCommand", "add %1 images").arg(rows.size());
}

}  // namespace

AddRowsCommand::AddRowsCommand(Session& session, std::vector<Row> rows, int at)
    : SessionCommand(session, addText(rows)), m_rows(std::move(rows)), m_at(at), m_currentBefore(session.currentRow()) {}

void AddRowsCommand::redo() {
    m_first = m_at < 0 ? static_cast<int>(m_session.rows().size()) : m_at;
    m_count = static_cast<int>(m_rows.size());
    const RowId newest = m_rows.front().id;
    insert(m_first, std::move(m_rows));
    m_session.setCurrentRow(newest);
}

void AddRowsCommand::undo() {
    m_rows = take(m_first, m_count);
    m_session.setCurrentRow(m_currentBefore);
}

RemoveRowsCommand::RemoveRowsCommand(Session& session, std::vector<RowId> rows)
    : SessionCommand(session, rows.size() == 1 ? QCoreApplication::translate("SessionCommand", "remove image")
                                               : QCoreApplication::translate("SessionCommand", "remove %1 images").arg(rows.size())),
      m_ids(std::move(rows)),
      m_currentBefore(session.currentRow()) {}

void RemoveRowsCommand::redo() {
    m_taken.clear();
    int currentIndex = m_session.indexOf(m_session.currentRow());
    const auto goes = [this](int index) { return index >= 0 && std::ranges::find(m_ids, m_session.rows()[index].id) != m_ids.end(); };
    // From the end, so that indices stay true.
    for (int index = static_cast<int>(m_session.rows().size()) - 1; index >= 0; --index) {
        if (!goes(index)) continue;
        const int last = index;
        while (goes(index - 1)) --index;
        m_taken.push_back({index, take(index, last - index + 1)});
        if (index < currentIndex) currentIndex -= std::min(last + 1, currentIndex) - index;
    }
    if (m_session.find(m_session.currentRow())) return;
    const int last = static_cast<int>(m_session.rows().size()) - 1;
    m_session.setCurrentRow(last < 0 ? RowId{} : m_session.rows()[std::clamp(currentIndex, 0, last)].id);
}

void RemoveRowsCommand::undo() {
    for (auto run = m_taken.rbegin(); run != m_taken.rend(); ++run) insert(run->first, std::move(run->rows));
    m_taken.clear();
    m_session.setCurrentRow(m_currentBefore);
}

MoveRowCommand::MoveRowCommand(Session& session, int from, int to)
    : SessionCommand(session, QCoreApplication::translate("SessionCommand", "move %1").arg(session.rows()[from].name)), m_from(from), m_to(to) {}

EditColumnsCommand::EditColumnsCommand(Session& session, const QString& text, WorkspaceKind workspace, Groups after, int gesture)
    : SessionCommand(session, text), m_workspace(workspace), m_before(session.groups()), m_after(std::move(after)), m_gesture(gesture) {}

bool EditColumnsCommand::mergeWith(const QUndoCommand* other) {
    const auto* next = dynamic_cast<const EditColumnsCommand*>(other);
    if (!next || next->m_workspace != m_workspace || next->text() != text()) return false;
    // Another column's slider is another step, though the words are the same.
    const std::vector<Column> a = columnsOf(m_before), b = columnsOf(m_after), c = columnsOf(next->m_after);
    if (a.size() != b.size() || b.size() != c.size()) return false;
    for (std::size_t i = 0; i < a.size(); ++i) {
        if (b[i] != c[i] && a[i] == b[i]) return false;
    }
    m_after = next->m_after;
    setObsolete(m_after == m_before);
    return true;
}

EditTokensCommand::EditTokensCommand(Session& session, const QString& text, EditedCell cell, TokenEditPointer after, int gesture)
    : SessionCommand(session, text), m_cell(std::move(cell)), m_after(std::move(after)), m_gesture(gesture) {
    const auto it = session.tokenEdits().find(m_cell);
    if (it != session.tokenEdits().end()) m_before = it->second;
}

bool EditTokensCommand::mergeWith(const QUndoCommand* other) {
    const auto* next = dynamic_cast<const EditTokensCommand*>(other);
    if (!next || next->m_cell != m_cell || next->text() != text()) return false;
    m_after = next->m_after;
    setObsolete(m_before == m_after || (m_before && m_after && *m_before == *m_after));
    return true;
}

}  // namespace tessera::ui
