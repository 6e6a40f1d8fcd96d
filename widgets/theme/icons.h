// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QColor>
#include <QIcon>
#include <QPixmap>
#include <QString>

namespace tessera::ui {

/// An icon of resources/icons, drawn in the theme's text colour (its disabled colour when disabled) at whatever size it is shown.
/// Nothing is read before it is painted.
QIcon themedIcon(const QString& name);

/// The same in a colour of its own.
QIcon tintedIcon(const QString& name, const QColor& colour);

/// The program's own, for window lists. Rendered here and now: not before the first frame.
QIcon programIcon();

QPixmap iconPixmap(const QString& name, int side, const QColor& colour, double pixelRatio);

}  // namespace tessera::ui
