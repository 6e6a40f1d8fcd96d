// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include <QDateTime>
#include <QLockFile>
#include <QString>

namespace tessera::studio {

/// A session that the studio kept by itself: a folder with `session.tessera` and its pasted images.
struct KeptSession {
    QString folder;
    QDateTime time;  ///< when it was last written
    int images = 0;  ///< see SessionShelf::end
    QString file() const;
};

/// One that a studio left behind that did not end by itself. While this lives no other studio offers it.
struct LostSession {
    KeptSession session;
    std::unique_ptr<QLockFile> lock;
};

/// $XDG_STATE_HOME/tessera: `journal/` has one folder and one lock file per running studio, `sessions/` what ended ones left.
/// Any thread; an empty root keeps nothing.
class SessionShelf {
public:
    explicit SessionShelf(QString root) : m_root(std::move(root)) {}

    static QString defaultRoot();
    bool keeps() const { return !m_root.isEmpty(); }
    QString journalFolder(const QString& name) const;
    std::unique_ptr<QLockFile> lockOf(const QString& name) const;

    /// The newest first; those without images of their own left out but for the first.
    std::vector<KeptSession> ended() const;
    /// The newest journal whose studio is dead.
    std::optional<LostSession> takeLost() const;
    /// A journal's folder becomes the newest ended session; old ones beyond the tenth go. `images` is 0 for one that matters only for the
    /// next start: it is blank, or in a file.
    bool end(const QString& journal, int images) const;
    static void remove(const QString& folder);

private:
    QString m_root;
};

}  // namespace tessera::studio
