// SPDX-License-Identifier: GPL-3.0-or-later
#include "bridge/depth_reader.h"

#include <algorithm>
#include <utility>

#include "bridge/cell_board.h"
#include "bridge/cell_wish.h"
#include "bridge/engine_host.h"
#include "bridge/qt_executor.h"
#include "workspace/session.h"

namespace tessera::ui {
namespace {

constexpr const char* kLens = "depth";

}  // namespace

DepthReader::DepthReader(Session& session, EngineHost& host, CellBoard& board, QObject* parent) : QObject(parent), m_session(session), m_host(host), m_board(board) {
    for (const auto signal : {&Session::currentRowChanged, &Session::currentColumnChanged, &Session::columnsChanged, &Session::modelChanged, &Session::viewChanged}) connect(&session, signal, this, &DepthReader::schedule);
    connect(&session, &Session::columnChanged, this, &DepthReader::schedule);
    connect(&session, &Session::rowsRemoved, this, &DepthReader::schedule);
    connect(&session, &Session::rowChanged, this, &DepthReader::schedule);
    connect(&session, &Session::tokensEdited, this, &DepthReader::schedule);
    connect(&host, &EngineHost::modelChanged, this, &DepthReader::schedule);
    connect(&host, &EngineHost::stateChanged, this, &DepthReader::schedule);
}

DepthReader::~DepthReader() = default;

void DepthReader::watch(const void* watcher, bool on) {
    if (m_watchers.set(watcher, on)) schedule();
}

const DepthCurve* DepthReader::current() const {
    return m_subject && !m_curves.empty() ? &m_curves.front() : nullptr;
}

void DepthReader::schedule() {
    if (std::exchange(m_scheduled, true)) return;
    const auto go = [this] {
        m_scheduled = false;
        follow();
    };
    QMetaObject::invokeMethod(this, go, Qt::QueuedConnection);
}

std::optional<DepthReader::Subject> DepthReader::subjectNow() const {
    const RowId row = m_session.currentRow();
    const Row* shown = m_session.find(row);
    if (!shown || shown->error || !m_engine || !lensInfo(m_host, kLens)) return std::nullopt;
    const Column& column = m_session.columns()[m_session.currentColumn()];
    const auto& model = m_host.modelOf(column.model).info;
    if (!model || model->codes.depths() == 0 || notOffered(*lensInfo(m_host, kLens), *model)) return std::nullopt;
    return Subject{.row = row,
                   .model = column.model,
                   .preprocessing = preprocessingOf(column, m_host.lenses()),
                   .edit = m_session.tokenEdit(row, column.model),
                   .source = m_board.source(row),
                   .id = model->id,
                   .depths = model->codes.depths(),
                   .frame = m_session.frameOf(row)};
}

void DepthReader::follow() {
    const auto before = std::pair(m_subject, m_curves.size());
    if (m_engine != m_host.engine()) {
        m_engine = m_host.engine();
        m_jobs.clear();
        m_subject.reset();
    }
    std::erase_if(m_curves, [this](const DepthCurve& curve) { return !m_session.find(curve.row); });
    const std::optional<Subject> now = subjectNow();
    if (m_subject && m_subject != now) {
        m_jobs.clear();
        m_subject.reset();
    }
    if (!m_watchers.any()) {
        // What was asked for and has not come is asked for again by the next who watches.
        if (!m_jobs.empty()) m_subject.reset();
        m_jobs.clear();
    } else if (now && !m_subject) {
        begin(*now);
    }
    if (std::pair(m_subject, m_curves.size()) != before) Q_EMIT changed();
}

void DepthReader::begin(const Subject& subject) {
    const auto same = [&](const DepthCurve& curve) { return curve.row == subject.row && curve.model == subject.model && curve.preprocessing == subject.preprocessing; };
    DepthCurve curve{.row = subject.row, .model = subject.model, .preprocessing = subject.preprocessing};
    if (const auto older = std::ranges::find_if(m_curves, same); older != m_curves.end()) {
        curve = std::move(*older);
        m_curves.erase(older);
    }
    for (DepthCurve& other : m_curves) other.pictures.clear();
    if (curve.edit != subject.edit || curve.frame != subject.frame) {
        curve.points.clear();
        curve.pictures.clear();
    }
    curve.edit = subject.edit;
    curve.frame = subject.frame;
    curve.edited = subject.edit != nullptr;
    curve.error.reset();
    curve.points.resize(subject.depths);
    curve.pictures.resize(subject.depths);
    m_curves.push_front(std::move(curve));
    if (m_curves.size() > kMostCurves) m_curves.pop_back();
    m_subject = subject;
    ++m_ticket;
    const CellRef cell{.source = subject.source, .model = subject.id, .edit = m_edits.idOf(m_engine, subject.edit), .frame = subject.frame};
    for (int depth = 0; depth < subject.depths; ++depth) {
        Query query{.lens = kLens, .cell = cell, .parameters = subject.preprocessing};
        query.parameters["depth"] = std::int64_t(depth + 1);
        Observer<Picture> observer;
        observer.executor = guiExecutor(this);
        observer.onDone = [this, depth, ticket = m_ticket](const Result<Picture>& result) { take(depth, ticket, result); };
        m_jobs[depth] = m_engine->request(std::move(query), Priority::OffScreen, std::move(observer));
    }
}

void DepthReader::take(int depth, std::uint64_t ticket, const Result<Picture>& result) {
    if (ticket != m_ticket || !m_subject || !m_jobs.erase(depth) || result.cancelled()) return;
    DepthCurve& curve = m_curves.front();
    if (!result) {
        curve.points[depth].reset();
        curve.pictures[depth].reset();
        if (!curve.error) curve.error = result.error();
    } else {
        curve.pictures[depth] = std::make_shared<const Picture>(result.value());
        const Measure *psnr = result.value().measure("psnr"), *rate = result.value().measure("rate");
        curve.points[depth] = psnr && psnr->value && rate && rate->value ? std::optional(RatePoint{*rate->value, *psnr->value}) : std::nullopt;
    }
    Q_EMIT changed();
}

}  // namespace tessera::ui
