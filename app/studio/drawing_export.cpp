// SPDX-License-Identifier: GPL-3.0-or-later
#include "drawing_export.h"

#include <functional>
#include <span>

#include <QFile>
#include <QFileInfo>
#include <QTemporaryDir>

#include <tessera/source_words.h>

#include "generate/drawing_words.h"

namespace tessera::studio {
namespace {

constexpr const char* kSoftware = "Tessera " TESSERA_VERSION;
constexpr double kFramesPerSecond = 8;  // as tessera generate writes clips

/// What `write` puts into a file of that name; empty if it could not.
SharedBytes bytesOf(const QString& name, const std::function<std::optional<Error>(const std::string& path)>& write) {
    const QTemporaryDir folder;
    const QString path = folder.filePath(name);
    QFile file(path);
    if (!folder.isValid() || write(path.toStdString()) || !file.open(QIODevice::ReadOnly)) return {};
    const QByteArray bytes = file.readAll();
    const auto held = std::as_bytes(std::span(bytes.constData(), static_cast<std::size_t>(bytes.size())));
    return SharedBytes(std::vector<std::byte>(held.begin(), held.end()));
}

/// Without its folder, which is nobody else's business.
std::string nameOf(const SourceRequest& picture) {
    return picture.name.empty() ? QFileInfo(QString::fromStdString(picture.path)).fileName().toStdString() : picture.name;
}

const std::vector<Picture>* framesOf(const ui::Drawing& drawing, int picture) {
    return picture >= 0 && picture < static_cast<int>(drawing.drawn.pictures.size()) ? &drawing.drawn.pictures[picture].frames : nullptr;
}

std::vector<Image> imagesOf(const std::vector<Picture>& frames) {
    std::vector<Image> images;
    for (const Picture& each : frames) images.push_back(each.image);
    return images;
}

}  // namespace

FileWords wordsOf(const ui::Drawing& drawing, int picture) {
    ModelInfo model;
    model.name = drawing.modelName.toStdString();
    model.fingerprint = drawing.fingerprint.toStdString();
    model.precision = drawing.drawn.precision;
    model.drawing = drawing.info;
    GenerateRequest request = ui::requestOf(drawing.settings, {});
    // A drawing that was only resumed has the codes that its settings give.
    if (drawing.origin) request.given = drawing.given;
    if (drawing.settings.start) request.start = SourceId{1};  // says that there is one
    const std::uint64_t seed = drawing.drawn.pictures[picture].seed;
    FileWords words = generationWords(model, request, seed, kSoftware);
    if (drawing.settings.start) words["Start picture"] = nameOf(*drawing.settings.start);
    words["parameters"] = ui::commonParameters(drawing.settings, seed, model.name, model.fingerprint);
    return words;
}

QString saveDrawing(const ui::Drawing& drawing, int picture, int frame, const QString& path) {
    const std::vector<Picture>* frames = framesOf(drawing, picture);
    if (!frames || frame >= static_cast<int>(frames->size())) return QStringLiteral("the picture is not there any more");
    if (namesClip(path.toStdString())) {
        const auto failure = writeClipFile(path.toStdString(), imagesOf(*frames), kFramesPerSecond, wordsOf(drawing, picture));
        return failure ? QString::fromStdString(toLine(*failure)) : QString();
    }
    const auto failure = writePngFile(path.toStdString(), (*frames)[frame].image.toU8Rgb(), wordsOf(drawing, picture));
    return failure ? QString::fromStdString(toLine(*failure)) : QString();
}

std::optional<SourceRequest> rowOf(const ui::Drawing& drawing, int picture) {
    const std::vector<Picture>* frames = framesOf(drawing, picture);
    if (!frames || frames->empty()) return {};
    const bool clip = frames->size() > 1;
    const QString ending = clip ? QStringLiteral(".webp") : QStringLiteral(".png");
    SharedBytes bytes = bytesOf(QStringLiteral("one") + ending, [&](const std::string& path) {
        const FileWords words = wordsOf(drawing, picture);
        return clip ? writeClipFile(path, imagesOf(*frames), kFramesPerSecond, words) : writePngFile(path, frames->front().image.toU8Rgb(), words);
    });
    if (bytes.empty()) return {};
    return SourceRequest{.path = {}, .bytes = std::move(bytes), .pixels = {}, .name = (ui::drawnName(drawing.settings, drawing.drawn.pictures[picture].seed) + ending).toStdString()};
}

std::vector<SourceRequest> tokenRowsOf(const ui::Drawing& drawing, int picture) {
    std::vector<SourceRequest> rows;
    const FileWords words = wordsOf(drawing, picture);
    const Generation& drawn = drawing.drawn;
    for (int frame = 0; frame < drawn.frames; ++frame) {
        const std::string name = ui::drawnName(drawing.settings, drawn.pictures[picture].seed).toStdString() + (drawn.frames > 1 ? ", frame " + std::to_string(frame + 1) : std::string()) + ".safetensors";
        SharedBytes bytes = bytesOf(QStringLiteral("one.safetensors"), [&](const std::string& path) { return writeTensorFile(path, ui::frameAfter(drawn, picture, frame, drawing.tokens()), words); });
        if (bytes.empty()) return {};
        rows.push_back({.path = {}, .bytes = std::move(bytes), .pixels = {}, .name = name});
    }
    return rows;
}

}  // namespace tessera::studio
