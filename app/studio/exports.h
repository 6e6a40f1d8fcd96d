// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>
#include <optional>

#include <QImage>
#include <QString>

#include <tessera/picture.h>

#include "workspace/cell_recipe.h"
#include "workspace/columns.h"

namespace tessera::studio {

struct Document;

/// What makes the picture of a cell, in words for other programs. The row must be one of the session.
ui::CellRecipe recipeOf(const Document& document, ui::RowId row, int column);

/// Why there is no command for the current cell; cheap, for every change of it.
std::optional<Error> commandRefusal(const Document& document);
/// Its edited tokens have to be exported before a command can name them.
bool commandNeedsTokenFile(const Document& document);
/// The call of `tessera` that writes the current cell's picture; empty where one of the above is so.
QString copiedCommand(const Document& document);
/// Why there is no Python for the current cell; cheap, for every change of it.
std::optional<Error> pythonRefusal(const Document& document);
/// Python that computes the current cell's tensors with upstream's libraries; else why there is none.
Result<QString> copiedPython(const Document& document);

/// A picture as the stage draws it at 100 %.
QImage imageOf(const Picture& picture);

/// The current cell's picture; null while there is none.
std::shared_ptr<const Picture> currentPicture(const Document& document);
/// Writes it as PNG, with the command that makes it again in its text: the same pixels. An empty answer is success, else one sentence.
QString exportPicture(const Document& document, const QString& path);
/// "photo reconstruction.png"
QString exportName(const Document& document);

}  // namespace tessera::studio
