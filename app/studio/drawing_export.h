// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>

#include <QString>

#include <tessera/engine.h>
#include <tessera/files.h>

#include "generate/drawing.h"

namespace tessera::studio {

/// What travels with a drawn picture, as `tessera generate` writes it, and once more as other programs read it.
FileWords wordsOf(const ui::Drawing& drawing, int picture);
/// Writes the frame that is looked at as PNG, or all of them as the clip that the name's ending says. An empty answer is success, else one sentence.
QString saveDrawing(const ui::Drawing& drawing, int picture, int frame, const QString& path);
/// The picture, or the whole clip, as a row, to the last bit of its bytes and with its settings inside; nothing where that could not be made. A clip takes a while.
std::optional<SourceRequest> rowOf(const ui::Drawing& drawing, int picture);
/// Its codes as the row of a file of tokens, of a clip one for each frame.
std::vector<SourceRequest> tokenRowsOf(const ui::Drawing& drawing, int picture);

}  // namespace tessera::studio
