// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "panels/stage/cell_face.h"

namespace tessera::ui {

/// Words and numbers of a caption whose cell shows its picture.
void captionOf(const CellFacts& facts, CellFace& face);

/// "400 × 400 px from 100, 0 of 600 × 400 px"; empty where it is not known.
QString regionWords(const Picture& picture);

/// Every measure of a cell with domain, crop and size, so that it can be quoted; then where the picture comes from.
QString measureToolTip(const CellFacts& facts);

}  // namespace tessera::ui
