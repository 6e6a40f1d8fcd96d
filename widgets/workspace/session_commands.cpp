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

AddRowsCommand::AddRowsCommand(Session& session, std::vector<Row> rows)
    : SessionCommand(session, addText(rows)), m_rows(std::move(rows)), m_currentBefore(session.currentRow()) {}

void AddRowsCommand::redo() {
    m_first = static_cast<int>(m_session.rows().size());
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

ChooseModelCommand::ChooseModelCommand(Session& session, ModelChoice model)
    : SessionCommand(session, QCoreApplication::translate("SessionCommand", "choose model")),
      m_before(session.model()),
      m_after(std::move(model)) {}

SetParameterCommand::SetParameterCommand(Session& session, int column, std::string name, Value value, int gesture)
    : SessionCommand(session, QCoreApplication::translate("SessionCommand", "change %1").arg(QString::fromStdString(name))),
      m_column(column),
      m_name(std::move(name)),
      m_value(std::move(value)),
      m_gesture(gesture) {
    for (int i = 0; i < static_cast<int>(session.columns().size()); ++i) {
        if (column < 0 || column == i) m_before.emplace_back(i, session.columns()[i]);
    }
}

void SetParameterCommand::redo() {
    for (const auto& [index, before] : m_before) {
        Column after = before;
        after.parameters.insert_or_assign(m_name, m_value);
        apply(index, std::move(after));
    }
}

void SetParameterCommand::undo() {
    for (const auto& [index, before] : m_before) apply(index, before);
}

bool SetParameterCommand::mergeWith(const QUndoCommand* other) {
    const auto* next = dynamic_cast<const SetParameterCommand*>(other);
    if (!next || next->m_column != m_column || next->m_name != m_name) return false;
    m_value = next->m_value;
    return true;
}

}  // namespace tessera::ui
