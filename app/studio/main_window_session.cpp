// SPDX-License-Identifier: GPL-3.0-or-later
// The session's file, recent files, and what is kept between starts.
#include <algorithm>

#include <QFileDialog>
#include <QFileInfo>
#include <QLocale>
#include <QMenu>

#include "actions.h"
#include "docks.h"
#include "incoming_files.h"
#include "main_window.h"
#include "models/log_model.h"
#include "panels/banner.h"
#include "panels/log_panel.h"
#include "session_keeper.h"
#include "status_line.h"

namespace tessera::studio {
namespace {

constexpr int kRecent = 10, kNamesInBanner = 3;

void putFirst(QStringList& recent, const QString& path) {
    recent.removeAll(path);
    recent.prepend(path);
    while (recent.size() > kRecent) recent.removeLast();
}

QString momentWords(const QDateTime& time) {
    const QString clock = QLocale::c().toString(time.time(), QStringLiteral("HH:mm"));
    const qint64 days = time.date().daysTo(QDate::currentDate());
    if (days == 0) return clock;
    if (days == 1) return MainWindow::tr("yesterday %1").arg(clock);
    return QLocale::c().toString(time.date(), QStringLiteral("d MMM yyyy")) + u' ' + clock;
}

QString menuText(QString name) {
    return name.replace(u'&', QLatin1String("&&"));
}

}  // namespace

void MainWindow::connectSessionActions() {
    Actions& a = *m_actions;
    connect(a.newSession, &QAction::triggered, m_keeper, &SessionKeeper::newSession);
    connect(a.saveSession, &QAction::triggered, this, &MainWindow::saveSession);
    connect(a.saveSessionAs, &QAction::triggered, this, &MainWindow::askWhereToSave);
    connect(m_keeper, &SessionKeeper::fileChanged, this, &MainWindow::showTitle);
    connect(m_keeper, &SessionKeeper::told, m_status, &StatusLine::say);
    connect(m_keeper, &SessionKeeper::refused, this, [this](const QString& sentence) {
        m_docks->log->model().tell(ui::LogModel::Severity::Error, tr("session"), sentence);
        m_sessionBanner->tell(ui::Banner::Kind::Error, sentence, {}, {}, sentence);
    });
    connect(m_keeper, &SessionKeeper::used, this, [this](const QString& path) {
        putFirst(m_settings.recentSessions, path);
        m_incoming->folder = QFileInfo(path).absolutePath();
    });
    connect(m_incoming, &IncomingFiles::sessionGiven, m_keeper, &SessionKeeper::open);
    connect(m_incoming, &IncomingFiles::imagesTaken, this, [this](const QStringList& paths) {
        for (qsizetype i = std::min<qsizetype>(paths.size(), kRecent) - 1; i >= 0; --i) putFirst(m_settings.recentImages, paths[i]);
    });
    connect(&m_document.session, &ui::Session::rowChanged, this, [this](int index) {
        if (ui::changedSinceSaved(m_document.session.rows()[index])) tellChangedFiles();
    });
}

void MainWindow::saveSession() {
    if (m_keeper->file().isEmpty()) return askWhereToSave();
    m_keeper->save(m_keeper->file());
}

void MainWindow::askWhereToSave() {
    auto* dialog = new QFileDialog(this, tr("Save the session"), m_incoming->folder, tr("Sessions (*.%1)").arg(QLatin1String(ui::kSessionSuffix)));
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setAcceptMode(QFileDialog::AcceptSave);
    dialog->setDefaultSuffix(QLatin1String(ui::kSessionSuffix));
    const ui::Session& session = m_document.session;
    const QString name = session.rows().empty() ? tr("board") : QFileInfo(session.rows().front().name).completeBaseName();
    dialog->selectFile(m_keeper->file().isEmpty() ? name + u'.' + QLatin1String(ui::kSessionSuffix) : m_keeper->file());
    connect(dialog, &QFileDialog::fileSelected, m_keeper, &SessionKeeper::save);
    dialog->open();
}

void MainWindow::fillRecentMenu(QMenu& menu) {
    menu.clear();
    const auto begin = [&menu] {
        if (!menu.isEmpty()) menu.addSeparator();
    };
    const auto addFiles = [this, &menu, begin](const QStringList& paths) {
        if (!paths.isEmpty()) begin();
        for (const QString& path : paths) {
            QAction* action = menu.addAction(menuText(QFileInfo(path).fileName()), this, [this, path] { openRecent(path); });
            action->setToolTip(path);
        }
    };
    addFiles(m_settings.recentSessions);
    const std::vector<KeptSession> ended = m_keeper->ended();
    if (!ended.empty()) begin();
    for (const KeptSession& kept : ended) {
        const QString images = kept.images == 1 ? tr("1 image") : tr("%1 images").arg(kept.images);
        QAction* action = menu.addAction(tr("Unsaved board of %1, %2").arg(momentWords(kept.time), images), this, [this, kept] { m_keeper->openKept(kept); });
        action->setToolTip(tr("Kept as it was when it was closed or made way for another"));
    }
    addFiles(m_settings.recentImages);
    if (menu.isEmpty()) menu.addAction(tr("Nothing was opened yet"))->setEnabled(false);
}

void MainWindow::openRecent(const QString& path) {
    if (QFileInfo::exists(path)) return m_incoming->takePaths({path});
    m_settings.recentSessions.removeAll(path);
    m_settings.recentImages.removeAll(path);
    m_status->say(tr("%1 is not there any more and was taken off the list").arg(path));
}

void MainWindow::restoreSession(const StartOptions& start) {
    ui::Session& session = m_document.session;
    if (!start.paths.isEmpty()) {
        m_keeper->lookForLost();
    } else {
        m_keeper->restoreLast();
        if (!start.model.isEmpty() || start.precision) session.chooseModel({start.model.isEmpty() ? session.model().reference : m_modelAtStart.reference, m_modelAtStart.precision});
        if (!session.undoStack().isClean() && m_keeper->file().isEmpty()) session.undoStack().clear();
    }
    offerLostSession();
}

void MainWindow::offerLostSession() {
    if (!m_keeper->lost()) return;
    m_sessionBanner->tell(ui::Banner::Kind::Information, tr("Restore the session of %1? Tessera ended unexpectedly.").arg(momentWords(m_keeper->lost()->session.time)), tr("Restore"),
                          [this] { m_keeper->restoreLost(); });
    m_sessionBanner->addChoice(tr("Start fresh"), [this] { m_keeper->forgetLost(); });
}

void MainWindow::tellChangedFiles() {
    QStringList names;
    for (const ui::Row& row : m_document.session.rows()) {
        if (ui::changedSinceSaved(row)) names << row.name;
    }
    QString shown = names.mid(0, kNamesInBanner).join(QStringLiteral(", "));
    if (names.size() > kNamesInBanner) shown = tr("%1 and %2 more").arg(shown).arg(names.size() - kNamesInBanner);
    // The question about a lost session is not talked over; the rows say it themselves.
    if (m_keeper->lost() && !m_sessionBanner->isHidden()) return;
    m_sessionBanner->tell(ui::Banner::Kind::Information, names.size() == 1 ? tr("%1 changed since the session was saved").arg(shown) : tr("%1 images changed since the session was saved: %2").arg(names.size()).arg(shown));
}

}  // namespace tessera::studio
