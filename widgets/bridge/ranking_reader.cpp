// SPDX-License-Identifier: GPL-3.0-or-later
#include "bridge/ranking_reader.h"

#include <set>
#include <utility>

#include "bridge/cell_board.h"
#include "bridge/cell_wish.h"
#include "bridge/engine_host.h"
#include "bridge/qt_executor.h"
#include "workspace/prompts.h"
#include "workspace/session.h"

namespace tessera::ui {
namespace {

/// The one prompt's cosine is the table's second number; of pictures it is a measure.
std::optional<double> cosineOf(const Picture& picture) {
    if (const Measure* measure = picture.measure("similarity")) return measure->value;
    return picture.table.values.size() > 1 ? std::optional(picture.table.values[1]) : std::nullopt;
}

}  // namespace

RankingReader::RankingReader(Session& session, EngineHost& host, CellBoard& board, QObject* parent) : QObject(parent), m_session(session), m_host(host), m_board(board) {
    for (const auto signal : {&Session::currentRowChanged, &Session::currentColumnChanged, &Session::columnsChanged, &Session::modelChanged}) connect(&session, signal, this, &RankingReader::schedule);
    connect(&session, &Session::columnChanged, this, &RankingReader::schedule);
    connect(&session, &Session::rowsInserted, this, &RankingReader::schedule);
    connect(&session, &Session::rowsRemoved, this, &RankingReader::schedule);
    connect(&session, &Session::rowChanged, this, &RankingReader::schedule);
    connect(&host, &EngineHost::modelChanged, this, &RankingReader::schedule);
    connect(&host, &EngineHost::stateChanged, this, &RankingReader::schedule);
}

RankingReader::~RankingReader() = default;

void RankingReader::watch(const void* watcher, bool on) {
    if (m_watchers.set(watcher, on)) schedule();
}

void RankingReader::setPrompt(const std::string& prompt) {
    if (std::exchange(m_prompt, prompt) != prompt) schedule();
}

const char* RankingReader::lensName() const { return m_prompt.empty() ? "picture_similarity" : "zero_shot"; }

std::optional<Error> RankingReader::refusal() const {
    const LensInfo* lens = lensInfo(m_host, lensName());
    const auto& model = m_host.modelOf(m_session.model()).info;
    return lens && model ? notOffered(*lens, *model) : std::nullopt;
}

void RankingReader::schedule() {
    if (std::exchange(m_scheduled, true)) return;
    const auto go = [this] {
        m_scheduled = false;
        follow();
    };
    QMetaObject::invokeMethod(this, go, Qt::QueuedConnection);
}

std::optional<RankingReader::Subject> RankingReader::subjectNow() const {
    const Column& column = m_session.columns()[m_session.currentColumn()];
    const auto& model = m_host.modelOf(column.model).info;
    if (!m_engine || !model || !lensInfo(m_host, lensName()) || refusal()) return std::nullopt;
    Subject subject{.prompt = m_prompt, .parameters = preprocessingOf(column, m_host.lenses()), .model = column.model, .id = model->id, .frame = m_session.frames() > 1 ? m_session.view().frame : 0};
    if (!m_prompt.empty()) {
        subject.parameters["prompts"] = m_prompt;
        const auto around = column.parameters.find("template");
        if (comparesTexts(column.lens) && around != column.parameters.end()) subject.parameters["template"] = around->second;
        return subject;
    }
    const Row* row = m_session.find(m_session.currentRow());
    if (!row || row->error) return std::nullopt;
    subject.like = row->id;
    subject.picture = m_board.source(row->id);
    return subject.picture == SourceId{} ? std::nullopt : std::optional(subject);
}

void RankingReader::follow() {
    if (m_engine != m_host.engine()) {
        m_engine = m_host.engine();
        m_subject.reset();
        m_scores.clear();
    }
    std::optional<Subject> now = m_watchers.any() ? subjectNow() : std::nullopt;
    if (now != m_subject) {
        m_jobs.clear();
        m_scores.clear();
        ++m_ticket;
        m_subject = std::move(now);
    }
    std::set<RowId> rows;  // the session looks for one by one
    for (const Row& row : m_session.rows()) rows.insert(row.id);
    std::erase_if(m_scores, [&](const auto& entry) { return !rows.contains(entry.first) || m_board.source(entry.first) != entry.second.source; });
    std::erase_if(m_jobs, [&](const auto& entry) { return !rows.contains(entry.first); });
    if (m_subject) {
        for (const Row& row : m_session.rows()) {
            if (!row.error && row.id != m_subject->like && !m_scores.contains(row.id) && !m_jobs.contains(row.id)) ask(row.id);
        }
    }
    Q_EMIT changed();
}

void RankingReader::ask(RowId row) {
    const SourceId source = m_board.source(row);
    if (source == SourceId{}) return;
    Query query{.lens = lensName(), .cell = {.source = source, .model = m_subject->id, .frame = m_session.frameOf(row)}, .parameters = m_subject->parameters};
    if (m_subject->picture != SourceId{}) query.others.push_back({.source = m_subject->picture, .model = m_subject->id, .frame = m_session.frameOf(m_subject->like)});
    Observer<Picture> observer{.executor = guiExecutor(this)};
    observer.onDone = [this, row, source, ticket = m_ticket](const Result<Picture>& result) { take(row, source, ticket, result); };
    m_jobs[row] = m_engine->request(std::move(query), Priority::OffScreen, std::move(observer));
}

void RankingReader::take(RowId row, SourceId source, std::uint64_t ticket, const Result<Picture>& result) {
    if (ticket != m_ticket || !m_jobs.erase(row) || result.cancelled()) return;
    m_scores[row] = result ? Score{cosineOf(result.value()), std::nullopt, source} : Score{std::nullopt, result.error(), source};
    Q_EMIT changed();
}

}  // namespace tessera::ui
