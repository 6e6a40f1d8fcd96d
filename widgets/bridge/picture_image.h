// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QImage>
#include <QRect>

#include <tessera/picture.h>

namespace tessera::ui {

/// Part of a picture as it is shown: its samples as colours, fields through their colour map. What lies outside the picture is left out; null if all does.
QImage imageOf(const Picture& picture, QRect part);
QImage imageOf(const Picture& picture);

}  // namespace tessera::ui
