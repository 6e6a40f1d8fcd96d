// SPDX-License-Identifier: GPL-3.0-or-later
#include "generate/draw_history.h"

#include <algorithm>
#include <cstring>
#include <set>

#include <QBuffer>
#include <QDir>
#include <QFileInfo>
#include <QSqlDatabase>
#include <QSqlError>
#include <QSqlQuery>
#include <QVariant>

#include <tessera/source_words.h>

#include "bridge/picture_image.h"
#include "bridge/qt_executor.h"
#include "generate/drawing_words.h"
#include "generate/trace_bytes.h"

namespace tessera::ui {
namespace {

constexpr int kThumbnail = 96, kBusyMilliseconds = 3000;
constexpr const char* kColumns = "id, drawn_at, prompt, seed, guidance, temperature, top_k, top_p, video, model, model_name, fingerprint, precision, kept_codes, frames, rows, columns, depths, codes, seconds, thumbnail, guidance_course, key, parent, branch, steps";

QByteArray packed(const std::vector<std::int32_t>& codes) {
    return qCompress(QByteArray(reinterpret_cast<const char*>(codes.data()), qsizetype(codes.size() * sizeof(std::int32_t))));
}

std::vector<std::int32_t> unpacked(const QByteArray& bytes, std::size_t count) {
    const QByteArray raw = qUncompress(bytes);
    if (static_cast<std::size_t>(raw.size()) != count * sizeof(std::int32_t)) return {};
    std::vector<std::int32_t> codes(count);
    std::memcpy(codes.data(), raw.constData(), static_cast<std::size_t>(raw.size()));
    return codes;
}

/// A branch as one line: "fork 12 0 512 77", "redraw 34 2 1 3 4".
QString lineOf(const DrawingOrigin& origin) {
    if (origin.kind == DrawingOrigin::Kind::Fork) return QStringLiteral("fork %1 %2 %3 %4").arg(origin.token).arg(origin.depth).arg(origin.before).arg(origin.after);
    return QStringLiteral("redraw %1 %2 %3 %4 %5").arg(origin.token).arg(origin.part.x()).arg(origin.part.y()).arg(origin.part.width()).arg(origin.part.height());
}

std::optional<DrawingOrigin> originOf(const QString& line) {
    const QStringList words = line.split(u' ');
    std::vector<int> numbers;
    for (const QString& word : words.mid(1)) numbers.push_back(word.toInt());
    if (words.first() == u"fork" && numbers.size() == 4) return DrawingOrigin{.kind = DrawingOrigin::Kind::Fork, .from = {}, .token = numbers[0], .depth = numbers[1], .before = numbers[2], .after = numbers[3], .part = {}};
    if (words.first() == u"redraw" && numbers.size() == 5) return DrawingOrigin{.kind = DrawingOrigin::Kind::Redraw, .from = {}, .token = numbers[0], .part = QRect(numbers[1], numbers[2], numbers[3], numbers[4])};
    return {};
}

QByteArray pngOf(const QImage& image) {
    QByteArray bytes;
    QBuffer buffer(&bytes);
    buffer.open(QIODevice::WriteOnly);
    image.save(&buffer, "PNG");
    return bytes;
}

}  // namespace

HistoryEntry historyEntryOf(const Drawing& drawing, int picture) {
    HistoryEntry entry;
    const GeneratedPicture drawn = drawing.hasTokens() ? drawing.drawn.pictures[picture] : GeneratedPicture{.seed = drawing.settings.seed + static_cast<quint64>(picture), .codes = {}, .trace = {}, .frames = {}};
    const Picture* seen = !drawn.frames.empty() ? &drawn.frames.front() : picture < static_cast<int>(drawing.last.size()) ? &drawing.last[picture] : nullptr;
    entry.when = QDateTime::currentDateTimeUtc();
    entry.settings = drawing.settings;
    entry.settings.seed = drawn.seed;
    entry.settings.count = 1;
    entry.model = QString::fromStdString(drawing.model.reference);
    entry.modelName = drawing.modelName;
    entry.fingerprint = drawing.fingerprint;
    entry.precision = QString::fromStdString(drawing.drawn.precision);
    entry.keptCodes = drawing.origin.has_value();
    entry.key = historyKey(drawing, picture);
    entry.parent = drawing.parentKey;
    entry.origin = drawing.origin;
    if (entry.origin) entry.origin->from = {};
    entry.by = drawing.inSteps() ? drawing.hasTokens() ? drawing.drawn.by : drawing.info.by : DrawnBy::Tokens;
    entry.frames = drawing.drawn.frames;
    entry.rows = drawing.drawn.rows;
    entry.columns = drawing.drawn.columns;
    entry.depths = drawing.drawn.depths;
    // What is drawn in steps begins anew, so there is nothing to be kept of one that is not finished.
    if (!drawing.inSteps() || drawing.drawn.finished) entry.codes = drawn.codes;
    else entry.rows = entry.columns = 0;
    if (drawn.trace.size() > 0) entry.trace = std::make_shared<const GenerationTrace>(drawn.trace);
    entry.seconds = drawing.drawn.seconds;
    if (seen && !seen->image.empty()) entry.thumbnail = imageOf(*seen).scaled(kThumbnail, kThumbnail, Qt::KeepAspectRatio, Qt::SmoothTransformation);
    return entry;
}

bool isFinished(const HistoryEntry& entry) {
    if (entry.by == DrawnBy::Flow) return entry.rows > 0;
    return !entry.codes.empty() && std::ranges::find(entry.codes, -1) == entry.codes.end();
}

struct DrawHistory::Answer {
    std::vector<HistoryEntry> entries, origins;
    QStringList models;
    int total = 0;
    QString problem;
};

/// The file while one thing is done with it. Everything after the first failure does nothing.
class DrawHistory::File {
public:
    explicit File(const QString& path) : m_name(QStringLiteral("history-%1").arg(quintptr(this))) {
        if (!QDir().mkpath(QFileInfo(path).absolutePath())) fail(tr("its folder cannot be made"));
        else open(path);
    }
    ~File() {
        m_database.close();
        m_database = {};
        if (QSqlDatabase::contains(m_name)) QSqlDatabase::removeDatabase(m_name);
    }
    File(const File&) = delete;
    File& operator=(const File&) = delete;

    bool isWell() const { return m_problem.isEmpty(); }
    const QString& problem() const { return m_problem; }

    bool add(const HistoryEntry& entry) {
        const DrawingSettings& s = entry.settings;
        run(QStringLiteral("insert into drawings (drawn_at, prompt, seed, guidance, temperature, top_k, top_p, video, model, model_name, fingerprint, precision, kept_codes, frames, rows, columns, depths, codes, seconds, thumbnail, guidance_course, key, parent, branch, steps, trace) "
                           "values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"),
            {entry.when.toString(Qt::ISODateWithMs), s.prompt, QString::number(s.seed), s.guidance, s.temperature, s.topK, s.topP, s.video, entry.model, entry.modelName, entry.fingerprint, entry.precision, entry.keptCodes,
             entry.frames, entry.rows, entry.columns, entry.depths, packed(entry.codes), entry.seconds, pngOf(entry.thumbnail), QString::fromStdString(std::string(courseName(s.course))), entry.key, entry.parent,
             entry.origin ? lineOf(*entry.origin) : QString(), textOfSteps(s, entry.by), entry.trace ? bytesOfTrace(*entry.trace) : QByteArray()});
        return isWell();
    }

    void remove(qint64 id) { run(QStringLiteral("delete from drawings where id = ?"), {id}); }

    std::optional<GenerationTrace> trace(qint64 id, std::size_t mostCodes) {
        QSqlQuery query = run(QStringLiteral("select trace from drawings where id = ?"), {id});
        return isWell() && query.next() ? traceFromBytes(query.value(0).toByteArray(), mostCodes) : std::nullopt;
    }

    Answer find(const QString& words, const QString& model) {
        Answer answer;
        QString where;
        QVariantList values;
        if (!model.isEmpty()) {
            where = QStringLiteral(" where model_name = ?");
            values << model;
        }
        for (QString word : words.split(u' ', Qt::SkipEmptyParts)) {
            word.replace(u'\\', QLatin1String("\\\\")).replace(u'%', QLatin1String("\\%")).replace(u'_', QLatin1String("\\_"));
            where += where.isEmpty() ? QStringLiteral(" where ") : QStringLiteral(" and ");
            where += QStringLiteral("(prompt like ? escape '\\' or model_name like ? escape '\\' or seed like ? escape '\\')");
            for (int i = 0; i < 2; ++i) values << QVariant(u'%' + word + u'%');
            values << QVariant(word + u'%');
        }
        QSqlQuery query = run(QStringLiteral("select %1 from drawings%2 order by drawn_at desc, id desc limit %3").arg(QLatin1String(kColumns), where).arg(kMost), values);
        while (isWell() && query.next()) answer.entries.push_back(entryOf(query));
        query.finish();
        addOrigins(answer);
        QSqlQuery names = run(QStringLiteral("select distinct model_name from drawings order by model_name collate nocase"));
        while (isWell() && names.next()) answer.models << names.value(0).toString();
        names.finish();
        QSqlQuery count = run(QStringLiteral("select count(*) from drawings"));
        if (isWell() && count.next()) answer.total = count.value(0).toInt();
        answer.problem = m_problem;
        return answer;
    }

private:
    /// Those that branches went on from, and that are not among the entries.
    void addOrigins(Answer& answer) {
        std::set<QString> known, wanted;
        for (const HistoryEntry& each : answer.entries) known.insert(each.key);
        for (const HistoryEntry& each : answer.entries) {
            if (!each.parent.isEmpty() && !known.contains(each.parent)) wanted.insert(each.parent);
        }
        while (isWell() && !wanted.empty() && answer.origins.size() < kMost) {
            const QString key = *wanted.begin();
            wanted.erase(wanted.begin());
            known.insert(key);
            QSqlQuery query = run(QStringLiteral("select %1 from drawings where key = ?").arg(QLatin1String(kColumns)), {key});
            if (!isWell() || !query.next()) continue;
            answer.origins.push_back(entryOf(query));
            const QString parent = answer.origins.back().parent;
            if (!parent.isEmpty() && !known.contains(parent)) wanted.insert(parent);
        }
    }

    void open(const QString& path) {
        m_database = QSqlDatabase::addDatabase(QStringLiteral("QSQLITE"), m_name);
        if (!m_database.isValid()) return fail(tr("Qt's driver for SQLite is not installed"));
        m_database.setDatabaseName(path);
        m_database.setConnectOptions(QStringLiteral("QSQLITE_BUSY_TIMEOUT=%1").arg(kBusyMilliseconds));
        if (!m_database.open()) return fail(m_database.lastError().databaseText());
        run(QStringLiteral("pragma journal_mode = wal"));
        run(QStringLiteral("pragma synchronous = normal"));
        if (version() > kVersion) return fail(tr("a later version of Tessera wrote it"));
        if (version() == kVersion) return;
        // Another studio may be doing the same.
        run(QStringLiteral("begin immediate"));
        const int found = version();
        run(QStringLiteral("create table if not exists drawings (id integer primary key, drawn_at text not null, prompt text not null, seed text not null, guidance real, temperature real, top_k integer, top_p real, "
                           "video integer, model text, model_name text, fingerprint text, precision text, kept_codes integer, frames integer, rows integer, columns integer, depths integer, codes blob, seconds real, thumbnail blob)"));
        if (found < 2) {
            for (const char* column : {"guidance_course", "key", "parent", "branch"}) run(QStringLiteral("alter table drawings add column %1 text").arg(QLatin1String(column)));
            run(QStringLiteral("create index if not exists drawings_by_key on drawings (key)"));
        }
        if (found < 3) run(QStringLiteral("alter table drawings add column steps text"));
        if (found < kVersion) run(QStringLiteral("alter table drawings add column trace blob"));
        run(QStringLiteral("pragma user_version = %1").arg(kVersion));
        run(QStringLiteral("commit"));
    }

    int version() {
        QSqlQuery query = run(QStringLiteral("pragma user_version"));
        return isWell() && query.next() ? query.value(0).toInt() : 0;
    }

    static HistoryEntry entryOf(const QSqlQuery& query) {
        HistoryEntry entry;
        int at = 0;
        const auto next = [&] { return query.value(at++); };
        entry.id = next().toLongLong();
        entry.when = QDateTime::fromString(next().toString(), Qt::ISODateWithMs);
        entry.settings.prompt = next().toString();
        entry.settings.seed = next().toString().toULongLong();
        entry.settings.guidance = next().toDouble();
        entry.settings.temperature = next().toDouble();
        entry.settings.topK = next().toInt();
        entry.settings.topP = next().toDouble();
        entry.settings.video = next().toBool();
        entry.model = next().toString();
        entry.modelName = next().toString();
        entry.fingerprint = next().toString();
        entry.precision = next().toString();
        entry.keptCodes = next().toBool();
        for (int* side : {&entry.frames, &entry.rows, &entry.columns, &entry.depths}) *side = std::clamp(next().toInt(), 0, 4096);
        const auto count = static_cast<std::size_t>(entry.frames) * entry.rows * entry.columns * entry.depths;
        entry.codes = unpacked(next().toByteArray(), count);
        entry.seconds = next().toDouble();
        entry.thumbnail = QImage::fromData(next().toByteArray());
        entry.settings.course = courseNamed(next().toString().toStdString()).value_or(GuidanceCourse::Constant);
        entry.key = next().toString();
        entry.parent = next().toString();
        entry.origin = originOf(next().toString());
        entry.by = readSteps(next().toString(), entry.settings);
        return entry;
    }

    QSqlQuery run(const QString& statement, const QVariantList& values = {}) {
        QSqlQuery query(m_database);
        if (!isWell()) return query;
        const bool prepared = query.prepare(statement);
        for (const QVariant& value : values) query.addBindValue(value);
        if (!prepared || !query.exec()) fail(query.lastError().databaseText());
        return query;
    }
    void fail(const QString& why) {
        if (m_problem.isEmpty()) m_problem = why.isEmpty() ? tr("it cannot be opened") : why;
    }

    QString m_name, m_problem;
    QSqlDatabase m_database;
};

DrawHistory::DrawHistory(QObject* parent) : QObject(parent), m_unwritten(std::make_shared<std::vector<HistoryEntry>>()) {
    m_pool.setMaxThreadCount(1);
}

DrawHistory::~DrawHistory() {
    m_pool.waitForDone();
}

void DrawHistory::setFile(const QString& path) {
    m_path = path;
}

void DrawHistory::wait() {
    m_pool.waitForDone();
}

void DrawHistory::run(std::function<void(File&)> change) {
    if (m_path.isEmpty()) return;
    m_pool.start([this, change = std::move(change), path = m_path, words = m_words, model = m_model, unwritten = m_unwritten, ticket = ++m_ticket, executor = guiExecutor(this)] {
        auto answer = std::make_shared<Answer>();
        // Looking for what was never kept makes no file.
        if (change || !unwritten->empty() || QFileInfo::exists(path)) {
            File file(path);
            while (!unwritten->empty() && file.add(unwritten->front())) unwritten->erase(unwritten->begin());
            if (change) change(file);
            *answer = file.find(words, model);
        }
        executor([this, answer, path, ticket] {
            if (ticket != m_ticket) return;
            m_problem = answer->problem.isEmpty() ? QString() : tr("The history is out of reach: %1 (%2)").arg(answer->problem, path);
            // What was read before stays to be seen.
            if (m_problem.isEmpty()) {
                m_entries = std::move(answer->entries);
                m_origins = std::move(answer->origins);
                m_models = std::move(answer->models);
                m_total = answer->total;
            }
            Q_EMIT changed();
        });
    });
}

void DrawHistory::add(HistoryEntry entry) {
    run([entry = std::move(entry), unwritten = m_unwritten](File& file) {
        if (!file.add(entry)) unwritten->push_back(entry);
    });
}

void DrawHistory::remove(std::vector<qint64> ids) {
    run([ids = std::move(ids)](File& file) {
        for (const qint64 id : ids) file.remove(id);
    });
}

void DrawHistory::readTrace(const HistoryEntry& entry, Executor executor, std::function<void(GenerationTrace)> then) {
    if (m_path.isEmpty() || entry.id == 0 || entry.codes.empty()) return;
    m_pool.start([id = entry.id, codes = entry.codes.size(), path = m_path, executor = std::move(executor), then = std::move(then)] {
        if (auto trace = File(path).trace(id, codes)) {
            executor([then, trace = std::move(*trace)] { then(trace); });
        }
    });
}

void DrawHistory::search(const QString& words, const QString& model) {
    m_words = words;
    m_model = model;
    run({});
}

const HistoryEntry* DrawHistory::find(const QString& key) const {
    if (key.isEmpty()) return nullptr;
    for (const auto* among : {&m_entries, &m_origins}) {
        if (const auto found = std::ranges::find(*among, key, &HistoryEntry::key); found != among->end()) return &*found;
    }
    return nullptr;
}

}  // namespace tessera::ui
