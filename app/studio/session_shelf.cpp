// SPDX-License-Identifier: GPL-3.0-or-later
#include "session_shelf.h"

#include <algorithm>

#include <QDir>
#include <QFileInfo>
#include <QStandardPaths>

namespace tessera::studio {
namespace {

constexpr int kKept = 10;

QString journals(const QString& root) {
    return root + QStringLiteral("/journal");
}

QString endedSessions(const QString& root) {
    return root + QStringLiteral("/sessions");
}

/// Names are "20261128T140207123-12": when it ended, and how many images it has.
int imagesOf(const QString& name) {
    return name.section(u'-', 1).toInt();
}

}  // namespace

QString KeptSession::file() const {
    return folder + QStringLiteral("/session.tessera");
}

QString SessionShelf::defaultRoot() {
    // Qt 6.4 has no StateLocation.
    QString state = qEnvironmentVariable("XDG_STATE_HOME");
    if (!QDir::isAbsolutePath(state)) state = QDir::homePath() + QStringLiteral("/.local/state");
    return state + QStringLiteral("/tessera");
}

QString SessionShelf::journalFolder(const QString& name) const {
    return journals(m_root) + u'/' + name;
}

std::unique_ptr<QLockFile> SessionShelf::lockOf(const QString& name) const {
    auto lock = std::make_unique<QLockFile>(journals(m_root) + u'/' + name + QStringLiteral(".lock"));
    lock->setStaleLockTime(0);  // a studio may run for weeks: only its death frees the lock
    return lock;
}

std::vector<KeptSession> SessionShelf::ended() const {
    std::vector<KeptSession> result;
    if (!keeps()) return result;
    const QDir folder(endedSessions(m_root));
    for (const QString& name : folder.entryList(QDir::Dirs | QDir::NoDotAndDotDot, QDir::Name | QDir::Reversed)) {
        KeptSession session{.folder = folder.filePath(name), .images = imagesOf(name)};
        const QFileInfo file(session.file());
        if (!file.isFile()) continue;
        session.time = file.lastModified();
        if (session.images > 0 || result.empty()) result.push_back(std::move(session));
    }
    return result;
}

std::optional<LostSession> SessionShelf::takeLost() const {
    if (!keeps()) return {};
    std::optional<LostSession> newest;
    const QDir folder(journals(m_root));
    for (const QString& name : folder.entryList(QDir::Dirs | QDir::NoDotAndDotDot)) {
        KeptSession session{.folder = folder.filePath(name)};
        const QFileInfo file(session.file());
        session.time = file.lastModified();
        if (!file.isFile() || (newest && newest->session.time >= session.time)) continue;
        auto lock = lockOf(name);
        if (lock->tryLock(0)) newest = LostSession{std::move(session), std::move(lock)};
    }
    return newest;
}

bool SessionShelf::end(const QString& journal, int images) const {
    const QDir folder(endedSessions(m_root));
    if (!folder.mkpath(QStringLiteral("."))) return false;
    const QString name = QDateTime::currentDateTimeUtc().toString(QStringLiteral("yyyyMMdd'T'HHmmsszzz")) + u'-' + QString::number(images);
    if (!QDir().rename(journal, folder.filePath(name))) return false;
    const QStringList names = folder.entryList(QDir::Dirs | QDir::NoDotAndDotDot, QDir::Name | QDir::Reversed);
    int kept = 0;
    for (const QString& each : names) {
        // One of 0 images matters only as the newest.
        if (each != names.first() && (imagesOf(each) == 0 || kept >= kKept)) {
            remove(folder.filePath(each));
        } else {
            ++kept;
        }
    }
    return true;
}

void SessionShelf::remove(const QString& folder) {
    QDir(folder).removeRecursively();
}

}  // namespace tessera::studio
