// SPDX-License-Identifier: GPL-3.0-or-later
#include "settings.h"

#include <algorithm>

#include <QFile>
#include <QSettings>
#include <QStandardPaths>

#include <tessera/source_words.h>

#include "generate/drawing_words.h"
#include "session_shelf.h"

namespace tessera::studio {

QString Settings::path() {
    return QStandardPaths::writableLocation(QStandardPaths::GenericConfigLocation) + QStringLiteral("/tessera/tessera.ini");
}

Settings Settings::read() {
    Settings result;
    result.stateFolder = SessionShelf::defaultRoot();
    if (!QFile::exists(path())) return result;
    QSettings file(path(), QSettings::IniFormat);
    const auto text = [&](const char* key, const QString& otherwise) { return file.value(QLatin1String(key), otherwise).toString(); };
    result.geometry = file.value(QStringLiteral("window/geometry")).toByteArray();
    file.beginGroup(QStringLiteral("layouts"));
    for (const QString& workspace : file.childGroups()) {
        Layout& layout = result.layouts[workspace];
        layout.docks = file.value(workspace + QStringLiteral("/docks")).toByteArray();
        const QVariantMap pages = file.value(workspace + QStringLiteral("/pages")).toMap();
        for (auto page = pages.begin(); page != pages.end(); ++page) layout.pages[page.key()] = page.value().toInt();
    }
    file.endGroup();
    result.theme = valueNamed(kThemes, text("window/theme", {})).value_or(result.theme);
    result.systemWasDark = file.value(QStringLiteral("window/systemWasDark"), true).toBool();
    result.folder = text("files/folder", {});
    result.recentSessions = file.value(QStringLiteral("files/recentSessions")).toStringList();
    result.recentImages = file.value(QStringLiteral("files/recentImages")).toStringList();
    result.modelFolder = text("files/modelFolder", {});
    result.model = text("model/reference", result.model);
    result.precision = valueNamed(kPrecisions, text("model/precision", {})).value_or(result.precision);
    result.device = text("model/device", result.device);
    const auto choice = [&](const char* key) { return file.contains(QLatin1String(key)) ? std::optional(file.value(QLatin1String(key)).toBool()) : std::nullopt; };
    result.logarithmicPeaks = choice("histogram/logarithmicPeaks");
    result.logarithmicCounts = choice("histogram/logarithmicCounts");
    TrainingSettings& training = result.training;
    training.recipe = text("training/recipe", {});
    training.smoke = file.value(QStringLiteral("training/smoke"), training.smoke).toBool();
    training.runs = file.value(QStringLiteral("training/runs")).toStringList();
    training.open = text("training/open", {});
    training.logarithmic = file.value(QStringLiteral("training/logarithmic"), training.logarithmic).toBool();
    training.smoothing = file.value(QStringLiteral("training/smoothing"), training.smoothing).toInt();
    training.hidden = file.value(QStringLiteral("training/hidden")).toStringList();
    DrawingPreferences& drawing = result.drawing;
    ui::DrawingSettings& drawn = drawing.settings;
    drawing.kept = file.contains(QStringLiteral("drawing/seed"));
    drawing.seedLocked = file.value(QStringLiteral("drawing/seedLocked")).toBool();
    drawn.prompt = text("drawing/prompt", {});
    drawn.seed = file.value(QStringLiteral("drawing/seed")).toULongLong();
    drawn.guidance = file.value(QStringLiteral("drawing/guidance"), drawn.guidance).toDouble();
    drawn.temperature = file.value(QStringLiteral("drawing/temperature"), drawn.temperature).toDouble();
    drawn.topK = file.value(QStringLiteral("drawing/topK"), drawn.topK).toInt();
    drawn.topP = file.value(QStringLiteral("drawing/topP"), drawn.topP).toDouble();
    drawn.course = courseNamed(text("drawing/guidanceCourse", {}).toStdString()).value_or(drawn.course);
    drawn.count = file.value(QStringLiteral("drawing/count"), drawn.count).toInt();
    drawn.video = file.value(QStringLiteral("drawing/clip"), drawn.video).toBool();
    ui::readSteps(text("drawing/steps", {}), drawn);
    drawing.settingsOf = text("drawing/model", {});
    result.way = std::clamp(file.value(QStringLiteral("drawing/way"), result.way).toInt(), ui::kFewestOnWay, ui::kMostOnWay);
    for (const QString& key : file.allKeys()) {
        if (key.startsWith(u"keys/")) result.keys[key.mid(5)] = file.value(key).toString();
    }
    return result;
}

void Settings::write() const {
    QSettings file(path(), QSettings::IniFormat);
    file.setValue(QStringLiteral("window/geometry"), geometry);
    for (auto layout = layouts.begin(); layout != layouts.end(); ++layout) {
        const QString group = QStringLiteral("layouts/") + layout.key();
        QVariantMap pages;
        for (auto page = layout->pages.begin(); page != layout->pages.end(); ++page) pages[page.key()] = page.value();
        file.setValue(group + QStringLiteral("/docks"), layout->docks);
        file.setValue(group + QStringLiteral("/pages"), pages);
    }
    file.setValue(QStringLiteral("window/theme"), nameOf(kThemes, theme));
    file.setValue(QStringLiteral("window/systemWasDark"), systemWasDark);
    file.setValue(QStringLiteral("files/folder"), folder);
    file.setValue(QStringLiteral("files/modelFolder"), modelFolder);
    file.setValue(QStringLiteral("files/recentSessions"), recentSessions);
    file.setValue(QStringLiteral("files/recentImages"), recentImages);
    file.setValue(QStringLiteral("model/reference"), model);
    file.setValue(QStringLiteral("model/precision"), nameOf(kPrecisions, precision));
    file.setValue(QStringLiteral("model/device"), device);
    file.setValue(QStringLiteral("training/recipe"), training.recipe);
    file.setValue(QStringLiteral("training/smoke"), training.smoke);
    file.setValue(QStringLiteral("training/runs"), training.runs);
    file.setValue(QStringLiteral("training/open"), training.open);
    file.setValue(QStringLiteral("training/logarithmic"), training.logarithmic);
    file.setValue(QStringLiteral("training/smoothing"), training.smoothing);
    file.setValue(QStringLiteral("training/hidden"), training.hidden);
    const ui::DrawingSettings& drawn = drawing.settings;
    file.setValue(QStringLiteral("drawing/seedLocked"), drawing.seedLocked);
    file.setValue(QStringLiteral("drawing/prompt"), drawn.prompt);
    file.setValue(QStringLiteral("drawing/seed"), drawn.seed);
    file.setValue(QStringLiteral("drawing/guidance"), drawn.guidance);
    file.setValue(QStringLiteral("drawing/temperature"), drawn.temperature);
    file.setValue(QStringLiteral("drawing/topK"), drawn.topK);
    file.setValue(QStringLiteral("drawing/topP"), drawn.topP);
    file.setValue(QStringLiteral("drawing/guidanceCourse"), QString::fromStdString(std::string(courseName(drawn.course))));
    file.setValue(QStringLiteral("drawing/count"), drawn.count);
    file.setValue(QStringLiteral("drawing/clip"), drawn.video);
    file.setValue(QStringLiteral("drawing/steps"), ui::textOfSteps(drawn, drawing.by));
    file.setValue(QStringLiteral("drawing/model"), drawing.settingsOf);
    file.setValue(QStringLiteral("drawing/way"), way);
    if (logarithmicPeaks) file.setValue(QStringLiteral("histogram/logarithmicPeaks"), *logarithmicPeaks);
    if (logarithmicCounts) file.setValue(QStringLiteral("histogram/logarithmicCounts"), *logarithmicCounts);
}

void Settings::writeKeys() const {
    QSettings file(path(), QSettings::IniFormat);
    file.remove(QStringLiteral("keys"));
    for (auto it = keys.begin(); it != keys.end(); ++it) file.setValue(QStringLiteral("keys/") + it.key(), it.value());
}

}  // namespace tessera::studio
