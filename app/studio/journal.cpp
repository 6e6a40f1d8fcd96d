// SPDX-License-Identifier: GPL-3.0-or-later
#include "journal.h"

#include <map>

#include <QCryptographicHash>
#include <QDir>
#include <QSaveFile>
#include <QUuid>

#include "bridge/qt_executor.h"
#include "workspace/session.h"

namespace tessera::studio {

namespace {

bool isInItsFile(const ui::SavedSession& session) {
    return !session.savedAs.isEmpty() && !session.modified;
}

}  // namespace

/// Only the journal's own thread touches it.
struct Journal::Writer {
    explicit Writer(SessionShelf on) : shelf(std::move(on)), name(QUuid::createUuid().toString(QUuid::WithoutBraces)), folder(shelf.journalFolder(name)) {}

    /// The lock is there before the folder: no other studio may take it for a dead one's.
    bool makeFolder() {
        if (!QDir().mkpath(QFileInfo(folder).absolutePath())) return false;
        if (!lock) lock = shelf.lockOf(name);
        return (lock->isLocked() || lock->tryLock(0)) && QDir().mkpath(folder);
    }

    QString keepBeside(const SourceRequest& request) {
        const void* data = request.bytes.empty() ? std::visit([](const auto& samples) -> const void* { return samples.data(); }, request.pixels.samples()) : request.bytes.data();
        Pasted& pasted = written[data];
        if (!pasted.file.isEmpty()) return pasted.file;
        const QByteArray bytes = ui::pastedBytes(request);
        const QString file = QString::fromLatin1(QCryptographicHash::hash(bytes, QCryptographicHash::Sha1).toHex().left(16)) + QStringLiteral(".image");
        QSaveFile out(folder + u'/' + file);
        if (out.open(QIODevice::WriteOnly) && out.write(bytes) == bytes.size() && out.commit()) {
            pasted = {file, request};
        } else {
            problem = out.errorString();
        }
        return file;
    }

    std::optional<QString> write(const ui::SavedSession& session) {
        problem.clear();
        if (!makeFolder()) return tr("%1 cannot be written").arg(folder);
        if (const auto error = ui::writeSession(folder + QStringLiteral("/session.tessera"), session, [this](const SourceRequest& request) { return keepBeside(request); })) {
            return QString::fromStdString(toLine(*error));
        }
        return problem.isEmpty() ? std::nullopt : std::optional(tr("a pasted image cannot be written: %1").arg(problem));
    }

    void remove() {
        SessionShelf::remove(folder);
        written.clear();
    }

    std::optional<QString> end(const ui::SavedSession& session) {
        if (auto failure = write(session)) return failure;
        removeUnused(session);
        written.clear();
        return shelf.end(folder, isInItsFile(session) ? 0 : static_cast<int>(session.state.rows.size())) ? std::nullopt : std::optional(tr("%1 cannot be moved").arg(folder));
    }

    /// Pasted images that were taken off the board and can be undone back no more.
    void removeUnused(const ui::SavedSession& session) {
        QStringList used{QStringLiteral("session.tessera")};
        for (const ui::Row& row : session.state.rows) {
            if (row.request.path.empty()) used << keepBeside(row.request);
        }
        for (const QString& file : QDir(folder).entryList(QDir::Files)) {
            if (!used.contains(file)) QFile::remove(folder + u'/' + file);
        }
    }

    struct Pasted {
        QString file;
        SourceRequest request;  ///< keeps the memory that names it
    };
    SessionShelf shelf;
    QString name, folder, problem;
    std::unique_ptr<QLockFile> lock;
    std::map<const void*, Pasted> written;
};

Journal::Journal(ui::Session& session, SessionShelf shelf, std::function<ui::SavedSession()> facts, QObject* parent)
    : QObject(parent), m_session(session), m_shelf(std::move(shelf)), m_facts(std::move(facts)), m_writer(std::make_shared<Writer>(m_shelf)) {
    m_pool.setMaxThreadCount(1);
    m_timer.setSingleShot(true);
    m_timer.setInterval(kEvery);
    connect(&m_timer, &QTimer::timeout, this, &Journal::write);
    using ui::Session;
    for (const auto signal : {&Session::rowsInserted, &Session::rowsRemoved, &Session::rowsMoved}) connect(&session, signal, this, &Journal::noteChange);
    for (const auto signal : {&Session::rowChanged, &Session::columnChanged}) connect(&session, signal, this, &Journal::noteChange);
    for (const auto signal : {&Session::currentRowChanged, &Session::currentColumnChanged, &Session::columnsChanged, &Session::workspaceChanged, &Session::formChanged, &Session::viewChanged}) {
        connect(&session, signal, this, &Journal::noteChange);
    }
}

Journal::~Journal() {
    m_pool.waitForDone();
}

void Journal::noteChange() {
    if (m_shelf.keeps() && !m_ended && !m_timer.isActive()) m_timer.start();
}

void Journal::start(std::function<void(Writer&)> work) {
    m_pool.start([writer = m_writer, work = std::move(work)] { work(*writer); });
}

void Journal::write() {
    start([this, session = m_facts(), executor = ui::guiExecutor(this)](Writer& writer) {
        if (session.state.isBlank()) return writer.remove();
        const std::optional<QString> failure = writer.write(session);
        executor([this, failure] {
            if (!failure) Q_EMIT written();
            if (failure && !m_failed) Q_EMIT failed(*failure);
            m_failed = failure.has_value();
        });
    });
}

void Journal::adopt(LostSession lost) {
    start([lost = std::make_shared<LostSession>(std::move(lost))](Writer& writer) {
        writer.remove();
        if (writer.makeFolder() && QDir().rmdir(writer.folder)) QDir().rename(lost->session.folder, writer.folder);
        lost->lock->unlock();
    });
    noteChange();
}

void Journal::shelve() {
    ui::SavedSession session = m_facts();
    if (!m_shelf.keeps() || session.state.isBlank()) return;
    m_timer.stop();
    start([session = std::move(session), superseded = std::exchange(m_superseded, {})](Writer& writer) {
        if (isInItsFile(session)) {
            writer.remove();
        } else if (writer.end(session)) {
            return;
        }
        for (const QString& folder : superseded) SessionShelf::remove(folder);
    });
}

void Journal::supersede(const QString& folder) {
    m_superseded << folder;
}

void Journal::end() {
    m_timer.stop();
    if (!m_shelf.keeps() || std::exchange(m_ended, true)) return;
    start([session = m_facts(), superseded = std::exchange(m_superseded, {})](Writer& writer) {
        if (writer.end(session)) return;
        for (const QString& folder : superseded) SessionShelf::remove(folder);
        writer.lock->unlock();
    });
    m_pool.waitForDone();
}

}  // namespace tessera::studio
