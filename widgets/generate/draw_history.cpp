// SPDX-License-Identifier: GPL-3.0-or-later
#include "generate/draw_history.h"

#include <algorithm>
#include <cstring>

#include <QBuffer>
#include <QDir>
#include <QFileInfo>
#include <QSqlDatabase>
#include <QSqlError>
#include <QSqlQuery>
#include <QVariant>

#include "bridge/picture_image.h"
#include "bridge/qt_executor.h"

namespace tessera::ui {
namespace {

constexpr int kThumbnail = 96, kBusyMilliseconds = 3000;
constexpr const char* kColumns = "id, drawn_at, prompt, seed, guidance, temperature, top_k, top_p, video, model, model_name, fingerprint, precision, kept_codes, frames, rows, columns, depths, codes, seconds, thumbnail";

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

QByteArray pngOf(const QImage& image) {
    QByteArray bytes;
    QBuffer buffer(&bytes);
    buffer.open(QIODevice::WriteOnly);
    image.save(&buffer, "PNG");
    return bytes;
}

}  // namespace

HistoryEntry historyEntryOf(const Drawing& drawing, int picture) {
    const GeneratedPicture& drawn = drawing.drawn.pictures[picture];
    HistoryEntry entry;
    entry.when = QDateTime::currentDateTimeUtc();
    entry.settings = drawing.settings;
    entry.settings.seed = drawn.seed;
    entry.settings.count = 1;
    entry.model = QString::fromStdString(drawing.model.reference);
    entry.modelName = drawing.modelName;
    entry.fingerprint = drawing.fingerprint;
    entry.precision = QString::fromStdString(drawing.drawn.precision);
    entry.keptCodes = drawing.origin.has_value();
    entry.frames = drawing.drawn.frames;
    entry.rows = drawing.drawn.rows;
    entry.columns = drawing.drawn.columns;
    entry.depths = drawing.drawn.depths;
    entry.codes = drawn.codes;
    entry.seconds = drawing.drawn.seconds;
    if (!drawn.frames.empty()) entry.thumbnail = imageOf(drawn.frames.front()).scaled(kThumbnail, kThumbnail, Qt::KeepAspectRatio, Qt::SmoothTransformation);
    return entry;
}

struct DrawHistory::Answer {
    std::vector<HistoryEntry> entries;
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
        run(QStringLiteral("insert into drawings (drawn_at, prompt, seed, guidance, temperature, top_k, top_p, video, model, model_name, fingerprint, precision, kept_codes, frames, rows, columns, depths, codes, seconds, thumbnail) "
                           "values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"),
            {entry.when.toString(Qt::ISODateWithMs), s.prompt, QString::number(s.seed), s.guidance, s.temperature, s.topK, s.topP, s.video, entry.model, entry.modelName, entry.fingerprint, entry.precision, entry.keptCodes,
             entry.frames, entry.rows, entry.columns, entry.depths, packed(entry.codes), entry.seconds, pngOf(entry.thumbnail)});
        return isWell();
    }

    void remove(qint64 id) { run(QStringLiteral("delete from drawings where id = ?"), {id}); }

    Answer find(const QString& words) {
        Answer answer;
        QString where;
        QVariantList values;
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
        QSqlQuery count = run(QStringLiteral("select count(*) from drawings"));
        if (isWell() && count.next()) answer.total = count.value(0).toInt();
        answer.problem = m_problem;
        return answer;
    }

private:
    void open(const QString& path) {
        m_database = QSqlDatabase::addDatabase(QStringLiteral("QSQLITE"), m_name);
        if (!m_database.isValid()) return fail(tr("Qt's driver for SQLite is not installed"));
        m_database.setDatabaseName(path);
        m_database.setConnectOptions(QStringLiteral("QSQLITE_BUSY_TIMEOUT=%1").arg(kBusyMilliseconds));
        if (!m_database.open()) return fail(m_database.lastError().databaseText());
        run(QStringLiteral("pragma journal_mode = wal"));
        run(QStringLiteral("pragma synchronous = normal"));
        QSqlQuery version = run(QStringLiteral("pragma user_version"));
        const int found = version.next() ? version.value(0).toInt() : 0;
        version.finish();
        if (found > kVersion) return fail(tr("a later version of Tessera wrote it"));
        if (found == kVersion) return;
        run(QStringLiteral("create table if not exists drawings (id integer primary key, drawn_at text not null, prompt text not null, seed text not null, guidance real, temperature real, top_k integer, top_p real, "
                           "video integer, model text, model_name text, fingerprint text, precision text, kept_codes integer, frames integer, rows integer, columns integer, depths integer, codes blob, seconds real, thumbnail blob)"));
        run(QStringLiteral("pragma user_version = %1").arg(kVersion));
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
    m_pool.start([this, change = std::move(change), path = m_path, words = m_words, unwritten = m_unwritten, ticket = ++m_ticket, executor = guiExecutor(this)] {
        auto answer = std::make_shared<Answer>();
        // Looking for what was never kept makes no file.
        if (change || !unwritten->empty() || QFileInfo::exists(path)) {
            File file(path);
            while (!unwritten->empty() && file.add(unwritten->front())) unwritten->erase(unwritten->begin());
            if (change) change(file);
            *answer = file.find(words);
        }
        executor([this, answer, path, ticket] {
            if (ticket != m_ticket) return;
            m_problem = answer->problem.isEmpty() ? QString() : tr("The history is out of reach: %1 (%2)").arg(answer->problem, path);
            // What was read before stays to be seen.
            if (m_problem.isEmpty()) {
                m_entries = std::move(answer->entries);
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

void DrawHistory::search(const QString& words) {
    m_words = words;
    run({});
}

}  // namespace tessera::ui
