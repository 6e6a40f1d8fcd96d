// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <variant>

#include "choices.h"

namespace tessera::studio {

/// What the person asked for at the start; what is left out comes from the settings.
struct StartOptions {
    QStringList paths;  ///< images, folders, models, a session
    QString model;
    std::optional<ui::Theme::Choice> theme;
    QString device;
    std::optional<Precision> precision;
    int threads = 0;
    std::optional<int> size;  ///< shorter side of the model's input in pixels; 0 keeps the picture's own
};

/// The program ends at once: the text goes to stdout (exit code 0) or stderr.
struct EndAtOnce {
    QString text;
    int exitCode = 0;
};

/// `arguments` without the program's own name. Needs no QApplication.
std::variant<StartOptions, EndAtOnce> parseCommandLine(const QStringList& arguments);

}  // namespace tessera::studio
