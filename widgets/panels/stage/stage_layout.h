// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <vector>

#include <QRect>
#include <QSizeF>

namespace tessera::ui {

/// Heights in logical pixels; they follow the text size.
struct StageRows {
    int model = 0, lens = 0, parameter = 0, caption = 0;
    static StageRows fromTheme();
};

/// Where everything of one row of cells lies on the stage, in logical pixels.
struct StageLayout {
    struct Cell {
        QRect header;   ///< lens and parameter; one line of both when stacked
        QRect body, caption;
        QRect frame() const { return body.united(caption); }  ///< what the current cell's outline goes round
    };
    bool stacked = false;
    std::vector<QRect> models;  ///< over the source's column; over the model's columns
    std::vector<Cell> cells;    ///< bodies are all of one size
};

/// Columns stand side by side; in a stage that is taller than wide they are stacked if that makes pictures of this shape clearly larger.
/// `wasStacked` keeps a stage that is being resized from flipping to and fro.
StageLayout layOutStage(const QSize& stage, const StageRows& rows, int columns, const QSizeF& picture, bool wasStacked);

}  // namespace tessera::ui
