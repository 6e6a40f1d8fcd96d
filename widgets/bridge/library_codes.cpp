// SPDX-License-Identifier: GPL-3.0-or-later
#include "bridge/library_codes.h"

#include <algorithm>
#include <utility>

#include "bridge/cell_board.h"
#include "bridge/cell_wish.h"
#include "bridge/engine_host.h"
#include "bridge/qt_executor.h"
#include "workspace/session.h"

namespace tessera::ui {

LibraryCodes::LibraryCodes(Session& session, EngineHost& host, CellBoard& board, QObject* parent) : QObject(parent), m_session(session), m_host(host), m_board(board) {
    for (const auto signal : {&Session::currentRowChanged, &Session::currentColumnChanged, &Session::columnsChanged, &Session::modelChanged}) connect(&session, signal, this, &LibraryCodes::schedule);
    connect(&session, &Session::rowsInserted, this, &LibraryCodes::schedule);
    connect(&session, &Session::rowsRemoved, this, &LibraryCodes::schedule);
    connect(&session, &Session::rowChanged, this, &LibraryCodes::schedule);
    connect(&session, &Session::columnChanged, this, &LibraryCodes::schedule);
    connect(&session, &Session::tokensEdited, this, [this](RowId row, const QString& model) {
        if (model.toStdString() == m_choice.reference) applyEdit(row);
    });
    connect(&host, &EngineHost::modelChanged, this, &LibraryCodes::schedule);
    connect(&host, &EngineHost::stateChanged, this, &LibraryCodes::schedule);
}

LibraryCodes::~LibraryCodes() = default;

void LibraryCodes::watch(const void* watcher, bool on) {
    if (m_watchers.set(watcher, on)) schedule();
}

LibraryCodes::Coverage LibraryCodes::coverage() const {
    Coverage coverage{.rows = static_cast<int>(m_session.rows().size())};
    for (const auto& [row, entry] : m_entries) ++(entry.failed ? coverage.failed : coverage.read);
    // Files that cannot be opened are never asked for.
    for (const Row& row : m_session.rows()) coverage.failed += row.error && !m_entries.contains(row.id) ? 1 : 0;
    return coverage;
}

void LibraryCodes::schedule() {
    if (std::exchange(m_scheduled, true)) return;
    const auto go = [this] {
        m_scheduled = false;
        follow();
    };
    QMetaObject::invokeMethod(this, go, Qt::QueuedConnection);
}

void LibraryCodes::forget(RowId row) {
    const auto it = m_entries.find(row);
    if (it == m_entries.end()) return;
    if (!it->second.failed) m_statistics.remove(it->second.shown);
    m_entries.erase(it);
}

void LibraryCodes::follow() {
    const Column& column = m_session.columns()[m_session.currentColumn()];
    const auto& model = m_host.modelOf(column.model).info;
    const bool offered = m_host.engine() && model && model->codes.depths() > 0;
    const ModelId id = offered ? model->id : ModelId{};
    ParameterSet preprocessing = preprocessingOf(column, m_host.lenses());
    const auto before = std::pair(coverage(), m_model);
    m_choice = column.model;
    if (m_engine != m_host.engine() || m_model != id || m_preprocessing != preprocessing) {
        m_engine = m_host.engine();
        m_model = id;
        m_preprocessing = std::move(preprocessing);
        m_job = {};
        m_entries.clear();
        m_statistics = offered ? CodeStatistics(model->codes) : CodeStatistics();
    }
    std::vector<RowId> gone;
    for (const auto& [row, entry] : m_entries) {
        if (!m_session.find(row) || m_board.source(row) != entry.source) gone.push_back(row);
    }
    for (const RowId row : gone) forget(row);
    if (m_job && !m_session.find(m_asked)) m_job = {};
    if (!m_watchers.any()) m_job = {};
    if (m_watchers.any() && !m_job && offered) askNext();
    if (std::pair(coverage(), m_model) != before || !gone.empty()) Q_EMIT changed();
}

void LibraryCodes::askNext() {
    const auto& rows = m_session.rows();
    const auto next = std::ranges::find_if(rows, [this](const Row& row) { return !row.error && !m_entries.contains(row.id); });
    if (next == rows.end()) return;
    const SourceId source = m_board.source(next->id);
    m_asked = next->id;
    Observer<TokenGrid> observer;
    observer.executor = guiExecutor(this);
    observer.onDone = [this, row = m_asked, source, ticket = ++m_ticket](const Result<TokenGrid>& result) { take(row, source, ticket, result); };
    m_job = m_engine->tokens({.source = source, .model = m_model}, m_preprocessing, Priority::Batch, std::move(observer));
}

void LibraryCodes::take(RowId row, SourceId source, std::uint64_t ticket, const Result<TokenGrid>& result) {
    if (ticket != m_ticket) return;
    m_job = {};
    if (result.cancelled()) return;
    Entry& entry = m_entries[row];
    entry.source = source;
    entry.failed = !result;
    if (result) {
        entry.found = foundCodes(result.value());
        entry.shown = entry.found;
        m_statistics.add(entry.shown);
        applyEdit(row);
    }
    schedule();
    Q_EMIT changed();
}

void LibraryCodes::applyEdit(RowId row) {
    const auto it = m_entries.find(row);
    if (it == m_entries.end() || it->second.failed) return;
    Entry& entry = it->second;
    const TokenEditPointer edit = m_session.tokenEdit(row, m_choice);
    PictureCodes shown = entry.found;
    if (edit) shown.codes = editedCodes(std::move(shown.codes), *edit);
    if (shown.codes == entry.shown.codes) return;
    m_statistics.remove(entry.shown);
    entry.shown = std::move(shown);
    m_statistics.add(entry.shown);
    Q_EMIT changed();
}

}  // namespace tessera::ui
