// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>

#include <QImage>
#include <QString>

#include "workspace/row.h"

class QWidget;

namespace tessera {
struct Picture;
}

namespace tessera::studio {

struct Document;

/// A word for a shell, quoted where it must be.
QString shellWord(const QString& text);
/// The call of `tessera` that computes a cell; empty for rows that are no file.
QString commandFor(const ui::Row& row, const ui::Column& column, const ui::ModelChoice& model);
/// A picture as the stage draws it at 100 %.
QImage imageOf(const Picture& picture);

/// The current cell's picture; null while there is none.
std::shared_ptr<const Picture> currentPicture(const Document& document);
/// Writes it as PNG, with the command that makes it again in its text. An empty answer is success, else one sentence.
QString exportPicture(const Document& document, const QString& path);
/// "photo reconstruction.png"
QString exportName(const Document& document);

}  // namespace tessera::studio
