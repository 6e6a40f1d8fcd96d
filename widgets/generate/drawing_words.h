// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <map>
#include <optional>
#include <string>

#include "generate/drawing.h"

namespace tessera::ui {

/// What a PNG says of how it was drawn.
struct DrawnFile {
    DrawingSettings settings;  ///< of that one picture: its own seed, a count of 1
    QString modelName, fingerprint;
    QString start;             ///< name of the picture that it set out from, which the file does not hold; empty: none
    bool keptCodes = false;    ///< it went on from other codes, which the settings do not give again
};

/// Texts of the file, as `tessera generate` and the studio write them; nothing if there are none.
std::optional<DrawnFile> drawnFileFrom(const std::map<std::string, std::string>& words);
/// The same of a file; nothing for what is no PNG. Reads its head only.
std::optional<DrawnFile> readDrawnFile(const QString& path);
/// One line as other programs that draw write and read it: "Seed: 1, CFG scale: 3, …" below the prompt.
std::string commonParameters(const DrawingSettings& settings, quint64 seed, const std::string& modelName, const std::string& fingerprint);
/// What DrawingSettings keep for models that draw in steps, and how these draw, as one line; a start that is no file is left out.
QString textOfSteps(const DrawingSettings& settings, DrawnBy by);
/// Sets what such a line says, as far as it can be read; gives how the model draws.
DrawnBy readSteps(const QString& text, DrawingSettings& settings);
/// "a leopard, seed 41207": for files and rows.
QString drawnName(const DrawingSettings& settings, quint64 seed);

}  // namespace tessera::ui
