// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>
#include <memory>

#include <QObject>
#include <QThreadPool>
#include <QTimer>

#include "session_shelf.h"
#include "workspace/session_file.h"

namespace tessera::ui {
class Session;
}

namespace tessera::studio {

/// Writes the session to the shelf every five seconds in which something changed, so that a crash costs no more than that. The GUI
/// thread only copies the session's values; files are written on a thread of the journal's own.
class Journal : public QObject {
    Q_OBJECT
public:
    static constexpr std::chrono::milliseconds kEvery{5000};

    /// `facts` adds to the session's state what the file says beside it.
    Journal(ui::Session& session, SessionShelf shelf, std::function<ui::SavedSession()> facts, QObject* parent = nullptr);
    /// Leaves the journal behind, as a crash would, unless end() came first.
    ~Journal() override;

    void noteChange();
    /// What a dead studio left becomes this one's journal.
    void adopt(LostSession lost);
    /// The session that is about to be replaced is written and stands among the ended ones; nothing if it is blank.
    void shelve();
    /// Goes once this session has ended well: it is what this session began with.
    void supersede(const QString& folder);
    const QStringList& superseded() const { return m_superseded; }
    /// Writes the session as the newest ended one, and waits for it.
    void end();

Q_SIGNALS:
    /// One sentence. Told once, not every five seconds.
    void failed(const QString& sentence);
    void written();

private:
    struct Writer;
    void write();
    void start(std::function<void(Writer&)> work);

    ui::Session& m_session;
    SessionShelf m_shelf;
    std::function<ui::SavedSession()> m_facts;
    std::shared_ptr<Writer> m_writer;
    QThreadPool m_pool;
    QTimer m_timer;
    QStringList m_superseded;
    bool m_failed = false, m_ended = false;
};

}  // namespace tessera::studio
