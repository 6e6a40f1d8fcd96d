// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArray>
#include <QMap>
#include <QStringList>

#include "choices.h"
#include "generate/drawing_sweep.h"

namespace tessera::studio {

/// The panels of one workspace.
struct Layout {
    QByteArray docks;          ///< as QMainWindow saves them
    QMap<QString, int> pages;  ///< which one of each dock is in front
};

/// What is remembered of trainings.
struct TrainingSettings {
    QString recipe;
    bool smoke = false;
    QStringList runs;  ///< folders, the newest first
    QString open;      ///< the one that was looked at last
    bool logarithmic = true;
    int smoothing = 0;    ///< as CurvesLook
    QStringList hidden;
};

/// What stands in the panel Prompt.
struct DrawingPreferences {
    ui::DrawingSettings settings;
    DrawnBy by = DrawnBy::Tokens;
    QString settingsOf;  ///< fingerprint of the model that they are for
    bool seedLocked = false;
    bool kept = false;  ///< there are some
};

/// What is remembered between starts, in $XDG_CONFIG_HOME/tessera/tessera.ini.
struct Settings {
    QByteArray geometry;
    QMap<QString, Layout> layouts;  ///< by the workspaces' keys
    ui::Theme::Choice theme = ui::Theme::Choice::System;
    bool systemWasDark = true;  ///< so that the first frame has the right colours before the desktop was asked
    QString folder;             ///< where the last image was opened
    QString modelFolder;
    QStringList recentSessions, recentImages;  ///< the newest first
    QString model = QString::fromLatin1(kEmbeddedModel);
    Precision precision = Precision::Auto;
    QString device = QStringLiteral("auto");
    std::optional<bool> logarithmicPeaks, logarithmicCounts;  ///< of histograms, where a person chose: see HistogramPanel::Logarithmic
    TrainingSettings training;
    DrawingPreferences drawing;
    int way = ui::kUsualOnWay;  ///< pictures from one seed or image to another
    QString stateFolder;  ///< where sessions are kept unasked; empty: nowhere. Not a setting: read() finds it.
    QMap<QString, QString> keys;  ///< of actions by name, only those that a person changed: see KeyBindings

    static QString path();
    static Settings read();
    void write() const;
    void writeKeys() const;  ///< at once: they are chosen one by one
};

}  // namespace tessera::studio
