// SPDX-License-Identifier: GPL-3.0-or-later
#include "bridge/agreement_reader.h"

#include <algorithm>
#include <utility>

#include "bridge/cell_board.h"
#include "bridge/cell_wish.h"
#include "bridge/engine_host.h"
#include "bridge/qt_executor.h"
#include "workspace/session.h"

namespace tessera::ui {
namespace {

constexpr const char* kLens = "encoder_agreement";

std::optional<double> valueOf(const Picture& picture, std::string_view name) {
    const Measure* measure = picture.measure(name);
    return measure ? measure->value : std::nullopt;
}

}  // namespace

AgreementReader::AgreementReader(Session& session, EngineHost& host, CellBoard& board, QObject* parent) : QObject(parent), m_session(session), m_host(host), m_board(board) {
    for (const auto signal : {&Session::currentRowChanged, &Session::columnsChanged, &Session::modelChanged, &Session::viewChanged}) connect(&session, signal, this, &AgreementReader::schedule);
    connect(&session, &Session::columnChanged, this, &AgreementReader::schedule);
    connect(&session, &Session::rowsRemoved, this, &AgreementReader::schedule);
    connect(&session, &Session::rowChanged, this, &AgreementReader::schedule);
    connect(&host, &EngineHost::modelChanged, this, &AgreementReader::schedule);
    connect(&host, &EngineHost::stateChanged, this, &AgreementReader::schedule);
}

AgreementReader::~AgreementReader() = default;

void AgreementReader::watch(const void* watcher, bool on) {
    if (m_watchers.set(watcher, on)) schedule();
}

void AgreementReader::schedule() {
    if (std::exchange(m_scheduled, true)) return;
    const auto go = [this] {
        m_scheduled = false;
        follow();
    };
    QMetaObject::invokeMethod(this, go, Qt::QueuedConnection);
}

std::optional<AgreementReader::Subject> AgreementReader::subjectNow() const {
    const Row* row = m_session.find(m_session.currentRow());
    const LensInfo* lens = lensInfo(m_host, kLens);
    if (!row || row->error || !m_engine || !lens) return std::nullopt;
    Subject subject{.row = row->id, .source = m_board.source(row->id), .frame = m_session.frameOf(row->id), .preprocessing = preprocessingOf(m_session.columns()[m_session.currentColumn()], m_host.lenses())};
    for (const ModelChoice& choice : modelsOf(m_session.groups())) {
        const auto& info = m_host.modelOf(choice).info;
        if (!info || notOffered(*lens, *info)) continue;
        subject.models.push_back(choice);
        subject.ids.push_back(info->id);
    }
    return subject.models.size() < 2 ? std::nullopt : std::optional(std::move(subject));
}

void AgreementReader::follow() {
    if (m_engine != m_host.engine()) {
        m_engine = m_host.engine();
        m_subject.reset();
    }
    const std::optional<Subject> now = subjectNow();
    if (m_subject == now && (m_watchers.any() || m_jobs.empty())) return;
    m_jobs.clear();
    m_matrix = {};
    // What was asked for and has not come is asked for again by the next who watches.
    m_subject = m_watchers.any() ? now : std::nullopt;
    if (m_subject) begin(*m_subject);
    Q_EMIT changed();
}

void AgreementReader::begin(const Subject& subject) {
    m_matrix.row = subject.row;
    m_matrix.models = subject.models;
    ++m_ticket;
    const int count = static_cast<int>(subject.models.size());
    for (int a = 0; a < count; ++a) {
        for (int b = a + 1; b < count; ++b) {
            Query query{.lens = kLens, .cell = {.source = subject.source, .model = subject.ids[static_cast<std::size_t>(a)], .frame = subject.frame}, .parameters = subject.preprocessing};
            query.others.push_back({.source = subject.source, .model = subject.ids[static_cast<std::size_t>(b)], .frame = subject.frame});
            Observer<Picture> observer{.executor = guiExecutor(this)};
            observer.onDone = [this, pair = std::pair(a, b), ticket = m_ticket](const Result<Picture>& result) { take(pair, ticket, result); };
            m_jobs[{a, b}] = m_engine->request(std::move(query), Priority::OffScreen, std::move(observer));
        }
    }
}

void AgreementReader::take(std::pair<int, int> pair, std::uint64_t ticket, const Result<Picture>& result) {
    if (ticket != m_ticket || !m_jobs.erase(pair) || result.cancelled()) return;
    AgreementMatrix::Pair& known = m_matrix.pairs[pair];
    if (!result) {
        known.error = result.error();
    } else {
        known.cka = valueOf(result.value(), "cka");
        known.neighbours = valueOf(result.value(), "mutual_neighbours");
        QStringList notes;
        for (const Note& note : result.value().notes) notes << QString::fromStdString(note.text);
        known.notes = notes.join(u'\n');
    }
    Q_EMIT changed();
}

}  // namespace tessera::ui
