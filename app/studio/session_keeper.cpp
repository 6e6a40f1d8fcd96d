// SPDX-License-Identifier: GPL-3.0-or-later
#include "session_keeper.h"

#include <QFileInfo>

#include "bridge/qt_executor.h"
#include "workspace/session.h"

namespace tessera::studio {

SessionKeeper::SessionKeeper(ui::Session& session, SessionShelf shelf, QObject* parent)
    : QObject(parent), m_session(session), m_shelf(std::move(shelf)), m_journal(session, m_shelf, [this] { return saved(); }) {
    m_pool.setMaxThreadCount(1);  // files are written in the order in which they were asked for
    connect(&m_session.undoStack(), &QUndoStack::cleanChanged, this, &SessionKeeper::fileChanged);
    connect(&m_journal, &Journal::failed, this, [this](const QString& sentence) { Q_EMIT refused(tr("The session is not being kept: %1").arg(sentence)); });
}

ui::SavedSession SessionKeeper::saved() const {
    return {.state = m_session.state(), .savedAs = m_file, .modified = isModified()};
}

bool SessionKeeper::isModified() const {
    return !m_file.isEmpty() && !m_session.undoStack().isClean();
}

void SessionKeeper::setFile(const QString& path) {
    m_file = path;
    Q_EMIT fileChanged();
}

void SessionKeeper::show(ui::SavedSession session, std::vector<SourceRequest> more) {
    m_session.restore(std::move(session.state));
    if (session.modified) m_session.undoStack().resetClean();
    setFile(session.savedAs);
    m_session.addRows(std::move(more));
}

std::vector<KeptSession> SessionKeeper::ended() const {
    std::vector<KeptSession> kept = m_shelf.ended();
    // What is on the board now, as the last studio left it.
    std::erase_if(kept, [this](const KeptSession& each) { return each.images == 0 || m_journal.superseded().contains(each.folder); });
    return kept;
}

void SessionKeeper::lookForLost() {
    m_lost = m_shelf.takeLost();
}

void SessionKeeper::restoreLast() {
    lookForLost();
    const std::vector<KeptSession> ended = m_shelf.ended();
    if (ended.empty() || (m_lost && m_lost->session.time > ended.front().time)) return;
    Result<ui::SavedSession> session = ui::readSession(ended.front().file());
    if (!session) return Q_EMIT refused(tr("The last session did not come back: %1").arg(QString::fromStdString(toLine(session.error()))));
    show(std::move(session).value(), {});
    m_journal.supersede(ended.front().folder);
}

void SessionKeeper::restoreLost() {
    if (!m_lost) return;
    Result<ui::SavedSession> session = ui::readSession(m_lost->session.file());
    if (!session) {
        m_lost.reset();
        return Q_EMIT refused(tr("The session did not come back: %1").arg(QString::fromStdString(toLine(session.error()))));
    }
    std::vector<SourceRequest> here;
    for (const ui::Row& row : m_session.rows()) here.push_back(row.request);
    m_journal.adopt(*std::exchange(m_lost, {}));
    show(std::move(session).value(), std::move(here));
}

void SessionKeeper::forgetLost() {
    if (!m_lost) return;
    SessionShelf::remove(m_lost->session.folder);
    m_lost.reset();
}

void SessionKeeper::newSession() {
    m_journal.shelve();
    ui::SavedSession blank;
    blank.state.workspace = m_session.workspace().kind;
    for (const ui::WorkspaceKind kind : ui::offeredWorkspaces()) {
        blank.state.workspaces.push_back({kind, ui::initialGroups(kind, {m_session.model()}, m_session.nextLensId()), ui::initialForm(kind)});
    }
    show(std::move(blank), {});
}

void SessionKeeper::open(const QString& path, std::vector<SourceRequest> more) {
    const QString absolute = QFileInfo(path).absoluteFilePath();
    m_pool.start([this, absolute, more = std::move(more), executor = ui::guiExecutor(this)]() mutable {
        auto session = std::make_shared<Result<ui::SavedSession>>(ui::readSession(absolute));
        executor([this, absolute, session, more = std::move(more)]() mutable {
            if (!*session) {
                m_session.addRows(std::move(more));
                return Q_EMIT refused(QString::fromStdString(toLine(session->error())));
            }
            m_journal.shelve();
            ui::SavedSession read = std::move(*session).value();
            read.savedAs = absolute;
            read.modified = false;
            show(std::move(read), std::move(more));
            Q_EMIT used(absolute);
            Q_EMIT told(tr("%1 is open").arg(QFileInfo(absolute).fileName()));
        });
    });
}

void SessionKeeper::openKept(const KeptSession& kept) {
    Result<ui::SavedSession> session = ui::readSession(kept.file());
    if (!session) return Q_EMIT refused(QString::fromStdString(toLine(session.error())));
    m_journal.shelve();
    m_journal.supersede(kept.folder);
    show(std::move(session).value(), {});
}

void SessionKeeper::save(const QString& path) {
    const QString absolute = QFileInfo(path).absoluteFilePath(), before = m_file;
    const bool wasClean = m_session.undoStack().isClean();
    ui::SavedSession session{.state = m_session.state()};
    m_session.noteSaved();
    setFile(absolute);
    m_pool.start([this, absolute, before, wasClean, session = std::move(session), executor = ui::guiExecutor(this)] {
        const std::optional<Error> error = ui::writeSession(absolute, session);
        executor([this, absolute, before, wasClean, error] {
            if (error) {
                if (!wasClean || before != absolute) m_session.undoStack().resetClean();
                setFile(before);
                return Q_EMIT refused(QString::fromStdString(toLine(*error)));
            }
            Q_EMIT used(absolute);
            Q_EMIT told(tr("%1 is saved").arg(QFileInfo(absolute).fileName()));
        });
    });
}

}  // namespace tessera::studio
