// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>

#include <tessera/engine.h>
#include <tessera/files.h>

#include "generate/drawing.h"

namespace tessera::studio {

/// What travels with a drawn picture, as `tessera generate` writes it, and once more as other programs read it.
FileWords wordsOf(const ui::Drawing& drawing, int picture);
/// Writes the frame that is looked at as PNG, or all of them as the clip that the name's ending says. An empty answer is success, else one sentence.
QString saveDrawing(const ui::Drawing& drawing, int picture, int frame, const QString& path);
/// The picture as a row, a clip as one for each frame, with its settings inside; none where that could not be made.
std::vector<SourceRequest> rowsOf(const ui::Drawing& drawing, int picture);
/// Its codes as the row of a file of tokens.
std::vector<SourceRequest> tokenRowsOf(const ui::Drawing& drawing, int picture);

}  // namespace tessera::studio
