// SPDX-License-Identifier: GPL-3.0-or-later
#include "workspace/session.h"

#include <algorithm>

#include <QFileInfo>

#include "workspace/session_commands.h"

namespace tessera::ui {

Session::Session(QObject* parent) : QObject(parent) {
    m_columns = {{"input", {}}, {"reconstruction", {}}, {"difference", {}}};
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

void Session::chooseModel(ModelChoice model) {
    if (model != m_model) m_undo.push(new ChooseModelCommand(*this, std::move(model)));
}

void Session::setParameter(int column, const std::string& name, Value value, bool mergeable) {
    const bool changes = std::ranges::any_of(m_columns, [&](const Column& each) {
        if (column >= 0 && &each != &m_columns[column]) return false;
        const auto it = each.parameters.find(name);
        return it == each.parameters.end() || it->second != value;
    });
    if (changes) m_undo.push(new SetParameterCommand(*this, column, name, std::move(value), mergeable ? m_gesture : 0));
    if (!mergeable) ++m_gesture;
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
    m_currentColumn = column;
    Q_EMIT currentColumnChanged();
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
    applyModel(std::move(model));
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

void Session::applyModel(ModelChoice model) {
    if (model == m_model) return;
    m_model = std::move(model);
    Q_EMIT modelChanged();
}

void Session::applyColumn(int column, Column value) {
    if (m_columns[column] == value) return;
    m_columns[column] = std::move(value);
    Q_EMIT columnChanged(column);
}

}  // namespace tessera::ui
