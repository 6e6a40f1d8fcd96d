// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>

#include <QObject>
#include <QStringList>

#include "workspace/dropped_files.h"

class QDropEvent;

namespace tessera::ui {
class Session;
}

namespace tessera::studio {

/// How images and tokens come in: dropped, pasted, chosen in a dialog, named at the start. Folders are searched off the GUI thread.
class IncomingFiles : public QObject {
    Q_OBJECT
public:
    enum class How { Add, Replace };

    IncomingFiles(ui::Session& session, QWidget& window);

    /// Drops anywhere on that top-level widget count, whatever child lies below.
    void acceptDropsOn(QWidget& topLevel);

    void take(ui::Incoming incoming, How how = How::Add);
    void takePaths(const QStringList& paths) { take(ui::incomingFrom(paths)); }
    void paste();
    void askForImages();
    void askForFolder();
    void askForModel();
    /// A picture that a drawing is to set out from.
    void askForStart();
    /// Tokens for the current cell.
    void askForTokens();

    /// Asked first of a picture that comes alone: true takes it away from the board.
    std::function<bool(const SourceRequest&)> takePicture;
    /// Where the dialogs start.
    QString folder, modelFolder;

Q_SIGNALS:
    void dragChanged(bool active);
    /// The first image file of a drag that is over the window; nothing when it left or was dropped.
    void dragOffers(const QString& path);
    void dragDropped();
    void modelsGiven(const QStringList& references);
    /// A session file, and images that came with it.
    void sessionGiven(const QString& path, const std::vector<tessera::SourceRequest>& images);
    /// A recipe of a training.
    void recipeGiven(const QString& path);
    /// Folder of a run.
    void runGiven(const QString& path);
    /// Something for the board comes next; `models`: nothing but models, which other workspaces take too.
    void boardWanted(bool models);
    /// Files of tokens that become rows.
    void tokensGiven(const QStringList& paths, bool replace);
    /// One whose tokens are meant for the current cell: dropped while Ctrl was held, or chosen for it.
    void tokensToApply(const QString& path);
    void startGiven(const tessera::SourceRequest& picture);
    /// Files of images or tokens that were named one by one, in their order.
    void imagesTaken(const QStringList& paths);
    /// Something came that cannot be used, or is being looked for: one sentence.
    void told(const QString& sentence);

protected:
    bool eventFilter(QObject* object, QEvent* event) override;

private:
    void addImages(std::vector<SourceRequest> images, How how);
    void searchFolders(const QStringList& folders, How how);
    void ask(const QString& title, bool folders, const QString& filter, QString IncomingFiles::*place, void (IncomingFiles::*chosen)(const QStringList&));
    void giveModel(const QStringList& paths);
    void giveTokens(const QStringList& paths);
    void giveStart(const QStringList& paths);
    bool dragged(QDropEvent& event);

    ui::Session& m_session;
    QWidget& m_window;
};

}  // namespace tessera::studio
