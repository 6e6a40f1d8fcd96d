// SPDX-License-Identifier: GPL-3.0-or-later
#include "settings.h"

#include <QFile>
#include <QSettings>
#include <QStandardPaths>

namespace tessera::studio {

QString Settings::path() {
    return QStandardPaths::writableLocation(QStandardPaths::GenericConfigLocation) + QStringLiteral("/tessera/tessera.ini");
}

Settings Settings::read() {
    Settings result;
    if (!QFile::exists(path())) return result;
    const QSettings file(path(), QSettings::IniFormat);
    const auto text = [&](const char* key, const QString& otherwise) { return file.value(QLatin1String(key), otherwise).toString(); };
    result.geometry = file.value(QStringLiteral("window/geometry")).toByteArray();
    result.docks = file.value(QStringLiteral("window/docks")).toByteArray();
    result.theme = valueNamed(kThemes, text("window/theme", {})).value_or(result.theme);
    result.systemWasDark = file.value(QStringLiteral("window/systemWasDark"), true).toBool();
    result.folder = text("files/folder", {});
    result.modelFolder = text("files/modelFolder", {});
    result.model = text("model/reference", result.model);
    result.precision = valueNamed(kPrecisions, text("model/precision", {})).value_or(result.precision);
    result.device = text("model/device", result.device);
    for (const QString& key : file.allKeys()) {
        if (key.startsWith(u"keys/")) result.keys[key.mid(5)] = file.value(key).toString();
    }
    return result;
}

void Settings::write() const {
    QSettings file(path(), QSettings::IniFormat);
    file.setValue(QStringLiteral("window/geometry"), geometry);
    file.setValue(QStringLiteral("window/docks"), docks);
    file.setValue(QStringLiteral("window/theme"), nameOf(kThemes, theme));
    file.setValue(QStringLiteral("window/systemWasDark"), systemWasDark);
    file.setValue(QStringLiteral("files/folder"), folder);
    file.setValue(QStringLiteral("files/modelFolder"), modelFolder);
    file.setValue(QStringLiteral("model/reference"), model);
    file.setValue(QStringLiteral("model/precision"), nameOf(kPrecisions, precision));
    file.setValue(QStringLiteral("model/device"), device);
}

void Settings::writeKeys() const {
    QSettings file(path(), QSettings::IniFormat);
    file.remove(QStringLiteral("keys"));
    for (auto it = keys.begin(); it != keys.end(); ++it) file.setValue(QStringLiteral("keys/") + it.key(), it.value());
}

}  // namespace tessera::studio
