// SPDX-License-Identifier: GPL-3.0-or-later
#include "generate/drawing_words.h"

#include <algorithm>
#include <cmath>

#include <QImageReader>

namespace tessera::ui {
namespace {

constexpr int kLongestName = 48;

/// A number of a file within its range; what stands there otherwise if it is none.
double number(const std::map<std::string, std::string>& words, const char* name, double low, double high, double otherwise) {
    const auto found = words.find(name);
    if (found == words.end()) return otherwise;
    bool ok = false;
    const double value = QString::fromStdString(found->second).toDouble(&ok);
    return ok && std::isfinite(value) ? std::clamp(value, low, high) : otherwise;
}

QString text(const std::map<std::string, std::string>& words, const char* name) {
    const auto found = words.find(name);
    return found == words.end() ? QString() : QString::fromStdString(found->second);
}

}  // namespace

std::optional<DrawnFile> drawnFileFrom(const std::map<std::string, std::string>& words) {
    if (!words.contains("Prompt") || !words.contains("Seed")) return {};
    DrawnFile file;
    DrawingSettings& settings = file.settings;
    const DrawingSettings usual;
    settings.prompt = text(words, "Prompt").simplified();
    settings.seed = text(words, "Seed").toULongLong();
    settings.guidance = number(words, "Guidance", 0, 100, usual.guidance);
    settings.temperature = number(words, "Temperature", 0, 100, usual.temperature);
    settings.topK = static_cast<int>(number(words, "Top-k", 0, 1 << 24, usual.topK));
    settings.topP = number(words, "Top-p", 0.01, 1, usual.topP);
    settings.video = text(words, "Kind") == u"clip";
    file.modelName = text(words, "Model");
    file.fingerprint = text(words, "fingerprint");
    const QString kept = text(words, "Kept codes");
    file.keptCodes = !kept.isEmpty() && kept != u"none";
    if (settings.prompt.isEmpty()) return {};
    return file;
}

std::optional<DrawnFile> readDrawnFile(const QString& path) {
    if (!path.endsWith(QLatin1String(".png"), Qt::CaseInsensitive)) return {};
    QImageReader reader(path, "png");
    std::map<std::string, std::string> words;
    for (const QString& key : reader.textKeys()) words[key.toStdString()] = reader.text(key).toStdString();
    return drawnFileFrom(words);
}

std::string commonParameters(const DrawingSettings& settings, quint64 seed, const std::string& modelName, const std::string& fingerprint) {
    return QStringLiteral("%1\nSeed: %2, CFG scale: %3, Temperature: %4, Top-k: %5, Top-p: %6, Model: %7, Model hash: %8")
        .arg(settings.prompt, QString::number(seed), QString::number(settings.guidance), QString::number(settings.temperature), QString::number(settings.topK), QString::number(settings.topP), QString::fromStdString(modelName),
             QString::fromStdString(fingerprint.substr(0, 10)))
        .toStdString();
}

QString drawnName(const DrawingSettings& settings, quint64 seed) {
    QString name = settings.prompt.left(kLongestName);
    for (const QChar bad : QStringLiteral("/\\:*?\"<>|")) name.replace(bad, u' ');
    return QStringLiteral("%1, seed %2").arg(name.simplified()).arg(seed);
}

}  // namespace tessera::ui
