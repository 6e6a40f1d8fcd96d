// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>

#include <QObject>

#include "journal.h"

namespace tessera::studio {

/// The session's file and what the studio keeps without being asked: the journal, the last session, one that was lost in a crash.
/// Nothing it replaces is lost: what was not saved stands among the ended sessions.
class SessionKeeper : public QObject {
    Q_OBJECT
public:
    SessionKeeper(ui::Session& session, SessionShelf shelf, QObject* parent);

    /// At the start. What the last studio ended with comes back, unless a newer one was lost: that is offered through lost().
    void restoreLast();
    /// At the start of a studio that was given files: the last session stays where it is.
    void lookForLost();
    const std::optional<LostSession>& lost() const { return m_lost; }
    /// What is on the board stays, after it.
    void restoreLost();
    void forgetLost();

    void newSession();
    /// Reads the file off the GUI thread; `more` comes after its rows. A file that cannot be read changes nothing.
    void open(const QString& path, std::vector<SourceRequest> more = {});
    void openKept(const KeptSession& kept);
    void save(const QString& path);
    /// The studio ends well.
    void end() { m_journal.end(); }

    const QString& file() const { return m_file; }  ///< absolute; empty: it was never saved
    bool isModified() const;                        ///< since it was saved; false without a file
    /// Boards that were closed and are in no file, the newest first.
    std::vector<KeptSession> ended() const;
    Journal& journal() { return m_journal; }

Q_SIGNALS:
    void told(const QString& sentence);     ///< it went as it should
    void refused(const QString& sentence);  ///< why a file could not be read or written
    void fileChanged();
    void used(const QString& path);  ///< a session file was opened or saved

private:
    ui::SavedSession saved() const;
    void show(ui::SavedSession session, std::vector<SourceRequest> more);
    void setFile(const QString& path);

    ui::Session& m_session;
    SessionShelf m_shelf;
    QString m_file;
    std::optional<LostSession> m_lost;
    Journal m_journal;
    QThreadPool m_pool;
};

}  // namespace tessera::studio
