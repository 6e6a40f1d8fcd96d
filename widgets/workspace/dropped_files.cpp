// SPDX-License-Identifier: GPL-3.0-or-later
#include "workspace/dropped_files.h"

#include <algorithm>

#include <QCollator>
#include <QCoreApplication>
#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QImage>
#include <QJsonDocument>
#include <QJsonObject>
#include <QLocale>
#include <QMimeData>
#include <QRegularExpression>
#include <QUrl>
#include <QtEndian>

#include "workspace/session_file.h"

namespace tessera::ui {
namespace {

const char* const kEncodedTypes[] = {"image/png", "image/jpeg", "image/webp", "image/tiff", "image/bmp", "image/gif"};

bool looksLikeModel(const QFileInfo& file) {
    static const QStringList suffixes{"safetensors", "pt", "pth", "ckpt", "bin"};
    if (file.isFile()) return suffixes.contains(file.suffix().toLower()) || file.fileName() == u"config.json";
    if (!file.isDir()) return false;
    const QDir folder(file.filePath());
    if (folder.exists("config.json") || folder.exists("config.yaml") || folder.exists("model_index.json") || folder.exists("vae/config.json")) return true;
    return !folder.entryList({"*.safetensors", "*.ckpt", "*.pt", "*.pth", "*.bin"}, QDir::Files).isEmpty();
}

/// By the names in the file's header, if that is as short as one of tokens is.
bool namesTokens(const QString& path) {
    constexpr qint64 kLengthBytes = 8, kLongestHeader = 64 * 1024;
    QFile file(path);
    if (!file.open(QIODevice::ReadOnly)) return false;
    const QByteArray length = file.read(kLengthBytes);
    const quint64 size = length.size() == kLengthBytes ? qFromLittleEndian<quint64>(length.constData()) : 0;
    if (size == 0 || size > quint64(kLongestHeader)) return false;
    const QJsonObject header = QJsonDocument::fromJson(file.read(qint64(size))).object();
    const QStringList names = header.keys();
    // A recording of a run is a model, whatever else it holds.
    if (std::ranges::any_of(names, [](const QString& name) { return name.endsWith(u"in.image"); })) return false;
    return names.contains(u"codes") || names.contains(u"latents");
}

bool looksLikeTokens(const QFileInfo& file) {
    if (!file.isFile() || !tokenSuffixes().contains(file.suffix().toLower())) return false;
    return file.suffix().compare(u"safetensors", Qt::CaseInsensitive) != 0 || namesTokens(file.filePath());
}

/// By what its first lines say; a TOML file can be nothing else.
bool looksLikeRecipe(const QFileInfo& info) {
    constexpr qint64 kLooked = 64 * 1024;
    const QString suffix = info.suffix().toLower();
    if (!info.isFile() || suffix == u"toml") return info.isFile();
    if (suffix != u"yaml" && suffix != u"yml" && suffix != u"json") return false;
    QFile file(info.filePath());
    static const QRegularExpression named(QStringLiteral("^\\s*[{]?\\s*\"?recipe\"?\\s*:"), QRegularExpression::MultilineOption);
    return file.open(QIODevice::ReadOnly) && named.match(QString::fromUtf8(file.read(kLooked))).hasMatch();
}

/// A run holds a checkpoint, too, and is no model for that.
bool looksLikeRun(const QFileInfo& file) {
    if (!file.isDir()) return false;
    const QDir folder(file.filePath());
    return folder.exists("recipe.json") && (folder.exists("log.csv") || folder.exists("run.lock") || folder.exists("checkpoint.safetensors"));
}

SharedBytes sharedBytes(const QByteArray& bytes) {
    auto owner = std::make_shared<const QByteArray>(bytes);
    return SharedBytes(owner, reinterpret_cast<const std::byte*>(owner->constData()), static_cast<std::size_t>(owner->size()));
}

std::string pastedName() {
    static int pasted = 0;
    return QCoreApplication::translate("Incoming", "pasted %1").arg(++pasted).toStdString();
}

}  // namespace

const QStringList& imageSuffixes() {
    static const QStringList suffixes{"png", "jpg", "jpeg", "jpe", "webp", "tif", "tiff", "bmp", "gif", "mp4", "m4v", "mov", "webm", "mkv", "avi"};
    return suffixes;
}

const QStringList& tokenSuffixes() {
    static const QStringList suffixes{"safetensors", "npz", "npy", "csv"};
    return suffixes;
}

bool offersImages(const QMimeData& mime) {
    return mime.hasUrls() || mime.hasImage() || std::ranges::any_of(kEncodedTypes, [&](const char* type) { return mime.hasFormat(type); });
}

Incoming incomingFrom(const QStringList& paths) {
    Incoming incoming;
    for (const QString& path : paths) {
        const QFileInfo file(path);
        if (looksLikeRun(file)) {
            incoming.run = file.absoluteFilePath();
        } else if (looksLikeRecipe(file)) {
            incoming.recipe = file.absoluteFilePath();
        } else if (looksLikeTokens(file)) {
            incoming.tokens << file.absoluteFilePath();
        } else if (looksLikeModel(file)) {
            incoming.models << file.absoluteFilePath();
        } else if (file.suffix().compare(QLatin1String(kSessionSuffix), Qt::CaseInsensitive) == 0 && !file.isDir()) {
            incoming.session = file.absoluteFilePath();
        } else if (file.isDir()) {
            incoming.folders << file.absoluteFilePath();
        } else {
            // A file that is not there still gets its row: the row says so.
            incoming.images.push_back({.path = file.absoluteFilePath().toStdString(), .name = file.fileName().toStdString()});
        }
    }
    return incoming;
}

Incoming incomingFrom(const QMimeData& mime) {
    QStringList paths;
    for (const QUrl& url : mime.urls()) {
        if (url.isLocalFile()) paths << url.toLocalFile();
    }
    if (!paths.isEmpty()) return incomingFrom(paths);
    Incoming incoming;
    for (const char* type : kEncodedTypes) {
        const QByteArray bytes = mime.hasFormat(type) ? mime.data(type) : QByteArray();
        if (bytes.isEmpty()) continue;
        incoming.images.push_back({.bytes = sharedBytes(bytes), .name = pastedName()});
        return incoming;
    }
    if (mime.hasImage()) {
        const QImage image = qvariant_cast<QImage>(mime.imageData());
        if (!image.isNull()) incoming.images.push_back({.pixels = imageFrom(image), .name = pastedName()});
        return incoming;
    }
    for (const QString& line : mime.text().split(u'\n', Qt::SkipEmptyParts)) {
        const QString text = line.trimmed();
        const QString path = text.startsWith(u"file:") ? QUrl(text).toLocalFile() : text;
        if (QFileInfo::exists(path)) paths << path;
    }
    return incomingFrom(paths);
}

QStringList imagesInFolder(const QString& folder) {
    const auto imagesDirectlyIn = [](const QString& path) {
        QStringList found;
        for (const QFileInfo& file : QDir(path).entryInfoList(QDir::Files | QDir::Readable)) {
            if (imageSuffixes().contains(file.suffix().toLower())) found << file.absoluteFilePath();
        }
        return found;
    };
    // Without a language of its own a session has no rules of order, not even for numbers.
    QCollator collator(QLocale().language() == QLocale::C ? QLocale(QLocale::English) : QLocale());
    collator.setNumericMode(true);  // img2 before img10
    QStringList images = imagesDirectlyIn(folder);
    std::sort(images.begin(), images.end(), collator);
    QStringList folders = QDir(folder).entryList(QDir::Dirs | QDir::NoDotAndDotDot | QDir::Readable);
    std::sort(folders.begin(), folders.end(), collator);
    for (const QString& name : folders) {
        QStringList inside = imagesDirectlyIn(QDir(folder).filePath(name));
        std::sort(inside.begin(), inside.end(), collator);
        images << inside;
    }
    return images;
}

Image imageFrom(const QImage& image) {
    const bool alpha = image.hasAlphaChannel();
    const QImage rgba = image.convertToFormat(alpha ? QImage::Format_RGBA8888 : QImage::Format_RGB888);
    const int channels = alpha ? 4 : 3;
    std::vector<std::uint8_t> samples(std::size_t(rgba.width()) * rgba.height() * channels);
    for (int y = 0; y < rgba.height(); ++y) {
        std::copy_n(rgba.constScanLine(y), std::size_t(rgba.width()) * channels, samples.begin() + std::size_t(y) * rgba.width() * channels);
    }
    return Image(rgba.width(), rgba.height(), channels, SharedArray<std::uint8_t>(std::move(samples)));
}

}  // namespace tessera::ui
