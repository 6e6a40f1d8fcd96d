// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QFont>
#include <QStringList>

namespace tessera::ui {

/// Words in lines of a width, as many as a height holds; what has no room in the last one is elided.
struct FittedWords {
    QStringList lines;
    bool whole = false;  ///< nothing was elided
};
FittedWords fittedWords(const QString& words, const QFont& font, int width, int height);

}  // namespace tessera::ui
