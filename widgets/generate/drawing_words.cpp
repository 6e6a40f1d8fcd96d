// SPDX-License-Identifier: GPL-3.0-or-later
#include "generate/drawing_words.h"

#include <algorithm>
#include <cmath>

#include <QFile>
#include <QJsonDocument>
#include <QJsonObject>
#include <QtEndian>

#include <tessera/source_words.h>

namespace tessera::ui {
namespace {

constexpr int kLongestName = 48, kMostChunks = 100'000;
constexpr quint32 kLongestChunk = 1U << 30;
constexpr qsizetype kLongestText = 1 << 24;
constexpr int kMostSteps = 1000, kMostKept = 64;

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

/// "0.1 to 0.9": both within 0 and 1, the lower one first.
void readTimes(const QString& text, DrawingSettings& settings) {
    const QStringList ends = text.split(QStringLiteral(" to "));
    bool first = false, second = false;
    const double from = ends.value(0).toDouble(&first), to = ends.value(1).toDouble(&second);
    if (!first || !second || !(from >= 0 && from <= to && to <= 1)) return;
    settings.guidanceFrom = from;
    settings.guidanceTo = to;
}

/// "0.25 of the way to seed 9".
void readTowards(const QString& text, DrawingSettings& settings) {
    const QStringList words = text.split(QStringLiteral(" of the way to seed "));
    bool first = false, second = false;
    const double share = words.value(0).toDouble(&first);
    const quint64 seed = words.value(1).toULongLong(&second);
    if (!first || !second || !(share >= 0 && share <= 1)) return;
    settings.towards = share;
    settings.towardsSeed = seed;
}

/// As zlib packs it, without the length that Qt wants in front; no longer than a chunk may be.
QByteArray unpacked(const QByteArray& packed) {
    QByteArray sized(4, '\0');
    qToBigEndian<quint32>(quint32(std::min<qsizetype>(packed.size() * 16, kLongestText)), sized.data());
    return qUncompress(sized + packed);
}

/// Keyword and UTF-8 text of a PNG's text chunk.
std::optional<std::pair<std::string, std::string>> textOf(const QByteArray& type, const QByteArray& data) {
    const qsizetype end = data.indexOf('\0');
    if (end < 1) return {};
    const std::string keyword = data.left(end).toStdString();
    if (type == "tEXt") return std::pair(keyword, QString::fromLatin1(data.mid(end + 1)).toStdString());
    if (type == "zTXt") return std::pair(keyword, QString::fromLatin1(unpacked(data.mid(end + 2))).toStdString());
    const bool packed = data.size() > end + 1 && data[end + 1] == 1;
    const qsizetype language = data.indexOf('\0', end + 3), translated = language < 0 ? -1 : data.indexOf('\0', language + 1);
    if (translated < 0) return {};
    const QByteArray text = data.mid(translated + 1);
    return std::pair(keyword, (packed ? unpacked(text) : text).toStdString());
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
    settings.course = courseNamed(text(words, "Guidance course").toStdString()).value_or(usual.course);
    settings.video = text(words, "Kind") == u"clip";
    file.modelName = text(words, "Model");
    file.fingerprint = text(words, "fingerprint");
    const QString kept = text(words, "Kept codes");
    file.keptCodes = !kept.isEmpty() && kept != u"none";
    settings.steps = static_cast<int>(number(words, "Steps", 0, kMostSteps, usual.steps));
    settings.sampler = text(words, "Sampler");
    settings.schedule = text(words, "Schedule");
    readTimes(text(words, "Guidance times"), settings);
    settings.weakGuide = text(words, "Guided by") == u"the weaker model";
    readTowards(text(words, "Towards"), settings);
    file.start = text(words, "Start picture");
    if (const QString start = text(words, "Start"), at = QStringLiteral("a picture at time "); start.startsWith(at)) {
        bool ok = false;
        const double time = start.mid(at.size()).section(u',', 0, 0).toDouble(&ok);
        if (ok && time >= 0 && time <= 1) settings.startTime = time;
    }
    if (settings.prompt.isEmpty()) return {};
    return file;
}

std::optional<DrawnFile> readDrawnFile(const QString& path) {
    if (!path.endsWith(QLatin1String(".png"), Qt::CaseInsensitive)) return {};
    QFile file(path);
    if (!file.open(QIODevice::ReadOnly) || file.read(8) != QByteArray("\x89PNG\r\n\x1a\n", 8)) return {};
    // Qt's reader knows no keywords with spaces in them.
    std::map<std::string, std::string> words;
    for (int chunk = 0; chunk < kMostChunks; ++chunk) {
        const QByteArray head = file.read(8);
        if (head.size() != 8) break;
        const quint32 length = qFromBigEndian<quint32>(head.constData());
        const QByteArray type = head.mid(4);
        if (type == "IEND" || length > kLongestChunk) break;
        const bool text = type == "tEXt" || type == "iTXt" || type == "zTXt";
        if (!text || length > quint32(kLongestText)) {
            if (!file.seek(file.pos() + length + 4)) break;
            continue;
        }
        const QByteArray data = file.read(length);
        if (data.size() != qsizetype(length) || file.read(4).size() != 4) break;
        if (auto found = textOf(type, data)) words[found->first] = std::move(found->second);
    }
    return drawnFileFrom(words);
}

std::string commonParameters(const DrawingSettings& settings, quint64 seed, const std::string& modelName, const std::string& fingerprint) {
    const auto course = courseName(settings.course);
    QString line = QStringLiteral("%1\nSeed: %2, CFG scale: %3, CFG schedule: %9, Temperature: %4, Top-k: %5, Top-p: %6, Model: %7, Model hash: %8")
                       .arg(settings.prompt, QString::number(seed), QString::number(settings.guidance), QString::number(settings.temperature), QString::number(settings.topK), QString::number(settings.topP),
                            QString::fromStdString(modelName), QString::fromStdString(fingerprint.substr(0, 10)), QLatin1String(course.data(), qsizetype(course.size())));
    if (settings.steps > 0) line += QStringLiteral(", Steps: %1").arg(settings.steps);
    if (!settings.sampler.isEmpty()) line += QStringLiteral(", Sampler: %1").arg(settings.sampler);
    if (!settings.schedule.isEmpty()) line += QStringLiteral(", Mask schedule: %1").arg(settings.schedule);
    if (settings.start) line += QStringLiteral(", Denoising strength: %1").arg(settings.startTime);
    return line.toStdString();
}

QString textOfSteps(const DrawingSettings& settings, DrawnBy by) {
    if (by == DrawnBy::Tokens) return {};
    QJsonObject json{{"by", by == DrawnBy::Flow ? "flow" : "masks"}, {"steps", settings.steps}, {"kept", settings.keptSteps}};
    if (by == DrawnBy::Masks) json["schedule"] = settings.schedule;
    if (by == DrawnBy::Flow) {
        json["sampler"] = settings.sampler;
        json["guidance_from"] = settings.guidanceFrom;
        json["guidance_to"] = settings.guidanceTo;
        json["weak_guide"] = settings.weakGuide;
        json["start_time"] = settings.startTime;
        json["towards_seed"] = QString::number(settings.towardsSeed);  // a JSON number holds fewer digits
        json["towards"] = settings.towards;
        if (settings.start && !settings.start->path.empty() && settings.drawnAnew.empty()) json["start"] = QString::fromStdString(settings.start->path);
    }
    return QString::fromUtf8(QJsonDocument(json).toJson(QJsonDocument::Compact));
}

DrawnBy readSteps(const QString& text, DrawingSettings& settings) {
    const QJsonObject json = QJsonDocument::fromJson(text.toUtf8()).object();
    if (json.isEmpty()) return DrawnBy::Tokens;
    const auto within = [&json](const char* name, double low, double high, double otherwise) { return std::clamp(json[QLatin1String(name)].toDouble(otherwise), low, high); };
    settings.steps = static_cast<int>(within("steps", 0, kMostSteps, settings.steps));
    settings.keptSteps = static_cast<int>(within("kept", 0, kMostKept, settings.keptSteps));
    settings.sampler = json["sampler"].toString();
    settings.schedule = json["schedule"].toString();
    settings.guidanceFrom = within("guidance_from", 0, 1, 0);
    settings.guidanceTo = within("guidance_to", settings.guidanceFrom, 1, 1);
    settings.weakGuide = json["weak_guide"].toBool();
    settings.startTime = within("start_time", 0, 1, 1);
    settings.towardsSeed = json["towards_seed"].toString().toULongLong();
    settings.towards = within("towards", 0, 1, 0);
    if (const std::string path = json["start"].toString().toStdString(); !path.empty()) settings.start = std::make_shared<const SourceRequest>(SourceRequest{.path = path, .bytes = {}, .pixels = {}, .name = {}});
    return json["by"].toString() == u"flow" ? DrawnBy::Flow : DrawnBy::Masks;
}

QString drawnName(const DrawingSettings& settings, quint64 seed) {
    QString name = settings.prompt.left(kLongestName);
    for (const QChar bad : QStringLiteral("/\\:*?\"<>|")) name.replace(bad, u' ');
    return QStringLiteral("%1, seed %2").arg(name.simplified()).arg(seed);
}

}  // namespace tessera::ui
