// SPDX-License-Identifier: GPL-3.0-or-later
#include "incoming_files.h"

#include <QClipboard>
#include <QDropEvent>
#include <QFileDialog>
#include <QFileInfo>
#include <QGuiApplication>
#include <QLineEdit>
#include <QMimeData>
#include <QThreadPool>

#include "bridge/qt_executor.h"
#include "bridge/studio_trace.h"
#include "workspace/session.h"
#include "workspace/session_file.h"

namespace tessera::studio {
namespace {

QString tokenPatterns() {
    QStringList patterns;
    for (const QString& suffix : ui::tokenSuffixes()) patterns << QStringLiteral("*.") + suffix;
    return patterns.join(u' ');
}

QString imageFilter() {
    QStringList patterns;
    for (const QString& suffix : ui::imageSuffixes()) patterns << QStringLiteral("*.") + suffix << QStringLiteral("*.") + suffix.toUpper();
    patterns << QStringLiteral("*.") + QLatin1String(ui::kSessionSuffix);
    return IncomingFiles::tr("Images, clips, tokens and sessions (%1 %2)").arg(patterns.join(u' '), tokenPatterns()) + QStringLiteral(";;") + IncomingFiles::tr("All files (*)");
}

}  // namespace

IncomingFiles::IncomingFiles(ui::Session& session, QWidget& window) : QObject(&window), m_session(session), m_window(window) {}

void IncomingFiles::acceptDropsOn(QWidget& topLevel) {
    topLevel.setAcceptDrops(true);
    topLevel.installEventFilter(this);
    // Text fields would take the files' names as text.
    for (QLineEdit* field : topLevel.findChildren<QLineEdit*>()) field->setAcceptDrops(false);
}

bool IncomingFiles::dragged(QDropEvent& event) {
    if (!ui::offersImages(*event.mimeData())) return false;
    event.setDropAction(Qt::CopyAction);
    event.accept();
    return true;
}

bool IncomingFiles::eventFilter(QObject* object, QEvent* event) {
    switch (event->type()) {
        case QEvent::DragEnter:
            if (auto& enter = *static_cast<QDropEvent*>(event); dragged(enter)) {
                Q_EMIT dragChanged(true);
                if (!enter.mimeData()->hasUrls()) return true;  // pixels are fetched when they are dropped
                const ui::Incoming offered = ui::incomingFrom(*enter.mimeData());
                if (!offered.images.empty()) Q_EMIT dragOffers(QString::fromStdString(offered.images.front().path));
            }
            return true;
        case QEvent::DragMove: dragged(*static_cast<QDropEvent*>(event)); return true;
        case QEvent::DragLeave:
            Q_EMIT dragChanged(false);
            Q_EMIT dragOffers({});
            return true;
        case QEvent::Drop: {
            auto& drop = *static_cast<QDropEvent*>(event);
            ui::traceEvent("drop");
            Q_EMIT dragChanged(false);
            Q_EMIT dragDropped();
            if (!dragged(drop)) return true;
            ui::Incoming dropped = ui::incomingFrom(*drop.mimeData());
            if (dropped.tokens.size() == 1 && drop.modifiers() & Qt::ControlModifier) Q_EMIT tokensToApply(dropped.tokens.takeFirst());
            else take(std::move(dropped), drop.modifiers() & Qt::ShiftModifier ? How::Replace : How::Add);
            return true;
        }
        default: return QObject::eventFilter(object, event);
    }
}

void IncomingFiles::take(ui::Incoming incoming, How how) {
    if (incoming.empty()) {
        Q_EMIT told(tr("There is no image, folder, model, file of tokens, recipe or session in what was given"));
        return;
    }
    const bool alone = incoming.images.size() == 1 && incoming.tokens.isEmpty() && incoming.folders.isEmpty() && incoming.models.isEmpty() && incoming.session.isEmpty() && incoming.recipe.isEmpty() && incoming.run.isEmpty();
    if (alone && takePicture && takePicture(incoming.images.front())) {
        if (const std::string& path = incoming.images.front().path; !path.empty()) Q_EMIT imagesTaken({QString::fromStdString(path)});
        return;
    }
    if (!incoming.recipe.isEmpty()) Q_EMIT recipeGiven(incoming.recipe);
    if (!incoming.run.isEmpty()) Q_EMIT runGiven(incoming.run);
    const bool pictures = !incoming.images.empty() || !incoming.folders.isEmpty() || !incoming.tokens.isEmpty();
    if (pictures || !incoming.models.isEmpty()) Q_EMIT boardWanted(!pictures);
    if (!incoming.images.empty()) {
        QStringList paths;
        for (const SourceRequest& image : incoming.images) {
            if (!image.path.empty()) paths << QString::fromStdString(image.path);
        }
        Q_EMIT imagesTaken(paths);
    }
    if (!incoming.session.isEmpty()) {
        folder = QFileInfo(incoming.session).absolutePath();
        Q_EMIT sessionGiven(incoming.session, std::exchange(incoming.images, {}));
        how = How::Add;
    }
    if (!incoming.images.empty()) {
        const QFileInfo first(QString::fromStdString(incoming.images.front().path));
        if (!incoming.images.front().path.empty()) folder = first.absolutePath();
        addImages(std::move(incoming.images), how);
        how = How::Add;
    }
    if (!incoming.tokens.isEmpty()) {
        folder = QFileInfo(incoming.tokens.first()).absolutePath();
        Q_EMIT imagesTaken(incoming.tokens);
        Q_EMIT tokensGiven(incoming.tokens, how == How::Replace);
        how = How::Add;
    }
    if (!incoming.folders.isEmpty()) searchFolders(incoming.folders, how);
    if (!incoming.models.isEmpty()) Q_EMIT modelsGiven(incoming.models);
}

void IncomingFiles::addImages(std::vector<SourceRequest> images, How how) {
    if (how == How::Replace) {
        m_session.replaceRows(std::move(images));
    } else {
        m_session.addRows(std::move(images));
    }
}

void IncomingFiles::searchFolders(const QStringList& folders, How how) {
    folder = folders.first();
    Q_EMIT told(tr("Looking for images in %1").arg(QFileInfo(folders.first()).fileName()));
    QThreadPool::globalInstance()->start([this, folders, how, executor = ui::guiExecutor(this)] {
        QStringList found;
        for (const QString& each : folders) found << ui::imagesInFolder(each);
        executor([this, folders, how, found] {
            if (found.isEmpty()) {
                Q_EMIT told(tr("No images in %1 nor in the folders directly inside it").arg(QFileInfo(folders.first()).fileName()));
                return;
            }
            Q_EMIT told({});
            std::vector<SourceRequest> images;
            for (const QString& path : found) images.push_back({.path = path.toStdString(), .name = QFileInfo(path).fileName().toStdString()});
            addImages(std::move(images), how);
        });
    });
}

void IncomingFiles::paste() {
    const QMimeData* mime = QGuiApplication::clipboard()->mimeData();
    ui::Incoming incoming = mime ? ui::incomingFrom(*mime) : ui::Incoming();
    if (incoming.empty()) {
        Q_EMIT told(tr("The clipboard holds no image, no file and no path of one"));
        return;
    }
    take(std::move(incoming));
}

void IncomingFiles::ask(const QString& title, bool folders, const QString& filter, QString IncomingFiles::*place, void (IncomingFiles::*chosen)(const QStringList&)) {
    auto* dialog = new QFileDialog(&m_window, title, this->*place, filter);
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setFileMode(folders ? QFileDialog::Directory : QFileDialog::ExistingFiles);
    if (folders) dialog->setOption(QFileDialog::ShowDirsOnly);
    connect(dialog, &QFileDialog::filesSelected, this, [this, place, chosen](const QStringList& paths) {
        if (paths.isEmpty()) return;
        this->*place = QFileInfo(paths.first()).absolutePath();
        (this->*chosen)(paths);
    });
    dialog->open();
}

void IncomingFiles::askForImages() {
    ask(tr("Open images, tokens or a session"), false, imageFilter(), &IncomingFiles::folder, &IncomingFiles::takePaths);
}

void IncomingFiles::askForFolder() {
    ask(tr("Open a folder of images"), true, {}, &IncomingFiles::folder, &IncomingFiles::takePaths);
}

void IncomingFiles::askForModel() {
    const QString filter = tr("Checkpoints (*.safetensors *.pt *.pth *.ckpt *.bin config.json open_clip_config.json openvision3.json)") + QStringLiteral(";;") + tr("All files (*)");
    ask(tr("Open a model"), false, filter, &IncomingFiles::modelFolder, &IncomingFiles::giveModel);
}

void IncomingFiles::askForTokens() {
    const QString filter = tr("Tokens (%1)").arg(tokenPatterns()) + QStringLiteral(";;") + tr("All files (*)");
    ask(tr("Apply tokens from a file"), false, filter, &IncomingFiles::folder, &IncomingFiles::giveTokens);
}

void IncomingFiles::giveTokens(const QStringList& paths) {
    Q_EMIT tokensToApply(QFileInfo(paths.first()).absoluteFilePath());
}

void IncomingFiles::askForStart() {
    ask(tr("Start from a picture"), false, imageFilter(), &IncomingFiles::folder, &IncomingFiles::giveStart);
}

void IncomingFiles::giveStart(const QStringList& paths) {
    const QFileInfo file(paths.first());
    Q_EMIT startGiven({.path = file.absoluteFilePath().toStdString(), .bytes = {}, .pixels = {}, .name = file.fileName().toStdString()});
}

void IncomingFiles::giveModel(const QStringList& paths) {
    const QFileInfo file(paths.first());
    // The folder says more than its config.json alone.
    Q_EMIT modelsGiven({file.fileName() == u"config.json" ? file.absolutePath() : file.absoluteFilePath()});
}

}  // namespace tessera::studio
